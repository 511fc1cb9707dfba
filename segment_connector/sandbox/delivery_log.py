"""The list of deliveries: what was sent where, and how each try went. Bounded, and safe to share between threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, get_args

from ..values.json_values import decode

DeliveryStatus = Literal["waiting", "retrying", "delivered", "failed", "dropped"]
DELIVERY_STATUSES: tuple[str, ...] = get_args(DeliveryStatus)

_MOST = 20_000
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class DeliveryTry:
    """One try: when, and the status that was answered or the reason why there was no answer."""

    at: str
    status: int | None
    reason: str | None
    wait: float | None = None


@dataclass(slots=True)
class LoggedDelivery:
    """One delivery, and what became of it.

    :ivar status: ``waiting`` for its first try, ``retrying``, ``delivered``, ``failed`` (no more tries are made) or
        ``dropped`` (none was ever made).
    :ivar events: numbers of the events in it.
    :ivar outlet: id of the entry it is sent for, ``mapping`` that of the entry below.
    :ivar headers: as they are sent, those of the outlet's owner masked.
    :ivar body: as it is sent.
    :ivar signature: ``right``, ``none`` where there is no secret, or what was asked to be wrong about it.
    :ivar number: its place in the list, from 1; never given again.
    """

    status: DeliveryStatus
    events: list[int]
    outlet: str
    mapping: str
    method: str
    url: str
    signature: str
    reason: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    tries: list[DeliveryTry] = field(default_factory=list)
    number: int = 0
    change: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The delivery as JSON values, every member present."""
        return {
            "number": self.number,
            "status": self.status,
            "reason": self.reason,
            "events": self.events,
            "outlet": self.outlet,
            "mapping": self.mapping,
            "method": self.method,
            "url": self.url,
            "signature": self.signature,
            "headers": dict(self.headers),
            "tries": [
                {"at": one.at, "status": one.status, "reason": one.reason, "wait": one.wait} for one in self.tries
            ],
            "body": decode(self.body) if self.body else None,
            "text": self.body.decode(),
        }


class DeliveryLog:
    """The last deliveries.

    :param most: how many are kept, and ``most_bytes`` bytes of their bodies.
    """

    def __init__(self, most: int = _MOST, most_bytes: int = _MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._deliveries: deque[LoggedDelivery] = deque()
        self._bytes = 0
        self._last = 0
        self._change = 0
        self._changed = threading.Condition()
        self._closed = False

    def add(self, delivery: LoggedDelivery) -> None:
        """Put a delivery on the list."""
        with self._changed:
            self._last += 1
            delivery.number = self._last
            self._deliveries.append(delivery)
            self._bytes += len(delivery.body)
            while self._deliveries and (len(self._deliveries) > self._most or self._bytes > self._most_bytes):
                self._bytes -= len(self._deliveries.popleft().body)
            self._told(delivery)

    def tell(self, delivery: LoggedDelivery, status: DeliveryStatus, one: DeliveryTry, reason: str | None) -> None:
        """Add a try, and what became of the delivery by it."""
        with self._changed:
            delivery.tries.append(one)
            delivery.status = status
            delivery.reason = reason
            self._told(delivery)

    def end(self, delivery: LoggedDelivery, status: DeliveryStatus, reason: str) -> None:
        """Tell what became of a delivery without another try."""
        with self._changed:
            delivery.status = status
            delivery.reason = reason
            self._told(delivery)

    def _told(self, delivery: LoggedDelivery) -> None:
        self._change += 1
        delivery.change = self._change
        self._changed.notify_all()

    def page(
        self, since: int = 0, limit: int | None = None, status: str | None = None, wait: float = 0
    ) -> tuple[list[dict[str, Any]], int]:
        """Deliveries after a number, oldest first.

        :param since: the number of the last delivery that is known already.
        :param status: only these; all by default.
        :param wait: seconds to wait for a delivery when there is none after ``since``.
        :returns: at most ``limit`` deliveries, and the number to go on from.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._last > since or self._closed, wait)
            found = [one for one in self._deliveries if one.number > since and status in (None, one.status)]
            chosen = list(islice(found, limit))
            after = chosen[-1].number if limit is not None and len(chosen) == limit else self._last
            return [one.to_dict() for one in chosen], after

    def changes(self, since: int, wait: float = 0) -> tuple[list[dict[str, Any]], int]:
        """Deliveries that are new or were tried after a change, in the order of their last one; and that change."""
        with self._changed:
            self._changed.wait_for(lambda: self._change > since or self._closed, wait)
            found = [one for one in self._deliveries if one.change > since]
            return [one.to_dict() for one in sorted(found, key=lambda one: one.change)], self._change

    def clear(self) -> int:
        """Forget all deliveries; numbers go on. Gives how many there were."""
        with self._changed:
            count = len(self._deliveries)
            self._deliveries.clear()
            self._bytes = 0
            return count

    def close(self) -> None:
        """End every wait, now and later."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
