"""The only place that opens a socket: one try of one request over requests' connection pools, bounded in time and size.

``requests`` knows the environment: proxies, certificates, TLS. Its sessions merge all that anew for every call, which
costs more than the rest of the call; here it is asked once per server, and the pool that comes out is kept. So .netrc
is never read, cookies are not kept, and a redirect is an answer like any other: a signed request goes where it was
aimed.
"""

from __future__ import annotations

import http.client
import io
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from ..specs.connector_model import Timeout

_CHUNK = 65536
_POOL = 32


@dataclass(slots=True)
class Answer:
    """What a server said.

    :ivar headers: names without regard to case.
    :ivar body: decoded from its content encoding.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


Allows = Callable[[str, str], bool]
"""Whether a connection to a host (its name, as the URL has it) may lead to an address (in digits)."""


class NoAnswer(Exception):  # noqa: N818 - what happened, not an error of the program
    """There was no answer, or none that could be read.

    :param kind: ``timeout``, ``connection``, ``tls``, ``proxy``, ``broken_answer`` or ``answer_too_large``.
    :param sent: whether the server may have got the request.
    :param reason: what the library said, in short; it holds no header and no body.
    :param lasting: whether the next try would only meet the same.
    """

    def __init__(self, kind: str, *, sent: bool, reason: str, lasting: bool = False) -> None:
        super().__init__(reason)
        self.kind = kind
        self.sent = sent
        self.reason = reason
        self.lasting = lasting


Send = Callable[[str, str, Mapping[str, str], bytes | None, Timeout, int], Answer]
"""``send(method, url, headers, content, timeout, max_bytes)``: what ``Transport`` is, and a plain function in tests."""


class _Refused(urllib3.exceptions.HTTPError):
    """The name of the server leads to an address that may not be called."""


class _Pools(HTTPAdapter):
    """requests' own way to a connection pool, as far as its adapters may be extended.

    :param asked: gives what is asked for each connection, before anything is sent over it.
    """

    def __init__(self, asked: Callable[[], Allows | None], **sizes: int) -> None:
        self._asked = asked
        super().__init__(**sizes)  # type: ignore[arg-type]

    def pool(self, server: str) -> tuple[Any, bool]:
        """The pool for a server, and whether requests must name the whole URL (a plain HTTP proxy).

        :raises requests.RequestException: when the server or a proxy in the environment cannot be used.
        """
        with requests.Session() as session:
            settings = session.merge_environment_settings(server, {}, None, None, None)
        request = requests.Request("GET", server).prepare()
        verify, proxies, cert = settings["verify"], settings["proxies"], settings["cert"]
        pool: Any = self.get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
        self.cert_verify(pool, server, verify, cert)  # type: ignore[no-untyped-call]
        if not hasattr(pool.ConnectionCls, "held"):  # all servers behind a plain HTTP proxy have one pool
            pool.ConnectionCls = _extended(pool.ConnectionCls, self._asked)
        return pool, self.request_url(request, proxies).startswith("http")


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


_this_try = _Try()


class _Incoming(io.RawIOBase):
    """What comes from a socket, until the time of the try is up: a timeout alone begins anew with every byte."""

    def __init__(self, raw: Any, sock: Any) -> None:
        self._raw = raw
        self._sock = sock
        self._between: float = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        patience = min(_this_try.left(), self._between)
        if patience != self._sock.gettimeout():  # setting it asks the system, and lets other threads in between
            self._sock.settimeout(patience)
        return self._raw.readinto(buffer)  # type: ignore[no-any-return]

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer whose head and body have to arrive in the time of the try."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp: Any = io.BufferedReader(_Incoming(self.fp.detach(), sock))


def _extended(base: Any, asked: Callable[[], Allows | None]) -> Any:
    """A connection class that bounds the time of a try, and sends head and body in one packet instead of two."""

    class Extended(base):  # type: ignore[misc]
        response_class = _Response
        held: list[bytes] | None = None

        def _new_conn(self) -> Any:
            sock = super()._new_conn()
            if (allows := asked()) is not None:
                # Only the socket knows the address: a name may lead elsewhere each time it is looked up.
                address = sock.getpeername()[0]
                if not allows(self.host, address):
                    sock.close()
                    raise _Refused(f"it leads to {address}, which may not be called from here")
            return sock

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
            self.sock.settimeout(_this_try.left())
            # A small body shares its packet with the head; to copy a large one would cost more than a packet.
            for part in [b"".join(held)] if sum(map(len, held)) <= _CHUNK else held:
                self.send(part)

        def send(self, data: Any) -> None:
            if self.held is None:
                super().send(data)
            else:
                self.held.append(data)

    return Extended


class Transport:
    """Sends requests; safe to share between threads.

    :param connections: how many are kept open to one server.
    :param allows: whether a host may be called at an address; by default every one may.
    """

    def __init__(self, connections: int = _POOL, allows: Allows | None = None) -> None:
        self.allows = allows
        self._adapter = _Pools(lambda: self.allows, pool_connections=_POOL, pool_maxsize=connections)
        self._known: dict[str, tuple[Any, bool]] = {}
        self._lock = threading.Lock()

    def __call__(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout: Timeout, max_bytes: int
    ) -> Answer:
        """Send one request and read its answer.

        :raises NoAnswer: when there is none.
        """
        _this_try.deadline = time.monotonic() + timeout.total
        cut = url.find("/", 8)
        server, target = (url[:cut], url[cut:]) if cut > 0 else (url, "/")
        try:
            pool, whole = self._known.get(server) or self._open(server)
            response = pool.urlopen(
                method, url if whole else target, content, headers, retries=False, redirect=False,
                assert_same_host=False, preload_content=False,
                timeout=urllib3.Timeout(connect=timeout.connect, read=timeout.read),
            )  # fmt: skip
        except (urllib3.exceptions.HTTPError, requests.RequestException, OSError, ValueError) as error:
            raise _no_answer(error) from error
        try:
            body = _read(response, max_bytes)
        except BaseException:
            # What is left of an answer must not be taken for the next one's beginning.
            response.close()
            raise
        response.release_conn()
        return Answer(response.status, response.headers, body)

    def close(self) -> None:
        """Close every connection that is kept open."""
        self._adapter.close()
        self._known.clear()

    def _open(self, server: str) -> tuple[Any, bool]:
        with self._lock:
            if server not in self._known:
                known = {**self._known, server: self._adapter.pool(server)}
                # A new pool may have closed the oldest one, for there is a limit to them.
                self._known = {name: one for name, one in known.items() if one[0].pool is not None}
            return self._known[server]


def _read(response: Any, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    try:
        while chunk := response.read1(_CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > max_bytes:
                raise NoAnswer("answer_too_large", sent=True, reason=f"more than {max_bytes:,} bytes", lasting=True)
    except urllib3.exceptions.ReadTimeoutError as error:
        raise NoAnswer("timeout", sent=True, reason="the answer was not complete in time") from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise NoAnswer("broken_answer", sent=True, reason=_words(tuple(_causes(error)))) from error
    return b"".join(chunks)


_UNUSABLE = (urllib3.exceptions.LocationValueError, requests.exceptions.InvalidURL, ValueError)
_UNUSABLE_PROXY = (
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidSchema,  # of an adapter: SOCKS without PySocks
    urllib3.exceptions.ProxySchemeUnknown,
)
_UNCONNECTED = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ClosedPoolError,
)


def _no_answer(error: Exception) -> NoAnswer:
    """Which kind of failure it was; the order matters, since the libraries' classes derive from one another."""
    if isinstance(error, _Refused):
        return NoAnswer("connection", sent=False, reason=str(error), lasting=True)
    causes = tuple(_causes(error))

    def is_a(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    reason = _words(causes)
    sent = not is_a(*_UNCONNECTED) and _TUNNEL not in reason
    if is_a(*_UNUSABLE_PROXY):
        return NoAnswer("proxy", sent=False, reason="its address cannot be used, or it needs PySocks", lasting=True)
    if is_a(urllib3.exceptions.ProxyError):
        return NoAnswer("proxy", sent=sent, reason=reason)
    if is_a(ssl.SSLEOFError):
        return NoAnswer("connection", sent=True, reason=reason)
    if is_a(ssl.SSLError, urllib3.exceptions.SSLError):
        return NoAnswer("tls", sent=False, reason=reason, lasting=True)
    if isinstance(error, _UNUSABLE):
        return NoAnswer("connection", sent=False, reason="its address or a header cannot be used", lasting=True)
    if is_a(urllib3.exceptions.TimeoutError, TimeoutError) and not is_a(urllib3.exceptions.NewConnectionError):
        return NoAnswer("timeout", sent=sent, reason=reason)
    if type(error) is OSError:  # requests reads the certificates that it was told to use before it connects
        return NoAnswer("tls", sent=False, reason=str(error), lasting=True)
    return NoAnswer("connection", sent=sent, reason=reason)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those it was made of, in the several ways in which the libraries wrap them."""
    seen: list[BaseException] = []
    below: list[Any] = [error]
    while below:
        one = below.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            below.extend((getattr(one, "reason", None), *one.args, one.__cause__, one.__context__))


_TUNNEL = "Tunnel connection failed"


def _words(causes: tuple[BaseException, ...]) -> str:
    """What happened in few words, without the addresses and objects that the libraries write around it."""
    for cause in causes:
        if isinstance(cause, http.client.RemoteDisconnected):
            return "closed without an answer"
        if isinstance(cause, http.client.BadStatusLine):
            return "what came is no HTTP"
        if isinstance(cause, http.client.IncompleteRead):
            return "it ended too early"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError) and cause.reason:
            return cause.reason.replace("_", " ").lower()
        if isinstance(cause, OSError) and (cause.strerror or str(cause).startswith(_TUNNEL)):
            return cause.strerror or str(cause)
    return type(causes[-1]).__name__


def host_of(url: str) -> str:
    """Host and port of a URL, for messages."""
    return urlsplit(url).netloc
