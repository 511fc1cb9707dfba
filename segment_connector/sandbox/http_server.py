"""The HTTP server: reads requests whole, writes answers whole, or spoils them as a fault says. It is on 127.0.0.1 only.

A web page must not reach it: a request is refused when its Host or its Origin is not a name of this machine.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import socket
import socketserver
import struct
import sys
import threading
import zlib
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from ..clock import Clock
from ..errors import ConnectorError, Problem
from ..http.host_names import host_of_origin, is_local
from .dispatcher import Dispatcher
from .faults import Fault
from .messages import Incoming, Reply, problem_reply

HOST = "127.0.0.1"

_MOST_BYTES = 20 * 1024 * 1024
_IDLE = 120  # seconds that a connection may be silent
_MOST_OPEN = 500  # connections; each has a thread and a descriptor
_DRAINED = 64 * 1024 * 1024
_BODILESS = (204, 304)
_READ_FIRST = 0.05  # seconds: a reset throws away what the client has not read yet


class _Refused(Exception):  # noqa: N818 - an answer
    """The request cannot be read; the connection ends with the answer."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.message)
        self.status = status
        self.problem = problem


class Server(socketserver.ThreadingTCPServer):
    """A thread for each connection.

    :param port: 0 takes any that is free.
    :raises OSError: when the port is taken.
    """

    daemon_threads = True
    # Elsewhere it lets a port be taken again at once; on Windows it would let two programs share one.
    allow_reuse_address = sys.platform != "win32"
    request_queue_size = 128

    def __init__(self, port: int, dispatcher: Dispatcher, clock: Clock) -> None:
        self.dispatcher = dispatcher
        self.clock = clock
        self._open: dict[Any, threading.Thread] = {}
        self._lock = threading.Lock()
        super().__init__((HOST, port), _Handler)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - as socketserver calls it
        """Close the connection that would be one too many."""
        with self._lock:
            return len(self._open) < _MOST_OPEN

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection to its end."""
        with self._lock:
            self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about clients that go away; anything else is a mistake of the sandbox's own."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Stop listening and end every connection; ``serve_forever`` must have returned."""
        self.dispatcher.stopped.set()
        self.server_close()
        with self._lock:
            connections = dict(self._open)
        for connection, thread in connections.items():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(1)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _IDLE
    server: Server

    def _serve(self) -> None:
        try:
            incoming = self._read()
        except _Refused as refused:
            self.close_connection = True
            self._write(problem_reply(refused.status, refused.problem), None)
            self._drain()
            return
        if incoming is None:
            self.close_connection = True
            return
        try:
            reply, fault = self.server.dispatcher.respond(incoming)
        except ConnectorError as error:  # a spec that is wrong where only a request can show it
            reply, fault = problem_reply(500, error.problems[0]), None
        except Exception:
            self.close_connection = True
            self._write(problem_reply(500, Problem("sandbox", "the sandbox itself failed", "see its output")), None)
            raise
        self._write(reply, fault)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - http.server looks for these names

    def _read(self) -> Incoming | None:
        """The request; ``None`` when the client went away in the middle of it.

        :raises _Refused: when it cannot be read.
        """
        self._guard()
        content = b""
        length = self._length()
        if length:
            content = self.rfile.read(length)
            if len(content) < length:
                return None
            content = _unpacked(content, self.headers.get("Content-Encoding"))
        path, _, query = self.path.partition("?")
        return Incoming(self.command, path, query, self.headers, content)

    def _guard(self) -> None:
        hosts, origins = (
            [one.encode("latin-1", "replace") for one in self.headers.get_all(name, [])] for name in ("Host", "Origin")
        )
        if len(hosts) != 1 or not is_local(hosts[0]):
            raise _Refused(
                403, Problem("host", "the Host of the request does not name this machine", "call it as 127.0.0.1")
            )
        if not all(is_local(host_of_origin(origin) or b"") for origin in origins):
            raise _Refused(
                403, Problem("origin", "the request comes from a web page of another host", "call it from a program")
            )

    def _length(self) -> int:
        given = self.headers.get_all("Content-Length", [])
        if not given:
            if self.command in ("POST", "PUT", "PATCH") or "Transfer-Encoding" in self.headers:
                raise _Refused(
                    411, Problem("length", "the request has no Content-Length", "send the body in one piece")
                )
            return 0
        if (
            len(set(given)) > 1
            or "Transfer-Encoding" in self.headers
            or not (given[0].isascii() and given[0].isdigit())
        ):
            raise _Refused(400, Problem("length", "the length of the body is not clear", "send one Content-Length"))
        length = int(given[0][:20])
        if length > _MOST_BYTES:
            raise _too_large()
        return length

    def _write(self, reply: Reply, fault: Fault | None) -> None:
        if fault is not None and fault.reset and not fault.truncate:
            self._reset()
            return
        content = b"" if reply.status in _BODILESS else reply.content
        if fault is not None and fault.truncate:
            self.close_connection = True
        raw = self._head(reply, len(content)) + (b"" if self.command == "HEAD" else content)
        if fault is not None and fault.truncate:
            raw = raw[: len(raw) - max(len(content) // 2, 1)] if content else raw[:-3]
        if fault is not None and fault.stall:
            middle = max(len(raw) - max(len(content) // 2, 1), 1)
            self.wfile.write(raw[:middle])
            self.server.dispatcher.stopped.wait(fault.stall)
            raw = raw[middle:]
        self.wfile.write(raw)
        if fault is not None and fault.close:
            self.close_connection = True
        if fault is not None and fault.reset:
            self.server.dispatcher.stopped.wait(_READ_FIRST)
            self._reset()

    def _head(self, reply: Reply, length: int) -> bytes:
        try:
            phrase = HTTPStatus(reply.status).phrase
        except ValueError:
            phrase = "Unnamed"
        date = email.utils.format_datetime(self.server.clock.now().astimezone(dt.timezone.utc), usegmt=True)
        lines = [f"HTTP/1.1 {reply.status} {phrase}", f"Date: {date}"]
        if reply.status not in _BODILESS:
            lines.append(f"Content-Length: {length}")
        lines.extend(f"{name}: {value}" for name, value in reply.headers.items())
        if self.close_connection:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _reset(self) -> None:
        """End the connection with RST: not lingering, and the only handle on the socket closed at once."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.connection.detach())

    def _drain(self) -> None:
        """Read away what the client still sends, so that it gets to see the answer before the connection ends."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            left = _DRAINED
            while left > 0 and (chunk := self.connection.recv(1 << 20)):
                left -= len(chunk)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What ``http.server`` says of a request that it could not read."""
        self.close_connection = True
        # Raised before there are headers, or even a command.
        self.command = getattr(self, "command", None) or "GET"
        self._write(
            problem_reply(int(code), Problem("request", explain or message or "unreadable", "send HTTP/1.1")), None
        )

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by http.server
        """Write nothing: the list of events is the log."""


def _unpacked(content: bytes, encoding: str | None) -> bytes:
    if encoding is None or encoding.strip().lower() == "identity":
        return content
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise _Refused(415, Problem("encoding", "the body is compressed in an unknown way", "use gzip, or none"))
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, _MOST_BYTES + 1)
    except zlib.error:
        plain = b""
    if len(plain) > _MOST_BYTES:
        raise _too_large()
    if not unpacker.eof:
        raise _Refused(400, Problem("encoding", "the body is not gzip", "compress it again, or send it uncompressed"))
    return plain


def _too_large() -> _Refused:
    return _Refused(413, Problem("too_large", f"the body has more than {_MOST_BYTES:,} bytes", "send less at once"))
