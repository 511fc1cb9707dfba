"""The app in the parts of Zapier's platform that run here: its schema, and its tester, which really calls."""

from __future__ import annotations

import hmac
import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faultserver import FaultServer, answer
from service_support import TOKEN, Running, serving

from segment_connector import Connector
from segment_connector.call.policy import Policy
from segment_connector.exports import ExportOptions, find_export, write
from segment_connector.sandbox import Sandbox

HERE = Path(__file__).parent
SOURCE = "qQEHquLrjRDN9j1ByrChyn"
EVENT = {"event": "Order Completed", "userId": "u-1", "properties": '{"revenue": 14.99}'}
Ask = Callable[..., list[Any]]


@pytest.fixture(scope="module")
def connector() -> Connector:
    return Connector.load()


@pytest.fixture(scope="module")
def service(connector: Connector) -> Iterator[Running]:
    with serving(connector) as running:
        yield running


@pytest.fixture(scope="module")
def sandbox(connector: Connector) -> Iterator[Sandbox]:
    """What the direct mode calls."""
    with Sandbox(connector.specs) as running:
        yield running


def asker(connector: Connector, mode: str, folder: Path, auth: dict[str, Any]) -> Ask:
    """Exports the app, and asks it: pairs of an operation's place and the members of its bundle."""
    export = find_export("zapier")
    files = export.files(connector, ExportOptions(mode=mode, policy=Policy(connector.specs)))
    write(folder, files, connector=connector.spec.name, host="zapier", options={})
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    brought = next(HERE.glob("node_modules/node-linux-*/bin/node"), None)
    node = str(brought or shutil.which("node"))

    def ask(*questions: tuple[str, dict[str, Any]]) -> list[Any]:
        asked = [{"place": place, "bundle": {"authData": auth, **bundle}} for place, bundle in questions]
        done = subprocess.run(
            [node, str(HERE / "calls.js"), str(folder)], input=json.dumps(asked), capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        secrets = [value for name, value in auth.items() if name in ("token", "publicToken")]
        assert not [one for one in secrets if one in done.stdout + done.stderr]
        answers: list[Any] = json.loads(done.stdout.splitlines()[-1])
        return answers

    return ask


@pytest.fixture(scope="module")
def by_service(connector: Connector, service: Running, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    auth = {"url": service.url, "token": TOKEN, "connection": "sandbox"}
    return asker(connector, "service", tmp_path_factory.mktemp("service") / "app", auth)


@pytest.fixture(scope="module")
def directly(connector: Connector, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    return asker(connector, "direct", tmp_path_factory.mktemp("direct") / "app", dict(sandbox.connection))


@pytest.fixture(params=["service", "direct"])
def app(request: pytest.FixtureRequest, service: Running, sandbox: Sandbox) -> tuple[Ask, Sandbox]:
    """The app in a mode, with the sandbox that its calls reach."""
    service.backend.sandbox.clear()
    sandbox.clear()
    if request.param == "service":
        return request.getfixturevalue("by_service"), service.backend.sandbox
    return request.getfixturevalue("directly"), sandbox


def create(name: str, /, **inputs: Any) -> tuple[str, dict[str, Any]]:
    return f"creates.{name}.operation.perform", {"inputData": inputs}


def search(name: str, /, **inputs: Any) -> tuple[str, dict[str, Any]]:
    return f"searches.{name}.operation.perform", {"inputData": inputs}


def test_the_app_is_as_zapiers_schema_wants_it(app: tuple[Ask, Sandbox], connector: Connector) -> None:
    ask, _ = app
    errors, whole = ask(("validate", {}), ("app", {}))
    assert errors["value"] == []
    operations = whole["value"]["creates"] | whole["value"]["searches"]
    assert sorted(operations) == sorted(connector.actions)
    hidden = {name: one["display"].get("hidden", False) for name, one in whole["value"]["triggers"].items()}
    shown = [name for name, is_hidden in hidden.items() if not is_hidden]
    assert shown in ([], list(connector.triggers))
    fields = [field for one in operations.values() for field in one["operation"]["inputFields"]]
    named = {field["dynamic"].split(".")[0] for field in fields if "dynamic" in field}
    assert named
    assert named <= {name for name, is_hidden in hidden.items() if is_hidden}
    samples = {name: one["operation"]["sample"] for name, one in operations.items()}
    assert samples["track"]["messageId"]


def test_events_arrive_with_an_id_and_an_instant(app: tuple[Ask, Sandbox]) -> None:
    ask, sandbox = app
    events = [{"type": "track", "event": "A", "userId": "u"}, {"type": "identify", "userId": "u"}]
    track, identify, batch = ask(
        create("track", **EVENT),
        create("identify", userId="u-1", traits='{"plan": "free"}', anonymousId=""),
        create("batch", batch=json.dumps(events)),
    )
    assert track["value"]["messageId"]
    assert batch["value"]["count"] == 2
    assert "value" in identify, identify
    arrived = [one["body"] for one in sandbox.events("accepted")]
    assert [one["properties"] for one in arrived if "properties" in one] == [{"revenue": 14.99}]
    assert len([one for one in arrived if one["messageId"] and one["timestamp"]]) == 4


def test_a_source_is_made_read_changed_and_deleted(app: tuple[Ask, Sandbox]) -> None:
    ask, _ = app
    (made,) = ask(create("create_source", slug="from-zapier", enabled="true", metadataId="IqDTy1TpoU"))
    name = made["value"]["source"]["id"]
    got, changed, unasked, deleted, gone = ask(
        search("get_source", sourceId=name),
        create("update_source", sourceId=name, name="Renamed"),
        create("delete_source", sourceId=name),
        create("delete_source", sourceId=name, confirm=True),
        search("get_source", sourceId=name),
    )
    assert [one["source"]["slug"] for one in got["value"]] == ["from-zapier"]
    assert "value" in changed, changed
    assert "say yes in 'Yes, do it'" in json.loads(unasked["message"])["message"]
    assert "value" in deleted, deleted
    told = json.loads(gone["message"])
    assert (told["code"], told["status"]) == ("not_found", 404)
    assert "Look it up with the list action" in told["message"]


def test_a_list_is_read_over_its_pages(app: tuple[Ask, Sandbox]) -> None:
    ask, _ = app
    page = {"pagination": '{"count": 1}'}
    one, two, whole = ask(
        search("list_sources", **page), search("list_sources", **page, most="2"), search("list_sources", most=100)
    )
    assert [len(answer["value"]) for answer in (one, two)] == [1, 2]
    assert whole["value"][:2] == two["value"]
    assert SOURCE in [entry["id"] for entry in whole["value"]]


def test_what_is_wrong_is_told_with_its_cure(app: tuple[Ask, Sandbox]) -> None:
    ask, sandbox = app
    rule, text, near = ask(
        create("track", event="Test"), create("track", event="T", userId="u", properties="{a: 1}"),
        create("track", evnt="T", userId="u"),
    )  # fmt: skip
    told = [json.loads(one["message"]) for one in (rule, text, near)]
    assert told[0]["code"] == "rule"
    assert "userId or anonymousId is required" in told[0]["message"]
    assert "names and texts need double quotes" in told[1]["message"]
    assert "did you mean" in told[2]["message"]
    assert sandbox.events() == []


def test_a_dropdown_is_filled(app: tuple[Ask, Sandbox]) -> None:
    ask, _ = app
    (whole,) = ask(("app", {}))
    fields = whole["value"]["searches"]["get_source"]["operation"]["inputFields"]
    key = next(one["dynamic"].split(".")[0] for one in fields if one["key"] == "sourceId")
    depends = next(
        one["dynamic"].split(".")[0]
        for one in whole["value"]["searches"]["get_subscription_from_destination"]["operation"]["inputFields"]
        if one["key"] == "id"
    )
    choices, unfilled = ask(
        (f"triggers.{key}.operation.perform", {"inputData": {}}),
        (f"triggers.{depends}.operation.perform", {"inputData": {}}),
    )
    assert {"id": SOURCE, "name": "Website"} in choices["value"]
    assert "choose destinationId first" in json.loads(unfilled["message"])["message"]


def test_a_connection_is_tested(app: tuple[Ask, Sandbox]) -> None:
    ask, _ = app
    (told,) = ask(("authentication.test", {}))
    assert told["value"]


def test_a_wrong_token_is_told_with_its_cure(by_service: Ask, service: Running) -> None:
    (told,) = by_service(("authentication.test", {"authData": {"url": service.url, "token": "wrong-token-0123456789"}}))
    assert json.loads(told["message"])["status"] == 401


def test_a_limit_is_told_as_one_to_wait_for(directly: Ask, sandbox: Sandbox) -> None:
    with FaultServer(answer(status=429, headers={"Retry-After": "7"})) as busy:
        servers = dict.fromkeys(sandbox.connection["servers"], busy.url)
        place, bundle = search("list_sources")
        (told,) = directly((place, {**bundle, "authData": {**sandbox.connection, "servers": servers}}))
    assert told["error"] == "ThrottledError"
    assert json.loads(told["message"])["delay"] == 7


def test_a_zap_subscribes_gets_items_and_unsubscribes(by_service: Ask, service: Running) -> None:
    place = "triggers.event_received.operation"
    target = {"targetUrl": f"{service.url}/nowhere", "inputData": {"sourceId": SOURCE, "events": ["Order Completed"]}}
    subscribed, listed, wrong = by_service(
        (f"{place}.performSubscribe", target), (f"{place}.performList", {}),
        (f"{place}.performSubscribe", {**target, "inputData": {}}),
    )  # fmt: skip
    kept = subscribed["value"]
    assert listed["value"][0]["id"]
    assert "sourceId: is required" in json.loads(wrong["message"])["message"]
    item = {"registration": kept["id"], "number": 1, "id": "m1", "at": "2026-01-31T12:00:00.000Z", "title": "A",
            "trigger": "event_received", "data": {"event": "A"}, "verified": True, "made_id": False}  # fmt: skip
    content = json.dumps(item)
    key = b64decode(kept["callback_secret"].removeprefix("whsec_"))
    signed = b64encode(hmac.digest(key, f"i.1.{content}".encode(), "sha256")).decode()
    headers = {"Http-Webhook-Id": "i", "Http-Webhook-Timestamp": "1", "Http-Webhook-Signature": f"v1,{signed}"}
    came = {"cleanedRequest": item, "rawRequest": {"headers": headers, "content": content}, "subscribeData": kept}
    forged = {**came, "rawRequest": {"headers": headers, "content": content + " "}}
    got, refused, undone = by_service(
        (f"{place}.perform", came), (f"{place}.perform", forged),
        (f"{place}.performUnsubscribe", {"subscribeData": kept}),
    )  # fmt: skip
    assert got["value"] == [{"event": "A", "id": "m1", "item_at": "2026-01-31T12:00:00.000Z", "item_title": "A"}]
    assert refused["error"] == "HaltedError"
    assert undone["value"] == {}
    assert service.get("/v1/triggers/event_received/subscriptions").json() == {"subscriptions": []}
