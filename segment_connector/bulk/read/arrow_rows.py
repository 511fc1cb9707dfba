"""Rows of Parquet, Feather, Arrow and ORC files in blocks, by pyarrow.

Only the columns that a mapping names are read. A cell that cannot be written in JSON rejects its row and no other.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ...errors import InputError
from ...templates.evaluator import Cells
from .arrow_values import column_notes, has_no_form, zoned_values
from .cell_values import zone_of
from .partition import Block, Partition
from .reading import UNSAID, Reading
from .row_blocks import fill_block
from .row_maker import MakeRecord, RowMaker
from .sources import folder_columns

ROWS = 2_000
"""Rows of a block."""


def read_arrow(
    partition: Partition, mapping: RowMaker | None = None, reading: Reading = UNSAID, rows: int = ROWS
) -> Iterator[Block]:
    """The rows of a file from ``partition.start`` to ``partition.end``.

    :param mapping: makes events of rows; without it records are mappings of column to JSON value. A column of a type
        that JSON does not have is left out where nobody names it.
    :param reading: its ``zone``.
    :param rows: of a block, at most.
    :raises InputError: when the file cannot be read or lacks a column that the mapping names, or there is no pyarrow.
    """
    zone = zone_of(reading.zone)
    with _told(partition), _open(partition) as file:
        columns = _columns(file, partition)
        if mapping is not None:
            mapping.check_columns(columns)
        columns = _wanted(columns, file, mapping)
        folders = folder_columns(partition.name).items()
        more = {name: value for name, value in folders if name in columns and name not in file.names}
        names = [*(name for name in columns if name not in more), *more]
        make = None if mapping is None else mapping.make_from(Cells(names, texts=False))
        end = sys.maxsize if partition.end is None else partition.end
        position = partition.start
        size = Path(partition.path).stat().st_size
        for batch in file.batches(position, end, [name for name in names if name not in more], rows):
            block = _block(batch, position, names, list(more.values()), make, zone)
            position += batch.num_rows
            block.size = file.share(size, block.start, position)
            yield block


def _wanted(columns: list[str], file: _ArrowFile, mapping: RowMaker | None) -> list[str]:
    if mapping is not None and mapping.columns is not None:
        return [name for name in columns if name in mapping.columns]
    formless = {name for name, kind in zip(file.names, file.kinds, strict=True) if has_no_form(kind)}
    return [name for name in columns if name not in formless]


def arrow_notes(partition: Partition, mapping: RowMaker | None, reading: Reading) -> list[str]:
    """What a person should know of the columns that are read: those that JSON has no form for, times without a zone.

    :raises InputError: as ``read_arrow``.
    """
    with _told(partition), _open(partition) as file:
        wanted = _wanted(_columns(file, partition), file, mapping)
        kinds = dict(zip(file.names, file.kinds, strict=True))
    return column_notes(partition.name, kinds, wanted, mapping, reading)


def arrow_columns(partition: Partition) -> list[str]:
    """The columns of a file, then those that folders name.

    :raises InputError: as ``read_arrow``.
    """
    with _told(partition), _open(partition) as file:
        return _columns(file, partition)


def arrow_starts(partition: Partition, parts: int) -> list[int]:
    """Where to cut a file into parts of about one size that can be read apart: the rows that begin them.

    :returns: the beginnings, that of the partition first; fewer than ``parts`` where the file has fewer row groups, and
        one for a file of another format than Parquet.
    """
    with _told(partition), _open(partition) as file:
        end = min(file.count or 0, sys.maxsize if partition.end is None else partition.end)
        found = [partition.start]
        step = max((end - partition.start) / max(parts, 1), 1)
        for start in file.starts:
            if partition.start < start < end and start - found[-1] >= step * 0.75:
                found.append(start)
        return found[:parts] if parts > 0 else found


@dataclass(slots=True)
class _ArrowFile:
    """An open file.

    :ivar starts: the rows that begin pieces which can be read apart; one where the format has none, or hides them.
    :ivar kinds: the type of each column of ``names``.
    :ivar count: its rows, where the file's description tells.
    :ivar piece: gives the record batches of a piece: of its index, the columns that it needs to have, and how many rows
        a batch may have.
    """

    names: list[str]
    kinds: list[Any]
    starts: list[int]
    count: int | None
    piece: Callable[[int, list[str], int], Iterator[Any]]

    def share(self, size: int, start: int, end: int) -> int:
        """The bytes of a file of ``size`` that rows take, all as many; the first ones all where nobody counts."""
        if self.count is None:
            return 0 if start else size
        return size * end // self.count - size * start // self.count

    def batches(self, start: int, end: int, columns: list[str], rows: int) -> Iterator[Any]:
        """Record batches of the rows from ``start`` to ``end``."""
        ends = [*self.starts[1:], sys.maxsize]
        for index, (first, after) in enumerate(zip(self.starts, ends, strict=True)):
            if after <= start or first >= end:
                continue
            at = first
            for batch in self.piece(index, columns, rows):
                # Parquet takes 'a.b' for a member of 'a' as well, and gives both; names alone tell them apart.
                batch = batch.select(columns)  # noqa: PLW2901 - the same rows
                left, right = max(start - at, 0), min(end - at, batch.num_rows)
                for begin in range(left, right, rows):
                    yield batch.slice(begin, min(rows, right - begin))
                at += batch.num_rows
                if at >= end:
                    break


@contextlib.contextmanager
def _open(partition: Partition) -> Iterator[_ArrowFile]:
    """A file, its description read."""
    import pyarrow as pa

    path = partition.path
    with pa.OSFile(path, "rb") as raw:
        head = raw.read(6)
        raw.seek(0)
        if not head:
            raise InputError.of("source", "is empty", "create the file again", path=path)
        if head[:4] == b"FEA1":
            message, hint = "is Feather of version 1", "write it again: pyarrow.feather.write_feather(table, path)"
            raise InputError.of("source", message, hint, path=path)
        known = ((b"PAR1", _parquet), (b"ORC", _orc), (b"ARROW1", _ipc))
        yield next((read for magic, read in known if head.startswith(magic)), _stream)(raw)


def _parquet(raw: Any) -> _ArrowFile:
    from pyarrow.parquet import ParquetFile

    # Spark's old timestamps (INT96) would become nanoseconds, and in silence other ones before 1678 and after 2261.
    file = ParquetFile(raw, pre_buffer=False, coerce_int96_timestamp_unit="us")
    counts = [file.metadata.row_group(index).num_rows for index in range(file.metadata.num_row_groups)]

    def piece(index: int, columns: list[str], rows: int) -> Iterator[Any]:
        batches: Iterator[Any] = file.iter_batches(rows, row_groups=[index], columns=columns, use_threads=False)
        return batches

    return _ArrowFile(
        file.schema_arrow.names,
        file.schema_arrow.types,
        list(accumulate(counts[:-1], initial=0)) if counts else [],
        sum(counts),
        piece,
    )


def _ipc(raw: Any) -> _ArrowFile:
    from pyarrow import ipc

    file = ipc.open_file(raw)

    def piece(_index: int, _columns: list[str], _rows: int) -> Iterator[Any]:
        for index in range(file.num_record_batches):
            yield file.get_batch(index)

    return _ArrowFile(file.schema.names, file.schema.types, [0], None, piece)


def _orc(raw: Any) -> _ArrowFile:
    from pyarrow.orc import ORCFile

    file = ORCFile(raw)

    def piece(_index: int, _columns: list[str], _rows: int) -> Iterator[Any]:
        for index in range(file.nstripes):
            yield file.read_stripe(index)

    return _ArrowFile(file.schema.names, file.schema.types, [0], file.nrows, piece)


def _stream(raw: Any) -> _ArrowFile:
    """Arrow's format for streams, which begins with no name of its own."""
    from pyarrow import ipc

    reader = ipc.open_stream(raw)

    def piece(_index: int, _columns: list[str], _rows: int) -> Iterator[Any]:
        yield from reader

    return _ArrowFile(reader.schema.names, reader.schema.types, [0], None, piece)


def _columns(file: _ArrowFile, partition: Partition) -> list[str]:
    twice = sorted({name for name in file.names if file.names.count(name) > 1})
    if twice:
        message = f"has two columns named '{twice[0][:80]}'"
        raise InputError.of("header", message, "rename one of them", path=partition.path)
    return [*file.names, *(name for name in folder_columns(partition.name) if name not in file.names)]


def _block(
    batch: Any, position: int, names: list[str], more: list[str | None], make: MakeRecord | None, zone: ZoneInfo | None
) -> Block:
    count = batch.num_rows
    cells: list[Sequence[Any]] = [
        zoned_values(batch.column(name), name, zone) for name in names[: len(names) - len(more)]
    ]
    cells += [[value] * count for value in more]
    return fill_block(Block(position, position + count, []), names, cells, make)


@contextlib.contextmanager
def _told(partition: Partition) -> Iterator[None]:
    """Say in words what pyarrow, or its absence, says in exceptions."""
    path = partition.path
    try:
        import pyarrow as pa
    except ImportError:
        message, hint = "pyarrow, which reads this file, is not installed", "run: pip install 'segment-connector[bulk]'"
        raise InputError.of("not_installed", message, hint, path=path) from None
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        said = str(error).strip().splitlines()
        reason = said[0][:200] if said else type(error).__name__
        hint = "copy or create the file again; everything before was processed, and the next run continues from there"
        raise InputError.of("source", f"cannot be read: {reason}", hint, path=path) from error
