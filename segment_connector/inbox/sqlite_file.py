"""A SQLite file in WAL mode: reads that wait for nobody, and writes that are committed together.

A commit waits for the disk. What many threads want written at the same time is written by one of them in one commit:
one wait for the disk serves them all.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from .store_errors import StoreError

_T = TypeVar("_T")

_BUSY = 10_000  # milliseconds that a process waits for another one to finish writing


@dataclass(slots=True)
class _Write:
    """What one thread wants written, and what came of it."""

    work: Callable[[sqlite3.Connection], Any]
    done: bool = False
    result: Any = None
    error: BaseException | None = None


class SqliteFile:
    """One file; safe to share between threads, and with other processes.

    :param path: the file, which is made when it is not there; only its owner may read it.
    :param version: of the tables, and ``tables`` the statements that make them, with ``;`` between.
    :raises StoreError: when the file is something else, or was made by a newer version.
    """

    def __init__(self, path: Path, version: int, tables: str) -> None:
        self.path = path
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._queue_lock = threading.Lock()
        self._queue: list[_Write] = []
        with contextlib.ExitStack() as opened, self._told():
            path.touch(mode=0o600, exist_ok=True)
            self._writer = opened.enter_context(contextlib.closing(self._connect()))
            self._make(version, tables)
            self._reader = opened.enter_context(contextlib.closing(self._connect()))
            self._file = _identity(path)
            opened.pop_all()

    def _connect(self) -> sqlite3.Connection:
        made = sqlite3.connect(self.path, timeout=_BUSY / 1000, isolation_level=None, check_same_thread=False)
        made.execute(f"PRAGMA busy_timeout = {_BUSY}")
        return made

    def _make(self, version: int, tables: str) -> None:
        run = self._writer.execute
        found = run("PRAGMA user_version").fetchone()[0]
        empty = not run("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if found != version and not (found == 0 and empty):
            made_by = "a newer version of this program" if found > version else "another program"
            hint = "name another file, or one that does not exist yet"
            raise StoreError.of("not_an_inbox", f"{self.path} was made by {made_by}", hint)
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("BEGIN IMMEDIATE")
        if run("PRAGMA user_version").fetchone()[0] == 0:  # else another process has just made it
            for statement in filter(str.strip, tables.split(";")):
                run(statement)
            run(f"PRAGMA user_version = {version}")
        run("COMMIT")

    def read(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a query; it does not wait for those who write.

        :raises StoreError: when the file cannot be read.
        """
        with self._told(), self._reading:
            return self._reader.execute(statement, values).fetchall()

    def write(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do something in a transaction, with what other threads want written at the same time.

        :param work: may be called again from the start, when what another thread wanted had to be undone.
        :returns: what ``work`` gave, once it is on the disk.
        :raises StoreError: when nothing of it was written.
        """
        mine = _Write(work)
        with self._queue_lock:
            self._queue.append(mine)
        with self._writing:  # whoever comes first writes for all who came meanwhile
            if not mine.done:
                with self._queue_lock:
                    together, self._queue = self._queue, []
                self._write_together(together)
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the use of it."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def _write_together(self, together: list[_Write]) -> None:
        failed = self._commit(together)
        if failed is not None and not isinstance(failed, StoreError):
            for one in together:  # what one of them wants must not undo the others
                self._commit([one])
        for one in together:
            one.done = True

    def _commit(self, together: list[_Write]) -> BaseException | None:
        failed = None
        try:
            with self._told():
                self._check_file()
                self._writer.execute("BEGIN IMMEDIATE")
                try:
                    for one in together:
                        one.result = one.work(self._writer)
                    self._writer.execute("COMMIT")
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):
                        self._writer.execute("ROLLBACK")
                    raise
        except BaseException as error:  # noqa: BLE001 - each of them is told
            failed = error
        for one in together:
            one.error = failed
        return failed

    def _check_file(self) -> None:
        # A file that was removed would take all that is written, and nobody would find it again.
        if _identity(self.path) != self._file:
            raise OSError("another file is in its place")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite and the system say into what a user can mend."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            hint = "check the disk and who else has the file open, and restart if the file was replaced"
            said = getattr(error, "strerror", None) or error
            raise StoreError.of("inbox", f"{self.path} cannot be used: {said}", hint) from None


def _identity(path: Path) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116 - at each commit, and half the cost
    return found.st_dev, found.st_ino
