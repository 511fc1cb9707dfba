"""A host of triggers, from an event in the sandbox to the consumer, with what goes wrong between them."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from faultserver import FaultServer, HandClock, answer, plain_environment

from segment_connector import Connector, InputError
from segment_connector.inbox.callbacks import CallbackSender, checked_secret, new_callback_secret
from segment_connector.inbox.forwarder import Forwarder, NotTakenError, Patience
from segment_connector.inbox.registration import Callback, Registration
from segment_connector.inbox.sqlite_store import SqliteStore
from segment_connector.inbox.store import Entry
from segment_connector.inbox.trigger_host import TriggerHost
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox
from segment_connector.triggers.items import Item

SOURCE = "qQEHquLrjRDN9j1ByrChyn"


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


class Front:
    """A web server before a host: what the service calls."""

    def __init__(self) -> None:
        front = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                host = front.host
                status = 503 if host is None else host.receive(self.path.rpartition("/")[2], self.headers, raw).status
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.host: TriggerHost | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/in/{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def front() -> Iterator[Front]:
    front = Front()
    yield front
    front.close()


class Consumer:
    """Takes items, or not."""

    def __init__(self) -> None:
        self.taken: list[Item] = []
        self.refuses: Callable[[Item], NotTakenError | None] = lambda _item: None
        self._changed = threading.Condition()

    def __call__(self, _registration: Registration, entry: Entry) -> None:
        if (error := self.refuses(entry.item)) is not None:
            raise error
        with self._changed:
            self.taken.append(entry.item)
            self._changed.notify_all()

    def wait_for(self, count: int) -> list[str]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.taken) >= count, 10), self.taken
            return [item.id for item in self.taken]


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


Start = Callable[[], TriggerHost]


@pytest.fixture
def start(tmp_path: Path, connector: Connector, sandbox: Sandbox, front: Front, consumer: Consumer) -> Iterator[Start]:
    hosts: list[TriggerHost] = []

    def start() -> TriggerHost:
        host = TriggerHost(
            SqliteStore(tmp_path / "inbox.db"), connector.trigger_runner, lambda _name: sandbox.connection, front.url,
            consumer, lambda _registration: True,
        )  # fmt: skip
        hosts.append(host)
        host.start()
        front.host = host
        return host

    yield start
    for host in hosts:
        host.close()
        host.store.close()


def track(connector: Connector, sandbox: Sandbox, *names: str) -> None:
    for name in names:
        connector.run("track", {"event": "Order Completed", "userId": "u", "messageId": name}, sandbox.connection)
    sandbox.settle()


def test_from_an_event_to_the_workflow(
    start: Start, connector: Connector, sandbox: Sandbox, consumer: Consumer
) -> None:
    host = start()
    made = host.register("event_received", {"sourceId": SOURCE}, "sandbox", name="flow")
    track(connector, sandbox, "m1", "m2")
    assert consumer.wait_for(2) == ["m1", "m2"]
    assert host.health(made).state == "active"
    assert host.unregister("flow")
    assert not host.unregister("flow")
    track(connector, sandbox, "m3")
    assert consumer.taken[2:] == []


def test_what_is_sent_twice_is_handed_on_once(
    start: Start, connector: Connector, sandbox: Sandbox, consumer: Consumer
) -> None:
    start().register("event_received", {"sourceId": SOURCE}, "sandbox")
    sandbox.deliver(duplicates=2)
    track(connector, sandbox, "m1")
    track(connector, sandbox, "m2")
    assert consumer.wait_for(2) == ["m1", "m2"]


def test_a_consumer_that_is_away_is_waited_for_over_a_restart(
    start: Start, connector: Connector, sandbox: Sandbox, consumer: Consumer
) -> None:
    consumer.refuses = lambda _item: NotTakenError("away")
    host = start()
    made = host.register("event_received", {"sourceId": SOURCE}, "sandbox", name="flow")
    track(connector, sandbox, "m1", "m2")
    counts = host.health(made).counts
    assert counts.by_status["waiting"] == 2
    host.close()
    consumer.refuses = lambda _item: None
    again = start()
    again.forwarder._wall = lambda: 9e9  # type: ignore[union-attr] - the wait after a failed try is over
    again.forwarder.wake()  # type: ignore[union-attr]
    assert consumer.wait_for(2) == ["m1", "m2"]


def test_a_poll_goes_on_where_the_last_one_ended(
    start: Start, connector: Connector, sandbox: Sandbox, consumer: Consumer
) -> None:
    host = start()
    host.poller.close()
    made = host.register("new_source", {}, "sandbox", name="flow", every=3600)
    host.poller.poll(made)
    source = {"slug": "one", "enabled": True, "metadataId": "IqDTy1TpoU"}
    created = connector.run("create_source", source, sandbox.connection)
    found = host.store.registration("flow")
    assert found is not None
    assert found.state is not None
    report = host.poller.poll(found)
    assert report.added is not None
    assert (report.added.new, report.problem) == (1, None)
    assert consumer.wait_for(1) == [created.outputs["source"]["id"]]


def test_a_poll_that_fails_is_told_and_loses_nothing(start: Start, sandbox: Sandbox) -> None:
    host = start()
    host.poller.close()
    made = host.register("workspace_changed", {}, "sandbox", every=3600)
    sandbox.fault(status=403, times=1)
    report = host.poller.poll(made)
    assert report.problem is not None
    assert (report.problem.code, report.added, host.health(made).problem) == ("forbidden", None, report.problem)
    assert host.poller.poll(made).problem is None
    assert host.health(made).problem is None


def test_a_registration_that_is_made_again_goes_on_with_its_state(start: Start) -> None:
    host = start()
    host.poller.close()
    inputs = {"types": ["Source Disabled"]}
    made = host.register("workspace_changed", inputs, "sandbox", name="flow", every=3600)
    host.poller.poll(made)
    known = host.store.registration("flow")
    assert host.register("workspace_changed", inputs, "sandbox", name="flow", every=60).state == (known and known.state)
    assert host.register("workspace_changed", {}, "sandbox", name="flow").state is None  # it asks for other things now


def test_a_poll_begins_with_what_the_store_has(start: Start, connector: Connector, sandbox: Sandbox) -> None:
    host = start()
    host.poller.close()
    made = host.register("new_source", {}, "sandbox", name="flow", every=3600)
    host.poller.poll(made)
    connector.run("create_source", {"slug": "one", "enabled": True, "metadataId": "IqDTy1TpoU"}, sandbox.connection)
    added = host.poller.poll(made).added  # made has no state: it was read before the first poll
    assert (added and added.new, host.poller.poll(made).first) == (1, False)
    host.unregister("flow")
    gone = host.poller.poll(made)
    assert (gone.problem and gone.problem.code, host.store.entries("flow", 0, 1)) == ("unknown_subscription", [])


def test_one_of_two_processes_polls(start: Start) -> None:
    one, other = start(), start()
    for host in (one, other):
        host.poller.close()
    made = one.register("workspace_changed", {}, "sandbox", name="flow", every=3600)
    polls: list[str] = []
    for name, host in (("one", one), ("other", other)):
        host.poller._on_poll = lambda _report, name=name: polls.append(name)
        host.poller._ended.clear()
    for host in (one, other):
        host.poller.poll_what_is_due()
    assert polls == ["one"]
    one.store.release(made.id, "poll", one.poller._owner)  # as it does at its end
    other.poller._due.clear()
    other.poller.poll_what_is_due()
    assert polls == ["one", "other"]


def test_a_state_of_another_version_is_told_and_nothing_is_lost(start: Start) -> None:
    host = start()
    host.poller.close()
    made = host.register("workspace_changed", {}, "sandbox", name="flow")
    state = {"version": 0, "since": "2026-01-01T00:00:00Z"}
    host.store.add("flow", [Item("m1", None, "m1", "workspace_changed", {})], state=state)
    report = host.poller.poll(made)
    assert (report.problem and report.problem.code, host.health(made).problem) == ("state", report.problem)
    kept = host.store.registration("flow")
    assert (kept and kept.state, len(host.store.entries("flow", 0, 10))) == (state, 1)


def test_a_poll_that_breaks_is_told(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    host = start()
    host.poller.close()
    made = host.register("workspace_changed", {}, "sandbox", name="flow")
    monkeypatch.setattr(host.triggers, "poll", lambda *_: 1 / 0)
    problem = host.poller.poll(made).problem
    assert (problem and problem.code, problem and "ZeroDivisionError" in problem.message) == ("internal", True)


def test_a_destination_that_somebody_deleted_is_made_anew_at_the_next_start(
    start: Start, connector: Connector, sandbox: Sandbox, consumer: Consumer
) -> None:
    host = start()
    made = host.register("event_received", {"sourceId": SOURCE}, "sandbox", name="flow")
    assert made.subscription is not None
    before = made.subscription["kept"]["destinationId"]
    assert connector.run("delete_destination", {"destinationId": before}, sandbox.connection).ok
    host.close()
    again = start()
    again.settled()
    found = again.store.registration("flow")
    assert found is not None
    assert found.subscription is not None
    assert found.subscription["kept"]["destinationId"] != before
    assert [found.subscription[name] for name in ("secret", "url", "state")] == [
        made.subscription["secret"], made.subscription["url"], "active",
    ]  # fmt: skip
    track(connector, sandbox, "m1")
    assert consumer.wait_for(1) == ["m1"]


def test_what_was_set_up_and_then_by_hand_is_taken_down(start: Start, connector: Connector, sandbox: Sandbox) -> None:
    host = start()
    host.register("event_received", {"sourceId": SOURCE}, "sandbox", name="flow")
    host.register("event_received", {"sourceId": SOURCE}, None, name="flow", manual=True)
    assert host.unregister("flow")
    left = connector.iterate("list_connected_destinations_from_source", {"sourceId": SOURCE}, sandbox.connection)
    assert [one["name"] for one in left if "flow" in one["name"]] == []


def test_a_set_up_that_broke_off_is_finished_at_the_next_start(
    start: Start, connector: Connector, sandbox: Sandbox, consumer: Consumer
) -> None:
    host = start()
    made = host.register("event_received", {"sourceId": SOURCE}, "sandbox", name="flow")
    assert made.subscription is not None
    broken = {**made.subscription, "state": "setting_up", "kept": {}}  # the process died after the first call
    host.store.save(made.changed(subscription=broken))
    host.close()
    again = start()
    again.settled()
    found = again.store.registration("flow")
    assert found is not None
    assert found.subscription is not None
    assert found.subscription["state"] == "active"
    track(connector, sandbox, "m1")
    assert consumer.wait_for(1) == ["m1"]
    names = connector.iterate("list_connected_destinations_from_source", {"sourceId": SOURCE}, sandbox.connection)
    assert len([one for one in names if one["name"].startswith("Event received (flow ")]) == 1


def test_a_webhook_that_a_person_sets_up(start: Start, connector: Connector, consumer: Consumer) -> None:
    host = start()
    made = host.register("event_received", {"sourceId": SOURCE}, None, manual=True)
    assert made.subscription is not None
    secret, url = made.subscription["secret"], made.subscription["url"]
    assert [url in " ".join(host.manual_steps(made)), secret in " ".join(host.manual_steps(made))] == [True, True]
    body = b'{"type":"track","event":"A","messageId":"m1"}'
    signed = {"X-Signature": hmac.new(secret.encode(), body, "sha1").hexdigest()}
    assert host.receive(url.rpartition("/")[2], signed, body).to_dict()["accepted"] == 1
    assert host.receive(url.rpartition("/")[2], {}, body).status == 401
    assert host.receive("guessed", signed, body).status == 404
    assert consumer.wait_for(1) == ["m1"]
    assert host.unregister(made.id)


def test_one_name_is_one_registration(start: Start) -> None:
    host = start()
    first = host.register("event_received", {"sourceId": SOURCE}, None, manual=True, name="flow")
    again = host.register("event_received", {"sourceId": SOURCE}, None, manual=True, name="flow")
    assert (first.path, len(host.store.registrations())) == (again.path, 1)
    with pytest.raises(InputError, match="'flow' is a registration of 'event_received'"):
        host.register("new_source", {}, "sandbox", name="flow")


# -- handing on


def entries(store: SqliteStore, *names: str) -> Registration:
    made = Registration("r1", "event_received", {})
    store.save(made)
    store.add("r1", [Item(name, None, name, "event_received", {}) for name in names])
    return made


def test_an_item_that_is_refused_again_and_again_is_set_aside(tmp_path: Path, consumer: Consumer) -> None:
    store, now = SqliteStore(tmp_path / "inbox.db", wall=lambda: now[0]), [1000.0]
    made = entries(store, "bad", "good")
    consumer.refuses = lambda item: NotTakenError("no", refused=True) if item.id == "bad" else None
    forwarder = Forwarder(store, consumer, lambda: [made], "me", patience=Patience(refusals=3), wall=lambda: now[0])
    waits = []
    for _ in range(4):
        waits.append(forwarder.hand_on(made))
        now[0] += waits[-1]
    assert (waits, [item.id for item in consumer.taken]) == ([1, 2, 0, 5], ["good"])
    (dead,) = store.entries("r1", 0, 10, "dead")
    assert (dead.item.id, dead.tries, dead.reason) == ("bad", 3, "no")
    consumer.refuses = lambda _item: None
    store.put_back("r1", "dead")
    forwarder.hand_on(made)
    assert [item.id for item in consumer.taken] == ["good", "bad"]
    store.close()


def test_an_item_that_was_waited_for_long_is_not_given_up_at_the_first_refusal(tmp_path: Path) -> None:
    store, now = SqliteStore(tmp_path / "inbox.db"), [1000.0]
    made = entries(store, "m1")
    errors = iter([NotTakenError("away")] * 20 + [NotTakenError("no", refused=True)] * 3)

    def away(_registration: Registration, _entry: Entry) -> None:
        raise next(errors)

    forwarder = Forwarder(store, away, lambda: [made], "me", patience=Patience(refusals=3), wall=lambda: now[0])
    for _ in range(22):
        now[0] += forwarder.hand_on(made)
    assert store.counts("r1").by_status["waiting"] == 1
    forwarder.hand_on(made)
    assert store.counts("r1").by_status["dead"] == 1
    store.close()


@pytest.mark.parametrize("how", ["paused", "removed"])
def test_a_pause_and_a_removal_hold_at_once(tmp_path: Path, how: str) -> None:
    store, taken = SqliteStore(tmp_path / "inbox.db"), []
    made = entries(store, "m1", "m2", "m3")

    def take(_registration: Registration, entry: Entry) -> None:
        taken.append(entry.item.id)
        if how == "paused":
            store.change("r1", paused=True)
        else:
            store.remove("r1")

    forwarder = Forwarder(store, take, lambda: [made], "me")
    forwarder.hand_on(made)
    forwarder.hand_on(made)
    assert taken == ["m1"]
    if how == "paused":
        assert store.counts("r1").by_status["waiting"] == 2
    store.close()


def test_a_consumer_that_breaks_is_told_and_the_others_get_their_items(start: Start, consumer: Consumer) -> None:
    host = start()
    for name in ("broken", "whole"):
        host.store.save(Registration(name, "event_received", {}))

    def refuses(item: Item) -> NotTakenError | None:
        if item.id == "bad":
            raise ValueError("something of ours")
        return None

    consumer.refuses = refuses
    host.store.add("broken", [Item("bad", None, "bad", "event_received", {})])
    host.store.add("whole", [Item("good", None, "good", "event_received", {})])
    assert host.forwarder is not None
    host.forwarder.wake()
    assert consumer.wait_for(1) == ["good"]
    (entry,) = host.store.entries("broken", 0, 10)
    assert (entry.status, entry.tries, entry.reason) == ("waiting", 1, "the consumer failed: ValueError")
    problem = host.health(Registration("broken", "event_received", {})).problem
    assert (problem and problem.message) == "the consumer failed: ValueError"


def test_one_consumer_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    store, now, taken = SqliteStore(tmp_path / "inbox.db"), [1000.0], []
    made = entries(store, *(f"m{number}" for number in range(300)))

    def slowly(_registration: Registration, entry: Entry) -> None:
        now[0] += 1
        taken.append(entry.item.id)

    forwarder = Forwarder(store, slowly, lambda: [made], "me", wall=lambda: now[0])
    assert forwarder.hand_on(made) == 0
    assert len(taken) < 40  # then it is the turn of the next one
    assert store.waiting("r1", 1, "another", now[0], 1)  # and of another process
    store.close()


def test_a_callback_is_signed_and_tried_until_it_is_taken(tmp_path: Path, connector: Connector) -> None:
    store = SqliteStore(tmp_path / "inbox.db")
    made = entries(store, "m1")
    secret = new_callback_secret()
    with FaultServer(answer(status=503, headers={"Retry-After": "7"}), answer(status=404), answer()) as server:
        made = made.changed(callback=Callback(server.url + "/workflow", checked_secret(secret)))
        send = CallbackSender(connector.caller.send)
        (entry,) = store.entries("r1", 0, 1)
        with pytest.raises(NotTakenError, match="answered 503") as away:
            send(made, entry)
        assert (away.value.refused, away.value.after) == (False, 7)
        with pytest.raises(NotTakenError, match="answered 404") as refused:
            send(made, entry)
        assert refused.value.refused
        send(made, entry)
        seen = server.seen[-1]
    told = json.loads(seen.body)
    assert (told["id"], told["registration"], told["trigger"]) == ("m1", "r1", "event_received")
    names = [seen.headers[f"webhook-{name}"] for name in ("id", "timestamp")]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, ".".join(names).encode() + b"." + seen.body, "sha256")).decode()
    assert seen.headers["webhook-signature"] == f"v1,{expected}"
    assert len({one.headers["webhook-id"] for one in server.seen}) == 1
    with pytest.raises(NotTakenError, match="no answer from 127"):
        send(made, entry)
    store.close()


@pytest.mark.parametrize("secret", ["", "abc", "whsec_", "whsec_abc", "whsec_" + "A" * 400, "whsec_ü"])
def test_a_callback_secret_in_another_form_is_refused(secret: str) -> None:
    with pytest.raises(InputError, match="whsec_"):
        checked_secret(secret)
