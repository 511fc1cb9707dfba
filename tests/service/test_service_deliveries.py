"""What becomes of deliveries over HTTP, at both doors: the listener of a command, and the service."""

from __future__ import annotations

import contextlib
import hmac
import http.client
import itertools
import json
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis_server
from cli_support import cli
from delivery_cases import CASES, body_of, headers_of
from service_support import read_answer, serving, status_of

from segment_connector import Connector
from segment_connector.inbox.receiver import Receiver, Reply
from segment_connector.inbox.redis_store import RedisStore
from segment_connector.inbox.registration import Registration
from segment_connector.inbox.sqlite_store import SqliteStore
from segment_connector.inbox.store import Store
from segment_connector.service.http import delivery_route
from segment_connector.service.listener import Listener
from segment_connector.triggers.subscription import Subscription
from segment_connector.triggers.trigger_runner import TriggerRunner

EVENT = b'{"type":"track","event":"A","messageId":"m1"}'


@dataclass
class Door:
    """Where deliveries come in.

    :ivar told: what the listener was told of each answer.
    """

    port: int
    store: Store
    runner: TriggerRunner
    told: list[Reply] = field(default_factory=list)
    _names: Iterator[int] = field(default_factory=itertools.count)

    def register(self, trigger: str = "event_received", *, allow: bool = False, **changes: Any) -> Subscription:
        """A webhook that a person set up; its address is its id."""
        name = f"flow-{next(self._names)}"
        made = self.runner.new_subscription(trigger, {"sourceId": "s1"}, f"http://127.0.0.1/in/{name}", name)
        made = made.changed(state="manual", **changes)
        self.store.save(
            Registration(
                name, trigger, made.inputs, subscription=made.to_dict(), path=f"path-{name}", allow_unverified=allow
            )
        )
        return made

    def deliver(
        self, to: Subscription, body: Any, headers: dict[str, str] | None = None, method: str = "POST", **more: Any
    ) -> tuple[int, dict[str, Any]]:
        """Status and answer; a body that is not otherwise signed is."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(client):
            sent = signed(to, body) if headers is None else headers
            client.request(method, f"/in/path-{to.id}", body, sent, **more)
            answer = client.getresponse()
            text = answer.read()
        for secret in (to.secret, to.token, f"path-{to.id}"):
            assert not secret or secret.encode() not in text
        return answer.status, json.loads(text) if text else {}

    def ids(self, of: Subscription, status: Any = None) -> list[str]:
        """What is stored."""
        return [one.item.id for one in self.store.entries(of.id, 0, 10_000, status)]


def signed(to: Subscription, body: bytes) -> dict[str, str]:
    return {"X-Signature": hmac.new(to.secret.encode(), body, "sha1").hexdigest()}


@contextlib.contextmanager
def listening(store: Store, runner: TriggerRunner) -> Iterator[Door]:
    told: list[Reply] = []
    with socket.create_server(("127.0.0.1", 0)) as bound:
        receiver = Receiver(store, runner, consumed=lambda _one: False)
        listener = Listener(bound, receiver.receive, 4_000_000, told.append)
        listener.start()
        yield Door(bound.getsockname()[1], store, runner, told)
        listener.close()


@pytest.fixture(scope="module")
def runner() -> TriggerRunner:
    return Connector.load().trigger_runner


@pytest.fixture(scope="module", params=["listen", "serve"])
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    inbox = tmp_path_factory.mktemp("inbox") / "inbox.db"
    if request.param == "serve":
        with serving(inbox=str(inbox)) as running:
            triggers = running.app.state.triggers
            yield Door(running.address[1], triggers.store, triggers.runner)
        return
    with contextlib.closing(SqliteStore(inbox)) as store, listening(store, request.getfixturevalue("runner")) as door:
        yield door


@pytest.fixture
def listener(tmp_path: Path, runner: TriggerRunner) -> Iterator[Door]:
    """A listener with a file of its own, which can be broken."""
    with contextlib.closing(SqliteStore(tmp_path / "inbox.db")) as store, listening(store, runner) as door:
        yield door


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_delivery(door: Door, case: dict[str, Any]) -> None:
    to = door.register(allow=case.get("allow", False), **({} if case.get("secret", True) else {"secret": ""}))
    body = body_of(case)
    status, told = door.deliver(to, body, headers_of(case, body, to))
    refused = case.get("refused", [])
    first = case.get("problem") or next(iter(refused), None)
    assert (status, told.get("error", {}).get("code")) == (case["status"], first)
    assert (told["filtered"], told["refused"]) == (case.get("filtered", 0), len(refused))
    taken = [*case.get("items", []), *case.get("unverified", [])]
    count = case.get("count", len(taken) + case.get("made", 0))
    assert told["accepted"] + told["known"] == count
    assert door.ids(to, "refused") == ["m2"] * refused.count("unverified")
    if "count" not in case:
        assert [one for one in door.ids(to, "done") if not one.startswith("sha256")] == taken


def test_what_is_sent_again_is_counted_once(door: Door) -> None:
    to = door.register()
    answers = [door.deliver(to, EVENT)[1] for _ in range(3)]
    assert [(told["accepted"], told["known"]) for told in answers] == [(1, 0), (0, 1), (0, 1)]
    assert door.ids(to) == ["m1"]


def test_a_batch_whose_second_event_was_changed(door: Door) -> None:
    to = door.register()
    body = b"[" + EVENT + b',{"type":"track","messageId":"forged"}]'
    status, told = door.deliver(to, body, signed(to, EVENT))
    assert (status, told["accepted"], told["error"]["code"]) == (200, 1, "unverified")
    assert (door.ids(to, "done"), door.ids(to, "refused")) == (["m1"], ["forged"])
    with_token = {**signed(to, EVENT), "X-Connector-Token": to.token}
    assert door.deliver(to, body, with_token)[1]["accepted"] == 1  # now it is proved


def test_two_subscriptions_with_one_secret(door: Door) -> None:
    one = door.register()
    other = door.register("user_identified", secret=one.secret)
    assert door.deliver(other, EVENT)[1] == {"accepted": 0, "known": 0, "filtered": 1, "refused": 0}
    assert (door.deliver(one, EVENT)[1]["accepted"], door.ids(other)) == (1, [])


def test_a_body_in_parts(door: Door) -> None:
    to = door.register()
    parts = (EVENT[at : at + 7] for at in range(0, len(EVENT), 7))
    assert door.deliver(to, parts, signed(to, EVENT), encode_chunked=True)[1]["accepted"] == 1
    too_much = (b"x" * 1_000_000 for _ in range(10))
    assert door.deliver(to, too_much, {}, encode_chunked=True)[0] == 413


def test_a_body_that_does_not_come(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_route, "BODY_IN", 0.2)
    to = door.register()
    head = f"POST /in/path-{to.id} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(EVENT)}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as slow:
        slow.sendall(head + EVENT[:10])
        answer = read_answer(slow)
    assert (status_of(answer), b"too_slow" in answer) == (408, True)
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as gone:
        gone.sendall(head + EVENT[:10])
    assert (door.ids(to), door.deliver(to, EVENT)[1]["accepted"]) == ([], 1)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_another_method(door: Door, method: str) -> None:
    to = door.register()
    assert (door.deliver(to, EVENT, method=method)[0], door.ids(to)) == (405, [])


def test_what_another_process_changed(door: Door) -> None:
    to = door.register()
    assert door.deliver(to, EVENT)[0] == 200
    fresh = to.changed(secret="another-secret-of-the-tests")
    door.store.change(to.id, subscription=fresh.to_dict())
    assert (door.deliver(to, EVENT)[0], door.deliver(fresh, EVENT)[0]) == (401, 200)
    door.store.remove(to.id)
    assert door.deliver(fresh, EVENT)[0] == 404


def test_what_a_newer_version_wrote_is_answered_with_a_later(door: Door) -> None:
    to = door.register()
    door.store.change(to.id, subscription={**to.to_dict(), "version": 99})
    assert door.deliver(to, EVENT)[0] == 503
    door.store.change(to.id, subscription=to.to_dict())
    assert door.deliver(to, EVENT)[1]["accepted"] == 1


# -- a store that cannot be written


def test_a_disk_that_is_full(listener: Door) -> None:
    to = listener.register()
    assert isinstance(listener.store, SqliteStore)
    pages = listener.store.file.read("PRAGMA page_count")[0][0]
    listener.store.file.write(lambda _database: None)
    large = b'{"type":"track","messageId":"m1","event":"%s"}' % (b"A" * 100_000)
    _limit(listener.store, pages + 2)
    status, told = listener.deliver(to, large)
    assert (status, told["accepted"], listener.ids(to)) == (503, 0, [])
    _limit(listener.store, 1_000_000)
    assert listener.deliver(to, large)[1]["accepted"] == 1


def _limit(store: SqliteStore, pages: int) -> None:
    store.file._writer.execute(f"PRAGMA max_page_count = {pages}")


def test_a_file_that_is_gone(listener: Door, tmp_path: Path) -> None:
    to = listener.register()
    assert listener.deliver(to, EVENT)[1]["accepted"] == 1
    for path in tmp_path.glob("inbox.db*"):
        path.rename(path.with_name(f"moved-{path.name}"))
    other = EVENT.replace(b"m1", b"m2")
    status, told = listener.deliver(to, other)
    assert (status, told["error"]["code"], str(tmp_path) in str(told)) == (503, "inbox", False)
    with contextlib.closing(SqliteStore(tmp_path / "inbox.db")):  # another one in its place
        assert listener.deliver(to, other)[0] == 503
    for path in tmp_path.glob("moved-*"):
        path.replace(path.with_name(path.name.removeprefix("moved-")))
    assert listener.deliver(to, other)[1]["accepted"] == 1


def test_a_file_that_another_process_writes_to(listener: Door, tmp_path: Path) -> None:
    to = listener.register()
    assert isinstance(listener.store, SqliteStore)
    listener.store.file._writer.execute("PRAGMA busy_timeout = 100")
    with contextlib.closing(sqlite3.connect(tmp_path / "inbox.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert listener.deliver(to, EVENT)[0] == 503
        other.execute("ROLLBACK")
    assert listener.deliver(to, EVENT)[1]["accepted"] == 1


@pytest.mark.skipif(redis_server.path() is None, reason=redis_server.NONE)
def test_a_redis_that_is_gone(runner: TriggerRunner) -> None:
    with redis_server.running() as url:
        store = RedisStore(url)
        with contextlib.closing(store), listening(store, runner) as door:
            to = door.register()
            assert door.deliver(to, EVENT)[1]["accepted"] == 1
            store._redis.config_set("maxmemory", 1)
            assert door.deliver(to, EVENT.replace(b"m1", b"m2"))[0] == 503
            store._redis.config_set("maxmemory", 0)
            assert door.deliver(to, EVENT.replace(b"m1", b"m2"))[1]["accepted"] == 1
            store._redis.shutdown(nosave=True)
            status, told = door.deliver(to, EVENT.replace(b"m1", b"m3"))
            assert (status, told["accepted"], redis_server.PASSWORD in str(told)) == (503, 0, False)


def test_an_inbox_that_cannot_be_used_is_told_before_anybody_is_served(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE mine (a)")
    for inbox, said in ((str(other), "another program"), ("redis://:hidden@127.0.0.1:1/0", "127.0.0.1:1/0 cannot be")):
        told = cli("serve", "--port", "0", "--inbox", inbox)
        assert (told.code, said in told.stderr, "Traceback" in told.stderr) == (2, True, False), told.stderr
        assert "hidden" not in told.stderr + told.stdout
