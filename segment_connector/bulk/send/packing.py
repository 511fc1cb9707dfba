"""Pack events into requests: as many as the limits allow, in the order of the source."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice

from ..checked_block import CheckedBlock, Reject
from ..doubts import Doubts

# Of rejects that are kept in memory: a source of nothing but mistakes fills no request.
_MOST_REJECTS = 2_000
_MOST_REJECTED = 2_000_000  # characters


class Piece:
    """Events of one block, joined while they are at hand: to keep a million small texts costs more than to copy them.

    :param events: what is sent, each as JSON text.
    :param ends: the position after each; ``None`` where they are lines that stand one after another from ``start`` on.
    :ivar content: the events with commas between them.
    :ivar sizes: bytes of each.
    """

    __slots__ = ("_ends", "_start", "content", "sizes")

    def __init__(self, events: list[bytes], sizes: list[int], start: int, ends: Sequence[int] | None) -> None:
        self.content: bytes | memoryview = b",".join(events)
        self.sizes = sizes
        self._start = start
        self._ends = ends

    def ends(self) -> Sequence[int]:
        """The position after each event."""
        return list(_after(self._start, self.sizes)) if self._ends is None else self._ends

    def events(self) -> Iterator[bytes]:
        """Each event."""
        at = 0
        for size in self.sizes:
            yield bytes(self.content[at : at + size])
            at += size + 1


@dataclass(slots=True)
class Batch:
    """The events of one request, and the stretch of the source that is dealt with when they are.

    :ivar name: the file that they are from, as ``Partition.name``.
    :ivar start: position of the stretch; ``end`` the one after it.
    :ivar pieces: what is sent.
    :ivar rejects: records of the stretch that are wrong.
    :ivar size: bytes of the source that were read for it; ``None`` where the stretch is one of bytes.
    :ivar doubts: what was doubtful about events; those of a block that two requests share are told by the first.
    """

    name: str
    start: int
    end: int
    pieces: list[Piece]
    rejects: list[Reject] = field(default_factory=list)
    size: int | None = None
    doubts: Doubts | None = None

    def framed(self, head: bytes, tail: bytes) -> bytes:
        """The body of a request: the events, with what is before and behind them.

        From then on the events are in memory only as a part of it: it may be half a megabyte.
        """
        parts: list[bytes | memoryview] = [head]
        for piece in self.pieces:
            parts += (piece.content, b",")
        parts[-1] = tail
        content = b"".join(parts)
        at, view = len(head), memoryview(content)
        for piece in self.pieces:
            size = len(piece.content)
            piece.content = view[at : at + size]
            at += size + 1
        return content

    @property
    def count(self) -> int:
        """How many events it has."""
        return sum(len(piece.sizes) for piece in self.pieces)

    @property
    def read(self) -> int:
        """How many records the stretch has."""
        return self.count + len(self.rejects)

    @property
    def events(self) -> list[bytes]:
        """Each event as JSON text."""
        return [event for piece in self.pieces for event in piece.events()]

    @property
    def ends(self) -> list[int]:
        """The position after each event."""
        return [end for piece in self.pieces for end in piece.ends()]


class Packer:
    """Packs what was checked.

    :param name: the file that it is from.
    :param start: position that the first stretch begins at.
    :param max_items: events that one request takes.
    :param max_bytes: bytes that the events of one request may have, the commas between them included.
    """

    def __init__(self, name: str, start: int, max_items: int, max_bytes: int) -> None:
        self._name = name
        self._start = start
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._size: int | None = None
        self._pieces: list[Piece] = []
        self._items = 0
        self._rejects: list[Reject] = []
        self._bytes = 0
        self._rejected = 0
        self._doubts: Doubts | None = None
        self._end = start

    def add(self, checked: CheckedBlock) -> Iterator[Batch]:
        """The requests that are full when the events of a block are added."""
        events, start, ends = checked.events, checked.start, checked.ends
        if checked.size is not None:
            self._size = (self._size or 0) + checked.size
        sizes = list(map(len, events))
        rejects = checked.rejects
        if checked.doubts is not None:
            self._doubts = self._doubts or Doubts()
            self._doubts.merge(checked.doubts)
        while events:
            cut = self._fitting(sizes)
            if cut:
                here = events[:cut], sizes[:cut], start, ends and ends[:cut]
                self._pieces.append(Piece(*here))
                self._items += cut
                self._bytes += sum(here[1]) + cut
                self._end = start = ends[cut - 1] if ends else start + sum(here[1]) + cut
                events, sizes, ends = events[cut:], sizes[cut:], ends and ends[cut:]
            if events:
                inside = [reject for reject in rejects if reject.position < self._end]
                rejects = rejects[len(inside) :]
                self._rejects += inside
                yield self._cut()
        self._rejects += rejects
        self._rejected += sum(len(reject.record) for reject in rejects)
        self._end = checked.end
        if len(self._rejects) >= _MOST_REJECTS or self._rejected >= _MOST_REJECTED:
            yield self._cut()

    def _fitting(self, sizes: list[int]) -> int:
        """How many of the next events the request that is being packed takes as well."""
        most = min(self._max_items - self._items, len(sizes))
        room = self._max_bytes - self._bytes
        if sum(sizes) + len(sizes) > room:
            # What the events up to each need, each with a comma.
            most = min(most, bisect_right(list(_after(0, sizes)), room))
        # One that alone is too large for a request goes alone, for the service to refuse.
        return max(most, 0 if self._pieces else 1)

    @property
    def end(self) -> int:
        """The position after what was added."""
        return self._end

    def rest(self) -> Batch | None:
        """What is left at the end; it may have rejects and no events."""
        return self._cut() if self._end > self._start or self._size else None

    def _cut(self) -> Batch:
        batch = Batch(self._name, self._start, self._end, self._pieces, self._rejects, self._size, self._doubts)
        self._start = self._end
        self._size = None if self._size is None else 0
        self._pieces, self._items, self._rejects, self._bytes, self._rejected = [], 0, [], 0, 0
        self._doubts = None
        return batch


class Parts:
    """The events of a batch that was refused, to be sent again in smaller requests.

    :ivar count: how many events there are.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._events, self._ends = batch.events, batch.ends
        self.count = len(self._events)

    def part(self, first: int, last: int) -> Batch:
        """The events from index ``first`` to before ``last``, with what stands between them and the event before."""
        whole, events = self._batch, self._events[first:last]
        start = self._ends[first - 1] if first else whole.start
        end = self._ends[last - 1] if last < self.count else whole.end
        piece = Piece(events, list(map(len, events)), start, self._ends[first:last])
        rejects = [reject for reject in whole.rejects if start <= reject.position < end]
        size = whole.size if not first or whole.size is None else 0
        return Batch(whole.name, start, end, [piece], rejects, size, whole.doubts if not first else None)


def _after(start: int, sizes: list[int]) -> Iterator[int]:
    """The position after each of some texts, with one byte behind each."""
    return islice(accumulate((size + 1 for size in sizes), initial=start), 1, None)
