"""What a worker of Dask does: deliver a part of a source, and answer those who ask how far it is.

Nothing of Dask is used here: a task is a call of ``deliver_part``, and the run calls ``look`` in every worker's process
a few times a second, which is how it learns what was counted and how workers learn that they are to stop or to wait.
"""

from __future__ import annotations

import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ... import __version__
from ...errors import ConnectorError
from ..checkpoint import Checkpoint, Receipt
from ..doubts import Doubts
from ..options import DeliveryJob
from ..read.partition import Partition
from ..send.delivery import deliver
from ..send.refusals import RefusalLimit
from ..tally import Tally
from .parts import open_part

_SILENCE = 10.0  # seconds without a look, after which the run is taken for gone
_LATENCIES = 200  # kept between two looks
_NEWS = 0.5  # seconds by which a wait must be longer to be another one: looks take their time


@dataclass(frozen=True, slots=True)
class Seen:
    """How far an attempt at a part is.

    :ivar part: the file of the part's checkpoint, by which the run knows it; ``attempt`` tells attempts apart.
    :ivar tally: what is counted of the part, earlier attempts included, but requests of this attempt alone.
    :ivar latencies: seconds of requests since the last look.
    :ivar held: seconds for which this worker holds its requests back.
    """

    part: str
    attempt: str
    tally: Tally
    latencies: list[float] = field(default_factory=list)
    held: float = 0.0


@dataclass(frozen=True, slots=True)
class PartOutcome:
    """What came of an attempt: how far it was at its end, and why it ended before that of the part.

    :ivar complete: whether the part is dealt with; else ``failure`` tells why, or it was told to stop.
    :ivar doubts: what was doubtful about its events.
    """

    seen: Seen
    complete: bool
    failure: ConnectorError | None = None
    doubts: Doubts | None = None


class _Attempt:
    def __init__(self, run: str, part: str) -> None:
        self.run = run
        self.stop = threading.Event()
        self.held = [0.0]
        self.looked = time.monotonic()
        self._part = part
        self._name = secrets.token_hex(4)
        self._tally = Tally()
        self.doubts = Doubts()
        self._latencies: list[float] = []
        self._lock = threading.Lock()

    def go_on_from(self, memory: Checkpoint, partition: Partition, *, dry_run: bool) -> None:
        """Count what earlier attempts at the part did."""
        self._tally = counted(memory.counted(), partition, dry_run=dry_run)

    def add(self, receipt: Receipt) -> None:
        with self._lock:
            self._tally.add(receipt.tally)
            if receipt.doubts is not None:
                self.doubts.merge(receipt.doubts)
            if len(self._latencies) < _LATENCIES:
                self._latencies += receipt.latencies

    def seen(self) -> Seen:
        with self._lock:
            tally, latencies = Tally(), self._latencies
            tally.add(self._tally)
            self._latencies = []
        return Seen(self._part, self._name, tally, latencies, max(self.held[0] - time.monotonic(), 0.0))

    def hold(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        if seconds > 0 and until > self.held[0] + _NEWS:
            self.held[0] = until


_UNDER_WAY: set[_Attempt] = set()
_STOPPED: set[str] = set()
_REFUSAL_LIMITS: dict[str, RefusalLimit] = {}  # by run: a part may be too small to try anybody's
_GUARD = threading.Lock()


def counted(tally: Tally, partition: Partition, *, dry_run: bool) -> Tally:
    """The sums of a part's checkpoint with what follows from them."""
    if not partition.in_bytes:
        tally.bytes_read = 0  # its positions are rows, and of their bytes nobody knows
    tally.accepted = 0 if dry_run else tally.read - tally.rejected
    return tally


def deliver_part(partition: Partition, job: DeliveryJob, part: str, run: str) -> PartOutcome:
    """Deliver a part of a source, or what an earlier attempt left of it.

    :param part: the file of the part's checkpoint.
    :param run: the name of the run, by which it asks and stops.
    :returns: what came of it; only what nobody thought of is raised.
    """
    attempt = _Attempt(run, part)
    failure = None
    try:
        with _watched(attempt), open_part(Path(part)) as memory:
            attempt.go_on_from(memory, partition, dry_run=job.dry_run)
            refusal_limit = _REFUSAL_LIMITS.setdefault(run, RefusalLimit())
            deliver(
                partition,
                job,
                memory,
                on_receipt=attempt.add,
                stop=attempt.stop,
                held=attempt.held,
                refusal_limit=refusal_limit,
            )
    except ConnectorError as error:
        failure = error
    return PartOutcome(attempt.seen(), failure is None and not attempt.stop.is_set(), failure, attempt.doubts)


def look(run: str, stop: bool, held: float) -> list[Seen]:
    """How far this process is with the parts of a run.

    :param stop: tell them to end early.
    :param held: seconds for which nobody may send, as another worker was told.
    """
    with _GUARD:
        if stop:
            _STOPPED.add(run)
        attempts = [attempt for attempt in _UNDER_WAY if attempt.run == run]
    for attempt in attempts:
        attempt.looked = time.monotonic()
        attempt.hold(held)
        if stop:
            attempt.stop.set()
    return [attempt.seen() for attempt in attempts]


def dask_setup(_worker: object) -> None:
    """Called by a worker that this package starts, because it names this module as one to load first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which tells


def version() -> str:
    """The version of this package where the worker runs."""
    return __version__


@contextmanager
def _watched(attempt: _Attempt) -> Iterator[None]:
    """An attempt that can be seen, and that stops when nobody looks any more."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(1.0):
            if time.monotonic() - attempt.looked > _SILENCE:
                attempt.stop.set()

    with _GUARD:
        _UNDER_WAY.add(attempt)
        if attempt.run in _STOPPED:
            attempt.stop.set()
    threading.Thread(target=watch, name="watch", daemon=True).start()
    try:
        yield
    finally:
        over.set()
        with _GUARD:
            _UNDER_WAY.discard(attempt)
