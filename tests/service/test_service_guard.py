"""Who may come in, from where and by which name; and that no secret comes out."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from chromium import chromium
from cli_support import command, environment
from faultserver import FaultServer
from service_support import EVENT, TOKEN, Running, json_of, raw, status_of
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from segment_connector import InputError
from segment_connector.service.sessions import Sessions
from segment_connector.service.settings import Settings

BEARER = f"Authorization: Bearer {TOKEN}"


def get(service: Running, path: str, *headers: str, host: str = "127.0.0.1") -> bytes:
    return raw(service, "\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *headers]))


@pytest.mark.parametrize("path", ["/", "/v1/actions", "/v1/nowhere", "/metrics", "/openapi.json", "/docs", "/mcp"])
@pytest.mark.parametrize(
    "header",
    [
        "X: y",
        "Authorization: Bearer wrong",
        f"Authorization: Basic {base64.b64encode(TOKEN.encode()).decode()}",
        f"Authorization: {TOKEN}",
        "Authorization: Bearer",
        f"Cookie: segment_connector_1={TOKEN}",
        "Cookie: =;;; a[b]=c; \xff",
    ],
)
def test_without_the_token_nothing_is_told(service: Running, path: str, header: str) -> None:
    answer = get(service, path, header)
    assert status_of(answer) == 401
    assert b"www-authenticate: bearer" in answer.lower()
    assert json_of(answer)["hint"]


@pytest.mark.parametrize("header", ["X: y", BEARER])
@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
    ],
)
def test_nobody_gives_tokens_for_it(service: Running, path: str, header: str) -> None:
    """A 401 there would send an agent's client to look for who does, in vain."""
    answer = get(service, path, header)
    assert status_of(answer) == 404
    assert "Authorization: Bearer" in json_of(answer)["hint"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:{port}", "localhost:{port}", "LOCALHOST", "[::1]:1", "10.0.0.7"]
)
def test_the_service_is_called_by_its_address(service: Running, host: str) -> None:
    assert status_of(get(service, "/v1/catalog", BEARER, host=host.format(port=service.address[1]))) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.evil.example",
        "localhost.",
        "[",
        "",
        "a@b",
        "evil.com@localhost",
        "localhost:abc",
        "localhost:",
        "127.0.0.1:99999",
        "localhost:1@evil.com",
        "localhost/x",
        "[::1",
        "[x]",
    ],
)
def test_a_name_that_was_bound_anew_does_not_lead_here(service: Running, host: str) -> None:
    answer = get(service, "/healthz", BEARER, host=host.format(port=service.address[1]))
    assert status_of(answer) == 421
    assert json_of(answer)["code"] == "unknown_host"


def test_a_name_can_be_allowed(serve: Callable[..., Running]) -> None:
    service = serve(hosts=("segment.Example.com",))
    assert status_of(get(service, "/healthz", host="segment.example.com:443")) == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (("Origin: http://evil.example",), 403),
        (("Origin: null",), 403),
        (("Origin: http://[x",), 403),
        (("Origin: http://127.0.0.1:1",), 403),  # another port is another site's page
        (("Origin: http://127.0.0.1:{port}",), 200),
        (("Origin: https://127.0.0.1:{port}",), 200),  # behind a proxy that has TLS
        (("Origin: ftp://127.0.0.1:{port}",), 403),
        (("Origin: http://evil.example@127.0.0.1:{port}",), 403),
        (("Origin: http://127.0.0.1:{port}/x",), 403),
        (("Origin: //127.0.0.1:{port}",), 403),
        (("Origin: ",), 403),
        (("Origin: http://127.0.0.1:{port}", "Origin: http://evil.example"), 400),
        (("Host: evil.example",), 400),  # beside the right one
        (("Sec-Fetch-Site: cross-site",), 403),
        (("Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors"), 403),
        (("Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors"), 200),
        (("Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"), 200),
        (("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"), 200),  # a link; our cookie does not come with it
    ],
)
def test_the_page_of_another_site_cannot_ask(service: Running, headers: tuple[str, ...], status: int) -> None:
    port = service.address[1]
    answer = get(service, "/v1/catalog", BEARER, *(h.format(port=port) for h in headers), host=f"127.0.0.1:{port}")
    assert status_of(answer) == status
    assert b"access-control" not in answer.lower()


def with_websocket(app: object) -> None:
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    app.router.routes.insert(0, WebSocketRoute("/ws", echo))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("headers", "host", "status"),
    [
        ((BEARER,), "127.0.0.1", 101),
        ((BEARER, "Origin: http://127.0.0.1"), "127.0.0.1", 101),
        ((BEARER, "Origin: http://evil.example"), "127.0.0.1", 403),
        ((BEARER, "Origin: http://evil.example"), "evil.example", 403),
        ((BEARER, "Origin: http://[x"), "127.0.0.1", 403),
        (("Origin: http://[x",), "127.0.0.1", 403),
        ((BEARER,), "evil.example", 403),
        ((), "127.0.0.1", 403),
        (("Authorization: Bearer no",), "127.0.0.1", 403),
    ],
)
def test_websockets_are_held_to_the_same(
    serve: Callable[..., Running], headers: tuple[str, ...], host: str, status: int
) -> None:
    service = serve(change=with_websocket)
    handshake = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")  # fmt: skip
    assert status_of(get(service, "/ws", *handshake, *headers, host=host)) == status


def test_the_link_works_once_and_leaves_a_strict_cookie(serve: Callable[..., Running]) -> None:
    service = serve(token=None)
    link = f"{service.url}/?token={service.app.state.sessions.link_token}"
    with requests.Session() as browser:
        first = browser.get(link, allow_redirects=False, timeout=10)
        assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-store")
        assert '<meta http-equiv="refresh" content="0;url=/">' in first.text
        assert '<a href="/">' in first.text
        cookie = first.headers["Set-Cookie"]
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        assert service.app.state.sessions.link_token not in cookie
        assert browser.get(f"{service.url}/v1/catalog", timeout=10).status_code == 200
    second = requests.get(link, allow_redirects=False, timeout=10)
    assert (second.status_code, second.json()["code"]) == (401, "link_used")
    # The token of the link, when none was given, is what programs send; it does not wear out for them.
    programs = {"Authorization": f"Bearer {service.app.state.sessions.link_token}"}
    assert requests.get(f"{service.url}/v1/catalog", headers=programs, timeout=10).status_code == 200


def test_the_link_may_stand_on_the_page_of_another_site(serve: Callable[..., Running]) -> None:
    service = serve(token=None)
    link = f"{service.url}/?token={service.app.state.sessions.link_token}"
    page = f'<!doctype html><title>Elsewhere</title><a href="{link}">The link</a>'.encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page)
    with FaultServer(head + page) as elsewhere, chromium() as browser, browser.new_page() as window:
        window.goto(f"http://localhost:{elsewhere.port}/")  # to browsers another site than 127.0.0.1
        window.get_by_text("The link").click()
        window.wait_for_url(f"{service.url}/docs")
        assert window.reload().status == 200  # type: ignore[union-attr]


def test_headers_are_not_read_without_end(service: Running) -> None:
    sent = 0
    with socket.create_connection(service.address, timeout=20) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        with contextlib.suppress(ConnectionError):
            while sent < 50_000_000:
                sent += sock.send(b"x" * 65536)
    assert sent < 10_000_000  # what the kernel holds on the way included


def test_the_token_in_an_address_opens_nothing_else(service: Running) -> None:
    for path in (
        f"/v1/catalog?token={TOKEN}",
        f"/docs?token={service.app.state.sessions.link_token}",
        f"/?token={TOKEN}",
    ):
        assert status_of(get(service, path)) == 401


def test_a_token_that_was_given_is_not_in_the_link() -> None:
    sessions = Sessions(TOKEN)
    assert sessions.link_token != TOKEN
    assert sessions.open("x") is None
    assert sessions.open(sessions.link_token)
    assert sessions.open(sessions.link_token) is None


def test_a_person_is_told_in_a_page(service: Running) -> None:
    answer = get(service, "/", "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
    assert status_of(answer) == 401
    assert b"text/html" in answer
    assert b"Open the link" in answer


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"host": "0.0.0.0"}, "--host"),
        ({"host": "192.0.2.1", "token": TOKEN}, "--host"),
        ({"host": "example.com", "token": TOKEN}, "--host"),
        ({"host": "0.0.0.0", "allow_remote": True}, "--allow-remote"),
        ({"host": "0.0.0.0", "allow_remote": True, "token": "short"}, "--token-file"),
        ({"token": "with a space in the token"}, "--token-file"),
    ],
)
def test_an_address_for_others_needs_consent_and_a_token(settings: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as caught:
        Settings(**settings)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
def test_an_address_of_this_machine_needs_none(host: str) -> None:
    assert Settings(host=host).token is None


SECRETS = {"writeKey": "wk-5ecretWriteKey", "publicToken": "sgp_5ecretPublicToken"}


def test_no_secret_comes_out_anywhere(tmp_path: Path) -> None:
    """Everything that a service says, on every way, while connections with secrets are used and misused."""
    file = tmp_path / "connections.yaml"
    file.write_text(json.dumps({"mine": {**SECRETS, "servers": {"tracking": "http://127.0.0.1:1"}}}))
    file.chmod(0o600)
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    arguments = ("serve", "--port", "0", "--no-workbench", "--connections", str(file), "--token-file", str(token),
                 "--timeout", "1")  # fmt: skip
    env = environment({"SEGMENT_WRITE_KEY": SECRETS["writeKey"]})
    process = subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    assert process.stdout
    assert process.stderr
    try:
        said = b""
        while b"token=" not in said:
            said += process.stdout.readline()
        url = re.search(rb"http://[0-9.:]+", said)[0].decode()  # type: ignore[index]
        link = re.search(rb"token=(\S+)", said)[1].decode()  # type: ignore[index]
        heard = []
        with requests.Session() as client:
            client.headers["Authorization"] = f"Bearer {TOKEN}"
            inline = {**SECRETS, "servers": {"public": "http://127.0.0.1:1"}}
            calls = [
                ("track", "mine"),
                ("track", "environment"),
                ("list_sources", inline),
                ("list_sources", {**SECRETS, "region": "mars"}),
                ("list_sources", {**SECRETS, "privateKey": SECRETS["writeKey"]}),
            ]
            for name, connection in calls:
                body = {"inputs": EVENT if name == "track" else {}, "connection": connection}
                heard += [
                    client.post(f"{url}/v1/actions/{name}/run", json=body, timeout=20),
                    client.post(f"{url}/v1/actions/{name}/preview", json=body, timeout=20),
                    client.post(f"{url}/v1/connections/test", json={"connection": connection}, timeout=20),
                ]
            broken = f'{{"connection": {{"writeKey": "{SECRETS["writeKey"]}"'
            head = {"Content-Type": "application/json"}
            heard.append(client.post(f"{url}/v1/actions/track/run", data=broken, headers=head, timeout=20))
            heard.append(requests.get(f"{url}/?token={link}", allow_redirects=False, timeout=20))
            paths = ("/v1/connections", "/v1/connections/mine", "/metrics", "/openapi.json", "/v1/catalog/segment")
            heard += [client.get(url + path, timeout=20) for path in paths]
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    everything = said + out + err + b"".join(answer.content + str(answer.headers).encode() for answer in heard)
    for secret in (*SECRETS.values(), TOKEN):
        for spelling in (secret, base64.b64encode(f"{secret}:".encode()).decode().rstrip("=")):
            assert spelling.encode() not in everything
    assert link.encode() not in err + out  # after the line that is for it
    assert process.returncode == 0
