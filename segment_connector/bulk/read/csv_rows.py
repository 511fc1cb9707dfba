"""Rows of CSV in blocks, each row a record of its own: a broken one is told of and costs none of the others.

An empty cell was not given, so that a mapping leaves it out; blank lines are not rows, but count in positions.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from ...errors import InputError, Problem
from ...templates.evaluator import Cells
from .csv_dialect import Dialect
from .csv_text import SURROGATE, Head, Row, Rows, allow_long_cells, chunks_of, complete, head_of, not_in
from .partition import Block, Partition
from .reading import UNSAID, Reading
from .recoding import open_text
from .row_maker import MakeRecord, RowMaker
from .sources import folder_columns
from .streams import broken

CHUNK_BYTES = 128_000
"""Bytes that are read and parsed at a time; a row may be longer."""


def read_csv(
    partition: Partition, mapping: RowMaker | None = None, reading: Reading = UNSAID, size: int = CHUNK_BYTES
) -> Iterator[Block]:
    """The rows of a CSV file, from ``partition.start`` on.

    :param mapping: makes events of rows; without it records are mappings of column to text.
    :param reading: its delimiter and its quote, where the first rows are not to tell.
    :param size: bytes of a block, about.
    :raises InputError: when the source is not CSV, lacks a column that the mapping names, or ends in the middle; what
        came before was yielded.
    """
    allow_long_cells()
    with open_text(partition) as stream:
        chunks = chunks_of(stream, size)
        head, first = head_of(next(chunks, None), partition, reading)
        more = folder_columns(partition.name)
        columns = [*head.columns, *(name for name in more if name not in head.columns)]
        maker = _Maker(columns, [more[name] or "" for name in columns[len(head.columns) :]], mapping, partition)
        line, position, start, taken = head.lines + 1, 0, partition.start, 0
        for chunk in complete(first, chunks, head.dialect):
            rows, count = chunk.rows, len(chunk.rows)
            taken += chunk.size if position + count >= partition.start else 0
            passed = min(max(partition.start - position, 0), count)
            if partition.end is not None:
                rows = rows[: max(partition.end - position, 0)]
            if passed < len(rows) and (block := maker.block(chunk, rows, passed, position, line)).records:
                block.start, start = start, block.end
                block.size, taken = taken, 0
                yield block
            position += count
            line += chunk.height
            if partition.end is not None and position >= partition.end:
                break
            if chunk.failure is not None:
                raise broken(chunk.failure, partition, line) from chunk.failure
        if taken:  # for blank lines, or a header without rows
            yield Block(start, start, [], size=taken)


def csv_columns(partition: Partition, reading: Reading = UNSAID) -> list[str]:
    """The columns of a CSV file: those of its header, then those that folders name.

    :raises InputError: as ``read_csv``.
    """
    return list(dict.fromkeys((*_head(partition, reading).columns, *folder_columns(partition.name))))


def csv_dialect(partition: Partition, reading: Reading = UNSAID) -> Dialect:
    """How a CSV file is written.

    :raises InputError: as ``read_csv``.
    """
    return _head(partition, reading).dialect


def _head(partition: Partition, reading: Reading) -> Head:
    with open_text(partition) as stream:
        return head_of(next(chunks_of(stream, CHUNK_BYTES), None), partition, reading)[0]


class _Maker:
    """Makes blocks of rows.

    :param columns: the header's, then those that are the same in every row, whose values are ``more``.
    """

    def __init__(self, columns: list[str], more: list[str], mapping: RowMaker | None, partition: Partition) -> None:
        self._columns = columns
        self._encoding = partition.encoding
        self._more = more
        self._width = len(columns) - len(more)
        self._make: MakeRecord
        if mapping is None:
            self._make = self._mapped
        else:
            mapping.check_columns(columns, texts=True)
            self._make = mapping.make_from(Cells(columns, texts=True))

    def _mapped(self, row: list[str]) -> dict[str, Any]:
        if "" not in row:
            return dict(zip(self._columns, row))  # noqa: B905 - their lengths were looked at
        return {name: cell for name, cell in zip(self._columns, row) if cell}  # noqa: B905

    def block(self, chunk: Rows, rows: list[Row], passed: int, position: int, line: int) -> Block:
        """The block of some rows of a text.

        :param rows: the first rows of ``chunk``, or all.
        :param passed: how many of them were dealt with before.
        :param position: of the first row, and ``line`` its line.
        """
        start, end = position + passed, position + len(rows)
        if not passed and chunk.heights is None and not chunk.doubtful:
            quick = self._quickly(rows)
            if quick is not None:
                return Block(start, end, quick, originals=_Lines(chunk.text, len(rows)), first_line=line)
        records: list[Any] = []
        problems: dict[int, Problem] = {}
        kept: list[int] = []
        for index in range(passed, len(rows)):
            row = rows[index]
            if not row:  # a blank line
                continue
            found = row if isinstance(row, Problem) else self._record(row, chunk.doubtful)
            if isinstance(found, Problem):
                problems[len(records)] = found
            records.append(None if isinstance(found, Problem) else found)
            kept.append(index)
        before = list(accumulate(chunk.heights, initial=0)) if chunk.heights is not None else range(len(rows) + 1)
        return Block(
            start, end, records, [position + index for index in kept], problems,
            _Lines(chunk.text, len(kept), [(before[index], before[index + 1]) for index in kept]),
            lines=[line + before[index] for index in kept],
        )  # fmt: skip

    def _quickly(self, rows: list[Any]) -> list[dict[str, Any]] | None:
        """The records when every row is right, else ``None``."""
        width = self._width
        try:
            if set(map(len, rows)) != {width}:
                return None
            if self._more:
                rows = [row + self._more for row in rows]
            return list(map(self._make, rows))
        except (InputError, TypeError):  # a row that is a problem has no length
            return None

    def _record(self, row: list[str], doubtful: bool) -> Any:
        """What a row becomes, or the problem that it is."""
        if len(row) != self._width:
            return _uneven(row, self._columns[: self._width])
        if doubtful and (problem := _damage(row, self._columns, self._encoding)) is not None:
            return problem
        try:
            return self._make(row + self._more)
        except InputError as error:
            return error.problems[0]


def _uneven(row: list[str], columns: Sequence[str]) -> Problem:
    given = f"{len(row)} cell{'s' if len(row) != 1 else ''}"
    if len(row) < len(columns):
        message = f"has {given}, but there are {len(columns)} columns: there is no value for '{columns[len(row)]}'"
        return Problem("cells", message, "write a delimiter for each cell, even an empty one")
    message = f"has {given}, but there are only {len(columns)} columns"
    return Problem("cells", message, "quote a cell that contains the delimiter")


def _damage(row: list[str], columns: Sequence[str], encoding: str) -> Problem | None:
    for name, cell in zip(columns, row, strict=False):
        if found := SURROGATE.search(cell):
            message, hint = not_in(ord(found[0]) - 0xDC00, encoding)
            message = f"after {found.start()} characters of the cell, {message}"
            return Problem("encoding", message, hint, field=name)
        if "\0" in cell:
            return Problem("encoding", "contains a NUL byte", "write the file again as UTF-8", field=name)
    return None


@dataclass(slots=True, eq=False)
class _Lines(Mapping[int, str]):
    """The lines of a text as they stand in the file, by the index of their record; cut up when one is asked for.

    :ivar spans: of each record its first line and the one after its last; ``None`` where each has one.
    """

    text: str
    count: int
    spans: list[tuple[int, int]] | None = None
    _cut: list[str] = field(default_factory=list)

    def __getitem__(self, index: int) -> str:
        if not self._cut:
            self._cut = io.StringIO(self.text, newline="\n").readlines()
        if not 0 <= index < self.count:
            raise KeyError(index)
        first, after = self.spans[index] if self.spans is not None else (index, index + 1)
        lines = "".join(self._cut[first:after]).rstrip("\r\n")
        return lines.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.count))

    def __len__(self) -> int:
        return self.count
