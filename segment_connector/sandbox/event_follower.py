"""Follows the list of events: what happens to an event after it was answered, in a thread of its own.

Events are looked at before a request can change what there is, so each meets what was there when it arrived, however
late the thread comes to it; and nobody who sends one waits for that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Protocol

from .ledger import Event, Ledger
from .world import Worlds

_AT_ONCE = 2000
_GATHERED = 0.01  # seconds: more events are at hand soon after the first
_LOOKED = 0.1  # seconds between two looks at what waits for more events
_IDLE = 30.0


class Reader(Protocol):
    """Does something with events that were accepted.

    :ivar api: the API that shows what it did.
    :ivar eager: whether it does so by itself, and not only before someone looks.
    """

    @property
    def api(self) -> str:
        """See above."""

    @property
    def eager(self) -> bool:
        """See above."""

    def take(self, events: Iterable[Event]) -> None:
        """Do it; the lock of all worlds is held."""

    def flush(self, *, every: bool) -> None:
        """Do what was put off, as far as it is due."""

    def changed(self) -> None:
        """Look again at what there is: a request changed it."""

    @property
    def waiting(self) -> bool:
        """Whether something was put off."""


class EventFollower:
    """Gives events to readers, from the first time that it is asked to catch up.

    :param ledger: the list of events, from its beginning.
    :param readers: makes the readers, which takes a while.
    """

    def __init__(self, ledger: Ledger, worlds: Worlds, readers: Callable[[], Sequence[Reader]]) -> None:
        self._ledger = ledger
        self._worlds = worlds
        self._made = readers
        self._seen: dict[int, int] = {}
        self._skipped = 0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @cached_property
    def _readers(self) -> Sequence[Reader]:
        return self._made()

    def catch_up(self, api: str | None = None, *, every: bool = False) -> None:
        """Let readers look at all events that are there.

        :param api: only those that do so by themselves, and those that an API shows.
        :param every: also do what was put off.
        """
        with self._worlds.lock:
            self._start()
            for reader in self._readers:
                if reader.eager or api in (None, reader.api):
                    self._read(reader)
                    reader.flush(every=every)

    def skip(self) -> None:
        """Look at no event that is there."""
        with self._worlds.lock:
            self._seen.clear()
            self._skipped = self._ledger.last

    def changed(self) -> None:
        """Let the readers look again at what there is; the lock of all worlds is held."""
        for reader in self._readers if self.is_started else ():
            reader.changed()

    @property
    def is_started(self) -> bool:
        """Whether somebody has asked it to catch up."""
        return "_readers" in self.__dict__

    def close(self) -> None:
        """Follow no longer; the list of events must have been closed."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _read(self, reader: Reader) -> None:
        seen = self._seen.get(id(reader), self._skipped)
        while seen < self._ledger.last:
            events, seen = self._ledger.page(seen, _AT_ONCE, "accepted")
            self._seen[id(reader)] = seen  # a reader that fails at an event does not meet it again
            if events:
                reader.take(events)

    def _start(self) -> None:
        if self._thread is None and any(reader.eager for reader in self._readers) and not self._stopped.is_set():
            self._thread = threading.Thread(target=self._follow, name="sandbox follower", daemon=True)
            self._thread.start()

    def _follow(self) -> None:
        eager = [reader for reader in self._readers if reader.eager]
        while not self._stopped.is_set():
            seen = min(self._seen.get(id(reader), self._skipped) for reader in eager)
            self._ledger.wait(seen, _LOOKED if any(reader.waiting for reader in eager) else _IDLE)
            if not self._stopped.wait(_GATHERED):
                self.catch_up("")
