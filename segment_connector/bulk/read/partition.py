"""What is read at a time: partitions of a source, which go to workers, and blocks of records, which never do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from ...errors import Problem


@dataclass(frozen=True, slots=True)
class Partition:
    """A piece of a source that can be read alone. It can be pickled and holds no rows.

    :ivar path: the file, or ``-`` for standard input.
    :ivar name: the file's name inside the source, by which receipts are kept; the same wherever the source is mounted.
    :ivar format: ``jsonl``, ``csv`` or ``arrow`` (Parquet, Feather and what else pyarrow reads).
    :ivar start: position of the first record: bytes for lines (after decompression), rows for tables.
    :ivar end: position after the last one; ``None`` to the end of the file.
    """

    path: str
    name: str
    format: str
    start: int = 0
    end: int | None = None


@dataclass(slots=True)
class Block:
    """Records that stand one after another in a source.

    :ivar start: position of the first record, in the unit of the partition.
    :ivar end: position after the last one.
    :ivar records: lines as bytes without their line break, or rows as mappings of column to JSON value; a record that
        cannot be had is ``None`` and has its place in ``problems``.
    :ivar positions: position of each record; ``None`` when rows stand one apart, or lines with a line break between.
    :ivar problems: what is wrong with a record before anyone looks into it, by index in ``records``.
    :ivar originals: what a reject shows in place of ``records[index]``, where that is not the record itself.
    :ivar first_line: 1-based number of the first line, when the reader knows it.
    :ivar lines: 1-based number of the line that each record begins on, when they do not stand one apart.
    """

    start: int
    end: int
    records: list[Any]
    positions: list[int] | None = None
    problems: Mapping[int, Problem] = field(default_factory=dict)
    originals: Mapping[int, str] = field(default_factory=dict)
    first_line: int | None = None
    lines: Sequence[int] | None = None

    def bounds(self) -> Sequence[int]:
        """Where each record begins, and after the last one the end of the block: one number more than records."""
        if self.positions is not None:
            return [*self.positions, self.end]
        if self.records and isinstance(self.records[0], bytes):
            return [*accumulate((len(line) + 1 for line in self.records[:-1]), initial=self.start), self.end]
        return range(self.start, self.start + len(self.records) + 1)

    def line(self, index: int) -> int | None:
        """The 1-based number of the line that a record begins on, if the reader knows it."""
        if self.lines is not None:
            return self.lines[index]
        return None if self.first_line is None else self.first_line + index
