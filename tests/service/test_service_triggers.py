"""Triggers over HTTP: subscribe, receive, fetch, follow, be called back, unsubscribe."""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from faultserver import FaultServer, answer
from service_support import Running, serving

SOURCE = "qQEHquLrjRDN9j1ByrChyn"
OF_EVENTS = "/v1/triggers/event_received/subscriptions"


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with serving() as running:
        yield running


@pytest.fixture
def service(served: Running) -> Iterator[Running]:
    served.backend.sandbox.clear()
    yield served
    for one in served.app.state.triggers.subscriptions():
        served.app.state.triggers.host.unregister(one.id)


def subscribe(service: Running, trigger: str = "event_received", **more: Any) -> Any:
    body = {"connection": "sandbox", "inputs": {"sourceId": SOURCE}, **more}
    made = service.post(f"/v1/triggers/{trigger}/subscriptions", body)
    assert made.status_code == 201, made.text
    return made.json()


def track(service: Running, *names: str) -> None:
    for name in names:
        assert service.run("track", {"event": "Seen", "userId": "u", "messageId": name}).status_code == 200
    assert service.backend.sandbox.settle()


def ids(service: Running, path: str) -> list[str]:
    return [one["item"]["id"] for one in service.get(path).json()["items"]]


def test_what_there_is(service: Running) -> None:
    listed = service.get("/v1/triggers").json()["triggers"]
    assert {"event_received", "workspace_changed"} <= {one["name"] for one in listed}
    described = service.get("/v1/triggers/event_received").json()
    assert described["input_schema"]["required"] == ["sourceId"]
    assert described["sample"][0]["title"] == "Order Completed"
    assert service.get("/v1/triggers/event_recieved").status_code == 404


def test_a_dropdown_of_a_trigger(service: Running) -> None:
    path = "/v1/triggers/event_received/options"
    told = service.post(f"{path}/sourceId?search=web", {"connection": "sandbox"}).json()
    assert told == {"items": [{"value": SOURCE, "label": "Website"}], "next": None}
    wrong = {"types": 404, "nothing": 404, "sourceId?cursor={": 400}
    asked = {name: service.post(f"{path}/{name}", {"connection": "sandbox"}).status_code for name in wrong}
    assert asked == wrong
    assert service.post(f"{path}/sourceId", {"connection": "sandbox", "inputs": []}).json()["field"] == "inputs"
    assert service.post(f"{path}/sourceId", {}).json()["field"] == "connection"


def test_items_are_fetched_behind_a_number(service: Running) -> None:
    subscribe(service, id="flow")
    track(service, "m1", "m2", "m3")
    first = service.get(f"{OF_EVENTS}/flow/items?limit=2").json()
    assert ([one["item"]["id"] for one in first["items"]], first["more"]) == (["m1", "m2"], True)
    rest = service.get(f"{OF_EVENTS}/flow/items?after={first['next']}").json()
    assert ([one["item"]["id"] for one in rest["items"]], rest["more"]) == (["m3"], False)
    counts = service.get(f"{OF_EVENTS}/flow").json()
    assert (counts["items"]["done"], counts["items"]["waiting"], counts["state"]) == (3, 0, "active")
    assert service.session.delete(f"{service.url}{OF_EVENTS}/flow", timeout=10).status_code == 204
    assert service.get(f"{OF_EVENTS}/flow").status_code == 404


def test_items_are_followed_and_a_reader_goes_on_where_it_was(service: Running) -> None:
    subscribe(service, id="flow")
    track(service, "m1")
    with service.get(f"{OF_EVENTS}/flow/events", stream=True) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in stream.iter_lines(decode_unicode=True) if line.startswith(("id:", "data:")))
        number, data = next(lines), next(lines)
        assert json.loads(data.removeprefix("data: "))["item"]["id"] == "m1"
        track(service, "m2")
        behind = next(lines)
        assert int(behind.removeprefix("id: ")) > int(number.removeprefix("id: "))
        assert json.loads(next(lines).removeprefix("data: "))["item"]["id"] == "m2"
    seen = {"Last-Event-ID": number.removeprefix("id: ")}
    with service.get(f"{OF_EVENTS}/flow/events", stream=True, headers=seen) as stream:
        lines = (line for line in stream.iter_lines(decode_unicode=True) if line.startswith("data:"))
        assert json.loads(next(lines).removeprefix("data: "))["item"]["id"] == "m2"


def test_a_callback_gets_each_item(service: Running) -> None:
    came = threading.Event()
    with FaultServer(answer()) as hook:
        made = subscribe(service, callback={"url": hook.url + "/flow"})
        assert made["callback_secret"].startswith("whsec_")
        track(service, "m1")
        for _ in range(100):
            if hook.seen:
                break
            came.wait(0.05)
    (seen,) = hook.seen
    assert (seen.target, seen.json["id"], seen.json["trigger"]) == ("/flow", "m1", "event_received")
    assert seen.headers["webhook-signature"].startswith("v1,")
    shown = service.get(f"{OF_EVENTS}/{made['id']}").text
    assert made["callback_secret"] not in shown


def test_a_poll_is_made_at_once_when_it_is_asked_for(service: Running) -> None:
    subscribe(service, "new_source", id="flow", inputs={}, every=3600)
    path = "/v1/triggers/new_source/subscriptions/flow"
    service.post(f"{path}/poll")
    created = service.run("create_source", {"slug": "one", "enabled": True, "metadataId": "IqDTy1TpoU"}).json()
    told = service.post(f"{path}/poll").json()
    assert (told["new"], ids(service, f"{path}/items")) == (1, [created["outputs"]["source"]["id"]])
    assert service.post(f"{path}/verify", {"headers": {}, "body": "{}"}).status_code == 422


def test_a_pasted_delivery_is_judged_and_not_stored(service: Running) -> None:
    made = subscribe(service, id="flow", manual=True)
    assert any(made["url"] in step for step in made["manual"])
    (secret,) = [one.subscription["secret"] for one in service.app.state.triggers.subscriptions()]
    body = '{"type":"track","event":"A","messageId":"m1"}'
    signed = {"X-Signature": hmac.new(secret.encode(), body.encode(), "sha1").hexdigest()}
    path = f"{OF_EVENTS}/flow/verify"
    right = service.post(path, {"headers": signed, "body": body}).json()
    wrong = service.post(path, {"headers": signed, "body": body + " "}).json()
    other = service.post(path, {"headers": signed, "body": body.replace("A", "B")}).json()
    assert [right["status"], wrong["status"], other["problem"]["code"]] == [200, 200, "wrong_signature"]
    assert ids(service, f"{OF_EVENTS}/flow/items") == []
    assert secret not in service.get(f"{OF_EVENTS}/flow").text


def test_deliveries_need_no_token_and_no_name_of_ours(service: Running) -> None:
    made = subscribe(service, id="flow", manual=True)
    (secret,) = [one.subscription["secret"] for one in service.app.state.triggers.subscriptions()]
    body = b'{"type":"track","event":"A","messageId":"m1"}'
    headers = {"X-Signature": hmac.new(secret.encode(), body, "sha1").hexdigest(), "Host": "hooks.example.com"}
    with requests.Session() as stranger:
        stranger.trust_env = False
        first = stranger.post(made["url"], body, headers=headers, timeout=10)
        again = stranger.post(made["url"], body, headers=headers, timeout=10)
        unsigned = stranger.post(made["url"], body, headers={"Host": "hooks.example.com"}, timeout=10)
        nobody = stranger.post(f"{service.url}/in/guessed", body, headers=headers, timeout=10)
        too_large = stranger.post(made["url"], b"x" * 6_000_000, headers=headers, timeout=10)
        by_get = stranger.get(made["url"], timeout=10)
        elsewhere = stranger.get(f"{service.url}/v1/triggers", headers={"Host": "hooks.example.com"}, timeout=10)
    codes = [one.status_code for one in (first, again, unsigned, nobody, too_large, by_get, elsewhere)]
    assert codes == [200, 200, 401, 404, 413, 405, 421]
    assert (first.json()["accepted"], again.json()["known"]) == (1, 1)
    assert secret not in unsigned.text


def test_dead_items_are_put_back(service: Running) -> None:
    with FaultServer(answer(status=404)) as hook:
        made = subscribe(service, id="flow", callback={"url": hook.url})
        service.session.patch(f"{service.url}{OF_EVENTS}/flow", json={"paused": True}, timeout=10)
        track(service, "m1")
        store = service.app.state.triggers.store
        (entry,) = store.entries("flow", 0, 10)
        store.failed(entry.number, "answered 404", None)
        assert service.get(f"{OF_EVENTS}/flow").json()["items"]["dead"] == 1
        assert service.post(f"{OF_EVENTS}/flow/replay", {"status": "dead"}).json() == {"replayed": 1}
        shown = service.get(f"{OF_EVENTS}/flow").json()
        assert (shown["items"]["waiting"], shown["state"], made["paused"]) == (1, "paused", False)


def test_what_was_refused_is_taken_by_a_replay_where_items_are_fetched(service: Running) -> None:
    subscribe(service, id="flow")
    (one,) = service.app.state.triggers.subscriptions()
    first, second = b'{"type":"track","event":"A","messageId":"m1"}', b'{"type":"track","event":"B","messageId":"m2"}'
    signed = {"X-Signature": hmac.new(one.subscription["secret"].encode(), first, "sha1").hexdigest()}
    requests.post(one.subscription["url"], b"[" + first + b"," + second + b"]", headers=signed, timeout=10)
    assert service.post(f"{OF_EVENTS}/flow/replay", {"status": "refused"}).json() == {"replayed": 1}
    counts = service.get(f"{OF_EVENTS}/flow").json()["items"]
    assert counts == {"waiting": 0, "done": 2, "dead": 0, "refused": 0}


@pytest.mark.parametrize(
    ("trigger", "body", "status", "place"),
    [
        ("event_received", {"inputs": {}, "connection": "sandbox"}, 422, "sourceId"),
        ("event_received", {"inputs": {"sourceId": SOURCE}, "connection": {"writeKey": "k"}}, 422, "connection"),
        ("event_received", {"inputs": {"sourceId": SOURCE}}, 422, "connection"),
        ("event_received", {"inputs": {"sourceId": SOURCE}, "connection": "nope"}, 404, "connection"),
        ("event_received", {"inputs": [], "connection": "sandbox"}, 422, "inputs"),
        ("event_received", {"id": "a/b", "connection": "sandbox"}, 422, "id"),
        ("event_received", {"every": 0, "connection": "sandbox"}, 422, "every"),
        ("event_received", {"manual": "yes"}, 422, "manual"),
        ("event_received", {"callback": {"url": "ftp://x"}, "connection": "sandbox"}, 422, "callback.url"),
        ("event_received", {"callback": {"url": "http://x", "secret": "s"}, "manual": True}, 422, "callback.secret"),
        ("event_received", {"more": 1}, 422, "more"),
        ("nothing", {}, 404, "trigger"),
        ("new_item", {"inputs": {"list": "create_source"}, "connection": "sandbox"}, 422, None),
        ("new_item", {"inputs": {"list": "get_workspace"}, "connection": "sandbox"}, 422, None),
        ("new_item", {"inputs": {"list": "list_sorces"}, "connection": "sandbox"}, 404, "action"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(
    service: Running, trigger: str, body: Any, status: int, place: str | None
) -> None:
    told = service.post(f"/v1/triggers/{trigger}/subscriptions", body)
    assert (told.status_code, told.json().get("field")) == (status, place), told.text


def test_a_service_that_may_only_read_subscribes_to_nothing_that_has_to_be_made() -> None:
    with serving(allow=("read",)) as running:
        told = running.post(OF_EVENTS, {"connection": "sandbox", "inputs": {"sourceId": SOURCE}})
        assert (told.status_code, told.json()["code"]) == (403, "not_offered")
        assert running.get(OF_EVENTS).json() == {"subscriptions": []}


def test_where_the_service_behind_cannot_reach_us_an_address_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "connections.yaml"
    file.write_text("live: {publicToken: made-up-token-of-the-tests}\n")
    file.chmod(0o600)
    with serving(file=file) as running:
        told = running.post(OF_EVENTS, {"connection": "live", "inputs": {"sourceId": SOURCE}}).json()
        assert (told["code"], "--public-url" in told["hint"]) == ("public_url", True)


def test_an_inbox_outlives_the_service(tmp_path: Path) -> None:
    inbox = str(tmp_path / "inbox.db")
    with serving(inbox=inbox) as running:
        made = subscribe(running, id="flow", manual=True)
    with serving(inbox=inbox) as running:
        (found,) = running.get(OF_EVENTS).json()["subscriptions"]
        assert (found["id"], found["state"]) == ("flow", "manual")
        (one,) = running.app.state.triggers.subscriptions()
        body = b'{"type":"track","event":"A","messageId":"m1"}'
        signed = {"X-Signature": hmac.new(one.subscription["secret"].encode(), body, "sha1").hexdigest()}
        path = made["url"].partition("/in/")[2]
        assert requests.post(f"{running.url}/in/{path}", body, headers=signed, timeout=10).status_code == 200
        assert ids(running, f"{OF_EVENTS}/flow/items") == ["m1"]


def test_what_callbacks_are_sent_is_described_where_it_is_asked_for(service: Running) -> None:
    plain = service.get("/openapi.json?group=service").json()
    whole = service.get("/openapi.json?webhooks=true&group=service").json()
    older = service.get("/openapi.json?webhooks=true&group=service&openapi=3.0").json()
    assert ("webhooks" in plain, "webhooks" in older, list(whole["webhooks"])) == (False, False, ["item"])
    body = whole["webhooks"]["item"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["$ref"].rpartition("/")[2] in whole["components"]["schemas"]
    assert service.get("/openapi.json?webhooks=yes").status_code in (404, 422, 400)
