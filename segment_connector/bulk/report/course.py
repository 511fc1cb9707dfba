"""The course of a run: its samples put together into as many stretches of time as a chart can show."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..tally import Sample, Tally

_MOST = 120  # stretches; more than that are narrower than the eye can tell apart
_ROUND_SECONDS = (
    *(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10800, 21600, 43200, 86400),
)


@dataclass(slots=True)
class Stretch:
    """A stretch of a run.

    :ivar start: seconds since the start of the run, and ``end``.
    :ivar tally: what was counted in it.
    :ivar latencies: seconds that each answered request took, sorted.
    """

    start: float
    end: float
    tally: Tally
    latencies: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start

    def latency(self, share: float) -> float | None:
        """The time within which this share of the requests was answered (0.5: the median), or ``None`` without any."""
        if not self.latencies:
            return None
        # The nearest rank: a time that was measured, and no guess between two.
        return self.latencies[min(int(share * len(self.latencies)), len(self.latencies) - 1)]


def round_seconds(least: float) -> float:
    """The shortest length of time, at least so many seconds, that people count in: 2 s, 15 s, 1 min, 6 h, 4 days."""
    days = _ROUND_SECONDS[-1]
    return next((seconds for seconds in _ROUND_SECONDS if seconds >= least), math.ceil(least / days) * days)


def course(samples: Sequence[Sample], most: int = _MOST) -> list[Stretch]:
    """Samples put together, oldest first.

    :param samples: as they were taken, of one worker or of several.
    :param most: how many stretches at most.
    :returns: stretches that follow each other without a gap and are about equally long, each at least as long as a
        sample is. A stretch without length, which has no rate, is none.
    """
    if not samples:
        return []
    ordered = sorted(samples, key=lambda sample: sample.at)
    typical = statistics.median_low(sample.seconds for sample in ordered)
    length = typical if ordered[-1].at / most <= typical else round_seconds(ordered[-1].at / most)
    found: list[Stretch] = []
    begun = Stretch(0.0, 0.0, Tally())
    for sample in ordered:
        _extend(begun, sample.at, sample.tally, sample.latencies)
        if begun.seconds > length - typical / 4:  # they are not all equally long
            found.append(begun)
            begun = Stretch(begun.end, begun.end, Tally())
    if found and begun.seconds < length / 2:
        # The rest is too short for a rate of its own: a few events in a millisecond would tower over all others.
        _extend(found[-1], begun.end, begun.tally, begun.latencies)
    elif begun.seconds > 0:
        found.append(begun)
    for stretch in found:
        stretch.latencies.sort()
    return found


def _extend(stretch: Stretch, end: float, tally: Tally, latencies: Sequence[float]) -> None:
    stretch.end = max(stretch.end, end)
    stretch.tally.add(tally)
    stretch.latencies.extend(latencies)
