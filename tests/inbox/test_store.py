"""Stores: the same tests for each, over the interface alone."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from segment_connector.inbox.registration import Callback, Registration
from segment_connector.inbox.sqlite_store import Keep, SqliteStore
from segment_connector.inbox.store import Store
from segment_connector.inbox.store_errors import StoreError
from segment_connector.triggers.items import Item

NOW = 1_000.0


def item(name: str) -> Item:
    return Item(name, "2026-01-31T12:00:00Z", f"Title {name} \ud800ü", "event_received", {"name": name})


def registration(name: str = "r1") -> Registration:
    return Registration(name, "event_received", {"sourceId": "s"}, callback=Callback("https://example.com", "whsec_x"))


@pytest.fixture(params=["sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = SqliteStore(tmp_path / "inbox.db", Keep(items=50, ids=200), wall=lambda: NOW)
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
    store.release("r1", "you")
    assert store.waiting("r1", 10, "me", NOW + 62, 60)


def test_the_first_item_is_waited_for(store: Store) -> None:
    store.add("r1", [item("a"), item("b")])
    first = store.waiting("r1", 10, "me", NOW, 60)[0]
    store.failed(first.number, "away", NOW + 30)
    assert store.waiting("r1", 10, "me", NOW + 29, 60) == []
    (again, _b) = store.waiting("r1", 10, "me", NOW + 30, 60)
    assert (again.item.id, again.tries, again.reason) == ("a", 1, "away")
    store.failed(first.number, "refused", None)
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


# -- the file


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    one, other = (SqliteStore(tmp_path / "inbox.db", wall=lambda: NOW) for _ in range(2))
    one.save(registration())
    one.add("r1", [item("a")])
    assert other.add("r1", [item("a")]).known == 1
    assert other.waiting("r1", 10, "other", NOW, 60)
    assert one.waiting("r1", 10, "one", NOW, 60) == []
    one.close()
    other.close()


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
