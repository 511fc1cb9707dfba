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
    """Does something with events that were accepted."""

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
        self._seen = 0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @cached_property
    def _readers(self) -> Sequence[Reader]:
        return self._made()

    def catch_up(self, *, every: bool = False) -> None:
        """Look at all events that are there.

        :param every: also do what was put off.
        """
        with self._worlds.lock:
            readers = self._readers
            self._start()
            while self._seen < self._ledger.last:
                events, self._seen = self._ledger.page(self._seen, _AT_ONCE, "accepted")
                for reader in readers if events else ():
                    reader.take(events)
            for reader in readers:
                reader.flush(every=every)

    def changed(self) -> None:
        """Let the readers look again at what there is; the lock of all worlds is held."""
        for reader in self._readers:
            reader.changed()

    def close(self) -> None:
        """Follow no longer; the list of events must have been closed."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        if self._thread is None and self._readers and not self._stopped.is_set():
            self._thread = threading.Thread(target=self._follow, name="sandbox follower", daemon=True)
            self._thread.start()

    def _follow(self) -> None:
        while not self._stopped.is_set():
            self._ledger.wait(self._seen, _LOOKED if any(reader.waiting for reader in self._readers) else _IDLE)
            if not self._stopped.wait(_GATHERED):
                self.catch_up()
