"""Blocks of rows whose cells are JSON values, each row made an event where there is a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import InputError, Problem
from ...values.json_values import encode
from .partition import Block
from .row_maker import MakeRecord

Cells = tuple[Any, ...]


def fill_block(block: Block, names: list[str], cells: Sequence[Sequence[Any]], make: MakeRecord | None) -> Block:
    """Put the records of some rows into a block.

    :param block: where the rows stand: ``end`` is as far behind ``start`` as there are rows, unless ``positions`` tell.
    :param names: of the columns.
    :param cells: those of each column, a ``Problem`` in place of one that cannot be had: it costs its row and no other.
    :param make: gives the event of a row's cells; ``None`` for mappings of column to value.
    """
    count = len(block.positions) if block.positions is not None else block.end - block.start
    rows: Sequence[Cells] = list(zip(*cells, strict=True)) if cells else [()] * count
    wrong = {
        index: cell for column in reversed(cells) for index, cell in enumerate(column) if type(cell) is Problem
    }  # of each row the first
    block.originals = Originals(names, rows)
    block.problems = wrong
    if make is None:
        block.records = [dict(zip(names, row, strict=True)) for row in rows]
    elif not wrong:
        try:
            block.records = list(map(make, rows))
        except InputError:
            block.records = _made(rows, make, wrong)
    else:
        block.records = _made(rows, make, wrong)
    for index in wrong:
        block.records[index] = None
    return block


def _made(rows: Sequence[Cells], make: MakeRecord, wrong: dict[int, Problem]) -> list[Any]:
    records: list[Any] = []
    for index, row in enumerate(rows):
        record = None
        if index not in wrong:
            try:
                record = make(row)
            except InputError as error:
                wrong[index] = error.problems[0]
        records.append(record)
    return records


@dataclass(slots=True, eq=False)
class Originals(Mapping[int, str]):
    """Rows as JSON text, written when one is asked for."""

    names: list[str]
    rows: Sequence[Cells]

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self.rows):
            raise KeyError(index)
        cells = (f"({cell.message})" if type(cell) is Problem else cell for cell in self.rows[index])
        return encode(dict(zip(self.names, cells, strict=True))).decode()

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.rows)))

    def __len__(self) -> int:
        return len(self.rows)
