"""The text of CSV: from bytes to rows of cells, in pieces of bounded size, whatever is wrong with the file.

What is read is RFC 4180 with the habits of programs that write CSV: a byte order mark, LF or CRLF, ``,`` ``;`` tab or
``|`` between cells (the first rows tell which), line breaks inside quotes, Excel's first line ``sep=;``. Quotes are
held to the letter, because a stray one can swallow rows in silence.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...errors import InputError, Problem
from .csv_dialect import Dialect, sniffed
from .encodings import title
from .partition import Partition
from .reading import Reading
from .recoding import Recoded
from .streams import broken, fill, open_bytes

SURROGATE = re.compile("[\udc80-\udcff]")
"""What stands in a text for a byte that is not UTF-8."""

Row = list[str] | Problem
"""A row's cells (none for a blank line), or what stands in place of a row that cannot be had."""

_LONGEST = 1_000_000  # characters of a row that are looked at; no service takes an event of that size
_SHOWN = 1_000
_SNIFFED = 200  # lines
_LOOKED_AT = 4_096  # bytes at a time, to check whether a file has anything
_OPENING = 16  # bytes that tell what a file is
_BOM = b"\xef\xbb\xbf"


def not_in(byte: int, encoding: str) -> tuple[str, str]:
    """What is said of a byte that the encoding of a text does not have, and the cure."""
    if encoding:
        hint = "write the file in one encoding, or name the right one with --encoding"
        return f"a byte is not valid {title(encoding)} (0x{byte:02x})", hint
    try:
        meant = f", which is '{bytes([byte]).decode('cp1252')}' in Windows-1252"
    except UnicodeDecodeError:
        meant = ""
    hint = "write the file in one encoding; or name another with --encoding, for example cp1252, which reads all of it"
    return f"a byte is not UTF-8 (0x{byte:02x}{meant})", hint


def is_blank(path: str) -> bool:
    """Whether a file has blank lines only, or nothing; one that cannot be read to its end is none.

    :param path: of a file, packed or not.
    """
    try:
        with open_bytes(path) as stream:
            while True:
                data, failure = fill(stream, _LOOKED_AT)
                if failure is not None or data.removeprefix(_BOM).strip():
                    return False
                if not data:
                    return True
    except InputError:  # whoever reads it says what is wrong
        return False


def allow_long_cells() -> None:
    """Let the csv module read cells of up to a million characters; its own limit is one of the whole process."""
    if csv.field_size_limit() < _LONGEST:
        csv.field_size_limit(_LONGEST)


@dataclass(slots=True)
class Chunk:
    """Whole lines of a file.

    :ivar doubtful: there are bytes in it that text should not have; each row has to be looked at.
    :ivar length: of a line that was cut because nobody would take it, its bytes; the chunk is that line alone.
    :ivar last: nothing follows, and ``failure`` is why where the file broke off.
    :ivar size: bytes that were read for it.
    """

    text: str
    doubtful: bool = False
    length: int = 0
    last: bool = False
    failure: Exception | None = None
    size: int = 0


@dataclass(slots=True)
class Rows:
    """The rows of a text that ends where a row ends.

    :ivar heights: how many lines each row has; ``None`` where every one has one.
    :ivar height: lines of the whole text.
    :ivar size: bytes that were read for it.
    """

    text: str
    rows: list[Row]
    heights: list[int] | None
    height: int
    doubtful: bool = False
    failure: Exception | None = None
    size: int = 0


@dataclass(slots=True)
class Head:
    """What the first lines say: the columns, how they are written, and how many lines that took."""

    columns: list[str]
    dialect: Dialect
    lines: int


def chunks_of(stream: Any, size: int) -> Iterator[Chunk]:
    """A file in pieces that end with a line break; a line that is too long is a piece of its own, and cut."""
    rest, shown, length, begun = b"", "", 0, False
    taken = told = 0
    while True:
        wanted = size if begun else max(size, _OPENING)
        data, failure = fill(stream, wanted)
        last = len(data) < wanted
        taken = stream.taken if isinstance(stream, Recoded) else taken + len(data)
        if not begun:
            data, begun = data.removeprefix(_BOM), True
        if length:
            cut = data.find(b"\n")
            length += len(data) if cut < 0 else cut
            if cut >= 0 or last:
                yield Chunk(shown, length=length, size=taken - told)
                told = taken
                data, length = data[cut + 1 :] if cut >= 0 else b"", 0
            else:
                continue
        data = rest + data if rest else data
        cut = len(data) if last and failure is None else data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut or last:
            yield _decoded(data[:cut], last, failure, taken - told)
            told = taken
        if last:
            return
        if len(rest) > _LONGEST:
            shown, length, rest = f"{rest[:_SHOWN].decode('utf-8', 'replace')} ...", len(rest), b""


def _decoded(data: bytes, last: bool, failure: Exception | None, size: int) -> Chunk:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return Chunk(data.decode("utf-8", "surrogateescape"), True, last=last, failure=failure, size=size)
    return Chunk(text, "\0" in text, last=last, failure=failure, size=size)


def head_of(chunk: Chunk | None, partition: Partition, reading: Reading) -> tuple[Head, Chunk]:
    """The header, and what follows it in the first piece of a file."""
    path, delimiter = partition.path, reading.delimiter
    if chunk is None or not chunk.text.strip():
        if chunk is not None and chunk.failure is not None:
            raise broken(chunk.failure, partition, 1) from chunk.failure
        hint = "write the column names in its first line"
        raise InputError.of("source", "is empty: it has no header", hint, path=path)
    lines = io.StringIO(chunk.text, newline="\n").readlines()
    first = next(index for index, line in enumerate(lines) if line.strip())
    if said := re.fullmatch(r"sep=(.)\r?\n?", lines[first]):
        delimiter, first = delimiter or said[1], first + 1
    for field, mark in (("delimiter", delimiter), ("quote", reading.quote)):
        _check_mark(mark, field, path)
    dialect = sniffed("".join(lines[first : first + _SNIFFED]), delimiter, reading.quote)
    reader = _reader(lines[first:], dialect)
    if "\r" in "".join(lines[first : first + 1]).rstrip("\r\n"):
        hint = "save it with LF or CRLF: tr '\\r' '\\n' < old.csv > new.csv"
        raise InputError.of("source", "has lines that end in CR only", hint, path=path, line=1)
    try:
        columns: list[str] = next(reader, [])
    except csv.Error as error:
        message, hint = _explained(error)
        raise InputError.of("header", f"the header {message}", hint, path=path, line=first + 1) from None
    _check_columns(columns, partition, first + 1)
    used = first + reader.line_num
    return Head(columns, dialect, used), replace(chunk, text="".join(lines[used:]))


def _check_mark(mark: str | None, field: str, path: str) -> None:
    if mark is not None and (len(mark) != 1 or mark in ("\r", "\n", '"' if field == "delimiter" else "")):
        message, hint = "must be one character that is not a quote or a line break", "for example ; or a tab"
        if field == "quote":
            message, hint = "must be one character that is not a line break", "for example '"
        raise InputError.of("option", message, hint, field=field, path=path)


def _reader(lines: Iterable[str], dialect: Dialect) -> Any:
    return csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)


def _check_columns(columns: Sequence[str], partition: Partition, line: int) -> None:
    path = partition.path
    for name in columns:
        if found := SURROGATE.search(name):
            message, hint = not_in(ord(found[0]) - 0xDC00, partition.encoding)
            raise InputError.of("encoding", f"in the header, {message}", hint, path=path, line=line)
    problems = []
    seen: dict[str, int] = {}
    for index, name in enumerate(columns, 1):
        if not name.strip():
            message, hint = f"column {index} of the header has no name", "name it, or remove it from the file"
            problems.append(Problem("header", message, hint, path=path, line=line))
        elif (other := seen.setdefault(name, index)) != index:
            message = f"columns {other} and {index} of the header are both named '{name[:_SHOWN]}'"
            problems.append(Problem("header", message, "rename one of them", path=path, line=line))
    if problems:
        raise InputError(problems)


def complete(first: Chunk, others: Iterator[Chunk], dialect: Dialect) -> Iterator[Rows]:
    """Rows out of pieces that end with a line break, which may stand inside a row."""
    rest, doubtful, chunk = "", False, first
    while True:
        if chunk.length:
            if rest:
                rows, _ = _parsed(rest, dialect, whole=True)
                rows.doubtful, rest = doubtful, ""
                yield rows
            message = f"the line has {chunk.length:,} bytes, more than an event may have"
            problem = Problem("too_large", message, "check whether a line break or a closing quote is missing")
            yield Rows(chunk.text, [problem], None, 1, size=chunk.size)
        else:
            rows, rest = _parsed(rest + chunk.text, dialect, whole=chunk.last and chunk.failure is None)
            doubtful = doubtful or chunk.doubtful
            rows.doubtful, rows.failure, rows.size = doubtful, chunk.failure, chunk.size
            doubtful = doubtful and bool(rest)
            yield rows
        if chunk.last:
            return
        chunk = next(others)


def _parsed(text: str, dialect: Dialect, *, whole: bool) -> tuple[Rows, str]:
    """The rows of a text, and what is left of it because it may be the beginning of a row.

    :param whole: nothing follows, so nothing is left.
    """
    rest = 0
    try:
        rows: list[Row] = list(_reader(io.StringIO(text, newline="\n"), dialect))
    except csv.Error:
        rows, rest = _with_errors(text, dialect, 0 if whole else _LONGEST)
    text, left = text[: len(text) - rest], text[len(text) - rest :]
    height = text.count("\n") + (not text.endswith("\n") and bool(text))
    if height == len(rows) and [] not in rows:
        return Rows(text, rows, None, height), left
    return Rows(text, rows, list(map(_height, rows)), height), left


def _with_errors(text: str, dialect: Dialect, patience: int) -> tuple[list[Row], int]:
    """The rows of a text with errors, each of which costs the line that its row begins on: what follows may be good.

    However many errors there are, the time is in proportion to the length of the text.

    :param patience: how many characters may be left over, where a quote is open at the end.
    :returns: the rows, and how many characters are left over.
    """
    lines = io.StringIO(text, newline="\n").readlines()
    rows: list[Row] = []
    at, left = 0, len(text)
    known, known_error = 0, csv.Error()
    while at < len(lines):
        # A row that came to an error had an open quote at the end of every line on its way. One that begins on that way
        # and is not over with its own line goes on as it did, so nobody has to follow it to the same error.
        alone = at < known
        lines_of_it = map(lines.__getitem__, range(at, at + 1 if alone else len(lines)))
        reader = _reader(lines_of_it, dialect)
        error, first = None, len(rows)
        try:
            for row in reader:
                rows.append(row)  # noqa: PERF402 - what extend keeps when there is an error is not laid down
        except csv.Error as caught:
            error = caught
        reached = at + reader.line_num - 1
        begin = at + sum(map(_height, rows[first:]))
        left -= sum(map(len, lines[at:begin]))
        at = begin
        if error is None:
            continue
        if not alone:
            known, known_error = _known_until(error, reached, len(lines)), error
        elif _is_open(error):
            error = known_error
        if _is_open(error) and left <= patience:
            return rows, left
        message, hint = _explained(error)
        rows.append(Problem("encoding" if "NUL" in message else "csv", message, hint))
        left -= len(lines[at])
        at += 1
    return rows, 0


def _known_until(error: csv.Error, reached: int, count: int) -> int:
    """The line up to which rows come to the same error, if they are not over with their own line.

    :param reached: the line that the error was found on, of ``count``.
    """
    if "field larger" in str(error):  # a cell that begins later may be short enough
        return 0
    return count if _is_open(error) else reached


def _is_open(error: csv.Error) -> bool:
    return "unexpected end" in str(error)


def _height(row: Row) -> int:
    """The lines that a row takes."""
    return 1 if isinstance(row, Problem) else 1 + sum(cell.count("\n") for cell in row)


def _explained(error: csv.Error) -> tuple[str, str]:
    """What is wrong with a row that the csv module cannot read, and the cure."""
    said = str(error)
    if "unexpected end" in said:
        return "opens a quote that is never closed", "close the quote; a quote inside quotes is written twice"
    if "expected after" in said:
        return "continues after a closing quote", "write a quote inside quotes twice, and nothing after the last one"
    if "field larger" in said:
        return f"has a cell of more than {_LONGEST:,} characters", "check whether a closing quote is missing"
    if "new-line" in said:
        return "has a carriage return outside quotes", "put the cell into quotes, or end lines with LF or CRLF"
    if "NUL" in said:
        return "contains a NUL byte", "the file is damaged or is not text: write it again as UTF-8"
    return f"is not a valid CSV row:  {said}", "fix the row"
