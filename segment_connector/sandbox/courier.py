"""Sends deliveries in threads of its own, and tries again what was not taken. It calls this machine only."""

from __future__ import annotations

import contextlib
import heapq
import ipaddress
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..clock import Clock
from ..http.host_names import is_local
from ..http.retry import RetryBudget
from ..language.connector_records import Retry, Timeout
from ..redact import MASK
from .delivery_faults import DeliveryFault
from .delivery_log import DeliveryLog, DeliveryTry, LoggedDelivery
from .signing import Signing, signed

if TYPE_CHECKING:
    from ..http.transport import Transport

_MOST = 50_000  # deliveries that wait
_WORKERS = 4
_MOST_BYTES = 1_000_000  # of an answer
_JOINED = 1  # seconds that closing waits for tries that are on their way
_GONE = "what it is sent for was removed or switched off"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to be sent.

    :ivar items: the JSON text of what is sent of each event; ``events`` are their numbers.
    :ivar listed: the items go as a list, even if there is only one.
    :ivar headers: all headers but that of the signature; ``masked`` names those that no output may show.
    :ivar signing: how it is signed, ``None`` without a secret.
    """

    outlet: str
    mapping: str
    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    masked: frozenset[str]
    items: tuple[bytes, ...] = field(repr=False)
    events: tuple[int, ...]
    listed: bool
    signing: Signing | None = field(repr=False)
    fault: DeliveryFault
    timeout: float
    retry: Retry


@dataclass(slots=True)
class _Job:
    delivery: Delivery
    content: bytes
    headers: dict[str, str]
    budget: RetryBudget
    logged: LoggedDelivery
    wanted: bool = True


@dataclass(slots=True)
class _Lane:
    """What waits for one address: one request at a time, the one that is due first."""

    jobs: list[tuple[float, int, _Job]] = field(default_factory=list)
    made: _Job | None = None  # whose try is on its way


class Courier:
    """Sends what it is given.

    Deliveries to one address are made one after the other, in their order; one that was not taken waits, and others
    go before it.

    :param log: where it is told what became of each.
    :param most: deliveries that may wait; more are dropped.
    """

    def __init__(self, log: DeliveryLog, clock: Clock, most: int = _MOST) -> None:
        self._log = log
        self._clock = clock
        self._most = most
        self._lanes: dict[str, _Lane] = {}
        self._changed = threading.Condition()
        self._order = count()
        self._threads: list[threading.Thread] = []
        self._random = random.Random(1)
        self._hurried = 0
        self._closed = False
        self._transport: Transport | None = None

    def send(self, delivery: Delivery) -> None:
        """Send it as soon as its turn comes, and as often again as its duplicates."""
        for _ in range(1 + delivery.fault.duplicates):
            self._send(delivery)

    def _send(self, delivery: Delivery) -> None:
        content, headers, kind = signed(
            delivery.items, delivery.listed, delivery.headers, delivery.signing, delivery.fault
        )
        shown = {name: MASK if name in delivery.masked else value for name, value in headers.items()}
        logged = LoggedDelivery(
            "waiting", list(delivery.events), delivery.outlet, delivery.mapping, delivery.method, delivery.url, kind,
            headers=shown, body=content,
        )  # fmt: skip
        reason = self._unreachable(delivery.url)
        with self._changed:
            waiting = sum(len(lane.jobs) for lane in self._lanes.values())
            if reason is None and waiting >= self._most:
                reason = f"{waiting:,} deliveries wait already"
            if reason is None and not self._closed:
                budget = RetryBudget(delivery.retry, {}, idempotent=True, random=self._random.random)
                self._log.add(logged)
                self._put(_Job(delivery, content, headers, budget, logged), 0)
                return
        self.drop(logged, reason or "the sandbox has stopped")

    def drop(self, logged: LoggedDelivery, reason: str) -> None:
        """List a delivery that is never made."""
        logged.status, logged.reason = "dropped", reason
        self._log.add(logged)

    def settle(self, seconds: float, *, hurry: bool) -> bool:
        """Wait until nothing is left to be sent.

        :param seconds: how long at most.
        :param hurry: make the next try of what was not taken at once, and so until it is taken or given up.
        :returns: whether nothing is left.
        """
        with self._changed:
            self._hurried += hurry
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: self._closed or self._idle(), seconds) and self._idle()
            finally:
                self._hurried -= hurry

    @property
    def waiting(self) -> int:
        """How many deliveries are not done with."""
        with self._changed:
            return sum(len(lane.jobs) + (lane.made is not None) for lane in self._lanes.values())

    def keep(self, wanted: Callable[[Delivery], bool]) -> None:
        """Send nothing more of what is not wanted any longer."""
        gone: list[_Job] = []
        with self._changed:
            for lane in self._lanes.values():
                gone += [job for _, _, job in lane.jobs if not wanted(job.delivery)]
                lane.jobs = [waiting for waiting in lane.jobs if wanted(waiting[2].delivery)]
                heapq.heapify(lane.jobs)
                if lane.made is not None and not wanted(lane.made.delivery):
                    lane.made.wanted = False
            self._close_lanes()
        for job in gone:
            self._log.end(job.logged, "dropped", _GONE)

    def clear(self) -> None:
        """Forget what waits."""
        with self._changed:
            for lane in self._lanes.values():
                lane.jobs.clear()
                if lane.made is not None:
                    lane.made.wanted = False
            self._close_lanes()

    def close(self) -> None:
        """Send nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        end = time.monotonic() + _JOINED
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0))
        if self._transport is not None:
            self._transport.close()

    def _unreachable(self, url: str) -> str | None:
        """Why an address is not called."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return "the address is not an HTTP address"
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return "the address is not an HTTP address"
        if not is_local(parts.netloc.rpartition("@")[2].encode()):
            return "the sandbox calls 127.0.0.1 only, so that nothing leaves this machine"
        return None

    def _close_lanes(self) -> None:
        self._lanes = {url: lane for url, lane in self._lanes.items() if lane.jobs or lane.made}
        self._changed.notify_all()

    def _idle(self) -> bool:
        return not any(lane.jobs or lane.made for lane in self._lanes.values())

    def _put(self, job: _Job, wait: float) -> None:
        """Let a job wait; the caller holds the lock."""
        lane = self._lanes.setdefault(job.delivery.url, _Lane())
        heapq.heappush(lane.jobs, (time.monotonic() + wait if wait else 0, next(self._order), job))
        if len(self._threads) < min(_WORKERS, len(self._lanes)):
            thread = threading.Thread(target=self._work, name="sandbox courier", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._changed.notify_all()

    def _next(self) -> _Lane | None:
        free = (lane for lane in self._lanes.values() if lane.jobs and not lane.made)
        return min(free, key=lambda lane: lane.jobs[0][:2], default=None)

    def _work(self) -> None:
        while True:
            with self._changed:
                while True:
                    if self._closed:
                        return
                    lane = self._next()
                    left = lane.jobs[0][0] - time.monotonic() if lane else None
                    if lane is not None and (self._hurried or left is None or left <= 0):
                        break
                    self._changed.wait(left)
                _, _, job = heapq.heappop(lane.jobs)
                lane.made = job
            again: float | None = None
            try:
                again = self._made(job)
            finally:
                with self._changed:
                    lane.made = None
                    if not lane.jobs:
                        del self._lanes[job.delivery.url]
                    if again is not None and job.wanted and not self._closed:
                        self._put(job, again)
                    self._changed.notify_all()

    def _made(self, job: _Job) -> float | None:
        """Make one try; gives in how many seconds it has to be repeated, if it has."""
        from ..http.transport import NoAnswer

        delivery, at = job.delivery, self._clock.timestamp()
        seconds = delivery.timeout
        timeout = Timeout(connect=seconds, read=seconds, total=seconds)
        status: int | None = None
        reason: str | None = None
        try:
            send = self._caller()
            answer = send(delivery.method, delivery.url, job.headers, job.content, timeout, _MOST_BYTES)
        except NoAnswer as none:
            reason = f"no answer within {seconds:g} s" if none.kind == "timeout" else none.reason
            wait = None if none.lasting else job.budget.after_network(none.sent)
        else:
            status = answer.status
            if 200 <= status < 300:
                self._log.tell(job.logged, "delivered", DeliveryTry(at, status, None), None)
                return None
            wait = job.budget.after_status(status, answer.headers.get("Retry-After"), self._clock.now())
        one = DeliveryTry(at, status, reason, wait.seconds if wait else None)
        said = reason or f"HTTP {status}"
        if wait is None:
            self._log.tell(job.logged, "failed", one, f"{said}, and it is not tried again")
            return None
        if not job.wanted:
            self._log.tell(job.logged, "dropped", one, f"{said}, and {_GONE}")
            return None
        if delivery.fault.recut and len(delivery.items) > 1:
            self._log.tell(job.logged, "failed", one, f"{said}; its events are sent again as two requests")
            self._recut(job.delivery)
            return None
        self._log.tell(job.logged, "retrying", one, said)
        return wait.seconds

    def _recut(self, delivery: Delivery) -> None:
        middle = (len(delivery.items) + 1) // 2
        for part in (slice(None, middle), slice(middle, None)):
            self._send(replace(delivery, items=delivery.items[part], events=delivery.events[part]))

    def _caller(self) -> Transport:
        from ..http.transport import Transport

        with self._changed:
            if self._transport is None:
                self._transport = Transport(allows=_is_here, direct=True)
            return self._transport


def _is_here(_host: str, address: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(address).is_loopback
    return False
