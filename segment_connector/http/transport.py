"""The only place that opens a socket: one try of one request over requests' connection pools, bounded in time and size.

``requests`` knows the environment: proxies, certificates, TLS. Its sessions merge all that anew for every call, which
costs more than the rest of the call; here it is asked once per server, and the pool that comes out is kept. So .netrc
is never read, cookies are not kept, and a redirect is an answer like any other: a signed request goes where it was
aimed.
"""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from ..language.connector_records import Timeout
from .http_connection import CHUNK, AddressRefused, Allows, FramingFault, extended, this_try

_POOL = 32


@dataclass(slots=True)
class Response:
    """What a server said.

    :ivar headers: names without regard to case.
    :ivar body: decoded from its content encoding.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


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


Send = Callable[[str, str, Mapping[str, str], bytes | None, Timeout, int], Response]
"""``send(method, url, headers, content, timeout, max_bytes)``: what ``Transport`` is, and a plain function in tests."""


class _Pools(HTTPAdapter):
    """requests' own way to a connection pool, as far as its adapters may be extended.

    :param asked: gives what is asked for each connection, before anything is sent over it.
    :param direct: whether the environment is passed over.
    """

    def __init__(self, asked: Callable[[], Allows | None], direct: bool, **sizes: int) -> None:
        self._asked = asked
        self._direct = direct
        super().__init__(**sizes)  # type: ignore[arg-type]

    def pool(self, server: str) -> tuple[Any, bool]:
        """The pool for a server, and whether requests must name the whole URL (a plain HTTP proxy).

        :raises requests.RequestException: when the server or a proxy in the environment cannot be used.
        """
        with requests.Session() as session:
            session.trust_env = not self._direct
            settings = session.merge_environment_settings(server, {}, None, None, None)
        request = requests.Request("GET", server).prepare()
        verify, proxies, cert = settings["verify"], settings["proxies"], settings["cert"]
        pool: Any = self.get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
        self.cert_verify(pool, server, verify, cert)  # type: ignore[no-untyped-call]
        if not hasattr(pool.ConnectionCls, "held"):  # all servers behind a plain HTTP proxy have one pool
            pool.ConnectionCls = extended(pool.ConnectionCls, self._asked)
        return pool, self.request_url(request, proxies).startswith("http")


class Transport:
    """Sends requests; safe to share between threads.

    :param connections: how many are kept open to one server.
    :param allows: whether a host may be called at an address; by default every one may.
    :param direct: whether a proxy of the environment is passed over, which could not reach this machine.
    """

    def __init__(self, connections: int = _POOL, allows: Allows | None = None, *, direct: bool = False) -> None:
        self.allows = allows
        self._adapter = _Pools(lambda: self.allows, direct, pool_connections=_POOL, pool_maxsize=connections)
        self._known: dict[str, tuple[Any, bool]] = {}
        self._lock = threading.Lock()

    def __call__(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout: Timeout, max_bytes: int
    ) -> Response:
        """Send one request and read its answer.

        :raises NoAnswer: when there is none.
        """
        this_try.deadline = time.monotonic() + timeout.total
        cut = url.find("/", 8)
        server, target = (url[:cut], url[cut:]) if cut > 0 else (url, "/")
        try:
            pool, whole = self._known.get(server) or self._open(server)
            response = pool.urlopen(
                method, url if whole else target, content, headers, retries=False, redirect=False,
                assert_same_host=False, preload_content=False,
                timeout=_limits(timeout.connect, timeout.read),
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
        return Response(response.status, response.headers, body)

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


@lru_cache(maxsize=64)
def _limits(connect: float, read: float) -> urllib3.Timeout:
    return urllib3.Timeout(connect=connect, read=read)  # a pool makes a copy for each request


def _read(response: Any, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    plain = "Content-Encoding" not in response.headers
    try:
        while chunk := response.read1(CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > max_bytes:
                raise NoAnswer("answer_too_large", sent=True, reason=f"more than {max_bytes:,} bytes", lasting=True)
            if plain and response.closed:  # to ask once more would only give nothing
                break
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
    if isinstance(error, AddressRefused):
        return NoAnswer("connection", sent=False, reason=str(error), lasting=True)
    causes = tuple(_causes(error))

    def is_a(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    reason = _words(causes)
    fault = next((cause for cause in causes if isinstance(cause, FramingFault)), None)
    if fault is not None:
        return NoAnswer(fault.kind, sent=fault.kind == "broken_answer", reason=reason)
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
        if isinstance(cause, FramingFault):
            return str(cause)
        if isinstance(cause, http.client.RemoteDisconnected):
            return "closed without an answer"
        if isinstance(cause, http.client.BadStatusLine):
            return "the answer is not HTTP"
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
