"""The only place that opens a socket: one try of one request over ``requests``' adapter, bounded in time and size.

The adapter is used without a ``requests.Session``: a session merges proxies, certificates, cookies and .netrc anew for
every call, which costs more than the rest of the call. Here the environment is asked once per server, .netrc is never
read, cookies are not kept and a redirect is an answer like any other: a signed request goes where it was aimed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.utils
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

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
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(Exception):  # noqa: N818 - what happened, not an error of the program
    """There was no answer, or none that could be read.

    :param kind: ``timeout``, ``connection``, ``tls``, ``proxy``, ``broken_answer`` or ``answer_too_large``.
    :param sent: whether the server may have got the request.
    :param reason: what the library said, in short; it holds no header and no body.
    """

    def __init__(self, kind: str, *, sent: bool, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.sent = sent
        self.reason = reason


Send = Callable[[str, str, Mapping[str, str], bytes | None, Timeout, int], Answer]
"""``send(method, url, headers, content, timeout, max_bytes)``: what ``Transport`` is, and a plain function in tests."""


class Transport:
    """Sends requests; safe to share between threads."""

    def __init__(self) -> None:
        self._adapter = HTTPAdapter(pool_connections=_POOL, pool_maxsize=_POOL)
        self._settings: dict[str, Mapping[str, Any]] = {}
        self._lock = threading.Lock()

    def __call__(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout: Timeout, max_bytes: int
    ) -> Answer:
        """Send one request and read its answer.

        :raises NoAnswer: when there is none.
        """
        deadline = time.monotonic() + timeout.total
        try:
            response = self._adapter.send(
                _prepare(method, url, headers, content), stream=True, timeout=(timeout.connect, timeout.read),
                **self._settings_of(url),
            )  # fmt: skip
        except requests.RequestException as error:
            raise _no_answer(error) from error
        try:
            body = _read(response.raw, deadline, max_bytes)
        except BaseException:
            # What is left of an answer must not be taken for the next one's beginning.
            response.raw.close()
            raise
        response.raw.release_conn()
        return Answer(response.status_code, response.headers, body)

    def close(self) -> None:
        """Close every connection that is kept open."""
        self._adapter.close()

    def _settings_of(self, url: str) -> Mapping[str, Any]:
        server = url[: url.index("/", 8)] if "/" in url[8:] else url
        settings = self._settings.get(server)
        if settings is None:
            with self._lock, requests.Session() as session:
                settings = session.merge_environment_settings(server, {}, None, None, None)
                self._settings[server] = settings = {
                    name: settings[name] for name in ("proxies", "verify", "cert")
                }
        return settings


def _prepare(method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> requests.PreparedRequest:
    request = requests.PreparedRequest()
    request.method = method
    request.url = url
    request.headers = CaseInsensitiveDict(headers)
    request.body = content
    if content is not None:
        request.headers["Content-Length"] = str(len(content))
    elif method in ("POST", "PUT", "PATCH"):
        request.headers["Content-Length"] = "0"
    return request


def _read(raw: Any, deadline: float, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    try:
        while chunk := raw.read1(_CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > max_bytes:
                raise NoAnswer("answer_too_large", sent=True, reason=f"more than {max_bytes:,} bytes")
            if time.monotonic() > deadline:
                raise NoAnswer("timeout", sent=True, reason="the answer was still arriving when the time was up")
    except urllib3.exceptions.ReadTimeoutError as error:
        raise NoAnswer("timeout", sent=True, reason="no byte of the answer arrived in time") from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise NoAnswer("broken_answer", sent=True, reason=type(error).__name__) from error
    return b"".join(chunks)


def _no_answer(error: requests.RequestException) -> NoAnswer:
    """Which kind of failure it was; the order matters, since requests' classes derive from one another."""
    cause = _root(error)
    if isinstance(error, requests.exceptions.ProxyError):
        return NoAnswer("proxy", sent=False, reason=type(cause).__name__)
    if isinstance(error, requests.exceptions.SSLError):
        return NoAnswer("tls", sent=False, reason=str(getattr(cause, "verify_message", "") or type(cause).__name__))
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return NoAnswer("timeout", sent=False, reason="no connection could be opened in time")
    if isinstance(error, requests.exceptions.Timeout):
        return NoAnswer("timeout", sent=True, reason="no answer arrived in time")
    if isinstance(cause, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.LocationParseError)):
        return NoAnswer("connection", sent=False, reason=_short(cause))
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return NoAnswer("connection", sent=False, reason="the address of the server cannot be used")
    return NoAnswer("connection", sent=True, reason=_short(cause))


def _root(error: BaseException) -> BaseException:
    """The exception at the bottom of the layers of requests and urllib3."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", None)
    if isinstance(reason, BaseException):
        return reason
    if isinstance(inner, BaseException):
        return inner
    return error


def _short(error: BaseException) -> str:
    """What the operating system said, without the addresses and objects that urllib3 writes around it."""
    context: BaseException | None = error
    while context is not None:
        if isinstance(context, OSError) and context.strerror:
            return context.strerror
        inner = next((part for part in context.args if isinstance(part, BaseException)), None)
        context = inner or context.__cause__ or context.__context__
    return type(error).__name__


def host_of(url: str) -> str:
    """Host and port of a URL, for messages."""
    return urlsplit(url).netloc
