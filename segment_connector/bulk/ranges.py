"""Stretches of a source that are dealt with."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class Ranges:
    """Numbers from a start up to, and without, an end; stretches that touch become one.

    :param ranges: pairs of start and end to begin with.
    """

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in ranges:
            self.add(start, end)

    def add(self, start: int, end: int) -> None:
        """Add a stretch; an empty one changes nothing."""
        if start >= end:
            return
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start = min(start, self._starts[first])
            end = max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def gaps(self, start: int, end: int | None) -> Iterator[tuple[int, int | None]]:
        """What is not in it between two numbers; without an end, the last gap has none either."""
        for begin, after in zip(self._starts, self._ends, strict=True):
            if after <= start:
                continue
            if end is not None and begin >= end:
                break
            if begin > start:
                yield start, begin
            start = after
        if end is None or start < end:
            yield start, end

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._ends, strict=True)

    @property
    def covered(self) -> int:
        """How many numbers are in it."""
        return sum(end - start for start, end in self)
