"""The first rows of a source, of which profiles of its columns are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...values.json_values import decode
from ..read.partition import Block
from .profile import ColumnProfile, profiles

ROWS = 5_000
"""Rows that are looked at, at most."""
_CELLS = 500_000
_JSON_FORMATS = ("json", "jsonl")
_TEXT_FORMATS = ("csv", "excel")


@dataclass(frozen=True)
class Sample:
    """Rows of a source.

    :ivar columns: a profile for each column.
    :ivar rows: how many rows were looked at.
    :ivar whole: the source has no others.
    :ivar texts: cells are text because the format knows nothing else.
    :ivar is_table: every row has the columns, so that a mapping can be held to them.
    """

    columns: tuple[ColumnProfile, ...]
    rows: int
    whole: bool
    texts: bool
    is_table: bool = True


def sample_of(blocks: Iterable[Block], names: Iterable[str], form: str, most: int = ROWS) -> Sample:
    """The first rows of what a reader gives.

    :param blocks: records as mappings or as lines of JSON; what is not an object is passed over.
    :param names: the columns that the reader knows of.
    :param form: the format of the source.
    :param most: rows that are looked at.
    """
    rows: list[Mapping[str, Any]] = []
    cells = 0
    whole = True
    for row in _rows(blocks):
        if len(rows) == most or cells > _CELLS:
            whole = False
            break
        rows.append(row)
        cells += len(row)
    return Sample(tuple(profiles(rows, names)), len(rows), whole, form in _TEXT_FORMATS, form not in _JSON_FORMATS)


def _rows(blocks: Iterable[Block]) -> Iterable[Mapping[str, Any]]:
    for block in blocks:
        for index, record in enumerate(block.records):
            if index in block.problems:
                continue
            value = record
            if isinstance(record, bytes):
                try:
                    value = decode(record)
                except ValueError:
                    continue
            if isinstance(value, dict):
                yield value
