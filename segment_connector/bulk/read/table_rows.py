"""Rows of tables in blocks, whatever the file's format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .partition import Block, Partition

if TYPE_CHECKING:
    from .mapping import RowMapping


def read_rows(
    partition: Partition, mapping: RowMapping | None = None, *, delimiter: str | None = None
) -> Iterator[Block]:
    """The rows of a partition of a table, from its ``start`` on.

    :param mapping: makes events of rows, which are the records then; it reads only the columns that it names. Without
        it records are mappings of column to JSON value; a cell of CSV is text, and an empty one is left out.
    :param delimiter: what parts the cells of CSV; by default its header tells.
    :returns: blocks that show each row as it stands in the file (``originals``) and know its line where it has one.
    :raises InputError: when the file cannot be read, or not to its end: what came before was yielded; when it lacks a
        column that the mapping names: nothing was.
    """
    if partition.format == "csv":
        from .csv_rows import read_csv

        return read_csv(partition, mapping, delimiter)
    from .arrow_rows import read_arrow

    return read_arrow(partition, mapping)


def columns_of(partition: Partition, delimiter: str | None = None) -> list[str]:
    """The columns of a table; for standard input it takes the header away, so ask a file only.

    :raises InputError: when it cannot be read.
    """
    if partition.format == "csv":
        from .csv_rows import csv_columns

        return csv_columns(partition, delimiter)
    from .arrow_rows import arrow_columns

    return arrow_columns(partition)


def cut(partition: Partition, parts: int) -> list[int]:
    """Where to cut a table into parts that can be read apart: positions of rows, that of its beginning first.

    Parquet, Arrow and ORC files are cut between row groups; CSV, in which a row is found only from the start, is not.
    """
    if partition.format == "csv":
        return [partition.start]
    from .arrow_rows import arrow_starts

    return arrow_starts(partition, parts)
