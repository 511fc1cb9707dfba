"""What tests put in place of the world: servers that misbehave on purpose, and a clock that is moved by hand.

A ``FaultServer`` speaks raw bytes over real sockets, so it can say what no HTTP library lets a server say. Its replies
are used one after the other, over all connections; the last one is used for ever. A reply is

- bytes: sent as they are; the connection stays open for the next request;
- a function of the request and the ``Peer``: what it returns is sent, and ``None`` closes the connection.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

UTC = datetime.timezone.utc
_ENVIRONMENT = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle")


def plain_environment(monkeypatch: Any) -> None:
    """Take proxies and certificate bundles of the machine that runs the tests out of the environment."""
    for name in _ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@dataclass
class Seen:
    """One request as it arrived; ``headers`` by lower-case name, ``connection`` counted from 0."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int
    head: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket, stopped: threading.Event) -> None:
        self.sock = sock
        self._stopped = stopped

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def wait(self, seconds: float) -> bool:
        """Wait; true when the server is to stop."""
        return self._stopped.wait(seconds)

    def reset(self) -> None:
        """Close so that the other side gets a reset instead of an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Reply = bytes | Callable[[Seen, Peer], bytes | None]


class FaultServer:
    """A server on 127.0.0.1; a context manager that leaves no thread and no socket behind.

    :param replies: see the module; without any every request is answered ``{"success": true}``.
    :param tls: makes it speak TLS.
    :param early: sent to the first connection when the head of its first request was read, and its body not yet.
    """

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None, early: bytes = b"") -> None:
        self.replies = list(replies) or [answer({"success": True})]
        self.seen: list[Seen] = []
        self.connections = 0
        self._tls = tls
        self._early = early
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def bodies(self) -> list[Any]:
        return [seen.json for seen in self.seen]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.append(sock)
            self._start(self._serve, sock, self.connections)
            self.connections += 1

    def _serve(self, sock: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
            stack.callback(sock.close)
            if self._tls is not None:
                sock = stack.enter_context(self._tls.wrap_socket(sock, server_side=True))
                self._open.append(sock)
            peer = Peer(sock, self._stopped)
            reader = stack.enter_context(sock.makefile("rb"))
            for seen in _requests(reader, number, self._hasten(sock) if number == 0 else None):
                with self._lock:
                    self.seen.append(seen)
                    reply = self.replies[0] if len(self.replies) == 1 else self.replies.pop(0)
                data = reply if isinstance(reply, bytes) else reply(seen, peer)
                if data is None:
                    return
                peer.send(data)

    def _hasten(self, sock: socket.socket) -> Callable[[], None]:
        def before_body() -> None:
            early, self._early = self._early, b""
            sock.sendall(early)

        return before_body


def _requests(reader: Any, connection: int, before_body: Callable[[], None] | None) -> Iterator[Seen]:
    while line := reader.readline():
        head = line
        headers: dict[str, str] = {}
        while (raw := reader.readline()).strip():
            head += raw
            name, _, value = raw.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        method, target, _ = line.decode("latin-1").split(" ", 2)
        if before_body is not None:
            before_body()
        body = reader.read(int(headers.get("content-length", 0)))
        yield Seen(method, target, headers, body, connection, head)


def answer(
    body: Any = b"", status: int = 200, headers: Mapping[str, str] | None = None, length: int | None = None
) -> bytes:
    """An HTTP answer as bytes.

    :param body: bytes as they are, anything else as JSON.
    :param length: what ``Content-Length`` says, where that is not the truth; -1 leaves the header out.
    """
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever"]
    if length != -1:
        lines.append(f"Content-Length: {len(content) if length is None else length}")
    lines.extend(f"{name}: {value}" for name, value in (headers or {}).items())
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def then_close(data: bytes) -> Reply:
    """Send and close."""

    def reply(_seen: Seen, peer: Peer) -> None:
        peer.send(data)

    return reply


def then_reset(data: bytes = b"") -> Reply:
    """Send and reset the connection."""

    def reply(_seen: Seen, peer: Peer) -> None:
        peer.send(data)
        peer.wait(0.05 if data else 0)
        peer.reset()

    return reply


def dripping(data: bytes, every: float) -> Reply:
    """Send one byte at a time, as long as the other side listens."""

    def reply(_seen: Seen, peer: Peer) -> None:
        for position in range(len(data)):
            peer.send(data[position : position + 1])
            if peer.wait(every):
                return

    return reply


def stalling(data: bytes = b"") -> Reply:
    """Send and say no more."""

    def reply(_seen: Seen, peer: Peer) -> None:
        peer.send(data)
        peer.wait(60)

    return reply


def tunnelling(seen: Seen, peer: Peer) -> None:
    """What an HTTP proxy does with CONNECT: pass bytes both ways until one side has no more."""
    host, port = re.fullmatch(r"(.+):(\d+)", seen.target).groups()  # type: ignore[union-attr]
    with socket.create_connection((host, int(port)), timeout=10) as target:
        peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_pump, args=(target, peer.sock), daemon=True)
        back.start()
        _pump(peer.sock, target)
        back.join(10)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


def unused_port() -> int:
    """A port of 127.0.0.1 at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass
class HandClock:
    """A clock whose time passes only when somebody sleeps or calls ``pass_``; its ids are numbered."""

    instant: datetime.datetime = datetime.datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
    elapsed: float = 0.0
    slept: list[float] = field(default_factory=list)
    ids: int = 0

    def pass_(self, seconds: float) -> None:
        self.instant += datetime.timedelta(seconds=seconds)
        self.elapsed += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_(seconds)

    def new_id(self) -> str:
        self.ids += 1
        return f"00000000-0000-4000-8000-{self.ids:012}"

    @property
    def clock(self) -> Any:
        """The same as the runtime takes it."""
        from segment_connector.clock import Clock

        return Clock(lambda: self.instant, lambda: self.elapsed, self.sleep, self.new_id)
