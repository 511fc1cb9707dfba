"""How clients reach the server: standard input and output, or one URL of an HTTP service."""

from __future__ import annotations

import gc
import sys
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from ...errors import ConnectorError
from ...http.host_names import host_name, host_of_origin
from ..agent_tools.offer import Offer

if TYPE_CHECKING:
    from ...connector import Connector
    from ..agent_tools.tool_calls import Run

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_BODY = 4 * 1024 * 1024  # bytes
_MOST_SESSIONS = 1000
_IDLE = 30 * 60.0  # seconds


class HttpApp:
    """The server as an ASGI application for exactly one path, in every revision of the protocol.

    Made by ``http_app``. Whoever mounts it enters ``lifespan()`` once, around all requests, in its own lifespan::

        app = http_app(connector, resolve)

        @asynccontextmanager
        async def lifespan(_):
            async with app.lifespan():
                yield

        Starlette(routes=[Route("/mcp", app)], lifespan=lifespan)

    ``Route`` and not ``Mount``, which would send clients on to ``/mcp/``. It answers GET, POST and DELETE.
    """

    def __init__(self, manager: Any, give_up: Callable[[], None], *, max_body: int, names: bool) -> None:
        self._manager = manager
        self._give_up = give_up
        self._max_body = max_body
        self._names = names

    def lifespan(self) -> AbstractAsyncContextManager[None]:
        """What must be entered before the first request and left after the last; only once."""
        running: AbstractAsyncContextManager[None] = self._manager.run()
        return running

    def give_up(self) -> None:
        """Answer the calls that have not ended, by an error which says that the server stops."""
        self._give_up()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._names and (status := _misnamed(scope["headers"])):
            await _answer(send, status, b"text/plain", b"Invalid %s header" % (b"Host" if status == 421 else b"Origin"))
            return
        if scope["method"] == "POST":
            from .accept_header import STREAM, AsJson, takes, taking_both
            from .request_ids import has_wrong_id

            body, receive = await _ahead(receive, self._max_body)
            if has_wrong_id(body):
                await _answer(send, 400, b"application/json", _NO_REQUEST)
                return
            if STREAM not in takes(scope["headers"]):
                send = AsJson(send)
            scope = taking_both(scope, body)
        await self._manager.handle_request(scope, receive, send)


_NO_REQUEST = (
    b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"id: must be text or a whole number; '
    b'leave it out of a notification"}}'
)


def _misnamed(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The status that refuses a ``Host`` or ``Origin`` of no good form; whose name it is, the SDK compares."""
    given: dict[bytes, list[bytes]] = {b"host": [], b"origin": []}
    for name, value in headers:
        if name in given:
            given[name].append(value)
    if len(given[b"host"]) != 1 or host_name(given[b"host"][0]) is None:
        return 421
    return 403 if any(host_of_origin(origin) is None for origin in given[b"origin"]) else None


async def _ahead(receive: Receive, most: int) -> tuple[bytes, Receive]:
    """The body of a request, as far as it is not too large, and what gives its messages once more."""
    messages: list[MutableMapping[str, Any]] = []
    size, more = 0, True
    while more and size <= most:
        messages.append(message := await receive())
        size += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
    body = b"".join(message.get("body", b"") for message in messages)

    async def again() -> MutableMapping[str, Any]:
        return messages.pop(0) if messages else await receive()

    return body, again


async def _answer(send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def http_app(
    connector: Connector,
    resolve: Callable[[str | None], Mapping[str, Any]],
    offer: Offer | None = None,
    *,
    run: Run | None = None,
    hosts: Collection[str] | None = ("127.0.0.1", "localhost", "[::1]"),
    max_body: int = MOST_BODY,
    **limits: Any,
) -> HttpApp:
    """The server over streamable HTTP.

    :param connector: whose actions.
    :param resolve: gives the connection that a client names by ``?connection=NAME`` in the URL, the usual one for
        ``None``; raises a ``ConnectorError`` for a name that there is not.
    :param offer: what of the connector agents get; by default what reads and writes.
    :param run: calls an action with the connection's name, as ``Backend.run``; by default ``Connector.run``.
    :param hosts: names by which browsers may reach the server, on any port: ``Host`` and ``Origin`` are held to them.
        ``None`` leaves that to a guard around the application.
    :param max_body: bytes of a request at most.
    :param limits: ``timeout`` (seconds that a call may take), ``most_calls`` (that run at once), ``max_result`` (tokens
        of what a tool gives).
    :returns: an ASGI application; see ``HttpApp`` for its lifespan.
    :raises ConnectorError: when the extra ``mcp`` is not installed.
    """
    tools = _tool_server(connector, resolve, offer, run, limits)
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.server.transport_security import TransportSecuritySettings

    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    if hosts is not None:
        security = TransportSecuritySettings(
            allowed_hosts=[form for host in hosts for form in (host, f"{host}:*")],
            allowed_origins=[form for host in hosts for form in (f"http://{host}", f"http://{host}:*")],
        )
    return HttpApp(
        StreamableHTTPSessionManager(
            tools.server,
            security_settings=security,
            session_idle_timeout=_IDLE,
            max_request_body_size=max_body,
            max_sessions=_MOST_SESSIONS,
        ),
        tools.give_up,
        max_body=max_body,
        names=hosts is not None,
    )


def serve_stdio(
    connector: Connector,
    resolve: Callable[[str | None], Mapping[str, Any]],
    offer: Offer | None = None,
    *,
    masked: bool = True,
    **limits: Any,
) -> None:
    """Serve one client on standard input and output until it closes them; nothing else is written to the latter.

    :param masked: whether the connection's credentials are masked where the service lists them; otherwise as
        ``http_app``.
    :raises ConnectorError: when the extra ``mcp`` is not installed.
    """
    # Hundreds of classes are made while the SDK is imported, and looking for garbage among them takes a third of it.
    gc.disable()
    try:
        from ..agent_tools.tool_calls import run_with

        tools = _tool_server(connector, resolve, offer, run_with(connector, resolve, masked=masked), limits)
        import anyio
        from mcp.server.stdio import stdio_server

        from .request_ids import CheckedInput
        from .stdin_lines import StdinLines
    finally:
        gc.enable()

    async def serve() -> None:
        given = open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False)  # noqa: ASYNC230, SIM115
        checked: Any = CheckedInput(anyio.wrap_file(given))
        async with stdio_server(stdin=checked) as (incoming, outgoing):
            lines = StdinLines(incoming, outgoing)
            await tools.server.run(lines, outgoing, tools.server.create_initialization_options())

    anyio.run(serve)


def _tool_server(
    connector: Connector,
    resolve: Callable[[str | None], Mapping[str, Any]],
    offer: Offer | None,
    run: Run | None,
    limits: Mapping[str, Any],
) -> Any:
    try:
        from .mcp_server import ToolServer
    except ImportError as error:
        if (error.name or "").partition(".")[0] in ("mcp", "mcp_types"):
            what = "tools for agents need the mcp package"
            raise ConnectorError.of(
                "missing_extra", what, "pip install 'segment-connector[mcp]'", field="mcp"
            ) from None
        raise
    return ToolServer(connector, offer or Offer(connector.specs), resolve, run, **limits)
