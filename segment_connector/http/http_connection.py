"""One HTTP/1.1 connection on top of http.client's: bounded in time, and closed as soon as it is in doubt.

An answer belongs to a request only by its place on the connection, so whatever makes the place uncertain would hand one
caller's answer to the next. http.client reads past no interim answer but 100, takes a body whose length is told in two
ways, and drops bytes that come after an answer's end; none of that is let pass here (RFC 9112, 6.3, 9.2 and 11.2).
"""

from __future__ import annotations

import email.errors
import http.client
import io
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

import urllib3.exceptions
from urllib3.util.wait import wait_for_read

CHUNK = 65536

_MOST_INTERIM = 100
# What a server may say before it has read the request; what is left of that it may take for another.
_UNREAD = frozenset((408, 413, 414, 417, 431))
_HEX = frozenset(b"0123456789abcdefABCDEF")
# Behind such a line http.client takes everything for something else than the head.
_NO_HEADER = (
    email.errors.FirstHeaderLineIsContinuationDefect,
    email.errors.InvalidHeaderDefect,
    email.errors.MalformedHeaderDefect,
    email.errors.MisplacedEnvelopeHeaderDefect,
    email.errors.MissingHeaderBodySeparatorDefect,
)


Allows = Callable[[str, str], bool]
"""Whether a connection to a host (its name, as the URL has it) may lead to an address (in digits)."""


class AddressRefused(urllib3.exceptions.HTTPError):
    """The name of the server leads to an address that may not be called."""


class FramingFault(http.client.HTTPException):
    """Where an answer begins or ends cannot be told.

    :param reason: what is wrong, in short; it holds nothing that the server said.
    :param kind: as ``NoAnswer`` has it; with ``broken_answer`` a request was sent before, else none was.
    """

    def __init__(self, reason: str, kind: str = "broken_answer") -> None:
        super().__init__(reason)
        self.kind = kind


class _Try(threading.local):
    """The end of the time of the try that a thread makes, in seconds of the monotonic clock."""

    deadline = float("inf")

    def left(self) -> float:
        """Seconds that are left of it.

        :raises TimeoutError: when there are none.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time of the try is up")
        return left


this_try = _Try()


class _Incoming(io.RawIOBase):
    """What comes from a socket, until the time of the try is up: a timeout alone begins anew with every byte.

    :param first: bytes that were taken from the socket before.
    """

    def __init__(self, raw: Any, sock: Any, first: bytes) -> None:
        self._raw = raw
        self._sock = sock
        self._first = first
        self._between: float = sock.gettimeout()
        self._over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._over:
            return None
        if self._first:
            buffer[:1], self._first = self._first, b""
            return 1
        patience = min(this_try.left(), self._between)
        if patience != self._sock.gettimeout():  # setting it asks the system, and lets other threads in between
            self._sock.settimeout(patience)
        return self._raw.readinto(buffer)  # type: ignore[no-any-return]

    def end(self) -> bool:
        """Read no more; true when TLS still holds something that was not read."""
        self._over = True
        pending = getattr(self._sock, "pending", None)
        return pending is not None and pending() > 0

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer whose head and body have to arrive in the time of the try, and whose end has to be certain.

    :param connection: is closed when the answer leaves it in doubt.
    """

    def __init__(self, connection: Any, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._connection = connection
        self._incoming = _Incoming(self.fp.detach(), sock, connection.first)
        self.fp: Any = io.BufferedReader(self._incoming)

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(_MOST_INTERIM):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == 101:
                raise FramingFault("it switched to a protocol that nobody asked for")
            if status >= 200:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise FramingFault(f"more than {_MOST_INTERIM} interim answers")

    def begin(self, *args: Any, **kwargs: Any) -> None:
        super().begin(*args, **kwargs)
        lengths: list[str] = []
        codings: list[str] = []
        for given, value in self.msg.raw_items():
            name = given.lower()
            if name == "content-length":
                lengths.append(value)
            elif name == "transfer-encoding":
                codings.append(value)
            elif name == "connection" and "close" in value.lower():  # http.client looks at the first one alone
                self.will_close = True
        if codings or len(lengths) > 1 or self.msg.defects or not all(map(_is_number, lengths)):
            self._check_framing(lengths, codings)
        if self._connection.doubtful or self.status in _UNREAD:
            self.will_close = True
        # That it has no body goes without saying; one that says it has may send it all the same.
        if self.length == 0 and (codings or any(length.strip("0") for length in lengths)):
            self.will_close = True
            self.chunked = False

    def _check_framing(self, lengths: list[str], codings: list[str]) -> None:
        values = {part.strip(" \t") for given in lengths for part in given.split(",")}
        if any(isinstance(defect, _NO_HEADER) for defect in self.msg.defects):
            raise FramingFault("its head has a line that is not a header")
        if codings and ([coding.strip(" \t").lower() for coding in codings] != ["chunked"] or self.version < 11):
            raise FramingFault("its Transfer-Encoding is not chunked alone")
        if codings and lengths:
            raise FramingFault("it has both a Content-Length and a Transfer-Encoding")
        if len(values) > 1:
            raise FramingFault("it has two lengths")
        if not all(map(_is_number, values)):
            raise FramingFault("its Content-Length is not a number")

    def _read_next_chunk_size(self) -> int:
        line = self.fp.readline(CHUNK + 1)
        digits = line.split(b";", 1)[0].rstrip(b" \t\r\n")
        # int() would take a sign, and one that is negative has no end.
        if not digits or not _HEX.issuperset(digits) or len(digits) > 16 or not line.endswith(b"\n"):
            raise FramingFault("a chunk has no size" if line else "it ended too early")
        return int(digits, 16)

    def _safe_read(self, amount: int) -> bytes:
        data: bytes = super()._safe_read(amount)  # type: ignore[misc]
        if self.chunked and amount == 2 and data != b"\r\n":  # the end of a chunk: all that is read so by read1
            raise FramingFault("a chunk is longer than its size")
        return data

    def _close_conn(self) -> None:
        left = self._incoming.end() or bool(self.fp.peek(1))
        connection, self._connection = self._connection, None
        super()._close_conn()  # type: ignore[misc]
        if left and connection is not None:
            if connection.connecting and connection.sock is not None:  # to close it would confuse urllib3 there
                raise FramingFault("it said more than that its tunnel is open", "proxy")
            connection.close()


def _is_number(text: str) -> bool:
    return text.isdigit() and text.isascii() and len(text) < 20


def _first_byte(sock: Any) -> bytes:
    """A byte that came already, or nothing."""
    if not wait_for_read(sock, 0):
        return b""
    timeout = sock.gettimeout()
    sock.settimeout(0)
    try:
        return sock.recv(1)  # type: ignore[no-any-return]
    except (BlockingIOError, ssl.SSLWantReadError):  # what TLS says to itself, such as the ticket of a session
        return b""
    finally:
        sock.settimeout(timeout)


def extended(base: Any, asked: Callable[[], Allows | None]) -> Any:
    """A class of connections that are bounded in time, closed when in doubt, and send head and body in one packet.

    :param base: a connection class of urllib3.
    :param asked: gives what is to be asked for each new connection, before anything is sent over it, if anything is.
    """

    class Extended(base):  # type: ignore[misc]
        held: list[bytes] | None = None
        connecting = False
        fresh = False
        doubtful = False
        first = b""

        def response_class(self, *args: Any, **kwargs: Any) -> _Response:
            return _Response(self, *args, **kwargs)

        def _new_conn(self) -> Any:
            sock = super()._new_conn()
            if (allows := asked()) is not None:
                # Only the socket knows the address: a name may lead elsewhere each time it is looked up.
                address = sock.getpeername()[0]
                if not allows(self.host, address):
                    sock.close()
                    raise AddressRefused(f"it leads to {address}, which may not be called from here")
            return sock

        def connect(self) -> None:
            self.first, self.connecting = b"", True
            try:
                super().connect()
            finally:
                self.connecting = False
            self.fresh = True

        def request(self, *args: Any, **kwargs: Any) -> None:
            self.held = []
            try:
                super().request(*args, **kwargs)
                held = self.held
            finally:
                self.held = None
            if self.sock is None:
                self.connect()
            # The time to connect is no measure for the time that a large body takes.
            self.sock.settimeout(this_try.left())
            fresh, self.fresh, self.doubtful, self.first = self.fresh, False, True, b""
            # Of a connection that was kept, the pool has just made sure.
            if fresh and _first_byte(self.sock):
                raise FramingFault("it sent data before it was asked", "connection")
            # A small body shares its packet with the head; to copy a large one would cost more than a packet.
            if sum(map(len, held)) <= CHUNK:
                self.send(b"".join(held))
            else:
                *parts, last = held
                for part in (*parts, memoryview(last)[:-CHUNK]):
                    self.send(part)
                self.first = _first_byte(self.sock)
                self.send(memoryview(last)[-CHUNK:])
            # An answer to half a request: what the server makes of the other half, nobody knows.
            self.doubtful = bool(self.first)

        def send(self, data: Any) -> None:
            if self.held is None:
                super().send(data)
            else:
                self.held.append(data)

    return Extended
