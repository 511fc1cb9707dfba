"""Stores: the same tests for each, over the interface alone."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
import redis_server

from segment_connector import InputError
from segment_connector.inbox.redis_store import RedisStore
from segment_connector.inbox.registration import Callback, Registration
from segment_connector.inbox.sqlite_store import SqliteStore
from segment_connector.inbox.store import Keep, Store
from segment_connector.inbox.store_errors import StoreError, UnknownRegistration
from segment_connector.inbox.stores import open_store
from segment_connector.triggers.items import Item

NOW = 1_000.0


def item(name: str) -> Item:
    return Item(name, "2026-01-31T12:00:00Z", f"Title {name} \ud800ü", "event_received", {"name": name})


def registration(name: str = "r1") -> Registration:
    return Registration(name, "event_received", {"sourceId": "s"}, callback=Callback("https://example.com", "whsec_x"))


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    if redis_server.path() is None:
        pytest.skip(redis_server.NONE)
    with redis_server.running() as url:
        yield url


@pytest.fixture(params=["sqlite", "redis"])
def open_another(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens the same store again, as another process would."""
    keep = Keep(items=50, ids=500)
    if request.param == "sqlite":
        return lambda: SqliteStore(tmp_path / "inbox.db", keep, wall=lambda: NOW)
    url = request.getfixturevalue("redis_url")
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return lambda: RedisStore(url, keep, wall=lambda: NOW)


@pytest.fixture
def store(open_another: Callable[[], Store]) -> Iterator[Store]:
    made = open_another()
    made.save(registration())
    yield made
    made.close()


def ids(store: Store, status: str | None = None) -> list[str]:
    return [one.item.id for one in store.entries("r1", 0, 10_000, status)]  # type: ignore[arg-type]


def test_an_item_is_stored_once(store: Store) -> None:
    first = store.add("r1", [item("a"), item("b"), item("a")])
    again = store.add("r1", [item("b"), item("c")])
    assert (first.new, first.known, again.new, again.known) == (2, 1, 1, 1)
    assert ids(store) == ["a", "b", "c"]
    store.save(registration("r2"))
    assert store.add("r2", [item("a")]).new == 1  # each registration counts for itself


def test_items_wait_in_their_order_until_they_are_done(store: Store) -> None:
    store.add("r1", [item("a"), item("b")])
    taken = store.waiting("r1", 10, "me", NOW, 60)
    assert [one.item for one in taken] == [item("a"), item("b")]
    store.done([taken[0].number])
    assert [one.item.id for one in store.waiting("r1", 10, "me", NOW, 60)] == ["b"]
    assert (ids(store, "done"), store.counts("r1").by_status["waiting"], store.counts("r1").oldest_waiting) == (
        ["a"], 1, NOW,
    )  # fmt: skip


def test_one_takes_and_the_others_wait(store: Store) -> None:
    store.add("r1", [item("a")])
    assert store.waiting("r1", 10, "me", NOW, 60)
    assert store.waiting("r1", 10, "you", NOW + 59, 60) == []
    assert store.waiting("r1", 10, "you", NOW + 61, 60)
    store.release("r1", "hand_on", "you")
    assert store.waiting("r1", 10, "me", NOW + 62, 60)


def test_a_job_is_done_by_one(store: Store) -> None:
    assert store.lend("r1", "poll", "me", NOW, 60)
    assert store.lend("r1", "poll", "me", NOW + 30, 60)
    assert not store.lend("r1", "poll", "you", NOW + 61, 60)
    assert store.lend("r1", "set_up", "you", NOW, 60)  # each job for itself
    store.release("r1", "poll", "you")
    assert not store.lend("r1", "poll", "you", NOW + 61, 60)
    store.release("r1", "poll", "me")
    assert store.lend("r1", "poll", "you", NOW + 61, 60)
    store.remove("r1")
    store.save(registration())
    assert store.lend("r1", "poll", "me", NOW + 62, 60)


def test_the_first_item_is_waited_for(store: Store) -> None:
    store.add("r1", [item("a"), item("b")])
    first = store.waiting("r1", 10, "me", NOW, 60)[0]
    store.failed(first.number, "away", NOW + 30)
    assert store.waiting("r1", 10, "me", NOW + 29, 60) == []
    (again, _b) = store.waiting("r1", 10, "me", NOW + 30, 60)
    assert (again.item.id, again.tries, again.refusals, again.reason) == ("a", 1, 0, "away")
    store.failed(first.number, "refused", None, refused=True)
    assert [one.item.id for one in store.waiting("r1", 10, "me", NOW + 31, 60)] == ["b"]
    assert (ids(store, "dead"), store.put_back("r1", "dead"), ids(store, "waiting")) == (["a"], 1, ["a", "b"])


def test_what_was_refused_can_be_taken_later_and_is_counted_once(store: Store) -> None:
    store.add("r1", [item("a")], refused=[(item("b"), "unverified"), (item("c"), "unverified")])
    store.add("r1", [], refused=[(item("b"), "unverified")])
    assert (ids(store), ids(store, "refused")) == (["a", "b", "c"], ["b", "c"])
    assert store.add("r1", [item("b")]).new == 1  # it came again, with a proof
    assert store.put_back("r1", "refused") == 1
    assert sorted(ids(store, "waiting")) == ["a", "b", "c"]
    assert store.add("r1", [item("c")]).known == 1


def test_one_item_is_replayed(store: Store) -> None:
    store.add("r1", [item("a"), item("b")])
    numbers = [one.number for one in store.waiting("r1", 10, "me", NOW, 60)]
    store.done(numbers)
    assert store.put_back("r1", "done", numbers[1:]) == 1
    assert (ids(store, "waiting"), store.put_back("r1", "done", [999])) == (["b"], 0)


def test_a_reader_goes_on_behind_what_it_has_seen(store: Store) -> None:
    store.add("r1", [item(str(number)) for number in range(10)])
    first = store.entries("r1", 0, 4)
    rest = store.entries("r1", first[-1].number, 100)
    assert [one.item.id for one in (*first, *rest)] == [str(number) for number in range(10)]
    entry = store.entry("r1", first[2].number)
    assert entry is not None
    assert (entry.item.id, store.entry("r1", 10_000), store.entry("other", first[2].number)) == ("2", None, None)


def test_the_newest_come_first(store: Store) -> None:
    store.add("r1", [item("a"), item("b")], refused=[(item("c"), "unverified")])
    store.done([store.newest("r1", 10)[-1].number])
    store.add("r1", [item("d")])
    assert [one.item.id for one in store.newest("r1", 3)] == ["d", "c", "b"]
    assert [one.item.id for one in store.newest("r1", 3, "waiting")] == ["d", "b"]


def test_state_and_items_are_written_together(store: Store) -> None:
    store.add("r1", [item("a")], state={"version": 1})
    store.save(registration().changed(paused=True))  # by somebody who read it before
    found = store.registration("r1")
    assert found is not None
    assert (found.state, found.paused) == ({"version": 1}, True)
    store.save(found.changed(state=None), with_state=True)
    again = store.registration("r1")
    assert again is not None
    assert again.state is None


def test_a_registration_goes_with_its_items(store: Store) -> None:
    store.save(registration("r2"))
    store.add("r1", [item("a")])
    store.add("r2", [item("a")])
    store.remove("r1")
    store.remove("r1")
    assert ([one.id for one in store.registrations()], store.registration("r1")) == (["r2"], None)
    assert (ids(store), len(store.entries("r2", 0, 10))) == ([], 1)


def test_the_past_is_bounded_and_what_waits_is_not(store: Store) -> None:
    for first in range(0, 3_000, 500):
        store.add("r1", [item(str(number)) for number in range(first, first + 500)])
        store.done([one.number for one in store.waiting("r1", 250, "me", NOW, 60)])
    counts = store.counts("r1").by_status
    assert counts["waiting"] == 1_500
    assert counts["done"] <= 550
    assert store.add("r1", [item("2999")]).known == 1  # lately told
    assert store.add("r1", [item("0")]).new == 1  # so long ago that it is forgotten


def test_many_threads_at_once(store: Store) -> None:
    def add(thread: int) -> None:
        for number in range(50):
            store.add("r1", [item(f"{thread}-{number}"), item(f"shared-{number}")])

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = ids(store)
    assert len(found) == len(set(found)) == 8 * 50 + 50


def test_two_processes_share_it(store: Store, open_another: Callable[[], Store]) -> None:
    other = open_another()
    store.add("r1", [item("a")])
    assert other.add("r1", [item("a")]).known == 1
    assert other.waiting("r1", 10, "other", NOW, 60)
    assert store.waiting("r1", 10, "one", NOW, 60) == []
    other.close()


def test_a_process_that_ended_holds_nobody_up(store: Store) -> None:
    store.add("r1", [item("a")])
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    owner = f"{socket.gethostname()}:{gone.stdout.decode().strip()}:abcd"
    assert store.waiting("r1", 10, owner, NOW, 60)
    assert store.waiting("r1", 10, "me", NOW, 60)


def test_what_another_one_changed_is_seen_and_kept(store: Store, open_another: Callable[[], Store]) -> None:
    other = open_another()
    before = store.revision()
    assert other.change("r1", paused=True) == registration().changed(paused=True)
    assert store.revision() > before
    changed = store.change("r1", every=5.0)
    assert changed is not None
    assert (changed.paused, changed.every, store.registration("r1")) == (True, 5, changed)
    other.close()


def test_what_was_removed_stays_so(store: Store) -> None:
    before = store.revision()
    store.remove("r1")
    assert store.revision() > before
    with pytest.raises(UnknownRegistration, match="no registration 'r1'"):
        store.add("r1", [item("a")], state={"version": 1})
    assert (store.change("r1", paused=True), store.registration("r1")) == (None, None)
    store.save(registration())
    assert (ids(store), store.waiting("r1", 10, "me", NOW, 60)) == ([], [])


def test_what_is_put_back_has_all_its_tries(store: Store) -> None:
    store.add("r1", [item("a")])
    number = store.entries("r1", 0, 1)[0].number
    for next_try in (NOW, None):
        store.failed(number, "refused", next_try, refused=True)
    store.put_back("r1", "dead")
    (again,) = store.waiting("r1", 10, "me", NOW, 60)
    assert (again.tries, again.refusals, again.next_try, again.reason) == (0, 0, 0, None)


def test_one_that_cannot_be_written_does_not_hold_up_the_others(store: Store) -> None:
    results: list[object] = []

    def add(name: str) -> None:
        try:
            results.append(store.add(name, [item("a")]).new)
        except UnknownRegistration:
            results.append("unknown")

    threads = [threading.Thread(target=add, args=(name,)) for name in ("r1", "gone") * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [0] * 7 + [1] + ["unknown"] * 8


# -- Redis


def test_a_redis_that_is_not_there_is_named_without_its_password(caplog: pytest.LogCaptureFixture) -> None:
    for url in ("redis://:hidden@127.0.0.1:1/0", "redis://:hidden@127.0.0.1:1/x", "unix://:hidden@/no/such?db=0"):
        with pytest.raises(StoreError, match="cannot be used") as told:
            open_store(url)
        assert "hidden" not in f"{told.value} {told.value.problems} {caplog.text}"


def test_a_wrong_password_is_told_and_not_shown(redis_url: str) -> None:
    with pytest.raises(StoreError, match="cannot be used") as told:
        open_store(redis_url.replace(redis_server.PASSWORD, "hidden"))
    assert "hidden" not in str(told.value)


def test_a_redis_that_may_forget_is_told(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    open_store(redis_url).close()
    assert caplog.messages == []
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("appendfsync", "everysec")
        client.config_set("maxmemory-policy", "allkeys-lru")
        open_store(redis_url).close()
        client.config_set("appendfsync", "always")
        client.config_set("maxmemory-policy", "noeviction")
    assert ["drops keys" in caplog.text, "loses the last items" in caplog.text] == [True, True]
    assert redis_server.PASSWORD not in caplog.text


def test_what_a_newer_version_made_is_left_alone(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        client.set("{inbox}:version", 99)
        with pytest.raises(StoreError, match="another version"):
            open_store(redis_url)
        client.flushdb()


def test_an_inbox_is_a_file_or_a_redis() -> None:
    with pytest.raises(InputError, match="cannot be kept in postgres://"):
        open_store("postgres://user:hidden@host/name")


# -- the file


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "inbox.db").close()
    assert (tmp_path / "inbox.db").stat().st_mode & 0o077 == 0


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE mine (a)")
    text = tmp_path / "text"
    text.write_text("hello" * 1000)
    newer = tmp_path / "newer.db"
    SqliteStore(newer).close()
    with sqlite3.connect(newer) as database:
        database.execute("PRAGMA user_version = 99")
    for path, said in ((other, "another program"), (text, "cannot be used"), (newer, "newer version")):
        before = path.read_bytes()
        with pytest.raises(StoreError, match=said):
            SqliteStore(path)
        assert path.read_bytes() == before
    with pytest.raises(StoreError, match="cannot be used"):
        SqliteStore(tmp_path / "no" / "such" / "folder")


def test_a_registration_shows_no_secret() -> None:
    made = registration().changed(path="guess-me-not", subscription={"secret": "abc", "token": "def", "url": "u/guess"})
    assert Registration.from_dict(made.to_dict()) == made
    shown = f"{made!r} {made.to_dict(show_secrets=False)}"
    for secret in ("guess-me-not", "whsec_x", "abc", "def", "u/guess"):
        assert secret not in shown
