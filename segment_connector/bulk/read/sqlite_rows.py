"""Rows of a table of a SQLite file in blocks. A position is a row's own number (rowid), which it keeps."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...errors import InputError, Problem, did_you_mean
from ...templates.evaluator import Cells
from .cell_values import column_values
from .partition import Block, Partition
from .reading import UNSAID, Reading
from .row_blocks import fill_block
from .row_maker import RowMaker

_ROWS = 1_000
_PART = 50_000  # rows; less is not worth another process
_NAMED = 20
_ALIASES = ("rowid", "_rowid_", "oid")


def read_sqlite(partition: Partition, mapping: RowMaker | None = None, reading: Reading = UNSAID) -> Iterator[Block]:
    """The rows of a table, from ``partition.start`` on.

    :param mapping: makes events of rows; without it records are mappings of column to JSON value.
    :param reading: its ``table``.
    :raises InputError: when the file cannot be read, nobody says which table is meant, its rows have no numbers, or it
        lacks a column that the mapping names.
    """
    with _told(partition), _opened(partition, reading) as table:
        names = table.columns
        if mapping is not None:
            mapping.check_columns(names)
            if mapping.columns is not None:
                names = [name for name in names if name in mapping.columns]
        make = None if mapping is None else mapping.make_from(Cells(names, texts=False))
        end = "" if partition.end is None else f" AND {table.number} < {partition.end}"
        chosen = ", ".join([table.number, *map(_quoted, names)])
        where = f"WHERE {table.number} >= ?{end} ORDER BY {table.number}"
        query = f"SELECT {chosen} FROM {_quoted(table.name)} {where}"  # noqa: S608 - the names are quoted
        rows = table.database.execute(query, (partition.start,))
        size, start = Path(partition.path).stat().st_size, partition.start
        while batch := rows.fetchmany(_ROWS):
            numbers, *cells = zip(*batch, strict=True)
            block = Block(start, numbers[-1] + 1, [], list(numbers))
            block.size = table.share(size, block.end) - table.share(size, start)
            start = block.end
            yield fill_block(
                block, names, [column_values(one, name, None) for one, name in zip(cells, names, strict=True)], make
            )


def sqlite_columns(partition: Partition, reading: Reading = UNSAID) -> list[str]:
    """The columns of a table.

    :raises InputError: as ``read_sqlite``.
    """
    with _told(partition), _opened(partition, reading) as table:
        return table.columns


def sqlite_starts(partition: Partition, reading: Reading, parts: int) -> list[int]:
    """Where to cut a table into parts of about one size: numbers of rows, that of its beginning first.

    :raises InputError: as ``read_sqlite``.
    """
    with _told(partition), _opened(partition, reading) as table:
        first = max(partition.start, table.first)
        end = table.last + 1 if partition.end is None else min(table.last + 1, partition.end)
    count = min(parts, max(end - first, 0) // _PART)
    return [partition.start, *(first + (end - first) * part // count for part in range(1, count))]


@dataclass(slots=True)
class _Table:
    """A table that is open.

    :ivar number: the column of a row's own number; ``first`` the least of them, ``last`` the greatest.
    """

    database: sqlite3.Connection
    name: str
    columns: list[str]
    number: str
    first: int
    last: int

    def share(self, size: int, end: int) -> int:
        """The bytes of a file of ``size`` that the rows before a number take, about."""
        return size * min(max(end - self.first, 0), self.last + 1 - self.first) // (self.last + 1 - self.first)


@contextlib.contextmanager
def _opened(partition: Partition, reading: Reading) -> Iterator[_Table]:
    path = partition.path
    address = f"file:{quote(str(Path(path).resolve()))}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
        database.text_factory = _text
        name, is_view = _chosen(database, reading, path)
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({_quoted(name)})")]
        number = next((one for one in _ALIASES if one not in map(str.lower, columns)), _ALIASES[0])
        first, last = (-1, -1) if is_view else _numbers(database, name, number)
        if first < 0:
            hint = f"ask for its rows with --query and --order-by, with sqlite:///{path} as the source"
            raise InputError.of("table", f"the rows of '{name}' have no numbers to resume by", hint, path=path)
        yield _Table(database, name, columns, number, first, last)


def _numbers(database: sqlite3.Connection, name: str, number: str) -> tuple[int, int]:
    """The least and the greatest number of a table's rows; -1 where they have none."""
    try:
        query = f"SELECT min({number}), max({number}) FROM {_quoted(name)}"  # noqa: S608 - the names are quoted
        first, last = database.execute(query).fetchone()
    except sqlite3.OperationalError:
        return -1, -1
    return first or 0, last or 0


def _chosen(database: sqlite3.Connection, reading: Reading, path: str) -> tuple[str, bool]:
    query = "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
    kinds = {name: kind for name, kind in database.execute(query) if not name.startswith("sqlite_")}
    names = list(kinds)
    if reading.table is not None:
        if reading.table in names:
            return reading.table, kinds[reading.table] == "view"
        hint = did_you_mean(reading.table, names) or f"it has {', '.join(names[:_NAMED])}"
        raise InputError.of("table", f"has no table '{reading.table[:60]}'", hint, field="table", path=path)
    tables = [name for name in names if kinds[name] == "table"]
    if len(tables) != 1:
        message = f"has {len(tables)} tables: {', '.join(tables[:_NAMED])}" if tables else "has no table"
        hint = f"choose one, for example --table {tables[0]}" if tables else "name another file"
        raise InputError.of("table", message, hint, path=path)
    return tables[0], False


def _text(raw: bytes) -> Any:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return Problem("encoding", "the text is not UTF-8", "write the row again from the source")


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


@contextlib.contextmanager
def _told(partition: Partition) -> Iterator[None]:
    """Say in words what SQLite says in exceptions."""
    try:
        yield
    except sqlite3.Error as error:
        hint = "close what writes to it, or copy the file; all before was processed, and the next run continues there"
        raise InputError.of("source", f"cannot be read: {str(error)[:200]}", hint, path=partition.path) from None
