"""The memory of the workbench in SQLite: calls that people made, favourites, and whether calls are kept at all.

One thread has the file. What is to be written is handed to it and waited for by nobody; who reads waits until all that
was written before is there. Secrets are taken out before, by ``workbench/history/kept_call``.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ..errors import InputError

_T = TypeVar("_T")

LIMIT = 1000
"""Calls that are kept by default."""
_MOST_BYTES = 50_000_000  # of all calls
_MOST_OF_ONE = 500_000  # bytes of one request or answer
_VERSION = 1
_TABLES = """
CREATE TABLE calls (
  number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, action TEXT NOT NULL, connection TEXT NOT NULL,
  ok INTEGER NOT NULL, verdict TEXT NOT NULL, status INTEGER, seconds REAL NOT NULL, complete INTEGER NOT NULL,
  inputs TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL, bytes INTEGER NOT NULL
);
CREATE TABLE favourites (action TEXT PRIMARY KEY, place INTEGER NOT NULL);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_TOO_LONG = '"(too long to be kept)"'
_INSERT = (
    "INSERT INTO calls (at, action, connection, ok, verdict, status, seconds, complete, inputs, request, answer, bytes)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_KEEP_NEWEST = "DELETE FROM calls WHERE number IN (SELECT number FROM calls ORDER BY number DESC LIMIT -1 OFFSET ?)"
_KEEP_SMALL = (
    "DELETE FROM calls WHERE number IN (SELECT number FROM"
    " (SELECT number, sum(bytes) OVER (ORDER BY number DESC) AS total FROM calls) WHERE total > ?)"
)
_HEAD = "number, at, action, connection, ok, verdict, status, seconds, complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """A call that was made.

    :ivar number: its place in the history; 0 before it is kept.
    :ivar at: the instant of its start, as ISO 8601 in UTC.
    :ivar verdict: what became of it: ``accepted``, or the code of its error.
    :ivar seconds: how long it took.
    :ivar complete: whether its inputs are all there; a secret among them is not kept.
    :ivar inputs: what it was called with; ``request`` and ``answer`` may be ``None`` in a listing.
    """

    number: int = 0
    at: str
    action: str
    connection: str
    ok: bool
    verdict: str
    status: int | None
    seconds: float
    complete: bool
    inputs: Mapping[str, Any] | None = None
    request: Any = None
    answer: Any = None


class CallHistory:
    """The memory of one service; safe to share between threads.

    :param path: the file, which is made when it is first needed; ``None`` for memory that ends with the service.
    :param limit: calls that are kept; the oldest go first. 0 keeps none.
    :raises InputError: when the file is something else, may be read by others, or cannot be used.
    """

    def __init__(self, path: Path | None = None, limit: int = LIMIT) -> None:
        self.path = path
        self.limit = limit
        self._thread = ThreadPoolExecutor(1, "call-history")
        self._closed = threading.Event()
        self._file: sqlite3.Connection | None = None
        if path is not None and path.exists():
            self._ask(lambda _: None)

    @property
    def keeps(self) -> bool:
        """Whether calls are kept."""
        return self.limit > 0 and self._ask(_setting, "keep", "yes") == "yes"

    def switch(self, *, on: bool) -> None:
        """Keep the calls that follow, or do not; what is there stays."""
        self._ask(_set, "keep", "yes" if on else "no")

    def keep(self, call: PastCall) -> None:
        """Keep a call, unless that is switched off; nobody waits for the disk."""
        if self.limit and not self._closed.is_set():
            self._thread.submit(self._with, partial(_keep, call=call, limit=self.limit))

    def find(
        self, words: str = "", *, action: str = "", ok: bool | None = None, most: int = 50, before: int | None = None
    ) -> list[PastCall]:
        """Calls, the newest first, without their inputs, requests and answers.

        :param words: each must stand somewhere in the call.
        :param before: only calls of smaller numbers.
        """
        return self._ask(_find, words, action, ok, most, before)

    def get(self, number: int) -> PastCall | None:
        """One call with everything that is kept of it."""
        return self._ask(_get, number)

    def actions(self, most: int = 1000) -> list[str]:
        """The actions that were called, that of the last call first."""
        return self._ask(_actions, most)

    def count(self) -> int:
        """How many calls are kept."""
        return self._ask(_count)

    def delete(self, number: int) -> None:
        """Forget a call."""
        self._ask(_delete, number)

    def clear(self) -> int:
        """Forget every call, in the file too; how many there were is given back."""
        return self._ask(_clear)

    def favourites(self) -> list[str]:
        """The actions with a star, in the order in which they got it."""
        return self._ask(_favourites)

    def star(self, action: str, *, on: bool) -> None:
        """Give an action a star, or take it away."""
        self._ask(_star, action, on)

    def close(self) -> None:
        """Write what is to be written, and close the file."""
        if not self._closed.is_set():
            self._closed.set()
            self._thread.submit(self._shut).result()
            self._thread.shutdown()

    def _ask(self, work: Callable[..., _T], *values: Any) -> _T:
        return self._thread.submit(self._with, work, *values).result()

    def _with(self, work: Callable[..., _T], *values: Any) -> _T:
        try:
            if self._file is None:
                self._file = _opened(self.path)
            return work(self._file, *values)
        except (sqlite3.Error, OSError) as error:
            if self._file is not None and self._file.in_transaction:
                self._file.execute("ROLLBACK")
            what = getattr(error, "strerror", None) or str(error)
            hint = "check the file and the disk, or start the service with --history off"
            raise InputError.of("history", f"the history cannot be used: {what}", hint, path=str(self.path)) from None

    def _shut(self) -> None:
        if self._file is not None:
            self._file.close()


def _opened(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.touch(mode=0o600, exist_ok=True)
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            what, cure = "others may read this file, and it holds what was sent", f"chmod 600 {path}"
            raise InputError.of("open_to_others", what, cure, path=str(path))
    file = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, timeout=10)
    try:
        found = file.execute("PRAGMA user_version").fetchone()[0]
        empty = not file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if found != _VERSION and not (found == 0 and empty):
            made_by = "a newer version of this program" if found > _VERSION else "another program"
            hint = "name another file with --history, or one that does not exist yet"
            raise InputError.of("not_a_history", f"this file was made by {made_by}", hint, path=str(path))
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")
        file.execute("PRAGMA secure_delete = ON")  # what is forgotten is gone from the file as well
        if empty:
            file.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT")
    except sqlite3.DatabaseError:
        file.close()
        hint = "name another file with --history, or one that does not exist yet"
        raise InputError.of("not_a_history", "this file is not a history", hint, path=str(path)) from None
    except InputError:
        file.close()
        raise
    return file


def _keep(file: sqlite3.Connection, *, call: PastCall, limit: int) -> None:
    if _setting(file, "keep", "yes") != "yes":
        return
    texts = [_text(value) for value in (call.inputs, call.request, call.answer)]
    complete = call.complete and texts[0] is not None
    size = sum(len(text or "") for text in texts)
    row = (
        call.at, call.action, call.connection, call.ok, call.verdict, call.status, call.seconds, complete,
        *(text or _TOO_LONG for text in texts), size,
    )  # fmt: skip
    file.execute("BEGIN IMMEDIATE")
    file.execute(_INSERT, row)
    file.execute(_KEEP_NEWEST, (limit,))
    file.execute(_KEEP_SMALL, (_MOST_BYTES,))
    file.execute("COMMIT")


def _text(value: Any) -> str | None:
    """A value as JSON, or ``None`` where it is too long to be kept."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return text if len(text) <= _MOST_OF_ONE else None


def _head_of(row: Sequence[Any]) -> dict[str, Any]:
    names = [name.strip() for name in _HEAD.split(",")]
    found = dict(zip(names, row, strict=False))
    return {**found, "ok": bool(found["ok"]), "complete": bool(found["complete"])}


def _find(
    file: sqlite3.Connection, words: str, action: str, ok: bool | None, most: int, before: int | None
) -> list[PastCall]:
    asked = ["1"]
    values: list[Any] = []
    for word in words.split()[:10]:
        asked.append("instr(lower(action || ' ' || connection || ' ' || verdict || inputs || request || answer), ?)")
        values.append(word.lower())
    for condition, value in (("action = ?", action or None), ("ok = ?", ok), ("number < ?", before)):
        if value is not None:
            asked.append(condition)
            values.append(value)
    statement = f"SELECT {_HEAD} FROM calls WHERE {' AND '.join(asked)} ORDER BY number DESC LIMIT ?"  # noqa: S608
    return [PastCall(**_head_of(row)) for row in file.execute(statement, (*values, most))]


def _get(file: sqlite3.Connection, number: int) -> PastCall | None:
    row = file.execute(f"SELECT {_HEAD}, inputs, request, answer FROM calls WHERE number = ?", (number,)).fetchone()  # noqa: S608
    if row is None:
        return None
    inputs, request, answer = map(json.loads, row[-3:])
    return PastCall(**_head_of(row), inputs=inputs, request=request, answer=answer)


def _actions(file: sqlite3.Connection, most: int) -> list[str]:
    statement = "SELECT action FROM calls GROUP BY action ORDER BY max(number) DESC LIMIT ?"
    return [row[0] for row in file.execute(statement, (most,))]


def _count(file: sqlite3.Connection) -> int:
    return int(file.execute("SELECT count(*) FROM calls").fetchone()[0])


def _delete(file: sqlite3.Connection, number: int) -> None:
    file.execute("DELETE FROM calls WHERE number = ?", (number,))
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _clear(file: sqlite3.Connection) -> int:
    gone = file.execute("DELETE FROM calls").rowcount
    file.execute("VACUUM")
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return gone


def _favourites(file: sqlite3.Connection) -> list[str]:
    return [row[0] for row in file.execute("SELECT action FROM favourites ORDER BY place")]


def _star(file: sqlite3.Connection, action: str, on: bool) -> None:
    if on:
        file.execute(
            "INSERT OR IGNORE INTO favourites SELECT ?, coalesce(max(place), 0) + 1 FROM favourites", (action,)
        )
    else:
        file.execute("DELETE FROM favourites WHERE action = ?", (action,))


def _setting(file: sqlite3.Connection, name: str, usual: str) -> str:
    row = file.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return usual if row is None else str(row[0])


def _set(file: sqlite3.Connection, name: str, value: str) -> None:
    file.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))
