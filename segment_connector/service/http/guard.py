"""What every request passes first, on HTTP and on websockets: by which name we are called, from which page, by whom.

The page of another site cannot read our answers, but a browser lets it send requests to 127.0.0.1, and a name that it
owns can be made to lead here (DNS rebinding). So the name that a request is for must be ours, the page that it is from
must be ours, and it must bring the cookie or the token. Pure ASGI: it costs a few microseconds, and holds for whatever
is mounted behind it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...errors import Problem
from ...http.host_names import host_name, host_of_origin
from ..sessions import Sessions
from ..settings import Settings
from .delivery_route import PREFIX
from .problems import Answer, Refusal
from .responses import send_answer
from .sign_in import NO_STORE, SignIn, cookie_name, refusal_page

_OPEN = frozenset({"/healthz"})
"""What tells nothing, so that a supervisor may ask without a token."""

_DISCOVERY = "/.well-known/"
# Agents ask there, before they send a token, who gives tokens (RFC 9728, 8414); a 401 would send them looking in vain.
_NO_DISCOVERY = Refusal(
    404, Problem("unknown_path", "this service does not issue tokens",
                 "send the token that it was started with as Authorization: Bearer")
)  # fmt: skip
_STRICT = ("/v1/", "/mcp")
_POLICY = (
    b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    b"frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY),  # nothing is loaded from elsewhere, and nobody shows us in a frame
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class Guard:
    """ASGI middleware around the whole service.

    :param settings: the names of the service, and how much it takes.
    :param sessions: who may come in.
    """

    def __init__(self, app: ASGIApp, settings: Settings, sessions: Sessions) -> None:
        self._app = app
        self._settings = settings
        self._sessions = sessions
        self._sign_in = SignIn(sessions)
        self._names = {name.lower() for name in ("localhost", settings.host, *settings.hosts)}
        self._right_hosts: set[bytes] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            # Called by the service behind, by whatever name it knows; the path is the token, and the body is signed.
            await self._app(scope, receive, send)
            return
        headers = scope["headers"]
        own = {name: value for name, value in headers if name in _READ}
        try:
            for name in (b"host", b"origin"):
                if sum(known == name for known, _ in headers) > 1:
                    raise _twice(name.decode().title())
            self._check_names(own)
            if scope["path"].startswith(_DISCOVERY):
                raise _NO_DISCOVERY
            if (come_in := self._sign_in.answers(scope)) is not None:
                await send_answer(await come_in(scope, receive), send, (*_HEADERS, NO_STORE))
                return
            cookies = [value for name, value in headers if name == b"cookie"]
            if scope["path"] not in _OPEN and not self._sessions.knows(
                cookies, cookie_name(scope), own.get(b"authorization")
            ):
                raise _stranger(token_given=b"authorization" in own)
        except Refusal as refusal:
            await _refuse(refusal, scope, receive, send, own)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        await self._limited(scope, receive, send, own)

    def _check_names(self, own: Mapping[bytes, bytes]) -> None:
        host = own.get(b"host", b"")
        if host not in self._right_hosts:
            self._check_host(host)
        origin = own.get(b"origin")
        site, mode = own.get(b"sec-fetch-site", b"none"), own.get(b"sec-fetch-mode", b"")
        foreign = origin is not None and host_of_origin(origin) != host
        # Pages on other ports of this machine count as the same site, so their cookies come along.
        if foreign or (site not in (b"none", b"same-origin") and mode != b"navigate"):
            raise Refusal(
                403, Problem("foreign_origin", "a page of another site may not call this service",
                             "call it from a program, with the token as Bearer", field="Origin")
            )  # fmt: skip

    def _check_host(self, host: bytes) -> None:
        name = host_name(host) or ""
        # An address cannot be rebound; a name can, so it must be one of ours.
        if name not in self._names and not _is_address(name):
            raise Refusal(
                421, Problem("unknown_host", "this service does not have that name",
                             "call it by its address, or start it with --allow-host NAME", field="Host")
            )  # fmt: skip
        if len(self._right_hosts) < 1000:
            self._right_hosts.add(host)

    async def _limited(self, scope: Scope, receive: Receive, send: Send, own: Mapping[bytes, bytes]) -> None:
        """Go on with a body that is cut off where it becomes too large."""
        strict = scope["path"].startswith(_STRICT)  # decoded, as routes see it
        most = self._settings.max_body if strict else self._settings.max_upload
        left, started, over = most, False, False
        length = own.get(b"content-length", b"0")
        if length.isdigit() and int(length) > most:
            await send_answer(_too_large(most), send, unread=receive)
            return

        async def receive_some() -> Message:
            nonlocal left, over
            message: Message = {"type": "http.disconnect"} if over else await receive()
            left -= len(message.get("body", b""))
            if left < 0 and not over:
                over = True
                if not started:
                    await send_answer(_too_large(most), send, unread=receive)
                return {"type": "http.disconnect"}
            return message

        async def send_more(message: Message) -> None:
            nonlocal started
            if over:
                return
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *_HEADERS, *((NO_STORE,) if strict else ())]
            await send(message)

        await self._app(scope, receive_some, send_more)


_READ = frozenset(
    (b"host", b"origin", b"authorization", b"content-length", b"accept", b"sec-fetch-site", b"sec-fetch-mode")
)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _stranger(*, token_given: bool) -> Refusal:
    message = "the token is wrong" if token_given else "a token is needed"
    hint = (
        "open the link that the service printed at its start, or another from 'segment-connector serve --link'; "
        "programs send the header Authorization: Bearer TOKEN"
    )
    problem = Problem("unauthorized", message, hint, field="Authorization")
    return Refusal(401, problem, {"WWW-Authenticate": 'Bearer realm="segment-connector"'})


def _twice(header: str) -> Refusal:
    return Refusal(400, Problem("header", "is given twice", "send it once", field=header))


def _too_large(most: int) -> Answer:
    problem = Problem("too_large", f"the body has more than {most:,} bytes", "send less in one request")
    return Refusal(413, problem, {"Connection": "close"}).answer


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send, own: Mapping[bytes, bytes]) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.problem.message})
        return
    answer = refusal.answer
    if b"text/html" in own.get(b"accept", b"").split(b",")[0]:
        answer = refusal_page(refusal)
    await send_answer(answer, send, (*_HEADERS, NO_STORE))
