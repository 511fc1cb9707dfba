"""Pack events into requests: as many as the limits allow, in the order of the source."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from .records import Checked, Reject

# Of rejects that are kept in memory: a source of nothing but mistakes fills no request.
_MOST_REJECTS = 2_000
_MOST_REJECTED = 2_000_000  # characters


@dataclass(slots=True)
class Batch:
    """The events of one request, and the stretch of the source that is dealt with when they are.

    :ivar name: the file that they are from, as ``Partition.name``.
    :ivar start: position of the stretch; ``end`` the one after it.
    :ivar events: what is sent, each as JSON text; ``ends`` the position after each.
    :ivar rejects: records of the stretch that are wrong.
    :ivar in_bytes: whether positions are bytes, and not rows.
    """

    name: str
    start: int
    end: int
    events: list[bytes]
    ends: list[int]
    rejects: list[Reject] = field(default_factory=list)
    in_bytes: bool = True

    @property
    def read(self) -> int:
        """How many records the stretch has."""
        return len(self.events) + len(self.rejects)


class Packer:
    """Packs what was checked.

    :param name: the file that it is from.
    :param start: position that the first stretch begins at.
    :param max_items: events that one request takes.
    :param max_bytes: bytes that the events of one request may have, the commas between them included.
    :param in_bytes: whether positions are bytes, and not rows.
    """

    def __init__(self, name: str, start: int, max_items: int, max_bytes: int, *, in_bytes: bool = True) -> None:
        self._name = name
        self._start = start
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._in_bytes = in_bytes
        self._events: list[bytes] = []
        self._ends: list[int] = []
        self._rejects: list[Reject] = []
        self._bytes = 0
        self._rejected = 0
        self._end = start

    def add(self, checked: Checked) -> Iterator[Batch]:
        """The requests that are full when the events of a block are added."""
        events, ends = checked.events, checked.ends
        # sizes[i] is what the events up to i need, each with a comma.
        sizes = list(accumulate([len(event) + 1 for event in events], initial=0))
        done = 0
        rejects = checked.rejects
        while done < len(events):
            room = self._max_bytes - self._bytes
            fit = bisect_right(sizes, sizes[done] + room) - 1
            # One that alone is too large for a request goes alone, for the service to refuse.
            fit = max(fit, done + (not self._events))
            cut = min(fit, done + self._max_items - len(self._events))
            if cut > done:
                self._events += events[done:cut]
                self._ends += ends[done:cut]
                self._bytes += sizes[cut] - sizes[done]
                self._end = ends[cut - 1]
                done = cut
            if done < len(events):
                inside = [reject for reject in rejects if reject.position < self._end]
                rejects = rejects[len(inside) :]
                self._rejects += inside
                yield self._cut()
        self._rejects += rejects
        self._rejected += sum(len(reject.record) for reject in rejects)
        self._end = checked.end
        if len(self._rejects) >= _MOST_REJECTS or self._rejected >= _MOST_REJECTED:
            yield self._cut()

    @property
    def end(self) -> int:
        """The position after what was added."""
        return self._end

    def rest(self) -> Batch | None:
        """What is left at the end; it may have rejects and no events."""
        return self._cut() if self._end > self._start else None

    def _cut(self) -> Batch:
        batch = Batch(self._name, self._start, self._end, self._events, self._ends, self._rejects, self._in_bytes)
        self._start = self._end
        self._events, self._ends, self._rejects, self._bytes, self._rejected = [], [], [], 0, 0
        return batch
