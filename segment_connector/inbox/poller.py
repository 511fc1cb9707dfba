"""Poll what is due, and store what was found with the state of the next poll: both or neither."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ConnectorError, Problem
from ..triggers.trigger_runner import TriggerRunner
from .owner import new_owner
from .registration import Registration
from .store import Added, Store
from .store_errors import no_registration

_LOOK_EVERY = 5.0  # seconds, for registrations that other processes made
_LONGEST = 3600.0  # seconds between two polls of which the last failed
_LONGEST_POLL = 60.0  # seconds that a poll usually takes at most


@dataclass(frozen=True, slots=True)
class PollReport:
    """How a poll went.

    :ivar registration: whose poll it was.
    :ivar added: what was stored; ``None`` when the poll failed, and ``problem`` says why.
    :ivar first: the first poll, at which the past may be passed over.
    """

    registration: Registration
    added: Added | None
    problem: Problem | None = None
    first: bool = False


class Poller:
    """Polls the registrations of a store, in a thread of its own.

    :param store: where registrations, states and items are.
    :param triggers: polls.
    :param connection: gives the connection of a registration.
    :param consumed: whether a registration has a consumer; what others get is kept to be fetched.
    :param on_items: told of the id of a registration that has new items.
    :param on_poll: told of each poll.
    :param owner: the name of this process among those that use the store.
    :param monotonic: seconds of a clock that is never set back; ``wall`` those since 1970.
    """

    def __init__(
        self, store: Store, triggers: TriggerRunner, connection: Callable[[Registration], Mapping[str, Any]], *,
        on_items: Callable[[str], None] = lambda _id: None,
        consumed: Callable[[Registration], bool] = lambda _registration: True,
        on_poll: Callable[[PollReport], None] = lambda _report: None,
        owner: str = "", monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._store = store
        self._triggers = triggers
        self._connection = connection
        self._on_items, self._on_poll = on_items, on_poll
        self._consumed = consumed
        self._owner = owner or new_owner()
        self._monotonic, self._wall = monotonic, wall
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._polling = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Poll from now on."""
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """A registration was made or changed."""
        self._wake.set()

    def close(self) -> None:
        """Finish the poll that is under way, and stop."""
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            with contextlib.suppress(ConnectorError):  # then it ends by itself
                for name in self._due:
                    self._store.release(name, "poll", self._owner)

    def _run(self) -> None:
        while not self._ended.is_set():
            wait = _LOOK_EVERY
            with contextlib.suppress(ConnectorError):  # the next look tries again
                wait = self.poll_what_is_due()
            self._wake.wait(wait)
            self._wake.clear()

    def poll_what_is_due(self) -> float:
        """Poll every registration whose time has come.

        :returns: seconds until the next one is due.
        """
        wait = _LOOK_EVERY
        polled = [one for one in self._store.registrations() if one.subscription is None and not one.paused]
        for one in polled:
            if self._ended.is_set():
                break
            if self._due.get(one.id, 0.0) <= self._monotonic():
                self._poll_if_ours(one)
            wait = min(wait, max(0.0, self._due[one.id] - self._monotonic()))
        self._due = {one.id: due for one in polled if (due := self._due.get(one.id)) is not None}
        self._failures = {name: count for name, count in self._failures.items() if name in self._due}
        return wait

    def _poll_if_ours(self, registration: Registration) -> None:
        """Poll, unless another process polls this one; when that ends, it is our turn."""
        lease = (registration.every or self._usual(registration)) + _LONGEST_POLL
        if self._store.lend(registration.id, "poll", self._owner, self._wall(), lease):
            self.poll(registration)
        else:
            self._due[registration.id] = self._monotonic() + _LOOK_EVERY

    def poll(self, registration: Registration) -> PollReport:
        """Poll one registration now.

        :returns: how it went; a failure is told by it and nothing is raised. What the service did not tell stays to be
            told by the next poll.
        """
        with self._polling:  # one poll at a time: each begins where the last one ended
            report = self._report(registration)
        every = registration.every or self._usual(registration)
        if report.problem is None:
            self._failures.pop(registration.id, None)
        else:
            failures = self._failures[registration.id] = self._failures.get(registration.id, 0) + 1
            every = min(max(_LONGEST, every), every * 2 ** min(failures - 1, 10)) * random.uniform(0.9, 1.1)
        self._due[registration.id] = self._monotonic() + every
        self._on_poll(report)
        return report

    def _usual(self, registration: Registration) -> float:
        with contextlib.suppress(ConnectorError):
            poll = self._triggers.triggers.trigger(registration.trigger).poll
            return poll.every if poll else _LONGEST
        return _LONGEST

    def held(self) -> contextlib.AbstractContextManager[object]:
        """Keeps off polls, for who changes what they begin with."""
        return self._polling

    def _report(self, registration: Registration) -> PollReport:
        try:
            return self._polled(registration)
        except ConnectorError as error:
            return PollReport(registration, None, error.problems[0])
        except Exception as error:  # noqa: BLE001 - the others are polled nevertheless
            message = f"the poll failed: {type(error).__name__}"
            return PollReport(
                registration, None, Problem("internal", message, "report it: this is a bug of this program")
            )

    def _polled(self, given: Registration) -> PollReport:
        registration = self._store.registration(given.id)  # its state may be later than what was read before
        if registration is None:
            raise no_registration(given.id)
        polled = self._triggers.poll(
            registration.trigger, registration.inputs, self._connection(registration), registration.state
        )
        added = self._store.add(registration.id, polled.items, state=polled.state, hand_on=self._consumed(registration))
        if added.new:
            self._on_items(registration.id)
        return PollReport(registration, added, first=polled.first)
