"""How a person signs in without the first link: by pasting a token, or by another link."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from chromium import chromium
from cli_support import Said, program
from service_support import PLAIN, TOKEN, Running, running

from segment_connector.service.sessions import Sessions, TooManyTries

HTML = {"Accept": "text/html"}


def paste(service: Running, token: str, client: requests.Session | None = None, **more: str) -> requests.Response:
    return (client or requests.Session()).post(
        f"{service.url}/sign-in", data={"token": token}, headers={**HTML, **more}, allow_redirects=False, timeout=10
    )


def given(service: Running) -> str:
    return TOKEN


def first_link(service: Running) -> str:
    return f" {service.url}/?token={service.app.state.sessions.link_token}\n"


@pytest.mark.parametrize("token", [given, first_link])
def test_a_pasted_token_signs_in(serve: Callable[..., Running], token: Callable[[Running], str]) -> None:
    service = serve()
    with requests.Session() as browser:
        answer = paste(service, token(service), browser, Origin=service.url)
        assert (answer.status_code, answer.headers["Location"], answer.headers["Cache-Control"]) == (
            303,
            "/",
            "no-store",
        )
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(answer.headers["Set-Cookie"].split("; "))
        assert TOKEN not in str(answer.headers)
        assert browser.get(f"{service.url}/v1/catalog", timeout=10).status_code == 200


def test_a_link_that_was_used_asks_for_the_token(serve: Callable[..., Running]) -> None:
    service = serve(token=None)
    token = service.app.state.sessions.link_token
    link = f"{service.url}/?token={token}"
    assert requests.get(link, timeout=10, headers=HTML).status_code == 200
    page = requests.get(link, timeout=10, headers=HTML)
    assert page.status_code == 401
    assert "serve --link" in page.text
    assert token not in page.text
    with chromium() as browser, browser.new_page() as window:
        window.goto(link)
        window.get_by_label("Token of the service").fill("wrong")
        window.keyboard.press("Enter")
        window.get_by_role("heading", name="The token is wrong").wait_for()
        window.get_by_label("Token of the service").fill(token)
        window.get_by_role("button", name="Sign in").click()
        window.wait_for_url(f"{service.url}/docs")
        assert token not in window.url


def test_a_token_is_taken_from_a_form_of_ours_only(serve: Callable[..., Running]) -> None:
    service = serve()
    for foreign in ("http://evil.example", "null", "http://127.0.0.1:1"):
        assert paste(service, TOKEN, Origin=foreign).status_code == 403
    url = f"{service.url}/sign-in"
    assert requests.post(url, json={"token": TOKEN}, timeout=10).status_code == 415
    assert requests.post(url, data={"token": "x" * 20_000}, timeout=10).status_code == 413
    assert requests.get(url, params={"token": TOKEN}, timeout=10).status_code == 401
    assert "Set-Cookie" not in paste(service, "").headers


def test_wrong_tokens_are_slowed_down(serve: Callable[..., Running]) -> None:
    service = serve()
    assert [paste(service, "wrong").status_code for _ in range(10)] == [401] * 10
    answer = paste(service, TOKEN)
    assert (answer.status_code, "Try again in" in answer.text) == (429, True)
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert service.get("/v1/catalog").status_code == 200  # programs go on


def test_after_a_minute_a_token_is_looked_at_again() -> None:
    now = [0.0]
    sessions = Sessions(TOKEN, lambda: now[0])
    assert [sessions.sign_in("wrong") for _ in range(10)] == [None] * 10
    with pytest.raises(TooManyTries):
        sessions.sign_in(TOKEN)
    now[0] = 60.0
    assert sessions.sign_in(TOKEN)


def test_only_the_owner_gets_a_further_link_and_it_works_once(serve: Callable[..., Running]) -> None:
    service = serve()
    sessions = service.app.state.sessions
    url = f"{service.url}/sign-in/link"
    for wrong in ("", f"Bearer {TOKEN}", f"Basic {sessions.owner_secret}"):
        assert requests.post(url, headers={"Authorization": wrong}, timeout=10).status_code == 401
    answer = requests.post(url, headers={"Authorization": f"Bearer {sessions.owner_secret}"}, timeout=10)
    link = f"{service.url}/?token={answer.json()['token']}"
    assert [requests.get(link, timeout=10).status_code for _ in range(2)] == [200, 401]
    # It is no token for programs.
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert requests.get(f"{service.url}/v1/catalog", headers=headers, timeout=10).status_code == 401


def link(env: dict[str, str], *more: str) -> Said:
    return program("serve", "--link", *more, env=env)


def test_the_command_prints_another_link_while_the_service_runs(tmp_path: Path) -> None:
    env = {"SEGMENT_CONNECTOR_CONFIG": str(tmp_path)}
    assert "no service was started here" in link(env).stderr
    with running(*PLAIN, env=env) as service:
        port = service.url.rpartition(":")[2]
        file = tmp_path / "services" / f"{port}.json"
        assert os.name != "posix" or (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        assert f"serve --link --port {port}" in service.said
        said = link(env)
        assert (said.code, said.stderr) == (0, "")
        assert said.stdout.startswith(f"{service.url}/?token=")
        assert service.token not in said.stdout
        assert [requests.get(said.stdout.strip(), timeout=10).status_code for _ in range(2)] == [200, 401]
        other = link(env, "--port", "1")
        assert (other.code, port in other.stderr) == (2, True)
        file.with_name("1.json").write_text("{}")
        assert f"choose one with --port: 1, {port}" in link(env).stderr
        file.with_name("1.json").chmod(0o600)
        assert "start the service again" in link(env, "--port", "1").stderr
        code, out, err = service.stop(signal.SIGTERM)
    assert (code, err, file.exists()) == (0, "", False)
    assert json.dumps(said.stdout.strip()) not in out


def test_the_file_of_a_killed_service_is_told_and_removed(tmp_path: Path) -> None:
    env = {"SEGMENT_CONNECTOR_CONFIG": str(tmp_path)}
    with running(*PLAIN, env=env) as service:
        service.process.kill()
        service.process.wait()
        file = tmp_path / "services" / f"{service.url.rpartition(':')[2]}.json"
        assert file.exists()
        said = link(env)
    assert said.code == 2
    assert f"the service that you started at {service.url} does not run any more" in said.stderr
    assert "serve" in said.stderr
    assert not file.exists()
