"""How fast requests may go: limits of events and requests a second, and one wait for all when the service asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, MutableSequence

from ..stopping import Stopped


class Pace:
    """Lets requests through; safe to share between threads.

    :param events: the most events a second, ``requests`` the most requests; ``None`` for no limit.
    :param stop: set when nothing more is to be sent.
    :param held: a number that all processes of a run share: until when nobody sends, by the monotonic clock.
    """

    def __init__(
        self,
        events: float | None,
        requests: float | None,
        stop: threading.Event,
        held: MutableSequence[float] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._events = events
        self._requests = requests
        self._stop = stop
        self._held: MutableSequence[float] = [0.0] if held is None else held
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._free = 0.0
        # An array that processes share brings a lock that they share too.
        self._held_lock = getattr(held, "get_lock", threading.Lock)()

    def hold(self, seconds: float) -> None:
        """Let nothing through for so long."""
        with self._held_lock:
            self._held[0] = max(self._held[0], self._monotonic() + seconds)

    def held(self) -> float:
        """Seconds for which nothing is let through."""
        return max(self._held[0] - self._monotonic(), 0.0)

    def wait(self, events: int) -> None:
        """Wait for the turn of a request with so many events.

        :raises Stopped: when the run ends first.
        """
        self.sleep(self._turn(events))
        while (seconds := self.held()) > 0:
            self.sleep(seconds)
            # What went by is gone: all that waited would else go at once.
            self.sleep(self._turn(events))

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds.

        :raises Stopped: when the run ends first.
        """
        if seconds > 0 and self._stop.wait(seconds):
            raise Stopped

    def _turn(self, events: int) -> float:
        if self._events is None and self._requests is None:
            return 0.0
        takes = max(events / self._events if self._events else 0.0, 1 / self._requests if self._requests else 0.0)
        with self._lock:
            now = self._monotonic()
            turn = max(self._free, now)
            self._free = turn + takes
            return turn - now
