"""What may be called, and where to: the same at every door of the service."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cli_support import cli
from faultserver import FaultServer
from service_support import EVENT, PLAIN, TOKEN, Running, running
from test_service_agents import Agent

from segment_connector import Connector
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.service.servers import Servers

FENCES = yaml_loader.read(Path(__file__).with_name("fences.yaml"))
ACTIONS = [name for name in FENCES[0]["people"] if name not in ("test", "bulk", "author")]


class Doors:
    """Everything by which somebody may come to an action: whether it is told or done there."""

    def __init__(self, url: str, token: str, connector: Connector) -> None:
        self.url, self.token = url, token
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {token}"
        self.actions = {name: dict(connector.specs.action(name).examples[0].input) for name in ACTIONS}

    def over_http(self) -> Iterator[tuple[str, str, bool]]:
        """Each action and door of the HTTP API."""
        listed = {one["name"] for one in self._get("/v1/actions").json()["actions"]}
        catalogue = {one["name"] for one in self._get("/v1/catalog/segment").json()["actions"]}
        paths = self._get("/openapi.json").json()["paths"]
        named = paths["/v1/actions/{name}"]["get"]["parameters"][0]["schema"]["enum"]
        for name, inputs in self.actions.items():
            path = f"/v1/actions/{name}"
            yield name, "describe", _permitted(self._get(path))
            yield name, "preview", _permitted(self._post(f"{path}/preview", {"inputs": inputs}))
            yield name, "run", _permitted(self._post(f"{path}/run", {"inputs": inputs, "confirm": True}))
            yield name, "options", _permitted(self._post(f"{path}/options/none", {}))
            yield name, "list", name in listed
            yield name, "catalogue", name in catalogue
            yield name, "OpenAPI", f"{path}/run" in paths
            yield name, "OpenAPI, names", name in named
        yield "test", "", _permitted(self._post("/v1/connections/test", {}))

    def of_agents(self) -> Iterator[tuple[str, str, bool]]:
        """Each action and door of agents."""
        agent = Agent(self.url, self.token, connection="sandbox")
        for name, inputs in self.actions.items():
            said = agent.call("run_action", {"action": name, "inputs": inputs})
            yield name, "run_action", "not_offered" not in said["content"][0]["text"]
            found = agent.call("find_action", {"query": name, "limit": 50})["structuredContent"]["actions"]
            yield name, "find_action", name in {one["name"] for one in found}
            yield name, "describe_action", not agent.call("describe_action", {"action": name}).get("isError")

    def of_the_workbench(self) -> Iterator[tuple[str, str, bool]]:
        """Each action and page of the workbench."""
        start = self._get("/").text
        for name in self.actions:
            yield name, "page", self._shows(f"/actions/{name}")
            yield name, "start page", f'/actions/{name}\\"' in start or f"/actions/{name}&quot;" in start
        for page in ("bulk", "author"):
            yield page, "", self._shows(f"/{page}")

    def _get(self, path: str) -> requests.Response:
        return self.http.get(self.url + path, timeout=30)

    def _post(self, path: str, body: Any) -> requests.Response:
        return self.http.post(self.url + path, json={"connection": "sandbox", **body}, timeout=30)

    def _shows(self, path: str) -> bool:
        answer = self._get(path)
        assert answer.status_code == 200 or (
            answer.status_code == 403 and "start the service with" in answer.text.lower()
        )
        return answer.status_code == 200


def _permitted(answer: requests.Response) -> bool:
    if answer.status_code != 403:
        return True
    told = answer.json()
    assert (told["code"], bool(told["hint"]), bool(told["field"])) == ("not_offered", True, True)
    return False


def differing(told: Iterable[tuple[str, str, bool]], permitted: list[str]) -> list[tuple[str, str, bool]]:
    """What a door says of an action that is not as it should be."""
    return [one for one in told if one[2] is not (one[0] in permitted)]


def settings_of(started: list[str]) -> dict[str, tuple[str, ...]]:
    names = {"--allow": "allow", "--groups": "groups", "--tool": "tools"}
    return {names[option]: tuple(value.split(",")) for option, value in zip(started[::2], started[1::2], strict=True)}


@pytest.mark.parametrize("fence", FENCES, ids=[" ".join(one["started"]) or "nothing" for one in FENCES])
def test_programs_and_agents_are_held_to_the_same(serve: Callable[..., Running], fence: Any) -> None:
    service = serve(mcp=True, **settings_of(fence["started"]))
    doors = Doors(service.url, TOKEN, service.backend.connector)
    assert differing(doors.over_http(), fence["people"]) == []
    assert differing(doors.of_agents(), fence["agents"]) == []


BESIDE = [one for one in FENCES if one.get("workbench")]


@pytest.mark.parametrize("fence", BESIDE, ids=[" ".join(one["started"]) for one in BESIDE])
def test_the_workbench_is_held_to_it_too(shared_connector: Connector, fence: Any) -> None:
    with running("--no-mcp", *fence["started"]) as service:
        doors = Doors(service.url, service.token, shared_connector)
        assert differing(doors.of_the_workbench(), fence["people"]) == []


def test_a_dropdown_reads_nothing_that_may_not_be_read(serve: Callable[..., Running]) -> None:
    service = serve(groups=("destinations",))
    answer = service.get("/v1/actions/create_destination/options/sourceId", params={"connection": "sandbox"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_offered")
    assert "'list_sources' is not offered: its group is sources" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["delete_source", "replace_labels_in_source", "custom_api_call"])
def test_what_asks_first_needs_a_word_of_consent(service: Running, name: str) -> None:
    action = service.backend.connector.specs.action(name)
    body = {"connection": "sandbox", "inputs": dict(action.examples[0].input)}
    for consent, code in (({}, "confirm"), ({"confirm": False}, "confirm"), ({"confirm": "yes"}, "type")):
        refused = service.post(f"/v1/actions/{name}/run", {**body, **consent})
        assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (422, code, "confirm")
        assert '"confirm": true' in refused.json()["hint"]
    assert action.confirm in service.post(f"/v1/actions/{name}/run", body).json()["detail"]
    assert service.post(f"/v1/actions/{name}/run", {**body, "confirm": True}).json().get("code") != "confirm"
    assert service.post(f"/v1/actions/{name}/preview", body).status_code == 200
    documented = service.get("/openapi.json").json()["paths"][f"/v1/actions/{name}/run"]["post"]["requestBody"]
    schema = documented["content"]["application/json"]["schema"]
    confirm = {"type": "boolean", "description": f"Must be true; it says yes to: {action.confirm}"}
    assert schema["properties"]["confirm"] == confirm
    assert "confirm" in schema["required"]


def test_what_does_not_ask_takes_the_word_as_well(service: Running) -> None:
    answer = service.post("/v1/actions/track/run", {"connection": "sandbox", "inputs": EVENT, "confirm": True})
    assert answer.status_code == 200


# -- Servers of the caller's choice --------------------------------------------------------------------------------

NOT_PUBLIC = [
    "127.0.0.1", "10.0.0.7", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[fe80::1]", "[fd00::1]",
    "[ff02::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost", "2130706433", "0x7f.1",
    "metadata.google.internal", "93.184.216.34", "proxy.example.com.evil.example", "evil.example",
]  # fmt: skip


def remote(serve: Callable[..., Running], *named: str, **more: Any) -> Running:
    """A service that others may reach, as its settings say; it listens on this machine all the same."""
    return serve(connector=Connector.load(max_retries=0), allow_remote=True, servers=named, **more)


def at(address: str, api: str = "tracking") -> dict[str, Any]:
    return {"writeKey": "key-1234", "servers": {api: address}}


@pytest.mark.parametrize("api", ["tracking", "public", "profiles", "oauth"])
def test_a_service_that_others_reach_calls_no_address_of_theirs(serve: Callable[..., Running], api: str) -> None:
    service = remote(serve, "proxy.example.com")
    for host in NOT_PUBLIC:
        connection = at(f"http://{host}:80/v1", api)
        answers = [
            service.run("track", EVENT, connection),
            service.post("/v1/actions/track/preview", {"inputs": EVENT, "connection": connection}),
            service.post("/v1/actions/get_source/options/sourceId", {"connection": connection}),
            service.post("/v1/connections/test", {"connection": connection}),
            service.session.put(f"{service.url}/v1/connections/mine", json={"connection": connection},
                                headers={"If-None-Match": "*"}, timeout=20),
        ]  # fmt: skip
        told = [(one.status_code, one.json()["code"], one.json()["field"]) for one in answers]
        assert told == [(403, "server_not_allowed", f"servers.{api}")] * 5, host
        assert all("--allow-server" in one.json()["hint"] for one in answers)
    assert service.backend.connections.names() == ["sandbox"]


def test_on_this_machine_only_every_address_may_be_called(service: Running) -> None:
    with FaultServer() as server:
        assert service.run("track", EVENT, at(server.url)).status_code == 200


@pytest.mark.parametrize("named", ["127.0.0.1", "127.0.0.0/8"])
def test_an_address_that_is_named_may_be_called(serve: Callable[..., Running], named: str) -> None:
    with FaultServer() as server:
        assert remote(serve, named).run("track", EVENT, at(server.url)).status_code == 200


def test_a_name_that_leads_elsewhere_now_is_not_called(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = leading(monkeypatch, "proxy.example.com")
    with FaultServer() as server:
        service = remote(serve, "proxy.example.com")
        refused = service.run("track", EVENT, at(f"http://proxy.example.com:{server.port}"))
        assert refused.json()["code"] == "connection_failed"
        assert "it leads to 127.0.0.1, which may not be called" in refused.json()["detail"]
        assert refused.json()["meta"]["delivery"] == "not_sent"
        both = remote(serve, "Proxy.Example.com", "127.0.0.1")
        assert both.run("track", EVENT, at(f"http://proxy.example.com:{server.port}")).status_code == 200
    assert len(server.seen) == 1
    assert asked


def leading(monkeypatch: pytest.MonkeyPatch, name: str) -> list[Any]:
    """Let a name lead to this machine, as whoever owns it can at any time; what was looked up."""
    asked: list[Any] = []
    looked_up = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **more: Any) -> Any:
        if host == name:
            asked.append(host)
            host = "127.0.0.1"
        return looked_up(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_a_bulk_delivery_is_held_to_the_same(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    leading(monkeypatch, "proxy.example.com")
    path = tmp_path / "events.jsonl"
    path.write_text('{"type": "track", "event": "E", "userId": "u"}\n')
    with FaultServer() as server:
        service = remote(serve, "proxy.example.com")
        service.backend.connections.put("mine", at(f"http://proxy.example.com:{server.port}"), version=None)
        result = service.backend.connector.bulk(str(path), service.backend.resolve("mine"))
    assert not result.ok
    assert server.seen == []


def test_what_the_owner_of_the_service_named_stays(serve: Callable[..., Running], tmp_path: Path) -> None:
    with FaultServer() as server:
        path = tmp_path / "connections.yaml"
        path.write_text(f"shop: {{writeKey: abc, servers: {{tracking: '{server.url}'}}}}\n")
        path.chmod(0o600)
        environ = {"SEGMENT_WRITE_KEY": "abc", "SEGMENT_TRACKING_URL": server.url}
        service = remote(serve, file=path, environ=environ)
        for connection in ("shop", "environment", "sandbox"):
            assert service.run("track", EVENT, connection).status_code == 200
        same = {"region": "us", "writeKey": "other", "servers": {"tracking": server.url}}
        put = {"json": {"connection": same}, "headers": {"If-Match": '"1"'}, "timeout": 20}
        assert service.session.put(f"{service.url}/v1/connections/shop", **put).status_code == 200
    assert len(server.seen) == 2


def test_the_servers_of_the_regions_may_be_named(shared_connector: Connector) -> None:
    servers = Servers(shared_connector.spec, limited=True)
    servers.check(at("https://events.eu1.segmentapis.com/v1/"))


@pytest.mark.parametrize("named", ["http://proxy.example.com", "proxy.example.com:80", "10.0.0.1/8", "a b", ""])
def test_a_server_that_cannot_be_named_is_told_at_the_start(named: str) -> None:
    said = cli("serve", "--port", "0", *PLAIN, "--allow-server", named)
    assert said.code == 2
    assert "--allow-server" in said.stderr
    assert "10.1.0.0/16" in said.stderr


def test_a_fence_that_there_is_not_is_told_at_the_start_without_agents_too() -> None:
    said = cli("serve", "--port", "0", *PLAIN, "--allow", "reed")
    assert said.code == 2
    assert "did you mean 'read'" in said.stderr
