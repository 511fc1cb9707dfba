"""Read the entries of a job: a column of a CSV file, or a file with one on each line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import InputError, did_you_mean
from ..language.job_records import EntryList

_MARKS = (",", ";", "\t")
_SHOWN = 5


@dataclass(slots=True)
class Entries:
    """What a file holds.

    :ivar values: each once, in the order of the file.
    :ivar lines: where each stands first, 1-based.
    :ivar repeated: how many were there before; ``empty`` how many lines hold none.
    :ivar doubts: what is doubtful: sentences with the lines.
    """

    values: list[str]
    lines: list[int]
    repeated: int = 0
    empty: int = 0
    doubts: list[str] = field(default_factory=list)


def read_entries(path: str, told: EntryList, column: str | None) -> Entries:
    """The entries of a file.

    :param column: the column that holds them; by default one of those that the job knows, or the only one.
    :raises InputError: when the file cannot be read, has no such column, or holds what no entry can be.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError.of(
            "unreadable", f"the file cannot be read: {error.strerror}", "check its name", path=path
        ) from None
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8, from byte {error.start + 1:,} on"
        raise InputError.of("encoding", message, "save it as UTF-8", path=path) from None
    lines: dict[str, int] = {}
    found = Entries([], [])
    for line, value in _cells(text, path, told, column, found):
        if not value.strip():
            found.empty += 1
        elif not value.isprintable():
            hint = "copy the id again"
            raise InputError.of("control", f"the {told.noun} holds a control character", hint, path=path, line=line)
        elif value in lines:
            found.repeated += 1
        else:
            lines[value] = line
    if not lines:
        raise InputError.of("empty", f"the file contains no {told.noun}", "name a file that does", path=path)
    found.values, found.lines = list(lines), list(lines.values())
    for doubt in told.doubts:
        pattern = re.compile(doubt.pattern)
        at = [line for value, line in lines.items() if pattern.search(value)]
        if at:
            more = f" and {len(at) - _SHOWN:,} more" if len(at) > _SHOWN else ""
            places = ", ".join(str(line) for line in at[:_SHOWN])
            found.doubts.append(f"{doubt.says}: {len(at):,} (line {places}{more})")
    return found


def _cells(text: str, path: str, told: EntryList, column: str | None, found: Entries) -> Iterator[tuple[int, str]]:
    """Every cell of the column, with its line."""
    head = text.split("\n", 1)[0].rstrip("\r")
    mark = max(_MARKS, key=head.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=mark, strict=True)
    try:
        first = next(reader, [])
        wanted = _column(first, path, told, column)
        if wanted is None:
            found.doubts.append(f"the first line is read as an {told.noun}; if it is a heading, name it with --column")
            yield 1, first[0] if first else ""
        yield from ((reader.line_num, row[wanted or 0] if len(row) > (wanted or 0) else "") for row in reader)
    except csv.Error as error:
        if "NUL" in str(error):  # Python 3.10 reads no further
            message = f"the {told.noun} holds a control character"
            raise InputError.of("control", message, "copy the id again", path=path, line=reader.line_num) from None
        hint = "close the quotes of the cell"
        raise InputError.of(
            "csv", f"the file is not valid CSV: {error}", hint, path=path, line=reader.line_num
        ) from None


def _column(first: list[str], path: str, told: EntryList, column: str | None) -> int | None:
    """The place of the column; ``None`` when the file has no heading."""
    names: Mapping[str, int] = {name.strip(): index for index, name in reversed(list(enumerate(first)))}
    if column is not None:
        if column not in names:
            hint = did_you_mean(column, names) or f"there is {', '.join(names)}"
            raise InputError.of("column", f"there is no column '{column}'", hint, path=path, line=1)
        return names[column]
    known = [name for name in told.columns if name in names]
    if len(known) == 1 or (known and len(first) == 1):
        return names[known[0]]
    if len(first) <= 1:
        return None
    what = f"several columns may hold the {told.noun}s" if known else f"no column is known to hold the {told.noun}s"
    hint = f"say which with --column: {', '.join(known or names)}"
    raise InputError.of("column", what, hint, path=path, line=1)
