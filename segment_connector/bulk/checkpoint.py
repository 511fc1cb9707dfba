"""What was dealt with, in a file that a power cut cannot break: SQLite, one writer, receipts and rejects together.

A receipt that is lost is sent again, under the same ids; so it is enough that what is written is true, and a commit
need not wait for the disk. A reject is written with the receipt that passes it over: neither can be there alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import InputError
from .checked_block import Reject
from .checkpoint_form import HEAD, RECORDS, TABLES, TAIL, VERSION, damaged, hold_to_tables, hold_to_values, unusable
from .doubts import Doubts
from .ranges import Ranges
from .read.partition import Partition
from .read.streams import standard_input
from .read.zip_members import split
from .tally import Tally

_COMMIT_EVERY = 0.25  # seconds


@dataclass(slots=True)
class Receipt:
    """That a stretch of a source is dealt with.

    :ivar name: the file, ``start`` and ``end`` the stretch.
    :ivar tally: what was counted.
    :ivar rejects: its records that are not delivered.
    :ivar latencies: seconds that each answered request took.
    :ivar doubts: what was doubtful about its events.
    """

    name: str
    start: int
    end: int
    tally: Tally
    rejects: list[Reject] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    doubts: Doubts | None = None


class Checkpoint:
    """The file that remembers; safe to share between threads of one process, and no other process may open it.

    :param path: the file; an empty name for one that is gone with the run.
    :param facts: what the run is about; it may not differ between runs.
    :param fresh: forget what it remembers.
    :ivar dealt_with: records that were accepted or rejected so far.
    :raises InputError: when another run has it, when it is about something else, or is not a checkpoint.
    """

    def __init__(self, path: str, facts: Mapping[str, str] | None = None, *, fresh: bool = False) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._next = 0.0
        self._failure: InputError | None = None
        self.dealt_with = 0
        self._done: dict[str, Ranges] = {}
        try:
            self._database = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise unusable(path, error) from None
        try:
            self._open(fresh=fresh)
            hold_to_values(self._database)
            for name, start, end in self._database.execute('SELECT file, start, "end" FROM done'):
                self._done.setdefault(name, Ranges()).add(start, end)
            for _ in self.rejects():
                pass  # else the end of the run would be the first to see that they are none
            self._hold_to(facts or {})
        except BaseException as error:
            self._database.close()
            if isinstance(error, sqlite3.Error):
                raise unusable(path, error) from None
            raise

    def _open(self, *, fresh: bool) -> None:
        run = self._database.execute
        # Held until the process ends, however it ends: the system gives the lock back.
        run("PRAGMA locking_mode = EXCLUSIVE")
        version = run("PRAGMA user_version").fetchone()[0]
        strange = version == 0 and run("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if strange or version not in (0, VERSION):
            raise sqlite3.DatabaseError(f"version {version}")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("BEGIN EXCLUSIVE")
        if version == 0:
            for statement in TABLES.split(";"):
                run(statement)
        hold_to_tables(self._database)
        if fresh:
            for (table,) in run("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                run(f"DELETE FROM {table}")  # noqa: S608 - the names are ours
        run(f"PRAGMA user_version = {VERSION}")
        run("COMMIT")

    def _hold_to(self, facts: Mapping[str, str]) -> None:
        known = dict(self._database.execute("SELECT name, value FROM facts"))
        for name, value in facts.items():
            if known.setdefault(name, value) != value:
                hint = "run with --fresh to start over, or name another file with --checkpoint"
                raise InputError.of("checkpoint", f"was made with another {name}", hint, field=name, path=self.path)
        self._database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", known.items())
        self.dealt_with = int(known.get(RECORDS, 0))

    def remember(self, name: str, value: str) -> str:
        """The fact of a name: what an earlier run wrote, else the value, which is kept from now on."""
        with self._writing():
            self._database.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, value))
            found: str = self._database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()[0]
        return found

    def left(self, partition: Partition) -> list[Partition]:
        """The parts of a partition that are not dealt with.

        :raises InputError: when the file is not the one that the receipts are about.
        """
        self._know_again(partition)
        done = self._done.get(partition.name)
        if done is None:
            return [partition]
        gaps = done.gaps(partition.start, partition.end)
        return [replace(partition, start=start, end=end) for start, end in gaps]

    def covered(self, name: str) -> int:
        """How much of a file is dealt with, in the unit of its positions."""
        with self._lock:
            return self._done[name].covered if name in self._done else 0

    def record(self, receipt: Receipt) -> None:
        """Remember that a stretch is dealt with.

        :raises InputError: when it cannot be written, for example because the disk is full.
        """
        with self._writing():
            if receipt.rejects:
                self._begin()
                self._database.executemany("INSERT OR REPLACE INTO rejects VALUES (?, ?, ?, ?, ?)", _rows(receipt))
            self._done.setdefault(receipt.name, Ranges()).add(receipt.start, receipt.end)
            self._changed.add(receipt.name)
            self.dealt_with += receipt.tally.read
            if time.monotonic() >= self._next:
                self._commit()

    def undo(self, name: str, start: int) -> None:
        """Forget that the last record that is dealt with, which begins at ``start``, is that, and its reject.

        :raises InputError: when it cannot be written.
        """
        with self._writing():
            self._done[name] = Ranges((first, min(last, start)) for first, last in self._done[name])
            self._changed.add(name)
            self.dealt_with -= 1
            self._begin()
            self._database.execute("DELETE FROM rejects WHERE file = ? AND position >= ?", (name, start))
            self._commit()

    def counted(self) -> Tally:
        """Sums of what it remembers: records read and rejected, and how much of the source that is."""
        with self._lock:
            rejected = self._database.execute("SELECT count(*) FROM rejects").fetchone()[0]
            covered = sum(done.covered for done in self._done.values())
            return Tally(read=self.dealt_with, rejected=rejected, bytes_read=covered)

    def absorb(self, other: Checkpoint) -> None:
        """Remember what another one does of stretches that nobody else dealt with; a second time changes nothing.

        :raises InputError: when it cannot be written.
        """
        with self._writing():
            before = sum(done.covered for done in self._done.values())
            for name, ranges in other._done.items():
                for start, end in ranges:
                    self._done.setdefault(name, Ranges()).add(start, end)
                self._changed.add(name)
            if sum(done.covered for done in self._done.values()) > before:
                self.dealt_with += other.dealt_with
            rejects = other._database.execute("SELECT file, position, line, code, reject FROM rejects")
            self._begin()
            self._database.executemany("INSERT OR REPLACE INTO rejects VALUES (?, ?, ?, ?, ?)", rejects)
            self._commit()

    def commit(self) -> None:
        """Write what is not written yet.

        :raises InputError: when it cannot be written.
        """
        with self._writing():
            self._commit()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        # After a failure nothing more is written: SQLite may have undone rejects whose receipts would still come.
        with self._lock:
            if self._failure is not None:
                raise InputError(self._failure.problems)
            try:
                yield
            except sqlite3.Error as error:
                self._failure = unusable(self.path, error)
                raise self._failure from None

    def _begin(self) -> None:
        if not self._database.in_transaction:
            self._database.execute("BEGIN")

    def _commit(self) -> None:
        if self._changed:
            self._begin()
            for name in self._changed:
                self._database.execute("DELETE FROM done WHERE file = ?", (name,))
                rows = [(name, start, end) for start, end in self._done[name]]
                self._database.executemany("INSERT INTO done VALUES (?, ?, ?)", rows)
            self._database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (RECORDS, str(self.dealt_with)))
            self._changed.clear()
        if self._database.in_transaction:
            self._database.execute("COMMIT")
        self._next = time.monotonic() + _COMMIT_EVERY

    def rejects(self) -> Iterator[tuple[str, int, int | None, dict[str, Any]]]:
        """Every reject in the order of the source: file, position, line if known, and all of it as JSON values.

        :raises InputError: when what stands there is none.
        """
        query = "SELECT file, position, line, reject FROM rejects ORDER BY file, position"
        try:
            for name, position, line, text in self._database.execute(query):
                reject = json.loads(text)
                if not isinstance(reject, dict):
                    raise TypeError  # noqa: TRY301 - as what is not valid JSON
                yield name, position, line, reject
        except sqlite3.Error as error:
            raise unusable(self.path, error) from None
        except (ValueError, TypeError, RecursionError):
            raise damaged(self.path) from None

    def rejected(self) -> dict[str, int]:
        """How many records were rejected, by code, the most frequent first."""
        query = "SELECT code, count(*) FROM rejects GROUP BY code ORDER BY 2 DESC, 1"
        return dict(self._database.execute(query))

    def close(self) -> None:
        """Write what is not written yet, if it can be, and let others have the file."""
        with contextlib.suppress(InputError):
            self.commit()
        self._database.close()

    def __enter__(self) -> Checkpoint:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.close()

    def _know_again(self, partition: Partition) -> None:
        """Hold a source to what stood at its beginning, and at what was its end, when it was looked at last."""
        if not self.path or partition.format in ("sqlite", "sql"):  # whose rows are known by what is in them
            return
        if partition.path == "-":
            self._hold_head(partition, standard_input().head)
            return
        try:
            with Path(split(partition.path)[0]).open("rb") as file:
                self._hold_head(partition, file.read)
                self._hold_tail(partition, file)
        except OSError as error:
            message, hint = f"cannot be read: {error.strerror}", "check its name"
            raise InputError.of("source", message, hint, path=partition.path) from error

    def _hold_head(self, partition: Partition, read: Callable[[int], bytes]) -> None:
        query = "SELECT bytes, hash FROM heads WHERE file = ?"
        known = self._database.execute(query, (partition.name,)).fetchone()
        head = read(known[0] if known else HEAD)
        digest = hashlib.sha256(head).hexdigest()
        if known is not None and known[1] != digest:
            raise self._another(partition, "its beginning differs")
        if known is None:
            with self._writing():
                row = (partition.name, len(head), digest)
                self._database.execute("INSERT INTO heads VALUES (?, ?, ?)", row)

    def _hold_tail(self, partition: Partition, file: BinaryIO) -> None:
        query = 'SELECT "end", hash FROM tails WHERE file = ?'
        end, digest = self._database.execute(query, (partition.name,)).fetchone() or (0, None)
        size = file.seek(0, io.SEEK_END)
        if size < end:
            raise self._another(partition, f"it has {size:,} bytes and had {end:,}")
        if digest is not None and _tail(file, end) != digest:
            raise self._another(partition, f"something before byte {end:,} was changed")
        if digest is None or size > end:
            with self._writing():
                row = (partition.name, size, _tail(file, size))
                self._database.execute("INSERT OR REPLACE INTO tails VALUES (?, ?, ?)", row)

    def _another(self, partition: Partition, why: str) -> InputError:
        hint = "put corrected records into a separate file; or run with --fresh to deliver the whole file as it is now"
        return InputError.of("checkpoint", f"is about another {partition.name}: {why}", hint, path=self.path)


def _tail(file: BinaryIO, end: int) -> str:
    file.seek(max(end - TAIL, 0))
    return hashlib.sha256(file.read(min(end, TAIL))).hexdigest()


def _rows(receipt: Receipt) -> Iterable[tuple[str, int, int | None, str, str]]:
    for reject in receipt.rejects:
        text = json.dumps(reject.to_dict(), ensure_ascii=False)
        yield receipt.name, reject.position, reject.line, reject.problem.code, text
