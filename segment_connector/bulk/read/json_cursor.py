"""A place in a JSON text that is read in pieces, and where the value there ends; memory stays that of one value."""

from __future__ import annotations

import re
from typing import Any

from .streams import fill

PIECE = 128_000
"""Bytes that are read at a time."""
CUT_OFF, TOO_LONG = -1, -2

_BLANK = re.compile(rb"[ \t\r\n]*")
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*("?)|[{\[]|([}\]])', re.DOTALL)
_STRING_ON = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*("?)', re.DOTALL)
_PLAIN = re.compile(rb'[^\s,:{}\[\]"]*')


class Scan:
    """Finds where a value ends, over the pieces of a text; brackets are counted and not held to be pairs.

    :param depth: how many objects and lists are open already.
    """

    def __init__(self, depth: int = 0) -> None:
        self._depth = depth
        self._in_string = self._escaped = False

    def feed(self, data: bytes, at: int) -> int:
        """Look on in a piece.

        :returns: the index after the value, or -1 when it does not end in the piece.
        """
        if self._in_string:
            found = _STRING_ON.match(data, at + (self._escaped and at < len(data)))
            assert found is not None
            if not self._closed(found, data):
                return -1
            at = found.end()
            if not self._depth:
                return at
        for token in _TOKEN.finditer(data, at):
            if token[2]:
                self._depth -= 1
            elif token[1] is None:
                self._depth += 1
                continue
            elif not self._closed(token, data):
                return -1
            if self._depth <= 0:
                return token.end()
        return -1

    def _closed(self, found: re.Match[bytes], data: bytes) -> bool:
        self._in_string = not found[1]
        self._escaped = self._in_string and data[found.end() :] == b"\\"
        return not self._in_string


class Cursor:
    """A place in a text.

    :param stream: the text, at its beginning.
    :param piece: bytes that are read at a time.
    :ivar data: the piece that is at hand, and ``at`` the index of the place in it.
    :ivar failure: why the stream broke off.
    """

    def __init__(self, stream: Any, piece: int = PIECE) -> None:
        self.data = b""
        self.at = 0
        self.failure: Exception | None = None
        self._stream = stream
        self._piece = piece
        self._base = 0
        self._line = 1
        self._line_start = 0
        self._ended = False

    @property
    def position(self) -> int:
        """The place, in bytes from the beginning of the text."""
        return self._base + self.at

    def place(self, at: int) -> tuple[int, int]:
        """The line and the column of an index, both from 1; columns are bytes."""
        line = self._line + self.data.count(b"\n", 0, at)
        begin = self.data.rfind(b"\n", 0, at)
        return line, (at - begin if begin >= 0 else self._base + at - self._line_start + 1)

    def drop(self, at: int) -> None:
        """Forget what is before an index."""
        self._line += self.data.count(b"\n", 0, at)
        begin = self.data.rfind(b"\n", 0, at)
        if begin >= 0:
            self._line_start = self._base + begin + 1
        self.data = self.data[at:]
        self._base += at
        self.at -= at

    def go_to(self, position: int) -> None:
        """Go on to a position, or to the end of a shorter text."""
        while self.position < position:
            if self.at == len(self.data) and not self.more():
                return
            self.at = min(len(self.data), self.at + position - self.position)
            self.drop(self.at)

    def more(self) -> bool:
        """Read on; whether there was anything."""
        if self._ended:
            return False
        data, self.failure = fill(self._stream, self._piece)
        self._ended = self.failure is not None or len(data) < self._piece
        self.data += data
        return bool(data)

    def peek(self) -> bytes:
        """The byte after blanks, where the place is then; none at the end."""
        while True:
            found = _BLANK.match(self.data, self.at)
            assert found is not None
            self.at = found.end()
            if self.at < len(self.data):
                return self.data[self.at : self.at + 1]
            if not self.more():
                return b""

    def pass_value(self, longest: int | None = None) -> int:
        """Go behind the value at the place.

        :param longest: stay where the place is when the value is longer than so many bytes.
        :returns: the bytes of the value; ``CUT_OFF`` when the text ends inside of it, ``TOO_LONG``.
        """
        if self.peek() in (b"{", b"[", b'"'):
            return self._pass(Scan(), longest)
        start = self.position
        while True:
            found = _PLAIN.match(self.data, self.at)
            assert found is not None
            self.at = found.end()
            if self.at < len(self.data) or not self.more():
                return self.position - start

    def pass_over(self, depth: int = 0, until: int | None = None) -> int:
        """As ``pass_value``, of a value of any length, of which nothing is kept.

        :param depth: go behind the end of so many objects that are open, instead.
        :param until: a position behind which nobody looks on.
        """
        if not depth and self.peek() not in (b"{", b"[", b'"'):
            return self.pass_value()
        return self._pass(Scan(depth), None, until, keeps=False)

    def _pass(self, scan: Scan, longest: int | None, until: int | None = None, *, keeps: bool = True) -> int:
        start, begin, looked = self.position, self.at, self.at
        while (end := scan.feed(self.data, looked)) < 0:
            looked = len(self.data)
            if longest is not None and looked - begin > longest:
                return TOO_LONG
            if not keeps:
                self.drop(looked)
                looked = 0
            if not self.more() or (until is not None and self._base > until):
                self.at = len(self.data)
                return CUT_OFF
        self.at = end
        return self.position - start
