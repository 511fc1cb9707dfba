"""The forms that a source can have, and who reads each: one module a form, behind one interface.

``looks`` tells which a file has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import InputError
from .partition import Block, Partition
from .reading import UNSAID, Reading

if TYPE_CHECKING:
    from .row_maker import RowMaker


def read_blocks(partition: Partition, mapping: RowMaker | None = None, reading: Reading = UNSAID) -> Iterator[Block]:
    """The records of a partition, from its ``start`` on.

    :param mapping: makes events of rows of tables, which are the records then; it reads only the columns that it names.
        Without it they are mappings of column to JSON value; a cell of CSV is text, and an empty one is left out. Texts
        of JSON are given as they are.
    :returns: blocks that show each row as it stands in the file (``originals``) and know its line where it has one.
    :raises InputError: when the file cannot be read, or not to its end: what came before was yielded; when it lacks a
        column that the mapping names: nothing was.
    """
    if partition.path == "-":
        from .looks import look_at_input

        partition = look_at_input(partition, reading)
    if partition.format == "jsonl":
        from .json_lines import read_lines

        return read_lines(partition)
    if partition.format == "json":
        from .json_texts import read_texts

        return read_texts(partition)
    if partition.format == "csv":
        from .csv_rows import read_csv

        return read_csv(partition, mapping, reading)
    if partition.format == "excel":
        from .excel_rows import read_excel

        return read_excel(partition, mapping, reading)
    if partition.format == "sqlite":
        from .sqlite_rows import read_sqlite

        return read_sqlite(partition, mapping, reading)
    if partition.format == "sql":
        from .query_rows import read_query

        return read_query(partition, mapping, reading)
    from .arrow_rows import read_arrow

    return read_arrow(partition, mapping, reading)


def columns_of(partition: Partition, reading: Reading = UNSAID) -> list[str]:
    """The columns of a table; for standard input it takes the header away, so ask a file only.

    :raises InputError: when it cannot be read.
    """
    if partition.format == "csv":
        from .csv_rows import csv_columns

        return csv_columns(partition, reading)
    if partition.format == "excel":
        from .excel_rows import excel_columns

        return excel_columns(partition, reading)
    if partition.format == "sqlite":
        from .sqlite_rows import sqlite_columns

        return sqlite_columns(partition, reading)
    if partition.format == "sql":
        from .query_rows import query_columns

        return query_columns(partition, reading)
    from .arrow_rows import arrow_columns

    return arrow_columns(partition)


def cut(partition: Partition, parts: int, reading: Reading = UNSAID) -> list[int]:
    """Where to cut a table into parts that can be read apart: positions of rows, that of its beginning first.

    Parquet, Arrow and ORC files are cut between row groups, tables of SQLite between rows; others, in which a row is
    found only from the start, are not.
    """
    if partition.format == "sqlite":
        from .sqlite_rows import sqlite_starts

        return sqlite_starts(partition, reading, parts)
    if partition.format != "arrow":
        return [partition.start]
    from .arrow_rows import arrow_starts

    return arrow_starts(partition, parts)


def notes_of(partition: Partition, mapping: RowMaker | None = None, reading: Reading = UNSAID) -> list[str]:
    """What a person should know of the columns that are read, in words: what is told once, and not for each row.

    :raises InputError: when it cannot be read.
    """
    if partition.format == "arrow":
        from .arrow_rows import arrow_notes

        return arrow_notes(partition, mapping, reading)
    if partition.format == "excel":
        from .excel_rows import excel_notes

        return excel_notes(partition, mapping, reading)
    if partition.format == "sql":
        from .query_rows import query_notes

        return query_notes(partition, mapping, reading)
    return []


def hold_to_kind(partition: Partition, reading: Reading) -> None:
    """Hold a table, of which nobody said what its rows are, to a column that says it.

    :raises InputError: when it has none, so that every row would be rejected. Its reader tells what cannot be read.
    """
    member = reading.kind_member
    try:
        columns = columns_of(partition, reading)
    except InputError:
        return
    if member is not None and member not in columns and reading.list_member not in columns:
        message = f"nothing says what its rows are: it has no column '{member}'"
        hint = "use --as (action in Python), with --map or --from; --suggest-map makes a mapping from its columns"
        raise InputError.of("source", message, hint, path=partition.path)
