"""JSON that is not a line an event: lists of events, objects over several lines, lists inside objects.

An event is a member of a list (``[{...}, ...]``) or an object that follows another one. With a path, such as
``data.events``, it is a member of the list that each object has there. The text is read once, from front to end, and
what is in memory is a piece of it.

A position is that after the event before: what follows it tells whether a list is open there, so that reading can begin
at any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...errors import InputError, Problem
from ...values.json_values import decode
from .json_cursor import CUT_OFF, TOO_LONG, Cursor
from .partition import Block, Partition
from .recoding import open_text
from .streams import broken

ITSELF = "."
"""The path of an object itself, whatever lists it holds."""

_BLOCK_BYTES = 64_000
_LONGEST = 1_000_000  # bytes of an event that are looked at; no service takes one of that size
_SHOWN = 1_000
_BOM = b"\xef\xbb\xbf"


def read_texts(partition: Partition, size: int = _BLOCK_BYTES) -> Iterator[Block]:
    """The events of a partition, each as bytes without a line break.

    :param partition: its ``inside`` is the path of the lists, or empty.
    :param size: bytes of a block, about.
    :raises InputError: when the text between events is not JSON, or ends in the middle; what came before is yielded.
    """
    with open_text(partition) as stream:
        yield from _Texts(Cursor(stream), partition, size).blocks()


def parts_of(path: str) -> list[str]:
    """The members that a path names, one in the other; a dot in a name has a backslash before it."""
    if path in ("", ITSELF):
        return []
    return [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", path)]


class _Texts:
    """Reads a text; a block is begun by ``_begin``, filled by ``_on_top`` and ``_in_list``, and given by ``_block``."""

    def __init__(self, cursor: Cursor, partition: Partition, size: int) -> None:
        self._cursor = cursor
        self._partition = partition
        self._size = size
        self._path = parts_of(partition.inside)
        self._between = b""  # what stood between two events the last time, with their brackets
        self._start = self._last = partition.start  # of the block, and after its last event
        self._begin()

    def blocks(self) -> Iterator[Block]:
        """See ``read_texts``."""
        cursor, end = self._cursor, self._partition.end
        cursor.go_to(self._start)
        if not self._start:
            cursor.more()
            cursor.at = len(_BOM) if cursor.data.startswith(_BOM) else 0
        self._inside = bool(self._start) and cursor.peek() in (b",", b"]")
        try:
            while (end is None or self._last < end) and (byte := cursor.peek()):
                (self._in_list if self._inside else self._on_top)(byte)
                if cursor.at >= self._size or self._is_full:
                    yield self._block()
            if cursor.failure is not None:
                raise broken(cursor.failure, self._partition, cursor.place(cursor.at)[0])
            if self._inside and (end is None or self._last < end):
                raise self._wrong("ends inside a list", "copy or create the file again")
        except InputError:
            yield self._block()
            raise
        self._last = max(self._last, cursor.position if end is None else min(cursor.position, end))
        yield self._block()

    def _begin(self) -> None:
        self._records: list[Any] = []
        self._positions: list[int] = []
        self._starts: list[int] = []
        self._places: dict[int, tuple[int, int]] = {}
        self._problems: dict[int, Problem] = {}
        self._originals: dict[int, str] = {}
        self._is_full = False

    def _block(self) -> Block:
        lines: list[int] = []
        columns: list[int] = []
        data, at = self._cursor.data, 0
        line, column = self._cursor.place(0)
        for index, start in enumerate(self._starts):
            if index in self._places:
                line, column = self._places[index]
            elif breaks := data.count(b"\n", at, start):
                line, column = line + breaks, start - data.rfind(b"\n", at, start)
            else:
                column += start - at
            at = start
            lines.append(line)
            columns.append(column)
        block = Block(
            self._start, self._last, self._records, self._positions, self._problems, self._originals,
            lines=lines, columns=columns,
        )  # fmt: skip
        self._cursor.drop(self._cursor.at)
        self._start = self._last
        self._begin()
        return block

    def _on_top(self, byte: bytes) -> None:
        cursor = self._cursor
        if byte == b"[" and not self._path:
            cursor.at += 1
            self._inside = True
        elif byte == b"{" and self._path:
            if self._records:  # nothing of what is passed over is kept
                self._is_full = True
            else:
                self._enter()
        elif byte in b"{[":
            self._event()
        else:
            raise self._wrong("an event or a list of events was expected", "fix the file there")

    def _in_list(self, byte: bytes) -> None:
        cursor = self._cursor
        if byte == b"]":
            cursor.at += 1
            self._inside = False
            if self._path and cursor.pass_over(len(self._path)) == CUT_OFF:
                raise self._wrong("ends inside an object", "copy or create the file again")
            return
        if byte == b",":
            cursor.at += 1
            byte = cursor.peek()
        if byte == b"{" and self._between:
            self._quickly()
        elif not byte:
            raise self._wrong("ends inside a list", "copy or create the file again")
        elif byte in b",:]}":
            raise self._wrong("an event was expected", "remove the comma, or fix the list there")
        else:
            self._event()
            if cursor.peek() not in (b",", b"]", b""):
                raise self._wrong("a comma or the end of the list was expected", "fix the list there")

    def _quickly(self) -> None:
        """The events up to one that is followed by something else than those before, or is not all there yet.

        What the JSON reader takes for a whole object is the next event: no beginning of an object is one.
        """
        cursor, between = self._cursor, self._between
        data, at, base = cursor.data, cursor.at, cursor.position - cursor.at
        step, size, last = len(between) - 1, self._size, self._last
        end = self._partition.end
        limit = len(data) if end is None else end - base
        first = at
        while at < size and at < limit and (found := data.find(between, at)) >= 0:
            piece = data[at : found + 1]
            try:
                decode(piece)
            except ValueError:
                break
            self._records.append(_on_one_line(piece))
            self._positions.append(last)
            self._starts.append(at)
            last = base + found + 1
            at = found + step
        self._last = last
        cursor.at = at
        if at == first:
            self._event()
        else:
            cursor.at = last - base  # before the comma, where any event ends

    def _event(self) -> None:
        """The event at the place, whatever is wrong with it."""
        cursor = self._cursor
        start, place = cursor.at, cursor.place
        length = cursor.pass_value(_LONGEST)
        if length == TOO_LONG:
            self._too_long()
            return
        if length == CUT_OFF:
            cursor.at = start
            raise self._wrong("ends inside an event", "copy or create the file again")
        piece = cursor.data[start : cursor.at]
        try:
            decode(piece)
        except ValueError as error:
            if b"\n" in piece and "depth" not in str(error):
                line, column = place(start + len(piece.decode("utf-8", "replace")[: getattr(error, "pos", 0)].encode()))
                message = (
                    f"is not valid JSON: {getattr(error, 'msg', 'it cannot be read')} at line {line}, column {column}"
                )
                self._problems[len(self._records)] = Problem("json", message, "fix the event there")
                self._originals[len(self._records)] = piece.decode("utf-8", "backslashreplace")
        self._add(_on_one_line(piece), start)
        self._between = self._learned()

    def _learned(self) -> bytes:
        """What stands between the event that was read and the next one, if both are objects."""
        cursor, between = self._cursor, self._between
        end = cursor.at
        if cursor.data[end - 1 : end] == b"}" and cursor.peek() == b",":
            cursor.at += 1
            if cursor.peek() == b"{":
                between = cursor.data[end - 1 : cursor.at + 1]
        cursor.at = end
        return between

    def _add(self, record: bytes | None, start: int) -> None:
        self._records.append(record)
        self._positions.append(self._last)
        self._starts.append(start)
        self._last = self._cursor.position

    def _too_long(self) -> None:
        if self._records:
            self._is_full = True
            return
        cursor = self._cursor
        self._places[0] = cursor.place(cursor.at)
        shown = cursor.data[cursor.at : cursor.at + _SHOWN]
        length = cursor.pass_over()
        if length == CUT_OFF:
            line, column = self._places.pop(0)
            hint = "check whether a quote or a bracket is missing"
            message = f"ends inside the event that begins in column {column}"
            raise InputError.of("source", message, hint, path=self._partition.path, line=line)
        message = f"the event has {length:,} bytes, more than an event may have"
        self._problems[0] = Problem("too_large", message, "check whether a quote or a bracket is missing")
        self._originals[0] = shown.decode("utf-8", "backslashreplace") + " ..."
        self._add(None, cursor.at)
        self._is_full = True

    def _enter(self) -> None:
        """Go into the object at the place, to the beginning of its list; without one it is a record that is wrong."""
        cursor = self._cursor
        place, shown = cursor.place(cursor.at), cursor.data[cursor.at : cursor.at + _SHOWN]
        cursor.at += 1
        path = list(self._path)
        depth = 1
        while (byte := cursor.peek()) in (b'"', b","):
            if byte == b",":
                cursor.at += 1
                continue
            start = cursor.at
            cursor.pass_value()
            key = _text(cursor.data[start : cursor.at])
            if cursor.peek() != b":":
                break
            cursor.at += 1
            value = cursor.peek()
            if key == path[0] and value == (b"[" if len(path) == 1 else b"{"):
                cursor.at += 1
                if len(path) == 1:
                    self._inside = True
                    return
                path.pop(0)
                depth += 1
            elif cursor.pass_over() == CUT_OFF:
                break
        if cursor.pass_over(depth) == CUT_OFF:
            raise self._wrong("ends inside an object", "copy or create the file again")
        self._places[0] = place
        message = f"has no list at '{self._partition.inside}'"
        self._problems[0] = Problem("path", message, "name the place of its list by 'path', or leave the object out")
        self._originals[0] = shown.decode("utf-8", "backslashreplace")
        self._add(None, cursor.at)
        self._is_full = True

    def _wrong(self, message: str, hint: str) -> InputError:
        line, column = self._cursor.place(self._cursor.at)
        if self._cursor.failure is not None:
            return broken(self._cursor.failure, self._partition, line)
        return InputError.of("source", f"column {column}: {message}", hint, path=self._partition.path, line=line)


def _on_one_line(piece: bytes) -> bytes:
    # No text of JSON has a line break in it, so that what is left out stands between its values.
    return b"".join(map(bytes.strip, piece.split(b"\n"))) if b"\n" in piece else piece


def _text(piece: bytes) -> str:
    try:
        return str(decode(piece))
    except ValueError:
        return ""
