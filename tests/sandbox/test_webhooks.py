"""How the sandbox calls out: which events are sent where, how they are signed, and what goes wrong on demand."""

from __future__ import annotations

import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from faultserver import FaultServer, HandClock, Seen, answer, plain_environment

from segment_connector import Connector, InputError
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

SOURCE = "qQEHquLrjRDN9j1ByrChyn"
OTHER_SOURCE = "rh5BDZp6QDHvXFCkibm1pR"
SECRET = "not to be told"
SIGNED_UP = 'type = "track" and event = "Signed Up"'


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_environment(monkeypatch)


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(Specs()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    shared.clear()
    yield shared
    shared.clear()


@pytest.fixture(scope="module")
def connector() -> Iterator[Connector]:
    connector = Connector(Specs(), clock=HandClock().clock)
    yield connector
    connector.caller.send.close()  # type: ignore[attr-defined]


@pytest.fixture
def hook() -> Iterator[FaultServer]:
    with FaultServer(answer()) as server:
        yield server


class Workspace:
    """What a user does: calls of the connector against the sandbox."""

    def __init__(self, connector: Connector, sandbox: Sandbox) -> None:
        self._connector = connector
        self._sandbox = sandbox

    def run(self, action: str, connection: dict[str, Any] | None = None, **inputs: Any) -> Any:
        return self._connector.run(action, inputs, connection or self._sandbox.connection).outputs

    def kind(self) -> dict[str, Any]:
        walked = self._connector.iterate("get_destinations_catalog", {}, self._sandbox.connection)
        return next(one for one in walked if one["slug"] == "actions-webhook")

    def destination(self, secret: str | None = SECRET, source: str = SOURCE, **more: Any) -> dict[str, Any]:
        settings = {"sharedSecret": secret} if secret else {}
        made = self.run(
            "create_destination", sourceId=source, metadataId=self.kind()["id"], settings=settings, enabled=True, **more
        )
        return dict(made["destination"])

    def subscription(self, destination: str, url: str, trigger: str = SIGNED_UP, **settings: Any) -> str:
        found = self.run("get_destination", destinationId=destination)["destination"]
        made = self.run(
            "create_destination_subscription", destinationId=destination, name="To a workflow", enabled=True,
            actionId=found["metadata"]["actions"][0]["id"], trigger=trigger,
            settings={"url": url, "method": "POST", **settings},
        )  # fmt: skip
        return str(made["destinationSubscription"]["id"])

    def listen(self, url: str, trigger: str = SIGNED_UP, secret: str | None = SECRET, **settings: Any) -> str:
        destination = str(self.destination(secret)["id"])
        self.subscription(destination, url, trigger, **settings)
        return destination

    def sign_up(self, *users: str) -> None:
        for user in users:
            self.run("track", event="Signed Up", userId=user)


@pytest.fixture
def workspace(connector: Connector, sandbox: Sandbox) -> Workspace:
    return Workspace(connector, sandbox)


def signature_of(text: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text, "sha1").hexdigest()


def users_of(hook: FaultServer) -> list[Any]:
    return [[one["userId"] for one in body] if isinstance(body, list) else body["userId"] for body in hook.bodies]


def statuses(sandbox: Sandbox) -> list[str]:
    return [delivery["status"] for delivery in sandbox.deliveries()]


# -- which events go where -----------------------------------------------------------------------------------------


def test_an_event_is_sent_signed_to_who_asked_for_it(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    workspace.listen(hook.url + "/in/me")
    workspace.run(
        "track", event="Signed Up", userId="u-1", properties={"plan": "größer", "small": 1e-7}, messageId="m-1"
    )
    workspace.run("track", event="Something Else", userId="u-1")
    assert sandbox.settle()
    (seen,) = hook.seen
    assert (seen.method, seen.target) == ("POST", "/in/me")
    assert seen.headers["x-signature"] == signature_of(seen.body)
    assert seen.headers["user-agent"] == "Segment (Actions)"
    event = seen.json
    assert (event["type"], event["event"], event["userId"]) == ("track", "Signed Up", "u-1")
    assert (event["messageId"], event["projectId"]) == ("m-1", SOURCE)
    assert event["properties"] == {"plan": "größer", "small": 1e-7}
    assert event.keys() >= {"timestamp", "receivedAt", "sentAt", "originalTimestamp", "context", "integrations"}
    (delivery,) = sandbox.deliveries()
    assert (delivery["status"], delivery["signature"]) == ("delivered", "right")
    assert delivery["events"] == [sandbox.events()[0]["number"]]
    assert [one["status"] for one in delivery["tries"]] == [200]
    assert delivery["text"].encode() == seen.body


def test_no_output_shows_the_secret(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    workspace.listen(hook.url, headers={"X-Own": "own-secret"})
    workspace.sign_up("u-1")
    assert sandbox.settle()
    assert hook.seen[0].headers["x-own"] == "own-secret"
    shown = json.dumps(sandbox.deliveries())
    assert SECRET not in shown
    assert "own-secret" not in shown
    assert "sandbox-writeKey" not in hook.seen[0].body.decode()


def test_without_a_secret_nothing_is_signed(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    workspace.listen(hook.url, secret=None)
    workspace.sign_up("u-1")
    assert sandbox.settle()
    assert "x-signature" not in hook.seen[0].headers
    assert sandbox.deliveries()[0]["signature"] == "none"


@pytest.mark.parametrize(
    ("trigger", "sent"),
    [
        ('type = "track"', ["A", "B"]),
        ('type = "identify"', ["identify"]),
        ("type = 'track' and event != 'A'", ["B"]),
        ('event = "A" or type = "identify"', ["A", "identify"]),
        ('type in ["identify", "group"] and traits.plan = "pro"', ["identify"]),
    ],
)
def test_the_trigger_says_which_events(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer, trigger: str, sent: list[str]
) -> None:
    workspace.listen(hook.url, trigger)
    for name in ("A", "B"):
        workspace.run("track", event=name, userId="u-1")
    workspace.run("identify", userId="u-1", traits={"plan": "pro"})
    assert sandbox.settle()
    assert [body.get("event", body["type"]) for body in hook.bodies] == sent


@pytest.mark.parametrize(
    ("trigger", "said"),
    [("type is track", "cannot be read: column 6"), ("!event", "not certain whether '!event' is met")],
)
def test_a_trigger_that_says_nothing_clear_is_told(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer, trigger: str, said: str
) -> None:
    workspace.listen(hook.url, trigger)
    workspace.sign_up("u-1")
    assert sandbox.settle()
    (delivery,) = sandbox.deliveries()
    assert delivery["status"] == "dropped"
    assert said in delivery["reason"]
    assert hook.seen == []


def test_a_batch_call_sends_each_event(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    workspace.listen(hook.url)
    entry = {"type": "track", "event": "Signed Up"}
    workspace.run("batch", batch=[{**entry, "userId": "u-1"}, {**entry, "userId": "u-2"}])
    assert sandbox.settle()
    assert users_of(hook) == ["u-1", "u-2"]


def test_what_segment_would_not_count_is_not_sent(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    workspace.listen(hook.url)
    requests.post(sandbox.servers["tracking"] + "/track", json={"event": "Signed Up", "userId": "u-0"}, timeout=5)
    for _ in range(2):
        workspace.run("track", event="Signed Up", userId="u-1", messageId="m-1")
    assert sandbox.settle()
    assert users_of(hook) == ["u-1"]


def test_each_source_has_its_own_destinations(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    destination = workspace.destination(source=OTHER_SOURCE)
    workspace.subscription(destination["id"], hook.url)
    workspace.sign_up("u-1")
    other = {**sandbox.connection, "writeKey": "demo-checkout-write-key"}
    workspace.run("track", other, event="Signed Up", userId="u-2")
    new = workspace.run("create_source", slug="blog", enabled=True, metadataId="IqDTy1TpoU")["source"]
    fresh = {**sandbox.connection, "writeKey": new["writeKeys"][0]}
    workspace.subscription(workspace.destination(source=new["id"])["id"], hook.url)
    workspace.run("track", fresh, event="Signed Up", userId="u-3")
    assert sandbox.settle()
    assert users_of(hook) == ["u-2", "u-3"]
    assert [event["status"] for event in sandbox.events()] == ["accepted"] * 3


def test_a_source_that_is_switched_off_takes_nothing(workspace: Workspace, sandbox: Sandbox) -> None:
    new = workspace.run("create_source", slug="blog", enabled=True, metadataId="IqDTy1TpoU")["source"]
    workspace.run("update_source", sourceId=new["id"], enabled=False)
    workspace.run("track", {**sandbox.connection, "writeKey": new["writeKeys"][0]}, event="A", userId="u-1")
    assert [event["status"] for event in sandbox.events()] == ["dropped"]


Change = Callable[[Workspace, str, str], Any]
CHANGES: dict[str, Change] = {
    "destination off": lambda w, d, _: w.run("update_destination", destinationId=d, enabled=False),
    "destination gone": lambda w, d, _: w.run("delete_destination", destinationId=d),
    "subscription off": lambda w, d, s: w.run(
        "update_subscription_for_destination", destinationId=d, id=s, input={"enabled": False}
    ),
    "subscription gone": lambda w, d, s: w.run("remove_subscription_from_destination", destinationId=d, id=s),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_off_or_gone_is_sent_nothing(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer, change: str
) -> None:
    hook.replies = [answer(), answer(status=503)]
    destination = str(workspace.destination()["id"])
    subscription = workspace.subscription(destination, hook.url)
    workspace.sign_up("before")
    assert sandbox.settle()
    workspace.sign_up("waiting")
    assert not sandbox.settle(0.05)
    seen = len(hook.seen)
    CHANGES[change](workspace, destination, subscription)
    workspace.sign_up("after")
    assert sandbox.settle(hurry=True)
    assert len(hook.seen) == seen
    assert statuses(sandbox) == ["delivered", "dropped"]


def test_an_event_meets_what_was_there_when_it_came(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    workspace.sign_up("too early")
    destination = workspace.listen(hook.url)
    workspace.sign_up("in time")
    workspace.run("delete_destination", destinationId=destination)
    workspace.sign_up("too late")
    assert sandbox.settle()
    assert users_of(hook) in ([], ["in time"])  # it may be gone before it could be sent, and never more than that
    events = [[event["number"]] for event in sandbox.events() if event["body"]["userId"] == "in time"]
    assert [delivery["events"] for delivery in sandbox.deliveries()] == events


def test_settings_may_take_parts_of_the_event(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    data = {"who": {"@path": "$.userId"}, "plan": {"@path": "$.properties.plan"}, "fixed": [1, {"@path": "$.nothing"}]}
    workspace.listen(hook.url, method="PUT", data=data)
    workspace.run("track", event="Signed Up", userId="u-1", properties={"plan": "pro"})
    assert sandbox.settle()
    (seen,) = hook.seen
    assert seen.method == "PUT"
    assert seen.json == {"who": "u-1", "plan": "pro", "fixed": [1]}
    assert seen.headers["x-signature"] == signature_of(seen.body)


@pytest.mark.parametrize(
    "settings",
    [
        {"batch_size": "many", "enable_batching": True}, {"batch_size": 0, "enable_batching": True},
        {"headers": ["X-A"]}, {"method": 7}, {"url": None}, {"data": {"@path": "$.nothing"}},
    ],
)  # fmt: skip
def test_settings_that_mean_nothing_are_told(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer, settings: dict[str, Any]
) -> None:
    workspace.listen(**{"url": hook.url, **settings})
    workspace.sign_up("u-1")
    assert sandbox.settle()
    (delivery,) = sandbox.deliveries()
    assert (delivery["status"], delivery["reason"][:12]) == ("dropped", "its settings")
    assert hook.seen == []


@pytest.mark.parametrize("headers", [{"X-A": "a\r\nb"}, {"X-A": "\u2713"}])
def test_headers_that_cannot_be_sent_fail(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer, headers: dict[str, str]
) -> None:
    workspace.listen(hook.url, headers=headers)
    workspace.sign_up("u-1")
    assert sandbox.settle(hurry=True)
    assert statuses(sandbox) == ["failed"]
    assert hook.seen == []


@pytest.mark.parametrize(
    "url", ["http://[::1/", "https://example.com/hook", "http://127.0.0.1.example.com/", "ftp://127.0.0.1/", "x"]
)
def test_only_this_machine_is_called(workspace: Workspace, sandbox: Sandbox, url: str) -> None:
    workspace.listen(url)
    workspace.sign_up("u-1")
    assert sandbox.settle()
    assert statuses(sandbox) == ["dropped"]
    assert sandbox.deliveries()[0]["tries"] == []


def test_a_proxy_of_the_environment_is_passed_over(
    workspace: Workspace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer(answer()) as fresh, requests.Session() as session:
        workspace.listen(fresh.url)
        session.trust_env = False
        session.auth = (sandbox.connection["writeKey"], "")
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        session.post(
            sandbox.servers["tracking"] + "/track", json={"event": "Signed Up", "userId": "u-1", "messageId": "p"}
        )
        assert sandbox.settle()
    assert statuses(sandbox) == ["delivered"]


# -- batches -------------------------------------------------------------------------------------------------------


def test_a_destination_with_batching_gets_lists(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    workspace.listen(hook.url, enable_batching=True, batch_size=2)
    workspace.sign_up("u-1", "u-2", "u-3")
    assert sandbox.settle()
    assert users_of(hook) == [["u-1", "u-2"], ["u-3"]]
    for seen in hook.seen:
        first, _ = json.JSONDecoder().raw_decode(seen.body.decode()[1:])
        length = len(json.dumps(first, separators=(",", ":"), ensure_ascii=False).encode())
        assert seen.headers["x-signature"] == signature_of(seen.body[1 : 1 + length])


def test_a_batch_is_sent_when_no_more_events_come(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    workspace.listen(hook.url, enable_batching=True, batch_size=10)
    _, since = sandbox.delivery_changes(0, 0)
    workspace.sign_up("u-1", "u-2")
    (found, *_), _ = sandbox.delivery_changes(since, 5)
    assert len(found["events"]) == 2
    assert sandbox.settle()


def test_a_batch_whose_second_event_was_tampered_with(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer
) -> None:
    workspace.listen(hook.url)
    sandbox.deliver(batch=2, tamper=2)
    workspace.sign_up("u-1", "u-2")
    assert sandbox.settle()
    (seen,) = hook.seen
    first, second = seen.json
    assert ("tampered" in first, second["tampered"]) == (False, True)
    text = json.dumps(first, separators=(",", ":")).encode()
    assert seen.headers["x-signature"] == signature_of(text)


# -- what goes wrong on demand -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("wrong", lambda right: right[::-1]),
        ("truncated", lambda right: right[:-2]),
        ("upper", lambda right: right.upper()),
        ("missing", lambda _right: None),
    ],
)
def test_a_signature_is_wrong_on_demand(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer, kind: str, expected: Callable[[str], str | None]
) -> None:
    workspace.listen(hook.url)
    sandbox.deliver(signature=kind)
    workspace.sign_up("u-1", "u-2")
    assert sandbox.settle()
    first, second = hook.seen
    assert first.headers.get("x-signature") == expected(signature_of(first.body))
    assert second.headers["x-signature"] == signature_of(second.body)
    assert [delivery["signature"] for delivery in sandbox.deliveries()] == [kind, "right"]


def test_duplicates_and_another_order_on_demand(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    workspace.listen(hook.url)
    sandbox.deliver(duplicates=2)
    sandbox.deliver(reorder=3)
    workspace.sign_up("u-1", "u-2", "u-3", "u-4", "u-5")
    assert sandbox.settle()
    assert users_of(hook) == ["u-1", "u-1", "u-1", "u-4", "u-3", "u-2", "u-5"]


def test_what_is_held_back_goes_out_at_last(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    workspace.listen(hook.url)
    sandbox.deliver(reorder=10)
    workspace.sign_up("u-1", "u-2")
    assert sandbox.settle()
    assert users_of(hook) == ["u-2", "u-1"]


def _silent(_seen: Seen, _peer: Any) -> None:
    return None


@pytest.mark.parametrize("reply", [answer(status=500), answer(status=429), answer(status=408), _silent])
def test_what_was_not_taken_is_tried_again(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer, reply: Any
) -> None:
    hook.replies = [reply, reply, answer()]
    workspace.listen(hook.url)
    workspace.sign_up("u-1")
    assert sandbox.settle(hurry=True)
    (delivery,) = sandbox.deliveries()
    assert delivery["status"] == "delivered"
    first, second, third = delivery["tries"]
    assert 1 <= first["wait"] <= 1.5
    assert 2 <= second["wait"] <= 3
    assert third["wait"] is None
    assert len({seen.body for seen in hook.seen}) == 1
    assert len({seen.headers["x-signature"] for seen in hook.seen}) == 1


def test_retries_end_after_hours(workspace: Workspace, sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    workspace.listen(f"http://127.0.0.1:{port}/")
    workspace.sign_up("u-1")
    assert sandbox.settle(hurry=True)
    (delivery,) = sandbox.deliveries()
    assert delivery["status"] == "failed"
    assert "refused" in delivery["reason"]
    waited = sum(one["wait"] or 0 for one in delivery["tries"])
    assert 4 * 3600 - 600 < waited <= 4 * 3600
    assert len(delivery["tries"]) < 100


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410])
def test_what_was_refused_is_not_tried_again(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer, status: int
) -> None:
    hook.replies = [answer(status=status)]
    workspace.listen(hook.url)
    workspace.sign_up("u-1")
    assert sandbox.settle()
    (delivery,) = sandbox.deliveries()
    assert (delivery["status"], [one["status"] for one in delivery["tries"]]) == ("failed", [status])


def test_a_batch_that_was_not_taken_can_be_cut_otherwise(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer
) -> None:
    hook.replies = [answer(status=500), answer()]
    workspace.listen(hook.url)
    sandbox.deliver(batch=3, recut=True)
    workspace.sign_up("u-1", "u-2", "u-3")
    assert sandbox.settle(hurry=True)
    assert users_of(hook) == [["u-1", "u-2", "u-3"], ["u-1", "u-2"], ["u-3"]]
    assert statuses(sandbox) == ["failed", "delivered", "delivered"]


def test_others_go_before_what_waits_for_its_next_try(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer
) -> None:
    hook.replies = [answer(status=500), answer()]
    workspace.listen(hook.url)
    workspace.sign_up("u-1", "u-2")
    assert not sandbox.settle(0.05)
    assert sandbox.settle(hurry=True)
    assert users_of(hook)[0] == "u-1"
    assert sorted(users_of(hook)) == ["u-1", "u-1", "u-2"]


def test_a_slow_consumer_keeps_nobody_waiting(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    def slow(_seen: Seen, peer: Any) -> bytes:
        peer.wait(30)
        return answer()

    with FaultServer(slow) as late:
        workspace.listen(late.url)
        workspace.listen(hook.url)
        workspace.sign_up("u-1", "u-2")
        found = 0
        while found < 2:
            _, _ = sandbox.delivery_changes(0, 0)
            found = statuses(sandbox).count("delivered")
        assert users_of(hook) == ["u-1", "u-2"]
        sandbox.clear()


def test_each_event_of_many_senders_is_sent_once(
    workspace: Workspace, sandbox: Sandbox, hook: FaultServer, connector: Connector
) -> None:
    workspace.listen(hook.url)
    entry = {"type": "track", "event": "Signed Up"}

    def send(number: int) -> None:
        for part in range(5):
            batch = [{**entry, "userId": f"{number}-{part}-{place}"} for place in range(4)]
            connector.run("batch", {"batch": batch}, sandbox.connection)
            workspace.run("list_sources")  # which looks at all events that came before

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(send, range(8)))
    assert sandbox.settle(30)
    assert sorted(users_of(hook)) == sorted(f"{n}-{p}-{i}" for n in range(8) for p in range(5) for i in range(4))


def test_closing_does_not_wait_for_a_slow_consumer(connector: Connector) -> None:
    reached = threading.Event()

    def slow(_seen: Seen, peer: Any) -> bytes:
        reached.set()
        peer.wait(30)
        return answer()

    with FaultServer(slow) as late:
        with Sandbox(Specs()) as other:
            there = Workspace(connector, other)
            there.listen(late.url)
            there.sign_up("u-1")
            assert reached.wait(10)
            begun = time.monotonic()
        assert time.monotonic() - begun < 5


# -- the control endpoints -----------------------------------------------------------------------------------------


def test_everything_can_be_asked_over_http(workspace: Workspace, sandbox: Sandbox, hook: FaultServer) -> None:
    workspace.listen(hook.url)
    url = sandbox.url + "/deliveries"
    asked = requests.post(url + "/faults", json={"signature": "missing"}, timeout=5)
    assert (asked.status_code, asked.json()) == (201, {"signature": "missing", "times": 1})
    assert requests.get(url + "/faults", timeout=5).json() == {"faults": [{"signature": "missing", "times": 1}]}
    workspace.sign_up("u-1", "u-2")
    settled = requests.post(url + "/settle", json={"seconds": 10}, timeout=15)
    assert settled.json() == {"settled": True, "waiting": 0}
    page = requests.get(url, params={"limit": 1}, timeout=5).json()
    assert [one["signature"] for one in page["deliveries"]] == ["missing"]
    rest = requests.get(url, params={"since": page["next"], "status": "delivered"}, timeout=5).json()
    assert [one["signature"] for one in rest["deliveries"]] == ["right"]
    assert requests.delete(url, timeout=5).json() == {"cleared": 2}
    assert sandbox.deliveries() == []


@pytest.mark.parametrize(
    ("wanted", "field"),
    [({}, "batch"), ({"batch": 0}, "batch"), ({"signature": "odd"}, "signature"), ({"tampr": 2}, "tampr")],
)
def test_a_wish_that_means_nothing_is_refused(sandbox: Sandbox, wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as error:
        sandbox.deliver(**wanted)
    assert error.value.problems[0].field == field
    answered = requests.post(sandbox.url + "/deliveries/faults", json=wanted, timeout=5)
    assert answered.status_code == 400


def test_closing_ends_what_waits(workspace: Workspace, hook: FaultServer, connector: Connector) -> None:
    hook.replies = [answer(status=500)]
    with Sandbox(Specs()) as other:
        there = Workspace(connector, other)
        there.listen(hook.url)
        there.sign_up("u-1")
        assert not other.settle(0.05)
    assert len(hook.seen) <= 1


def test_nothing_of_it_is_read_before_it_is_needed(connector: Connector) -> None:
    with Sandbox(Specs()) as other:
        Workspace(connector, other).sign_up("u-1")
        assert "data" not in other._worlds["public"].__dict__
