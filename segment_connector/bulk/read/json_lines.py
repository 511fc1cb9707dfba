"""Lines of JSON in blocks, from a file, a packed file or a pipe, with memory that the longest line cannot break."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import InputError, Problem
from .partition import Block, Partition
from .recoding import open_text
from .streams import broken, fill, open_bytes, skip, skip_to

BLOCK_BYTES = 64_000
"""What is made of a block stays in the processor's own memory until it is done with; of a bigger one it does not."""

_LONGEST = 1_000_000  # bytes of a line that are looked at; no service takes an event of that size
_SHOWN = 1_000
_BOM = b"\xef\xbb\xbf"


def read_lines(partition: Partition, size: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a partition.

    :param size: bytes of a block, about.
    :returns: blocks of lines; those of packed files and pipes know the numbers of their lines.
    :raises InputError: when the source is not lines of JSON, or ends in the middle; what came before was yielded.
    """
    with open_text(partition) as stream:
        line, begun = None, b""
        if not isinstance(stream, io.FileIO):
            lines, begun = skip_to(stream, partition.start)
            line = 1 + lines
        elif partition.start:
            stream.seek(partition.start)
        yield from _blocks(stream, partition, line, size, begun)


def _blocks(stream: Any, partition: Partition, line: int | None, size: int, begun: bytes) -> Iterator[Block]:
    # A line may hold many events, of which an earlier run dealt with the first: they have the same ids once more.
    position, rest, held = partition.start - len(begun), begun, len(begun)
    failure: Exception | None = None
    while True:
        room = size if partition.end is None else min(size, partition.end - position - len(rest))
        data, failure = fill(stream, room) if failure is None else (b"", failure)
        over = len(data) < room or room < size
        if not position and not rest:
            data = _opening(data, partition.path)
        complete = over and failure is None and not _grows(stream, partition, position + len(rest) + len(data))
        lines = data.split(b"\n")
        # After a line that was too long there are whole lines in the rest.
        lines[:1] = (rest + lines[0]).split(b"\n")
        rest = b"" if complete and lines[-1] else lines.pop()
        if lines:
            end = position + len(data) + held - len(rest)
            yield Block(position, end, lines, first_line=line)
            position = end
            line = None if line is None else line + len(lines)
        held = len(rest)
        if failure is not None:
            raise broken(failure, partition, line) from failure
        if over:
            return
        if len(rest) > _LONGEST:
            block, rest, failure = _too_long(stream, rest, position, line, partition)
            held = len(rest)
            yield block
            position, line = block.end, None if line is None else line + 1


def _opening(data: bytes, path: str) -> bytes:
    """The first bytes, held to be lines of JSON; a byte order mark becomes spaces, so that positions stay true."""
    if data.startswith(_BOM):
        data = b"   " + data[3:]
    if data.lstrip(b" \t\r\n")[:1] == b"[" or data.split(b"\n", 1)[0].strip() == b"{":
        hint = "use --format json, or leave the format out"
        raise InputError.of("source", "has JSON that spans several lines, or lists", hint, path=path, line=1)
    return data


def _grows(stream: Any, partition: Partition, seen: int) -> bool:
    """Whether somebody is writing the file on, so that its last line may be half of one."""
    if not isinstance(stream, io.FileIO):
        return False
    at = stream.tell()
    longer = stream.seek(0, io.SEEK_END) > seen
    stream.seek(at)
    return longer and partition.end is not None


def _too_long(
    stream: Any, head: bytes, position: int, line: int | None, partition: Partition
) -> tuple[Block, bytes, Exception | None]:
    """The block of a line that nobody would take, what was read after it, and why the stream broke off if it did.

    :raises InputError: when it broke off in the middle of the line.
    """
    length, rest, ended = len(head), b"", 0
    while True:
        room = BLOCK_BYTES if partition.end is None else min(BLOCK_BYTES, partition.end - position - length)
        data, failure = fill(stream, room)
        cut = data.find(b"\n")
        if cut >= 0:
            length, rest, ended = length + cut, data[cut + 1 :], 1
            break
        length += len(data)
        if failure is not None:
            raise broken(failure, partition, line) from failure
        if len(data) < BLOCK_BYTES:
            break
    message = f"the line has {length:,} bytes, more than an event may have"
    problem = Problem("too_large", message, "check whether a line break is missing")
    shown = head[:_SHOWN].decode("utf-8", "backslashreplace") + " ..."
    return Block(position, position + length + ended, [None], [position], {0: problem}, {0: shown}, line), rest, failure


def line_starts(path: str, start: int, end: int, parts: int) -> list[int]:
    """Where to cut a file of lines into parts of about one size: each position begins a line.

    :param start: position that the first part begins at; ``end`` the one after the last.
    :returns: the beginnings, ``start`` first; fewer than ``parts`` where lines are long.
    """
    found = [start]
    with Path(path).open("rb") as file:
        for part in range(1, parts):
            file.seek(max(found[-1], start + (end - start) * part // parts - 1))
            while (piece := file.readline(BLOCK_BYTES)) and not piece.endswith(b"\n"):
                pass
            if found[-1] < file.tell() < end:
                found.append(file.tell())
    return found


def line_begin(path: str, position: int) -> int:
    """Where the line begins that a position is inside of; the position itself where nothing of the line follows it."""
    with Path(path).open("rb") as file:
        file.seek(position)
        if not file.readline(BLOCK_BYTES).strip():
            return position
        while position > 0:
            start = max(position - BLOCK_BYTES, 0)
            file.seek(start)
            cut = file.read(position - start).rfind(b"\n")
            if cut >= 0:
                return start + cut + 1
            position = start
    return 0


def line_end(path: str, position: int) -> int:
    """The position after the line that a position is inside of; the position itself where it begins a line."""
    if line_begin(path, position) == position:
        return position
    with Path(path).open("rb") as file:
        file.seek(position)
        while (piece := file.readline(BLOCK_BYTES)) and not piece.endswith(b"\n"):
            pass
        return file.tell()


class LineCounter:
    """Tells the lines of a file's positions, which are asked for in ascending order; the file is read once.

    :param path: the file; positions in a packed one are those of what is in it.
    """

    def __init__(self, path: str) -> None:
        self._stream = open_bytes(path)
        self._at = 0
        self._line = 1

    def line_at(self, position: int) -> int:
        """The 1-based number of the line that holds a position."""
        self._line += skip(self._stream, position - self._at)
        self._at = max(position, self._at)
        return self._line

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def line_of(partition: Partition, position: int) -> int | None:
    """The 1-based number of the line that holds a position, where that can be counted."""
    if partition.format != "jsonl" or partition.path == "-":
        return None
    counter = LineCounter(partition.path)
    try:
        return counter.line_at(position)
    finally:
        counter.close()


def seekable(partition: Partition) -> bool:
    """Whether a partition can be read from any position on; packed files and pipes only from their beginning."""
    if partition.path == "-" or (partition.in_bytes and partition.encoding):
        return False
    if not partition.in_bytes:
        return True
    with open_bytes(partition.path) as stream:
        return isinstance(stream, io.FileIO)
