"""Counts what happens in a run, for whoever watches it and for the report afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .checkpoint import Receipt
from .doubts import Doubts
from .tally import Progress, Sample, Tally

_SAMPLES = 240
_TOLD_EVERY = 0.1  # seconds
_LATENCIES = 200  # of one sample; more would tell no more


class Meter:
    """Sums and samples of a run, for a ``with`` statement; safe to share between threads.

    :param total_bytes: size of the input, or ``None``.
    :param before: how much of it earlier runs dealt with.
    :param on_progress: called about ten times a second, by the thread that counts.
    """

    def __init__(
        self,
        total_bytes: int | None,
        before: int,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.tally = Tally()
        self.samples: list[Sample] = []
        self.doubts = Doubts()
        self._total = total_bytes
        self._before = before
        self._held: Callable[[], float] = lambda: 0.0
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._begun = time.monotonic()
        self._step = 0.25
        self._since = 0.0
        self._told = 0.0
        self._now = Tally()
        self._latencies: list[float] = []

    def __enter__(self) -> Meter:  # noqa: PYI034 - Self came with Python 3.11
        threading.Thread(target=self._tick, name="meter", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _tick(self) -> None:
        """Tell of the time that passes while nothing is counted, because everything waits."""
        while not self._over.wait(_TOLD_EVERY):
            self.add(Tally())

    def hold_by(self, held: Callable[[], float]) -> None:
        """Let ``held`` tell the seconds for which all requests are held back."""
        self._held = held

    @property
    def seconds(self) -> float:
        """Since the start of the run."""
        return time.monotonic() - self._begun

    def count(self, receipt: Receipt) -> None:
        """Add what a receipt counts."""
        self.add(receipt.tally, receipt.latencies)
        if receipt.doubts is not None:
            self.doubt(receipt.doubts)

    def doubt(self, doubts: Doubts) -> None:
        """Add doubts about events."""
        with self._lock:
            self.doubts.merge(doubts)

    def add(self, tally: Tally, latencies: list[float] | None = None) -> None:
        """Add sums, and tell whoever watches."""
        with self._lock:
            self.tally.add(tally)
            self._now.add(tally)
            if latencies and len(self._latencies) < _LATENCIES:
                self._latencies += latencies
            seconds = self.seconds
            if seconds - self._since >= self._step:
                self._sample(seconds)
            if self._on_progress is not None and seconds - self._told >= _TOLD_EVERY:
                self._told = seconds
                self._on_progress(self._progress(seconds))

    def end(self) -> list[Sample]:
        """The samples, the last one included; whoever watches is told once more."""
        with self._lock:
            seconds = self.seconds
            if seconds > self._since:
                self._sample(seconds)
            if self._on_progress is not None:
                self._on_progress(self._progress(seconds))
        return self.samples

    def _progress(self, seconds: float) -> Progress:
        tally = Tally()
        tally.add(self.tally)
        return Progress(seconds, tally, self._total, self._before + tally.bytes_read, self._held())

    def _sample(self, seconds: float) -> None:
        self.samples.append(Sample(seconds, seconds - self._since, self._now, self._latencies))
        self._since, self._now, self._latencies = seconds, Tally(), []
        if len(self.samples) >= _SAMPLES:
            self.samples = [_together(*pair) for pair in zip(self.samples[::2], self.samples[1::2], strict=False)]
            self._step *= 2


def _together(one: Sample, next_one: Sample) -> Sample:
    one.tally.add(next_one.tally)
    latencies = one.latencies[: _LATENCIES // 2] + next_one.latencies[: _LATENCIES // 2]
    return Sample(next_one.at, one.seconds + next_one.seconds, one.tally, latencies)
