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
    :ivar format: a name of ``forms.FORMS``.
    :ivar start: position of the first record: bytes for texts of JSON (after decompression), rows for tables.
    :ivar end: position after the last one; ``None`` to the end of the file.
    :ivar encoding: of a text, by Python's name of it; empty for UTF-8. Positions are those of the same text in UTF-8.
    :ivar inside: where the records are in it: the path of a list of JSON, a sheet, a table; empty where there is no
        question.
    """

    path: str
    name: str
    format: str
    start: int = 0
    end: int | None = None
    encoding: str = ""
    inside: str = ""

    @property
    def in_bytes(self) -> bool:
        """Whether positions are bytes, and not rows."""
        return self.format in ("jsonl", "json")


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
    :ivar columns: 1-based number of the byte of its line that each record begins with, when it is not the first.
    :ivar size: bytes of the source that were read for the records, where positions do not tell.
    """

    start: int
    end: int
    records: list[Any]
    positions: list[int] | None = None
    problems: Mapping[int, Problem] = field(default_factory=dict)
    originals: Mapping[int, str] = field(default_factory=dict)
    first_line: int | None = None
    lines: Sequence[int] | None = None
    columns: Sequence[int] | None = None
    size: int | None = None

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

    def column(self, index: int) -> int | None:
        """The 1-based number of the byte of its line that a record begins with, if it is not the first."""
        return None if self.columns is None else self.columns[index]
