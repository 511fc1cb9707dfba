"""An inbox in one file: SQLite, with several processes at once if need be.

A delivery is answered when its items are on the disk.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..triggers.items import Item
from .owner import is_gone
from .registration import Registration
from .sqlite_file import SqliteFile
from .store import STATUSES, Added, Counts, Entry, Keep, Status
from .store_errors import no_registration

VERSION = 1
_TABLES = """
CREATE TABLE registrations (id TEXT PRIMARY KEY, place INTEGER NOT NULL, data TEXT NOT NULL, state TEXT)
  WITHOUT ROWID;
CREATE TABLE revision (number INTEGER NOT NULL);
INSERT INTO revision VALUES (0);
CREATE TABLE items (
  number INTEGER PRIMARY KEY AUTOINCREMENT, registration TEXT NOT NULL, status TEXT NOT NULL, item TEXT NOT NULL,
  received REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
  refusals INTEGER NOT NULL DEFAULT 0, next_try REAL NOT NULL DEFAULT 0, reason TEXT);
CREATE INDEX items_by_status ON items (registration, status, number);
CREATE TABLE known (registration TEXT NOT NULL, id TEXT NOT NULL, refused INTEGER NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY (registration, id, refused)) WITHOUT ROWID;
CREATE INDEX known_by_number ON known (registration, number);
CREATE TABLE leases (registration TEXT NOT NULL, job TEXT NOT NULL, owner TEXT NOT NULL, until REAL NOT NULL,
  PRIMARY KEY (registration, job)) WITHOUT ROWID;
"""
_ENTRY = "number, registration, item, status, received, tries, refusals, next_try, reason"
_TIDY_EVERY = 1_000  # items


class SqliteStore:
    """The store in a file; see ``store.Store``.

    :param path: the file, which is made when it is not there; only its owner may read it, since it holds secrets.
    :param keep: how much of the past is kept.
    :param wall: the time, in seconds since 1970.
    :raises StoreError: when the file is something else, or was made by a newer version.
    """

    def __init__(self, path: Path, keep: Keep | None = None, wall: Callable[[], float] = time.time) -> None:
        self._keep = keep or Keep()
        self._wall = wall
        self._added: dict[str, int] = {}
        self.file = SqliteFile(path, VERSION, _TABLES)

    # -- registrations

    def save(self, registration: Registration, *, with_state: bool = False) -> None:
        """See ``Store.save``."""
        data = registration.to_dict()
        state = data.pop("state")
        also = ", state = excluded.state" if with_state else ""
        place = "(SELECT coalesce(max(place), 0) + 1 FROM registrations)"

        def save(database: sqlite3.Connection) -> None:
            database.execute(
                f"INSERT INTO registrations VALUES (?, {place}, ?, ?)"  # noqa: S608 - the texts are ours
                f" ON CONFLICT (id) DO UPDATE SET data = excluded.data{also}",
                (registration.id, json.dumps(data), None if state is None else json.dumps(state)),
            )
            _revise(database)

        self.file.write(save)

    def change(self, id: str, **members: Any) -> Registration | None:  # noqa: A002
        """See ``Store.change``."""

        def change(database: sqlite3.Connection) -> Registration | None:
            rows = database.execute("SELECT data, state FROM registrations WHERE id = ?", (id,)).fetchall()
            if not rows:
                return None
            changed = _registration(*rows[0]).changed(**members)
            data = changed.to_dict()
            del data["state"]
            database.execute("UPDATE registrations SET data = ? WHERE id = ?", (json.dumps(data), id))
            _revise(database)
            return changed

        return self.file.write(change)

    def revision(self) -> int:
        """See ``Store.revision``."""
        return int(self.file.read("SELECT number FROM revision")[0][0])

    def registration(self, id: str) -> Registration | None:  # noqa: A002
        """See ``Store.registration``."""
        rows = self.file.read("SELECT data, state FROM registrations WHERE id = ?", id)
        return _registration(*rows[0]) if rows else None

    def registrations(self) -> list[Registration]:
        """See ``Store.registrations``."""
        return [_registration(*row) for row in self.file.read("SELECT data, state FROM registrations ORDER BY place")]

    def remove(self, id: str) -> None:  # noqa: A002
        """See ``Store.remove``."""

        def remove(database: sqlite3.Connection) -> None:
            database.execute("DELETE FROM registrations WHERE id = ?", (id,))
            for table in ("items", "known", "leases"):
                database.execute(f"DELETE FROM {table} WHERE registration = ?", (id,))  # noqa: S608
            _revise(database)

        self.file.write(remove)

    # -- items

    def add(
        self,
        registration: str,
        items: Sequence[Item],
        *,
        refused: Sequence[tuple[Item, str]] = (),
        state: Mapping[str, Any] | None = None,
        hand_on: bool = True,
    ) -> Added:
        """See ``Store.add``."""
        fresh: Status = "waiting" if hand_on else "done"
        rows: list[tuple[Item, Status, str | None]] = [(item, fresh, None) for item in items]
        rows += [(item, "refused", reason) for item, reason in refused]
        received = self._wall()
        texts = [json.dumps(item.to_dict()) for item, _, _ in rows]

        def add(database: sqlite3.Connection) -> Added:
            if database.execute("SELECT 1 FROM registrations WHERE id = ?", (registration,)).fetchone() is None:
                raise no_registration(registration)
            new = 0
            for (item, status, reason), text in zip(rows, texts, strict=True):
                # What was refused may be told again with a proof, so it is known apart.
                if _is_known(database, registration, item.id, refused=status == "refused"):
                    continue
                made = database.execute(
                    "INSERT INTO items (registration, status, item, received, reason) VALUES (?, ?, ?, ?, ?)",
                    (registration, status, text, received, reason),
                )
                _know(database, registration, item.id, int(made.lastrowid or 0), refused=status == "refused")
                new += status != "refused"
            if state is not None:
                database.execute(
                    "UPDATE registrations SET state = ? WHERE id = ?",
                    (json.dumps(state), registration),
                )
            self._tidy(database, registration, len(rows))
            return Added(new, len(items) - new)

        return self.file.write(add)

    def waiting(self, registration: str, limit: int, owner: str, now: float, lease: float) -> list[Entry]:
        """See ``Store.waiting``."""
        if not self.file.read(
            "SELECT 1 FROM items WHERE registration = ? AND status = 'waiting' LIMIT 1", registration
        ):
            return []  # most looks find nothing, and need not write

        def take(database: sqlite3.Connection) -> list[Entry]:
            if not _is_free(database, registration, "hand_on", owner, now):
                return []
            rows = database.execute(
                f"SELECT {_ENTRY} FROM items WHERE registration = ? AND status = 'waiting' ORDER BY number LIMIT ?",  # noqa: S608
                (registration, limit),
            ).fetchall()
            entries = [_entry(row) for row in rows]
            if not entries or entries[0].next_try > now:
                return []
            _lend(database, registration, "hand_on", owner, now + lease)
            return entries

        return self.file.write(take)

    def lend(self, registration: str, job: str, owner: str, now: float, lease: float) -> bool:
        """See ``Store.lend``."""

        def lend(database: sqlite3.Connection) -> bool:
            free = _is_free(database, registration, job, owner, now)
            if free:
                _lend(database, registration, job, owner, now + lease)
            return free

        return self.file.write(lend)

    def release(self, registration: str, job: str, owner: str) -> None:
        """See ``Store.release``."""
        self.file.write(
            lambda database: database.execute(
                "DELETE FROM leases WHERE registration = ? AND job = ? AND owner = ?", (registration, job, owner)
            )
        )

    def done(self, numbers: Iterable[int]) -> None:
        """See ``Store.done``."""
        rows = [(number,) for number in numbers]
        self.file.write(
            lambda database: database.executemany(
                "UPDATE items SET status = 'done', tries = tries + 1, reason = NULL WHERE number = ?", rows
            )
        )

    def failed(self, number: int, reason: str, next_try: float | None, *, refused: bool = False) -> None:
        """See ``Store.failed``."""
        status = "dead" if next_try is None else "waiting"
        self.file.write(
            lambda database: database.execute(
                "UPDATE items SET status = ?, tries = tries + 1, refusals = refusals + ?, next_try = ?, reason = ?"
                " WHERE number = ?",
                (status, refused, next_try or 0, reason, number),
            )
        )

    def entries(self, registration: str, after: int, limit: int, status: Status | None = None) -> list[Entry]:
        """See ``Store.entries``."""
        only = "" if status is None else "AND status = ?"
        given = () if status is None else (status,)
        rows = self.file.read(
            f"SELECT {_ENTRY} FROM items WHERE registration = ? {only} AND number > ? ORDER BY number LIMIT ?",  # noqa: S608
            registration, *given, after, limit,
        )  # fmt: skip
        return [_entry(row) for row in rows]

    def newest(self, registration: str, limit: int, status: Status | None = None) -> list[Entry]:
        """See ``Store.newest``."""
        # Each status has the order of its numbers in the index, and the newest of all are among the newest of each.
        statement = f"SELECT {_ENTRY} FROM items WHERE registration = ? AND status = ? ORDER BY number DESC LIMIT ?"  # noqa: S608
        found: dict[int, Sequence[Any]] = {}
        for one in STATUSES if status is None else (status,):
            found.update((row[0], row) for row in self.file.read(statement, registration, one, limit))
        return [_entry(found[number]) for number in sorted(found, reverse=True)[:limit]]

    def entry(self, registration: str, number: int) -> Entry | None:
        """See ``Store.entry``."""
        found = self.entries(registration, number - 1, 1)
        return found[0] if found and found[0].number == number else None

    def put_back(self, registration: str, status: Status, numbers: Sequence[int] | None = None) -> int:
        """See ``Store.put_back``."""
        wanted = None if numbers is None else set(numbers)

        def put_back(database: sqlite3.Connection) -> int:
            found = database.execute(
                "SELECT number, item FROM items WHERE registration = ? AND status = ?", (registration, status)
            ).fetchall()
            count = 0
            for number, text in found:
                if wanted is not None and number not in wanted:
                    continue
                if status == "refused":
                    name = json.loads(text)["id"]
                    if _is_known(database, registration, name, refused=False):
                        continue  # it came again, with a proof
                    _know(database, registration, name, number, refused=False)
                database.execute(
                    "UPDATE items SET status = 'waiting', tries = 0, refusals = 0, next_try = 0, reason = NULL"
                    " WHERE number = ?",
                    (number,),
                )
                count += 1
            return count

        return self.file.write(put_back)

    def counts(self, registration: str) -> Counts:
        """See ``Store.counts``."""
        rows = self.file.read("SELECT status, count(*) FROM items WHERE registration = ? GROUP BY status", registration)
        oldest = self.file.read(
            "SELECT received FROM items WHERE registration = ? AND status = 'waiting' ORDER BY number LIMIT 1",
            registration,
        )
        found = dict(rows)
        return Counts({status: found.get(status, 0) for status in STATUSES}, oldest[0][0] if oldest else None)

    def close(self) -> None:
        """See ``Store.close``."""
        self.file.close()

    # -- the file

    def _tidy(self, database: sqlite3.Connection, registration: str, added: int) -> None:
        """Drop what is older than what is kept, now and then."""
        self._added[registration] = self._added.get(registration, _TIDY_EVERY) + added
        if self._added[registration] < _TIDY_EVERY:
            return
        self._added[registration] = 0
        kept = (("items", "AND status != 'waiting'", self._keep.items), ("known", "", self._keep.ids))
        for table, only, most in kept:
            found = database.execute(
                f"SELECT number FROM {table} WHERE registration = ? {only} ORDER BY number DESC LIMIT 1 OFFSET ?",  # noqa: S608
                (registration, most),
            ).fetchone()
            if found is not None:
                database.execute(
                    f"DELETE FROM {table} WHERE registration = ? AND number <= ? {only}",  # noqa: S608
                    (registration, found[0]),
                )


def _registration(data: str, state: str | None) -> Registration:
    return Registration.from_dict({**json.loads(data), "state": state and json.loads(state)})


def _revise(database: sqlite3.Connection) -> None:
    database.execute("UPDATE revision SET number = number + 1")


def _is_free(database: sqlite3.Connection, registration: str, job: str, owner: str, now: float) -> bool:
    lent = database.execute("SELECT owner, until FROM leases WHERE registration = ? AND job = ?", (registration, job))
    held = lent.fetchone()
    return held is None or held[0] == owner or held[1] <= now or is_gone(held[0])


def _lend(database: sqlite3.Connection, registration: str, job: str, owner: str, until: float) -> None:
    database.execute("INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?)", (registration, job, owner, until))


def _is_known(database: sqlite3.Connection, registration: str, name: str, *, refused: bool) -> bool:
    asked = "SELECT 1 FROM known WHERE registration = ? AND id = ? AND refused = ?"
    return database.execute(asked, (registration, name, refused)).fetchone() is not None


def _know(database: sqlite3.Connection, registration: str, name: str, number: int, *, refused: bool) -> None:
    database.execute("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?)", (registration, name, refused, number))


def _entry(row: Sequence[Any]) -> Entry:
    number, registration, item, *rest = row
    return Entry(number, registration, Item.from_dict(json.loads(item)), *rest)
