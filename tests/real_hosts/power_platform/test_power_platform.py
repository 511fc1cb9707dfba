"""The connectors for Power Platform, called by their definitions alone: by Swagger's own client, over real HTTP.

Power Platform itself runs only in Microsoft's cloud. What it does with a definition is done here by the words that its
documentation gives them: policies, dropdowns, webhooks.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from cli_support import cli, command, environment

from segment_connector import Connector
from segment_connector.sandbox import Sandbox

HERE = Path(__file__).parent
Do = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Connector.load().specs) as running:
        yield running


@pytest.fixture(scope="module")
def service(sandbox: Sandbox) -> Iterator[tuple[str, str]]:
    """The address and the token of ``serve``, whose own connection leads to the sandbox."""
    with subprocess.Popen(
        command("serve", "--port", "0", "--no-workbench", "--no-mcp"), env=environment(sandbox.environment),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        said = next(line for line in running.stdout if "token=" in line)
        address, _, token = said.split()[-1].partition("/?token=")
        yield address, token
        running.terminate()
        running.communicate(timeout=20)


@pytest.fixture(scope="module")
def follow() -> Iterator[Do]:
    """Has steps carried out, and gives what came of each; one program for all, so that a definition is read once."""
    with subprocess.Popen(
        ["node", str(HERE / "flow.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        into, out = node.stdin, node.stdout

        def ask(steps: list[dict[str, Any]], **told: Any) -> list[dict[str, Any]]:
            into.write(json.dumps({**told, "steps": steps}) + "\n")
            into.flush()
            found = json.loads(out.readline())
            assert isinstance(found, list), found["error"]
            return found

        yield ask
        into.close()
        assert node.wait(20) == 0


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("service")
    said = cli("export", "power-platform", str(folder), "--service", "http://segment.example.com")
    assert said.code == 0
    return folder


@pytest.fixture
def do(exported: Path, service: tuple[str, str], follow: Do) -> Do:
    address, token = service
    connection = {"address": address.removeprefix("http://"), "token": token}
    return lambda *steps: follow(list(steps), folder=str(exported), connection=connection)


def step(connector: str, call: str, inputs: Any = None, **more: Any) -> dict[str, Any]:
    body = {"inputs": inputs or {}, **{name: one for name, one in more.items() if name != "list"}}
    return {"connector": connector, "call": call, "parameters": {"body": body}, "list": more.get("list")}


def arrived(sandbox: Sandbox, event: str) -> list[str]:
    """The ids of the events of a name that the sandbox was sent."""
    sent = [one["body"] for one in sandbox.events()]
    return [one["messageId"] for one in sent if one.get("event") == event]


def test_every_definition_is_taken(exported: Path, do: Do) -> None:
    connectors = sorted(path.parent.name for path in exported.glob("*/apiDefinition.swagger.json"))
    assert len(connectors) > 1
    titles = [one["title"] for one in do(*({"connector": each} for each in connectors))]
    assert len(set(titles)) == len(connectors)


def test_a_flow_sends_events_and_manages_the_workspace(do: Do, sandbox: Sandbox) -> None:
    label = {"key": "team", "value": "growth", "description": "Made by a flow"}
    event = {"event": "Order Completed", "userId": "u-1", "properties": {"revenue": 14.99}}
    answers = do(
        step("tracking", "Track", event),
        step("tracking", "Identify", {"userId": "u-1", "traits": {"email": "anna@example.com"}}),
        step("tracking", "Group", {"userId": "u-1", "groupId": "g-1"}),
        step("workspace", "GetWorkspace"),
        step("sources", "ListSources", {"pagination": {"count": 2}}),
        step("labels", "CreateLabel", {"label": label}),
        step("labels", "ListLabels"),
        step("labels", "DeleteLabel", {"key": "team", "value": "growth"}),
        step("labels", "DeleteLabel", {"key": "team", "value": "growth"}, confirm=True),
        step("profiles", "GetUserProfileTraits", {"idType": "user_id", "id": "u-1"}),
    )
    assert [answer["status"] for answer in answers] == [200, 200, 200, 200, 200, 200, 200, 422, 200, 200]
    outputs = answers[0]["body"]["outputs"]
    assert outputs["messageId"]
    assert outputs["timestamp"]
    assert answers[7]["body"]["code"] == "confirm"
    assert label in answers[6]["body"]["outputs"]["labels"]
    first = answers[4]["body"]["outputs"]
    assert len(first["sources"]) == 2
    (second,) = do(step("sources", "ListSources", {"pagination": {"count": 2, "cursor": first["pagination"]["next"]}}))
    ids = [one["id"] for one in (*first["sources"], *second["body"]["outputs"]["sources"])]
    assert len(set(ids)) == len(ids) == 4
    assert arrived(sandbox, "Order Completed") == [outputs["messageId"]]


def test_wrong_inputs_are_refused_with_the_cure(do: Do) -> None:
    nobody, unknown = do(
        step("tracking", "Track", {"event": "Order Completed"}),
        step("sources", "GetSource", {"sourceID": "x"}),
    )
    assert (nobody["status"], nobody["body"]["field"]) == (422, "userId")
    assert nobody["body"]["hint"]
    assert "did you mean 'sourceId'?" in [problem["hint"] for problem in unknown["body"]["problems"]]


def test_dropdowns_are_filled_by_what_is_chosen_before(do: Do) -> None:
    connections, sources, spaces = do(
        step("sources", "GetSource", list="body/connection"),
        step("sources", "GetSource", list="body/inputs/sourceId"),
        step("audiences", "GetAudience", list="body/inputs/spaceId"),
    )
    assert ["environment", "environment"] in connections["entries"]
    assert "Website" in [label for _, label in sources["entries"]]
    space = spaces["entries"][0][0]
    chosen, not_yet = do(
        step("audiences", "GetAudience", {"spaceId": space}, list="body/inputs/id"),
        step("audiences", "GetAudience", list="body/inputs/id"),
    )
    assert chosen["entries"]
    assert not_yet["status"] == 422
    assert "choose spaceId first" in not_yet["body"]["hint"]


def test_a_trigger_starts_a_flow_until_it_is_switched_off(do: Do) -> None:
    heard: Queue[dict[str, Any]] = Queue()

    class Flow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Flow) as flow:
        Thread(target=flow.serve_forever, daemon=True).start()
        (source,) = do(step("sources", "GetSource", list="body/inputs/sourceId"))
        callback = {"url": f"http://127.0.0.1:{flow.server_port}/flow"}
        inputs = {"sourceId": source["entries"][0][0], "events": ["Signed Up"]}
        (begun,) = do(step("tracking", "WhenEventReceived", inputs, callback=callback))
        assert begun["status"] == 201, begun
        trigger, _, name = begun["headers"]["location"].removeprefix("/v1/triggers/").partition("/subscriptions/")
        do(step("tracking", "Track", {"event": "Signed Up", "userId": "u-7"}))
        assert heard.get(timeout=20)["title"] == "Signed Up"
        ended = {"connector": "tracking", "call": "ServiceUnsubscribe", "parameters": {"trigger": trigger, "id": name}}
        assert do(ended)[0]["status"] == 204
        flow.shutdown()


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox, follow: Do) -> Callable[..., dict[str, Any]]:
    """Follows steps that call the APIs themselves, which lead to the sandbox here."""
    folder = tmp_path_factory.mktemp("direct")
    assert cli("export", "power-platform", str(folder), "--mode", "direct").code == 0
    given = sandbox.environment
    routes = {
        "https://api.segment.io/v1": given["SEGMENT_TRACKING_URL"],
        "https://api.segmentapis.com": given["SEGMENT_PUBLIC_URL"],
        "https://profiles.segment.com/v1": given["SEGMENT_PROFILES_URL"],
    }
    hosts = {"tracking": "api.segment.io", "profiles": "profiles.segment.com"}
    keys = {"tracking": given["SEGMENT_WRITE_KEY"], "profiles": given["SEGMENT_PROFILE_TOKEN"]}

    def follow_one(connector: str, call: str, **more: Any) -> dict[str, Any]:
        connection = {
            "region": hosts.get(connector, "api.segmentapis.com"),
            "token": given["SEGMENT_PUBLIC_TOKEN"],
            "username": keys.get(connector, ""),
        }
        steps = [{"connector": connector, "call": call, **more}]
        return follow(steps, folder=str(folder), connection=connection, routes=routes)[0]

    return follow_one


def test_direct_mode_calls_the_apis_themselves(direct: Callable[..., dict[str, Any]], sandbox: Sandbox) -> None:
    space = sandbox.environment["SEGMENT_SPACE_ID"]
    body = {"event": "Sent By Itself", "userId": "u-1", "messageId": "flow-1"}
    assert direct("tracking", "Track", parameters={"body": body})["status"] == 200
    assert arrived(sandbox, "Sent By Itself") == ["flow-1"]
    first = direct("sources", "ListSources", parameters={"pagination.count": 2})["body"]["data"]
    cursor = first["pagination"]["next"]
    second = direct("sources", "ListSources", parameters={"pagination.count": 2, "pagination.cursor": cursor})
    assert not {one["id"] for one in first["sources"]} & {one["id"] for one in second["body"]["data"]["sources"]}
    sources = direct("sources", "GetSource", list="sourceId")["entries"]
    assert "Website" in [label for _, label in sources]
    read = direct("sources", "GetSource", parameters={"sourceId": sources[0][0]})["body"]["data"]["source"]
    assert read["id"] == sources[0][0]
    traits = {"spaceId": space, "idType": "user_id", "id": "u-1", "include": ["email", "plan"]}
    assert direct("profiles", "GetUserProfileTraits", parameters=traits)["status"] == 200
