"""Hand items on: in their order, each until it is taken.

A consumer that is away is waited for, however long; meanwhile the items stay in the store. An item that the consumer
refuses is tried a few times and then set aside as dead, so that those behind it are not held up.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import ConnectorError
from .registration import Registration
from .store import Entry, Store

HandOn = Callable[[Registration, Entry], None]
"""Gives an item to its consumer; raises ``NotTakenError`` when it was not taken."""

LONGEST = 30.0  # seconds
_BATCH = 100
_LOOK_EVERY = 5.0  # seconds, for what other processes stored


class NotTakenError(Exception):
    """An item was not taken.

    :param reason: why, in one sentence, without secrets.
    :param refused: the consumer is there and does not want this item; else it is away.
    :param after: seconds to wait before the next try, where the consumer says so.
    """

    def __init__(self, reason: str, *, refused: bool = False, after: float | None = None) -> None:
        super().__init__(reason)
        self.refused = refused
        self.after = after


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an item is tried; times in seconds.

    :ivar first: the wait after the first try; each further one is twice as long, up to ``longest``.
    :ivar refusals: how many tries an item has that the consumer refuses.
    """

    first: float = 1
    longest: float = 60
    refusals: int = 8

    def wait(self, tries: int) -> float:
        """The wait after so many tries."""
        return float(min(self.longest, self.first * 2 ** min(max(tries - 1, 0), 30)))


class Forwarder:
    """Hands the items of a store on, in a thread of its own.

    :param store: where the items are.
    :param hand_on: gives one to its consumer.
    :param wanted: the registrations that have a consumer here.
    :param owner: the name of this process among those that use the store.
    :param patience: how long items are tried.
    :param wall: the time, in seconds since 1970.
    :param longest: seconds that one item may take to be handed on. For twice as long no other process takes over.
    :param on_done: told of each item that was taken, and ``on_failed`` of each try that failed.
    """

    def __init__(
        self, store: Store, hand_on: HandOn, wanted: Callable[[], list[Registration]], owner: str, *,
        patience: Patience | None = None, wall: Callable[[], float] = time.time, longest: float = LONGEST,
        on_done: Callable[[Entry], None] = lambda _entry: None,
        on_failed: Callable[[Entry, NotTakenError], None] = lambda _entry, _error: None,
    ) -> None:  # fmt: skip
        self._store = store
        self._hand_on = hand_on
        self._wanted = wanted
        self._owner = owner
        self._patience = patience or Patience()
        self._wall = wall
        self._lease = 2 * longest + 1
        self._on_done, self._on_failed = on_done, on_failed
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Hand on from now on."""
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)
        self._thread.start()

    def wake(self, _id: str = "") -> None:
        """There is something new."""
        self._wake.set()

    def close(self) -> None:
        """Finish the item that is under way, and stop."""
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            wait = _LOOK_EVERY
            with contextlib.suppress(ConnectorError):  # the next look tries again
                wait = min([_LOOK_EVERY, *(self.hand_on(one) for one in self._wanted())])
            self._wake.wait(wait)
            self._wake.clear()

    def hand_on(self, registration: Registration) -> float:
        """Hand on what waits for one consumer, until nothing is left, a try fails or it is the turn of another one.

        :returns: seconds after which it is worth looking again.
        """
        until = self._wall() + self._lease / 2
        wait: float | None = None
        held = False
        try:
            while wait is None and not self._ended.is_set():
                revision = self._store.revision()
                current = self._store.registration(registration.id)
                if current is None or current.paused or current.callback != registration.callback:
                    break
                entries = self._store.waiting(current.id, _BATCH, self._owner, self._wall(), self._lease)
                if not entries:
                    break
                held = True
                wait = self._hand_on_in_order(current, entries, revision, until)
        finally:
            if held:
                self._store.release(registration.id, "hand_on", self._owner)
        return _LOOK_EVERY if wait is None else wait

    def _hand_on_in_order(
        self, registration: Registration, entries: list[Entry], revision: int, until: float
    ) -> float | None:
        for entry in entries:
            try:
                self._give(registration, entry)
            except NotTakenError as error:
                self._on_failed(entry, error)
                return self._put_off(entry, error)
            # One at a time: what was handed on and not yet written down is handed on again after a crash.
            self._store.done([entry.number])
            self._on_done(entry)
            if self._ended.is_set() or self._wall() > until:
                return 0.0
            if self._store.revision() != revision:  # it may have been paused, or removed
                return None
        return None

    def _give(self, registration: Registration, entry: Entry) -> None:
        try:
            self._hand_on(registration, entry)
        except NotTakenError:
            raise
        except ConnectorError as error:
            raise NotTakenError(str(error), refused=True) from error
        except Exception as error:  # whatever a consumer does, the other ones get their items
            raise NotTakenError(f"the consumer failed: {type(error).__name__}", refused=True) from error

    def _put_off(self, entry: Entry, error: NotTakenError) -> float:
        tries = entry.tries + 1
        if error.refused and entry.refusals + 1 >= self._patience.refusals:
            self._store.failed(entry.number, str(error), None, refused=True)
            return 0.0
        wait = max(self._patience.wait(tries), error.after or 0)
        self._store.failed(entry.number, str(error), self._wall() + wait, refused=error.refused)
        return wait
