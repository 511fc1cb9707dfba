"""The server over HTTP: sessions, revisions, hosts, sizes, named connections."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from faultserver import FaultServer, stalling
from mcp.shared.exceptions import MCPError
from mcp_support import ERAS, HELLO, TRACK, call, serving, talk, text_of, wait_for

from segment_connector import ConnectionConfigError, Connector, Problem, Result
from segment_connector.hosts.mcp import http_app
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


def post(url: str, message: Any, headers: Mapping[str, str | None] | None = None) -> requests.Response:
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    return requests.post(url, data=data, headers={**HEADERS, **(headers or {})}, timeout=20)


def message_of(answer: requests.Response) -> dict[str, Any]:
    """The message of an answer, as JSON or as the only event of a stream."""
    if answer.headers["Content-Type"].startswith("text/event-stream"):
        (data,) = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
        return json.loads(data)  # type: ignore[no-any-return]
    return answer.json()  # type: ignore[no-any-return]


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_every_revision_with_a_handshake_is_spoken(url: str, version: str):
    hello = {**HELLO, "params": {**HELLO["params"], "protocolVersion": version}}
    answer = post(url, hello)
    session = answer.headers["Mcp-Session-Id"]
    headers = {"Mcp-Session-Id": session, "MCP-Protocol-Version": version}

    assert message_of(answer)["result"]["protocolVersion"] == version
    assert post(url, {"jsonrpc": "2.0", "method": "notifications/initialized"}, headers).status_code == 202
    listed = message_of(post(url, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers))
    assert len(listed["result"]["tools"]) > 10
    assert requests.delete(url, headers=headers, timeout=20).status_code == 200
    assert post(url, {"jsonrpc": "2.0", "id": 2, "method": "ping"}, headers).status_code == 404


def test_the_stateless_revision_needs_no_handshake_and_says_how_long_lists_hold(url: str):
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "c", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}
    answer = post(url, {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}, headers)

    assert answer.status_code == 200
    assert "Mcp-Session-Id" not in answer.headers
    result = message_of(answer)["result"]
    assert result["resultType"] == "complete"
    assert result["ttlMs"] > 0
    assert result["tools"]


@pytest.mark.parametrize(
    ("message", "headers", "status", "said"),
    [
        (b"garbage {", {}, 400, "Parse error"),
        (b"", {}, 400, "Parse error"),
        ([1], {}, 400, ""),
        (HELLO, {"Content-Type": "text/plain"}, 400, "Content-Type"),
        (HELLO, {"Accept": "text/html"}, 406, "Not Acceptable"),
        (HELLO, {"Host": "evil.example.com"}, 421, "Invalid Host header"),
        (HELLO, {"Origin": "https://evil.example.com"}, 403, "Invalid Origin header"),
        *(
            (HELLO, {"Host": host}, 421, "Invalid Host header")
            for host in ("evil.com@localhost", "localhost:abc", "localhost:1@evil.com", "127.0.0.1:99999", "localhost:")
        ),
        *(
            (HELLO, {"Origin": origin}, 403, "Invalid Origin header")
            for origin in (
                "ftp://localhost",
                "null",
                "http://localhost:abc",
                "http://evil.com@localhost",
                "http://localhost/x",
            )
        ),
        *(
            ({"jsonrpc": "2.0", "id": wrong, "method": "ping"}, {}, 400, '"code":-32600')
            for wrong in (None, {"a": 1}, [1], True, 1.5)
        ),
        ({"jsonrpc": "2.0", "id": None, "method": "ping"}, {"MCP-Protocol-Version": "2026-07-28"}, 400, "-32600"),
        (HELLO, {"MCP-Protocol-Version": "1999-01-01"}, 400, "params._meta must be an object"),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, {"Mcp-Session-Id": "nope"}, 404, "Session not found"),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, {}, 400, "Missing session ID"),
    ],
)
def test_a_bad_request_is_answered(url: str, message: Any, headers: dict[str, str], status: int, said: str):
    answer = post(url, message, headers)

    assert answer.status_code == status
    assert said in answer.text
    assert "Traceback" not in answer.text


MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "c", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/json"),
        ("application/*;q=0.5", "application/json"),
        (None, "application/json"),
        ("", "application/json"),
        ("text/event-stream", "text/event-stream"),
        ("*/*", "text/event-stream"),
        ("text/html, application/json", "application/json"),
    ],
)
def test_a_client_that_takes_one_type_or_names_none_is_answered(url: str, era: str, accept: str | None, kind: str):
    """``requests`` leaves a header out whose value is ``None``, and so there is none at all."""
    answer = post(url, HELLO, {"Accept": accept})
    if era == "legacy":
        headers = {"Accept": accept, "Mcp-Session-Id": answer.headers["Mcp-Session-Id"]}
        called = post(url, TRACK, headers)
    else:
        headers = {"MCP-Protocol-Version": era, "Mcp-Method": "tools/call", "Mcp-Name": "track", "Accept": accept}
        called = post(url, {**TRACK, "params": {**TRACK["params"], "_meta": MODERN}}, headers)

    assert (answer.status_code, called.status_code) == (200, 200)
    assert called.headers["Content-Type"].partition(";")[0] in (
        kind,
        *(["application/json"] if era != "legacy" else []),
    )
    assert message_of(called)["result"]["structuredContent"]["event"] == "E"


def test_a_call_that_tells_its_progress_is_answered_by_plain_json_too(url: str):
    session = post(url, HELLO, {"Accept": "application/json"}).headers["Mcp-Session-Id"]
    params = {"name": "list_sources", "arguments": {"max_items": 5, "pagination": {"count": 2}}}
    called = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {**params, "_meta": {"progressToken": "p"}}}
    answer = post(url, called, {"Accept": "application/json", "Mcp-Session-Id": session})

    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.json()["id"], len(answer.json()["result"]["structuredContent"]["sources"])) == (7, 5)


def test_a_stream_without_an_end_is_not_promised_as_json(url: str):
    headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen", "Accept": "application/json"}
    listen = {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": {"_meta": MODERN}}
    assert post(url, listen, headers).status_code == 406


def test_a_body_that_is_too_large_is_refused(sandbox: Sandbox, specs: Specs):
    app = http_app(Connector(specs), lambda _: sandbox.connection, max_body=10_000)
    with serving(app) as url:
        assert post(url, b"[" + b" " * 20_000).status_code == 413


@pytest.mark.parametrize("era", ERAS)
def test_the_url_names_the_connection(sandbox: Sandbox, specs: Specs, era: str):
    asked: list[tuple[str, str | None]] = []
    connector = Connector(specs)

    def resolve(name: str | None) -> Mapping[str, Any]:
        if name not in (None, "shop"):
            raise ConnectionConfigError(Problem("unknown", f"there is no connection '{name}'", "there is shop"))
        return sandbox.connection

    def run(action: str, inputs: Mapping[str, Any], connection: str | None, *, on_wait: Any = None) -> Result:
        asked.append((action, connection))
        return connector.run(action, inputs, resolve(connection), on_wait=on_wait)

    with serving(http_app(connector, resolve, run=run)) as url:
        assert not call(url, "get_workspace", {}, era).is_error
        assert not call(f"{url}?connection=shop", "get_workspace", {}, era).is_error
        refused = call(f"{url}?connection=nope", "get_workspace", {}, era)
        with pytest.raises(MCPError, match="there is no connection 'nope'"):
            talk(f"{url}?connection=nope", lambda client: client.read_resource("segment://connection"), era)

    assert asked == [("get_workspace", None), ("get_workspace", "shop"), ("get_workspace", "nope")]
    assert "problem: there is no connection 'nope'\nfix: there is shop" in text_of(refused)


def test_a_client_that_is_gone_in_the_middle_of_a_call_holds_up_nobody(specs: Specs):
    with FaultServer(stalling()) as service:
        connection = {"writeKey": "key-1", "servers": {"tracking": service.url}}
        with serving(http_app(Connector(specs), lambda _: connection, timeout=2, most_calls=1)) as url:
            session = {"Mcp-Session-Id": post(url, HELLO).headers["Mcp-Session-Id"]}
            post(url, {"jsonrpc": "2.0", "method": "notifications/initialized"}, session)
            with pytest.raises(requests.RequestException):  # the wait for the answer's first byte
                requests.post(url, json=TRACK, headers={**HEADERS, **session}, timeout=0.3)
            wait_for(lambda: service.seen)
            listed = message_of(post(url, {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}, session))
            assert len(listed["result"]["tools"]) > 10
            # The only slot is taken, by a call that nobody waits for, and an answer comes all the same.
            said = message_of(post(url, {**TRACK, "id": 8}, session))["result"]["content"][0]["text"]

    assert said.split("\n")[0] in ("error: busy", "error: timeout")


def test_a_mistake_of_ours_is_an_answer_without_its_details(
    sandbox: Sandbox, specs: Specs, caplog: pytest.LogCaptureFixture
):
    def run(*_: Any, **__: Any) -> Result:
        raise RuntimeError("wk-5ecretWriteKey")

    with serving(http_app(Connector(specs), lambda _: sandbox.connection, run=run)) as url:
        for era in ERAS:
            with pytest.raises(MCPError, match="the server failed") as refused:
                call(url, "get_workspace", {}, era)
            assert "wk-5ecret" not in str(refused.value)

    assert "RuntimeError in " in caplog.text
    assert "wk-5ecret" not in caplog.text
