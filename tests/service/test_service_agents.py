"""``/mcp`` of a service: by its own limits, by a connection that is named, and to its end when the service stops."""

from __future__ import annotations

import itertools
import json
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from faultserver import FaultServer, Peer, Seen, answer, stalling
from service_support import EVENT, Running, running, until

pytestmark = pytest.mark.unmeasured

_CLIENT = {"name": "test", "version": "1"}
_HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": _CLIENT}
_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": _CLIENT,
    "io.modelcontextprotocol/clientCapabilities": {},
}
ERAS = ("with a handshake", "without")


class Agent:
    """A client in a session of its own, or in none."""

    def __init__(self, url: str, token: str, era: str = ERAS[0], connection: str | None = None) -> None:
        self.url = f"{url}/mcp" + (f"?connection={connection}" if connection else "")
        self.headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
        self.stateless = era == ERAS[1]
        self.numbers = itertools.count()
        if not self.stateless:
            said = self._post("initialize", _HELLO)
            self.headers |= {"Mcp-Session-Id": said.headers["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-11-25"}
            self._post("notifications/initialized", None)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The message that answers a request."""
        said = self._post(method, params)
        text = said.text
        if said.headers["Content-Type"].startswith("text/event-stream"):
            (text,) = [line[6:] for line in text.splitlines() if line.startswith("data: {")]
        return json.loads(text)  # type: ignore[no-any-return]

    def call(self, tool: str, arguments: Any) -> dict[str, Any]:
        return self.ask("tools/call", name=tool, arguments=arguments)["result"]  # type: ignore[no-any-return]

    def listen(self) -> requests.Response:
        """The stream on which the server could tell news."""
        return requests.get(self.url, headers=self.headers, stream=True, timeout=30)

    def _post(self, method: str, params: Any) -> requests.Response:
        headers, message = dict(self.headers), {"jsonrpc": "2.0", "method": method}
        if not method.startswith("notifications/"):
            message |= {"id": next(self.numbers), "params": {**params, **({"_meta": _META} if self.stateless else {})}}
        if self.stateless:
            headers |= {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method}
            headers |= {"Mcp-Name": named} if (named := params.get("name", params.get("uri"))) else {}
        return requests.post(self.url, json=message, headers=headers, timeout=30)


def agent(service: Running, **more: Any) -> Agent:
    return Agent(service.url, str(service.settings.token), **more)


def test_a_slash_at_the_end_leads_to_the_same(serve: Callable[..., Running]) -> None:
    service = serve(mcp=True)
    one = agent(service, connection="sandbox")
    one.url = one.url.replace("/mcp", "/mcp/")
    assert one.call("get_workspace", {})["structuredContent"]["workspace"]["id"]


def test_what_a_tool_gives_at_most_is_a_setting(serve: Callable[..., Running]) -> None:
    service = serve(mcp=True, max_result=200)
    content = agent(service, connection="sandbox").call("list_sources", {})["structuredContent"]
    assert 0 < len(content["sources"]) < 5
    assert "continue with" in content["warnings"][0]


def to(server: FaultServer) -> dict[str, str]:
    return {"SEGMENT_WRITE_KEY": "key-1234", "SEGMENT_TRACKING_URL": server.url}


def test_a_call_ends_when_its_time_is_over(serve: Callable[..., Running]) -> None:
    with FaultServer(stalling()) as server:
        service = serve(mcp=True, timeout=1, environ=to(server))
        asked = agent(service)
        began = time.monotonic()
        said = asked.call("track", EVENT)["content"][0]["text"]
    assert said.startswith("error: timeout")
    assert time.monotonic() - began < 10


def test_no_more_calls_run_at_once_than_the_service_takes(serve: Callable[..., Running]) -> None:
    with FaultServer(stalling()) as server:
        service = serve(mcp=True, timeout=2, concurrency=1, environ=to(server))
        said: list[str] = []
        asked = agent(service)
        calls = [
            threading.Thread(target=lambda: said.append(asked.call("track", EVENT)["content"][0]["text"]))
            for _ in range(2)
        ]
        for call in calls:
            call.start()
        for call in calls:
            call.join(20)
        assert len(server.seen) <= 1
    assert min(text.split("\n")[0] for text in said) == "error: busy"


@pytest.mark.parametrize("era", ERAS)
def test_without_a_connection_nothing_is_done_and_those_there_are_are_named(
    serve: Callable[..., Running], era: str
) -> None:
    service = serve(mcp=True)
    service.backend.connections.put("eu", {"region": "eu"}, version=None)
    asked = agent(service, era=era)
    refused = asked.call("track", EVENT)
    read = asked.ask("resources/read", uri="segment://connection")
    for said in (refused["content"][0]["text"], read["error"]["message"]):
        assert "?connection=NAME" in said
        assert "sandbox, eu" in said
    assert refused["isError"] is True
    assert service.backend.sandbox.events() == []
    named = agent(service, era=era, connection="sandbox")
    assert not named.call("track", EVENT).get("isError")
    assert "ready" in named.ask("resources/read", uri="segment://connection")["result"]["contents"][0]["text"]


def test_the_connection_of_the_environment_is_the_usual_one(serve: Callable[..., Running]) -> None:
    with FaultServer() as server:
        service = serve(mcp=True, environ=to(server))
        assert not agent(service).call("track", EVENT).get("isError")
        assert len(server.seen) == 1


@pytest.mark.parametrize("era", ERAS)
def test_a_call_under_way_is_finished_before_the_end(era: str) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(_: Seen, __: Peer) -> bytes:
        arrived.set()
        go_on.wait(20)
        return answer({"success": True})

    with FaultServer(slow) as server, running("--no-workbench", env=to(server)) as service:
        got: list[Any] = []
        asked = Agent(service.url, service.token, era)
        listening = Agent(service.url, service.token).listen()
        client = threading.Thread(target=lambda: got.append(asked.call("track", EVENT)))
        client.start()
        assert arrived.wait(10)
        service.process.send_signal(signal.SIGTERM)
        assert listening.content == b""  # who waits for news holds nobody up
        # What used to end all streams looked twice a second.
        client.join(1.2)
        assert client.is_alive()
        go_on.set()
        client.join(20)
        _, err = service.process.communicate(timeout=20)
    assert got[0]["structuredContent"]["event"] == EVENT["event"]
    assert (service.process.returncode, err) == (0, "")


@pytest.mark.parametrize("era", ERAS)
def test_a_call_that_does_not_end_is_answered_when_the_grace_time_is_over(era: str) -> None:
    with FaultServer(stalling()) as server, running("--no-workbench", "--grace", "1", env=to(server)) as service:
        got: list[Any] = []
        asked = Agent(service.url, service.token, era)
        client = threading.Thread(target=lambda: got.append(asked.call("track", EVENT)))
        client.start()
        until(lambda: bool(server.seen))
        code, _, err = service.stop(signal.SIGTERM)
        client.join(20)
    said = got[0]["content"][0]["text"]
    assert said.startswith("error: stopping")
    assert "messageId" in said  # with which a repeat counts once
    assert (code, err) == (0, "")


def test_who_only_listens_does_not_hold_up_a_stop() -> None:
    with (
        running("--no-workbench", "--grace", "60") as service,
        Agent(service.url, service.token).listen() as listening,
    ):
        assert listening.status_code == 200
        code, _, err = service.stop(signal.SIGTERM)  # which waits for less than the grace time
        assert listening.content == b""
    assert (code, err) == (0, "")
