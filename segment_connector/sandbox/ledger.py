"""The list of events: what became of each one, in the order of arrival. Bounded, and safe to share between threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, get_args

from ..errors import Problem
from ..values.json_values import decode

EVERY_SENDER = "*"
"""The sender of an event that is everybody's."""

Status = Literal["accepted", "dropped", "duplicate"]
STATUSES: tuple[str, ...] = get_args(Status)

_MOST_EVENTS = 100_000
_MOST_BYTES = 256 * 1024 * 1024


@dataclass(slots=True)
class Event:
    """One event, and what the service would have made of it in silence.

    :ivar received_at: RFC 3339.
    :ivar action: the action that it was judged as.
    :ivar problem: why it was dropped, or what is doubtful about one that was accepted.
    :ivar id: the id under which it counts once, or ``None`` when it was sent without.
    :ivar id_field: the member that holds the id.
    :ivar retry_count: how often the request had been tried before, as the client says.
    :ivar path: where it was sent to.
    :ivar body: it, as JSON text, with credentials masked.
    :ivar number: its place in the list, from 1; never given again.
    :ivar sender: id of the entry whose credential it came with; ``None`` for the sandbox's own.
    """

    received_at: str
    api: str
    action: str
    status: Status
    problem: Problem | None
    id: str | None
    id_field: str | None
    retry_count: int
    path: str
    body: bytes = field(repr=False)
    number: int = 0
    sender: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The event as JSON values, every member present."""
        problem = self.problem
        return {
            "number": self.number,
            "receivedAt": self.received_at,
            "api": self.api,
            "action": self.action,
            "status": self.status,
            "code": problem.code if problem else None,
            "reason": problem.message if problem else None,
            "hint": problem.hint if problem else None,
            "field": problem.field if problem else None,
            "id": self.id,
            "retryCount": self.retry_count,
            "path": self.path,
            "body": decode(self.body),
        }


class Ledger:
    """The last events.

    :param most_events: how many are kept, and how many ids are remembered to know a duplicate by.
    :param most_bytes: bytes of their bodies that are kept.
    """

    def __init__(self, most_events: int = _MOST_EVENTS, most_bytes: int = _MOST_BYTES) -> None:
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._events: deque[Event] = deque()
        self._bytes = 0
        self._last = 0
        self._ids: dict[tuple[str, str], int] = {}
        self._changed = threading.Condition()
        self._closed = False

    def record(self, events: Iterable[Event]) -> None:
        """Add events, and mark those that were accepted before under the same id."""
        with self._changed:
            for event in events:
                self._last += 1
                event.number = self._last
                if event.status == "accepted" and event.id is not None:
                    self._mark_double(event, event.id)
                self._events.append(event)
                self._bytes += len(event.body)
            while self._events and (len(self._events) > self._most_events or self._bytes > self._most_bytes):
                self._bytes -= len(self._events.popleft().body)
            self._changed.notify_all()

    def _mark_double(self, event: Event, name: str) -> None:
        first = self._ids.setdefault((event.api, name), event.number)
        if first != event.number:
            event.status = "duplicate"
            event.problem = Problem(
                "duplicate", f"event {first} had the same id, so this one is not counted",
                "nothing is lost if it is a retry; a new event needs an id of its own", field=event.id_field,
            )  # fmt: skip
        elif len(self._ids) > self._most_events:
            del self._ids[next(iter(self._ids))]

    def page(
        self, since: int = 0, limit: int | None = None, status: str | None = None, wait: float = 0
    ) -> tuple[list[Event], int]:
        """Events after a number, oldest first.

        :param since: the number of the last event that is known already.
        :param status: only these; all by default.
        :param wait: seconds to wait for an event when there is none after ``since``.
        :returns: at most ``limit`` events, and the number to go on from.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._last > since or self._closed, wait)
            if not self._events or since >= self._last:
                return [], self._last
            start = max(since - self._events[0].number + 1, 0)
            found: list[Event] = []
            for event in islice(self._events, start, None):
                if status is None or event.status == status:
                    if len(found) == limit:
                        return found, found[-1].number
                    found.append(event)
            return found, self._last

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self._last

    def wait(self, since: int, seconds: float) -> None:
        """Wait for an event after a number."""
        with self._changed:
            self._changed.wait_for(lambda: self._last > since or self._closed, seconds)

    def kept(self) -> tuple[int, list[Event], list[tuple[str, str, int]]]:
        """The number of the last event, the events, and the ids that are remembered: API, id, number."""
        with self._changed:
            return self._last, list(self._events), [(*name, number) for name, number in self._ids.items()]

    def restore(self, last: int, events: Iterable[Event], ids: Iterable[tuple[str, str, int]]) -> None:
        """Put back what ``kept`` gave, in place of what there is."""
        with self._changed:
            self._last = last
            self._events = deque(events)
            self._bytes = sum(len(event.body) for event in self._events)
            self._ids = {(api, name): number for api, name, number in ids}
            self._changed.notify_all()

    def clear(self) -> int:
        """Forget all events and ids; numbers go on. Gives how many there were."""
        with self._changed:
            count = len(self._events)
            self._events.clear()
            self._ids.clear()
            self._bytes = 0
            return count

    def close(self) -> None:
        """End every wait, now and later."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
