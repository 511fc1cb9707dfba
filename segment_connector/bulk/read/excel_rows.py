"""Rows of a sheet of a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods) in blocks, by calamine.

The rows are those below the header; positions are those of the sheet, its first row 0. Of a formula the value is read
that the program kept which saved the file. An empty cell was not given. A sheet is in memory while it is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ...errors import InputError, Problem, did_you_mean
from ...templates.evaluator import Cells
from .cell_values import column_values, zone_note, zone_of
from .excel_faults import SheetFaults, faults_of
from .partition import Block, Partition
from .reading import UNSAID, Reading
from .row_blocks import Originals
from .row_maker import MakeRecord, RowMaker
from .sources import folder_columns

_ROWS = 1_000
_LOOKED_AT = 20  # rows in which a header is looked for
_SAMPLE = 1_000  # rows that tell whether a column has times or days
_MOST_BYTES = 3_000_000_000  # of what is packed in a workbook; a sheet of a million rows has some hundred million
_NAMED = 20


def read_excel(partition: Partition, mapping: RowMaker | None = None, reading: Reading = UNSAID) -> Iterator[Block]:
    """The rows of a sheet, from ``partition.start`` on.

    :param mapping: makes events of rows; without it records are mappings of column to JSON value.
    :param reading: its ``sheet``, ``header_row`` and ``zone``.
    :raises InputError: when the file cannot be read, nobody says which sheet is meant, it has no header, or lacks a
        column that the mapping names.
    """
    zone = zone_of(reading.zone)
    sheet = _opened(partition, reading)
    _LAST.clear()
    more = folder_columns(partition.name)
    names = [*sheet.columns, *(name for name in more if name not in sheet.columns)]
    fixed = [more[name] for name in names[len(sheet.columns) :]]
    if mapping is not None:
        mapping.check_columns(names)
    # Of a cell that is empty a template can tell in rows that are mappings only.
    named = mapping is not None and mapping.columns is not None
    quick = mapping.make_from(Cells(names, texts=False)) if mapping is not None and named else None
    size, count = Path(partition.path).stat().st_size, max(sheet.height, 1)
    position, told = 0, 0
    rows = iter(sheet.grid.iter_rows())
    start = partition.start
    while batch := list(islice(rows, _ROWS)):
        first, position = position, position + len(batch)
        if position <= max(partition.start, sheet.header + 1):
            continue
        kept = [
            (at, row)
            for at, row in enumerate(batch, first)
            if at > sheet.header
            and at >= partition.start
            and (partition.end is None or at < partition.end)
            and any(cell != "" for cell in row)
        ]
        cells = [
            column_values(sheet.dated(column, index), sheet.columns[index], zone, whole=True)
            for index, column in enumerate(zip(*(row for _, row in kept), strict=True))
            if index < len(sheet.columns)
        ]
        share = size * min(position, count) // count
        block = Block(start, position, [], [at for at, _ in kept], lines=[at + 1 for at, _ in kept], size=share - told)
        start, told = position, share
        _fill(block, names, list(zip(*cells, strict=True)), fixed, mapping, quick)
        yield block
        if partition.end is not None and position >= partition.end:
            return


def excel_columns(partition: Partition, reading: Reading = UNSAID) -> list[str]:
    """The columns of a sheet, then those that folders name.

    :raises InputError: as ``read_excel``.
    """
    return list(dict.fromkeys((*_opened(partition, reading).columns, *folder_columns(partition.name))))


def excel_notes(partition: Partition, mapping: RowMaker | None, reading: Reading) -> list[str]:
    """What a person should know of a sheet: where its header is, what stands in it that has no value, its zone.

    :raises InputError: as ``read_excel``.
    """
    sheet = _opened(partition, reading)
    where = f"{partition.name}, sheet '{sheet.name}'"
    notes = []
    if reading.header_row is None and sheet.header > sheet.first:
        notes.append(f"{where}: row {sheet.header + 1} is taken as the header; --header-row names another")
    notes += [f"{where}: {said}" for said in _faults(partition, sheet).said()]
    times = [
        name for index, name in enumerate(sheet.columns)
        if sheet.has_times(index) and (mapping is None or mapping.columns is None or name in mapping.columns)
    ]  # fmt: skip
    if times and reading.zone is None:
        notes.append(zone_note(where, times))
    return notes


def _faults(partition: Partition, sheet: _Sheet) -> SheetFaults:
    found = faults_of(partition.path, sheet.name)
    last = (sheet.header, len(sheet.columns) - 1)
    merged = [one for one in sheet.grid.merged_cell_ranges or () if one[1][0] > last[0] and one[0][1] <= last[1]]
    found.merged = [f"{_letters(start[1])}{start[0] + 1}:{_letters(end[1])}{end[0] + 1}" for start, end in merged]
    return found


@dataclass(slots=True)
class _Sheet:
    """A sheet that is open.

    :ivar grid: calamine's.
    :ivar first: the index of its first row with anything in it; ``header`` that of the row that names the columns.
    :ivar timed: the indexes of columns that have a time of a day, and are not columns of days.
    """

    name: str
    grid: Any
    first: int
    header: int
    columns: list[str]
    height: int
    timed: frozenset[int]

    def has_times(self, index: int) -> bool:
        """Whether a column holds instants."""
        return index in self.timed

    def dated(self, cells: Sequence[Any], index: int) -> Sequence[Any]:
        """The cells of a column, an empty one as ``None``, an instant at midnight as one."""
        if index in self.timed:
            midnight = dt.time()
            return [
                dt.datetime.combine(cell, midnight) if type(cell) is dt.date else None if cell == "" else cell
                for cell in cells
            ]
        return [None if cell == "" else cell for cell in cells] if "" in cells else cells


_LAST: dict[tuple[Any, ...], _Sheet] = {}  # the sheet that was looked at last, until it is read


def _opened(partition: Partition, reading: Reading) -> _Sheet:
    about = Path(partition.path).stat()
    key = (partition.path, about.st_mtime_ns, about.st_size, reading.sheet, reading.header_row)
    if key not in _LAST:
        found = _sheet_of(partition, reading)
        _LAST.clear()
        _LAST[key] = found
    return _LAST[key]


def _sheet_of(partition: Partition, reading: Reading) -> _Sheet:
    path = partition.path
    try:
        import python_calamine as calamine
    except ImportError:
        message, hint = "calamine, which reads workbooks, is not installed", "pip install 'segment-connector[excel]'"
        raise InputError.of("not_installed", message, f"run: {hint}", path=path) from None
    _hold_to_size(path)
    try:
        book = calamine.load_workbook(path)
        name = _chosen(book, reading, path)
        grid = book.get_sheet_by_name(name)
    except calamine.PasswordError:
        raise InputError.of("source", "is protected by a password", "save it without one", path=path) from None
    except (calamine.CalamineError, OSError) as error:
        hint = "open it in the program that made it, and save it again"
        raise InputError.of("source", f"cannot be read: {str(error)[:200]}", hint, path=path) from None
    return _with_header(name, grid, reading, path)


def _hold_to_size(path: str) -> None:
    import zipfile

    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        total = sum(one.file_size for one in archive.infolist())
    if total > _MOST_BYTES:
        message = f"would become {total:,} bytes, more than a workbook has"
        raise InputError.of("source", message, "save the sheet as CSV (UTF-8)", path=path)


def _chosen(book: Any, reading: Reading, path: str) -> str:
    names: list[str] = book.sheet_names
    wanted = reading.sheet
    if wanted is not None:
        if wanted in names:
            return wanted
        if wanted.isdigit() and 1 <= int(wanted) <= len(names):
            return names[int(wanted) - 1]
        hint = did_you_mean(wanted, names) or f"it has {', '.join(names[:_NAMED])}"
        raise InputError.of("sheet", f"has no sheet '{wanted[:60]}'", hint, field="sheet", path=path)
    shown = [one.name for one in book.sheets_metadata if str(one.visible).endswith("Visible")] or names
    if len(shown) > 1:
        shown = [name for name in shown if book.get_sheet_by_name(name).height > 1] or shown[:1]
    if len(shown) > 1:
        message = f"has {len(shown)} sheets with rows: {', '.join(shown[:_NAMED])}"
        raise InputError.of("sheet", message, f"choose one, for example --sheet '{shown[0]}'", path=path)
    return shown[0]


def _with_header(name: str, grid: Any, reading: Reading, path: str) -> _Sheet:
    rows = list(islice(grid.iter_rows(), max(_LOOKED_AT, reading.header_row or 0) + _SAMPLE))
    filled = [sum(cell != "" for cell in row) for row in rows]
    first = next((index for index, count in enumerate(filled) if count), None)
    if first is None:
        hint = "choose another sheet, or write the names of the columns into its first row"
        raise InputError.of("source", f"the sheet '{name}' is empty", hint, path=path)
    header = first if reading.header_row is None else reading.header_row - 1
    if reading.header_row is None:
        most = max(filled[first : first + _LOOKED_AT])
        header = next(
            (
                index
                for index in range(first, min(first + _LOOKED_AT, len(rows)))
                if filled[index] * 2 > most and all(type(cell) is str for cell in rows[index])
            ),
            first,
        )
    if header >= len(rows) or not filled[header]:
        raise InputError.of("header", f"row {header + 1} of the sheet '{name}' is empty", "name another", path=path)
    cells = [_name(cell) for cell in rows[header]]
    below = rows[header + 1 :]
    while cells and not cells[-1] and all(len(row) < len(cells) or row[len(cells) - 1] == "" for row in below):
        cells.pop()
    problems = []
    for index, cell in enumerate(cells):
        if not cell:
            message, hint = f"column {_letters(index)} of the header has no name", "name it, or remove the column"
            problems.append(Problem("header", message, hint, path=path, line=header + 1))
        elif cell in cells[:index]:
            other = _letters(cells.index(cell))
            message = f"columns {other} and {_letters(index)} of the header are both named '{cell[:80]}'"
            problems.append(Problem("header", message, "rename one of them", path=path, line=header + 1))
    if problems:
        raise InputError(problems)
    timed = frozenset(
        index
        for index in range(len(cells))
        if any(type(row[index]) is dt.datetime for row in below if index < len(row))
    )
    return _Sheet(name, grid, first, header, cells, grid.end[0] + 1, timed)


def _name(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _letters(index: int) -> str:
    """The letters of a column: A for 0."""
    found = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        found = chr(65 + rest) + found
    return found


def _fill(
    block: Block,
    names: list[str],
    rows: Sequence[tuple[Any, ...]],
    fixed: list[Any],
    mapping: RowMaker | None,
    quick: MakeRecord | None,
) -> None:
    """Put the records of rows into a block; an empty cell is left out, and one that is wrong costs its row."""
    rows = [(*cells, *fixed) for cells in rows] if fixed else rows
    block.originals = Originals(names, rows)
    if quick is not None and mapping is not None and (made := _quickly(names, rows, mapping, quick)) is not None:
        block.records = made
        return
    problems: dict[int, Problem] = {}
    needed = None if mapping is None else mapping.columns
    for index, cells in enumerate(rows):
        record: Any = {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
        wrong = next(
            (cell for name, cell in record.items() if type(cell) is Problem and (needed is None or name in needed)),
            None,
        )
        if wrong is None and mapping is not None:
            try:
                record = mapping.make(record)
            except InputError as error:
                wrong = error.problems[0]
        if wrong is not None:
            problems[index] = wrong
        block.records.append(None if wrong is not None else record)
    block.problems = problems


def _quickly(
    names: list[str], rows: Sequence[tuple[Any, ...]], mapping: RowMaker, quick: MakeRecord
) -> list[Any] | None:
    """The records when every cell that is needed is there and right, else ``None``."""
    columns = list(zip(*rows, strict=True))
    needed = [index for index, name in enumerate(names) if name in (mapping.columns or ())]
    if not rows or any(None in columns[index] or Problem in map(type, columns[index]) for index in needed):
        return None
    try:
        return list(map(quick, rows))
    except InputError:
        return None
