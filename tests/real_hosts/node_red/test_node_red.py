"""The nodes in Node-RED: loaded by it, deployed over its Admin API, called over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import chromium
from node_red_support import PACKAGE, TOKEN, NodeRed, node_red_over
from service_support import Running, serving, until

SOURCE = "qQEHquLrjRDN9j1ByrChyn"


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def started(service: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeRed]:
    with node_red_over(service, tmp_path_factory.mktemp("node-red")) as running:
        yield running


@pytest.fixture
def node_red(started: NodeRed) -> Iterator[NodeRed]:
    """Each test deploys a flow of its own."""
    started.service.backend.sandbox.clear()
    yield started
    started.deploy()


def asked(action: str, inputs: Any = None, **more: Any) -> list[dict[str, Any]]:
    """A flow that calls an action with the body of a request, and answers what came out or went to the catch node."""
    told = {"t": "set", "p": "payload", "pt": "msg", "to": "error", "tot": "msg"}
    failed = {"t": "set", "p": "statusCode", "pt": "msg", "to": "500", "tot": "num"}
    call = {"fields": inputs or {}, "most": "", "confirm": False, "payload": True, **more}
    return [
        {"id": "in", "type": "http in", "z": "flow", "url": "/ask", "method": "post", "wires": [["call"]]},
        {"id": "call", "type": "segment-action", "z": "flow", "server": "server", "action": action, **call,
         "wires": [["out"]]},
        {"id": "out", "type": "http response", "z": "flow", "wires": []},
        {"id": "catch", "type": "catch", "z": "flow", "scope": ["call"], "wires": [["told"]]},
        {"id": "told", "type": "change", "z": "flow", "rules": [told, failed], "wires": [["out"]]},
    ]  # fmt: skip


def the_event(node_red: NodeRed) -> Any:
    """The one that arrived."""
    (event,) = node_red.service.backend.sandbox.events()
    return event["body"]


def test_node_red_lists_the_nodes(node_red: NodeRed) -> None:
    kinds = [one for one in node_red.admin("GET", "/nodes") if one["module"] == PACKAGE]
    assert sorted(kind for one in kinds for kind in one["types"]) == [
        "segment-action",
        "segment-server",
        "segment-trigger",
    ]
    assert all(one["enabled"] and not one.get("err") for one in kinds)


def test_every_action_and_trigger_of_the_specs_can_be_chosen(node_red: NodeRed) -> None:
    listed = node_red.admin("GET", f"/resources/{PACKAGE}/actions.json")
    connector = node_red.service.backend.connector
    assert [one["name"] for one in listed["actions"]] == list(connector.actions)
    assert [one["name"] for one in listed["triggers"]] == list(connector.triggers)


def test_an_event_goes_from_a_request_through_the_node(node_red: NodeRed) -> None:
    node_red.deploy(*asked("track"))
    answer = node_red.post("/ask", {"event": "Order Completed", "userId": "u-1", "properties": {"total": 27.5}})
    assert (answer.status_code, answer.text[:1]) == (200, "{"), answer.text
    event = the_event(node_red)
    assert event["messageId"] == answer.json()["messageId"]
    assert event["timestamp"] == answer.json()["timestamp"]
    assert event["properties"] == {"total": 27.5}


def test_fields_of_the_dialog_win_and_text_is_read_as_it_is_meant(node_red: NodeRed) -> None:
    fields = {
        "event": {"type": "msg", "value": "payload.name"},
        "userId": {"type": "str", "value": "u-2"},
        "properties": {"type": "json", "value": '{"total": 3}'},
        "anonymousId": {"type": "str", "value": ""},
        "context": {"type": "jsonata", "value": '{"ip": payload.ip}'},
    }
    node_red.deploy(*asked("track", fields, payload=False))
    answer = node_red.post("/ask", {"name": "Signed Up", "ip": "203.0.113.7"})
    assert answer.status_code == 200, answer.text
    event = the_event(node_red)
    known = {name: event.get(name) for name in ("event", "userId", "properties", "anonymousId")}
    assert known == {"event": "Signed Up", "userId": "u-2", "properties": {"total": 3}, "anonymousId": None}
    assert event["context"]["ip"] == "203.0.113.7"


def test_a_list_is_read_over_its_pages(node_red: NodeRed) -> None:
    calls = node_red.service.run("list_sources", {}).json()["outputs"]["sources"]
    node_red.deploy(*asked("list_sources", most="100"))
    for size in (1, len(calls)):
        entries = node_red.post("/ask", {"pagination": {"count": size}}).json()
        assert [one["id"] for one in entries] == [one["id"] for one in calls]
    node_red.deploy(*asked("list_sources", most="1"))
    assert len(node_red.post("/ask", {}).json()) == 1


@pytest.mark.parametrize(
    ("action", "payload", "code", "said"),
    [
        ("track", {"event": "Test"}, "rule", "userId: userId or anonymousId is required"),
        ("track", {"evnt": "Test", "userId": "u"}, "required", "did you mean"),
        ("track", {"event": "T", "userId": "u", "properties": "{a: 1}"}, "json", "names and texts need double quotes"),
        (
            "track",
            {"event": "T", "userId": "u", "properties": "{{ it }}"},
            "expression",
            "properties: is an expression",
        ),
        ("delete_source", {"sourceId": SOURCE}, "confirm", "say yes to it in the edit dialog"),
        ("get_source", {"sourceId": "none"}, "not_found", "Look it up with the list action"),
        ("nothing", {}, "unknown_action", "choose one in the edit dialog"),
    ],
)
def test_what_is_wrong_goes_to_the_catch_node_with_its_cure(
    node_red: NodeRed, action: str, payload: Any, code: str, said: str
) -> None:
    node_red.deploy(*asked(action))
    answer = node_red.post("/ask", payload)
    told = answer.json()
    assert (answer.status_code, told["source"]["type"]) == (500, "segment-action")
    assert said in told["message"], told
    assert (told["code"], told["cause"]["problems"][0]["code"]) == (code, code), told
    assert node_red.service.backend.sandbox.events() == []


def test_the_examples_can_be_deployed_as_they_are(node_red: NodeRed) -> None:
    examples = f"/library/examples/flows/{PACKAGE}"
    for name in ("call-an-action-over-http", "read-a-list-over-its-pages", "start-when-something-happens"):
        flow = node_red.admin("GET", f"{examples}/{name}")
        assert {one["type"] for one in flow} & {"segment-action", "segment-trigger"}
        node_red.deploy(*flow)
    flow = node_red.admin("GET", f"{examples}/call-an-action-over-http")
    node_red.deploy(*({**one, "server": "server"} if "server" in one else one for one in flow))
    assert node_red.post("/track", {"event": "A", "userId": "u"}).json()["userId"] == "u"
    refused = node_red.post("/track", {"event": "A"})
    assert (refused.status_code, "userId or anonymousId is required" in refused.text) == (422, True)


def test_a_yes_in_the_dialog_is_a_yes(node_red: NodeRed) -> None:
    node_red.deploy(*asked("delete_source", confirm=True))
    assert node_red.post("/ask", {"sourceId": SOURCE}).status_code == 200


def test_a_server_that_does_not_answer_is_told_with_its_cure(node_red: NodeRed) -> None:
    away = {"id": "away", "type": "segment-server", "url": "http://127.0.0.1:1", "credentials": {"token": TOKEN}}
    flow = asked("track")
    flow[1]["server"] = "away"
    node_red.deploy(away, *flow)
    told = node_red.post("/ask", {"event": "Test", "userId": "u"}).json()
    assert (told["code"], "start it" in told["message"], TOKEN in json.dumps(told)) == ("no_answer", True, False)


def test_a_message_that_comes_again_counts_once(node_red: NodeRed) -> None:
    flow = asked("track")
    other = "{...msg, payload: {...msg.payload, event: 'B'}}"
    twice = f"node.send(msg); node.send(RED.util.cloneMessage(msg)); node.send({other})"
    flow[0]["wires"] = [["twice"]]
    node_red.deploy(*flow, {"id": "twice", "type": "function", "z": "flow", "func": twice, "wires": [["call"]]})
    assert node_red.post("/ask", {"event": "A", "userId": "u"}).status_code == 200
    sandbox = node_red.service.backend.sandbox
    until(lambda: sorted(one["body"]["event"] for one in sandbox.events("accepted")) == ["A", "B"])


def test_equal_parts_of_a_split_message_are_two_events(node_red: NodeRed) -> None:
    flow = asked("track")
    part = "RED.util.cloneMessage({...msg, parts: {id: 'split', index: %d, count: 2}})"
    both = f"node.send({part % 0}); node.send({part % 1})"
    flow[0]["wires"] = [["both"]]
    node_red.deploy(*flow, {"id": "both", "type": "function", "z": "flow", "func": both, "wires": [["call"]]})
    assert node_red.post("/ask", {"event": "A", "userId": "u"}).status_code == 200
    sandbox = node_red.service.backend.sandbox
    until(lambda: [one["body"]["event"] for one in sandbox.events("accepted")] == ["A", "A"])


def test_a_dropdown_is_filled(node_red: NodeRed) -> None:
    node_red.deploy()
    wanted = {"kind": "actions", "name": "get_source", "parameter": "sourceId", "search": "web"}
    told = node_red.admin("POST", "/segment-server/server/options", wanted)
    assert told["items"] == [{"value": SOURCE, "label": "Website"}]
    wanted = {"kind": "triggers", "name": "event_received", "parameter": "sourceId"}
    assert SOURCE in [one["value"] for one in node_red.admin("POST", "/segment-server/server/options", wanted)["items"]]
    path = f"{node_red.url}/admin/segment-server"
    wrong = node_red.session.post(f"{path}/server/options", json={**wanted, "parameter": "types"}, timeout=30)
    assert (wrong.status_code, wrong.json()["code"]) == (502, "options")
    unknown = node_red.session.post(f"{path}/nothing/options", json=wanted, timeout=30)
    assert (unknown.status_code, "deploy it" in unknown.json()["hint"]) == (404, True)
    assert node_red.admin("POST", "/segment-server/server/test")


def trigger(**more: Any) -> list[dict[str, Any]]:
    """A flow that keeps what a trigger tells, and answers it."""
    source = {"type": "str", "value": SOURCE}
    return [
        {"id": "start", "type": "segment-trigger", "z": "flow", "server": "server", "trigger": "event_received",
         "fields": {"sourceId": source}, "every": "", "wires": [["keep"]], **more},
        {"id": "keep", "type": "function", "z": "flow", "wires": [[]],
         "func": "global.set('seen', [...(global.get('seen') || []), {...msg.segment, payload: msg.payload}]);"},
        {"id": "in", "type": "http in", "z": "flow", "url": "/seen", "method": "post", "wires": [["tell"]]},
        {"id": "tell", "type": "change", "z": "flow", "wires": [["out"]],
         "rules": [{"t": "set", "p": "payload", "pt": "msg", "to": "$globalContext('seen')", "tot": "jsonata"}]},
        {"id": "out", "type": "http response", "z": "flow", "wires": []},
    ]  # fmt: skip


def happens(service: Running, *names: str) -> None:
    for name in names:
        assert service.run("track", {"event": "Seen", "userId": "u", "messageId": name}).status_code == 200
    assert service.backend.sandbox.settle()


def seen(node_red: NodeRed) -> list[str]:
    answer = node_red.post("/seen")
    return [one["id"] for one in answer.json()] if answer.text.startswith("[") else []


def test_a_flow_starts_when_something_happens_and_goes_on_where_it_was(service: Running, tmp_path: Path) -> None:
    subscriptions = "/v1/triggers/event_received/subscriptions"
    service.backend.sandbox.clear()
    with node_red_over(service, tmp_path) as first:
        first.deploy(*trigger())
        until(lambda: [one["state"] for one in service.get(subscriptions).json()["subscriptions"]] == ["active"])
        happens(service, "m1", "m2", "m1")
        until(lambda: seen(first) == ["m1", "m2"])
        (whole, _) = first.post("/seen").json()
        assert (whole["payload"]["event"], whole["trigger"], whole["verified"]) == ("Seen", "event_received", True)
    happens(service, "m3")  # while Node-RED is away
    with node_red_over(service, tmp_path) as second:
        until(lambda: seen(second) == ["m3"])
        happens(service, "m4")
        until(lambda: seen(second) == ["m3", "m4"])
        second.deploy()  # the node is removed
        until(lambda: service.get(subscriptions).json()["subscriptions"] == [])


def test_a_trigger_that_cannot_be_set_up_says_so(node_red: NodeRed) -> None:
    told = {
        "id": "told",
        "type": "function",
        "z": "flow",
        "func": "global.set('told', msg.error.message)",
        "wires": [[]],
    }
    catch = {"id": "catch", "type": "catch", "z": "flow", "scope": ["start"], "wires": [["told"]]}
    ask = {"t": "set", "p": "payload", "pt": "msg", "to": "$globalContext('told')", "tot": "jsonata"}
    flow = trigger(fields={})
    flow[3]["rules"] = [ask]
    node_red.deploy(*flow, catch, told)
    until(lambda: "sourceId: is required" in node_red.post("/seen").text)


def test_the_dialog_shows_what_was_filled_in_and_keeps_what_is_chosen(node_red: NodeRed) -> None:
    node_red.deploy(*asked("get_source", {"sourceId": {"type": "msg", "value": "payload.id"}}))
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{node_red.url}/admin/")
        page.locator("#call").dblclick()
        field = page.locator("#segment-field-sourceId")
        field.wait_for(state="attached")
        assert page.evaluate("$('#segment-field-sourceId').typedInput('value')") == "payload.id"
        page.evaluate("$('#segment-field-sourceId').typedInput('type', 'choice').typedInput('value', '')")
        box = page.locator(".segment-fields .red-ui-typedInput-input").first
        box.click()
        box.press_sequentially("web")
        page.get_by_text(f"Website ({SOURCE})").click()
        page.locator("#segment-search").fill("delete source")
        assert page.locator("#node-input-action").input_value() == "delete_source"
        assert page.locator(".segment-confirm label").is_visible()
        page.locator("#segment-search").fill("get source")
        page.locator("#node-input-action").select_option("get_source")
        page.locator("#node-dialog-ok").click()
        page.locator("#red-ui-header-button-deploy").click()
        page.get_by_text("Successfully deployed").wait_for()
    (call,) = [one for one in node_red.admin("GET", "/flows")["flows"] if one["id"] == "call"]
    assert (call["action"], call["fields"]) == ("get_source", {"sourceId": {"type": "choice", "value": SOURCE}})
