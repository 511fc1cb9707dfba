"""``/mcp``: the tools for agents, made when the first agent comes, for their SDK takes half a second to import."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from starlette.types import Message, Receive, Scope, Send

from ..call.policy import USUAL
from ..hosts.mcp import Offer, http_app
from .backend import Backend
from .settings import Settings

if TYPE_CHECKING:
    from ..call.caller import OnWait
    from ..hosts.mcp import HttpApp
    from ..result import Result

_MOST_CALLS = 16  # at once; each has a thread


class McpMount:
    """An ASGI application that answers when ``lifespan`` was entered.

    :param settings: what agents may do, and how large a request may be.
    :raises InputError: when the settings name an effect, group or action that there is not.
    """

    def __init__(self, backend: Backend, settings: Settings) -> None:
        self._backend = backend
        self._settings = settings
        allow = settings.allow or USUAL
        self._offer = Offer(backend.connector.specs, allow=allow, groups=settings.groups, tools=settings.tools)
        self._wanted = asyncio.Event()
        self._ended = asyncio.Event()
        self._made: asyncio.Future[HttpApp]
        self._listeners: set[asyncio.Event] = set()
        self._quiet = False

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """What must be entered before the first request and left after the last."""
        self._made = asyncio.get_running_loop().create_future()
        living = asyncio.create_task(self._live())
        try:
            yield
        finally:
            self._ended.set()
            self._wanted.set()
            await living

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self._wanted.set()
        app = await asyncio.shield(self._made)  # one client that goes away does not take it from the others
        if scope["method"] == "GET":
            await self._listening(app, scope, receive, send)
        else:
            await app(scope, receive, send)

    def hush(self) -> None:
        """End the streams on which clients wait for news: there will be none, and they would hold up a stop."""
        self._quiet = True
        for listener in self._listeners:
            listener.set()

    def give_up(self) -> None:
        """Answer the calls that have not ended, by an error."""
        if self._wanted.is_set() and self._made.done() and self._made.exception() is None:
            self._made.result().give_up()

    async def _listening(self, app: HttpApp, scope: Scope, receive: Receive, send: Send) -> None:
        hushed, ended = asyncio.Event(), False
        if self._quiet:
            hushed.set()
        self._listeners.add(hushed)

        async def receive_until_hushed() -> Message:
            incoming, quiet = asyncio.ensure_future(receive()), asyncio.ensure_future(hushed.wait())
            try:
                await asyncio.wait((incoming, quiet), return_when=asyncio.FIRST_COMPLETED)
                return incoming.result() if incoming.done() else {"type": "http.disconnect"}
            finally:
                incoming.cancel()
                quiet.cancel()

        async def note_and_send(message: Message) -> None:
            nonlocal ended
            ended = message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        try:
            await app(scope, receive_until_hushed, note_and_send)
        finally:
            self._listeners.discard(hushed)
        if hushed.is_set() and not ended:
            await send({"type": "http.response.body", "body": b""})

    async def _live(self) -> None:
        """Enter and leave the server's own lifespan, which have to be done by one task."""
        await self._wanted.wait()
        if self._ended.is_set():
            return
        try:
            app = await anyio.to_thread.run_sync(self._make)
        except Exception as error:  # noqa: BLE001 - for those who wait
            self._made.set_exception(error)
            return
        from sse_starlette.sse import AppStatus

        # Else it ends every stream as soon as uvicorn begins to stop, and with them the calls that still have time.
        AppStatus.enable_automatic_graceful_drain = False
        async with app.lifespan():
            self._made.set_result(app)
            await self._ended.wait()

    def _make(self) -> HttpApp:
        backend = self._backend

        def resolve(name: str | None) -> dict[str, Any]:
            return backend.resolve(backend.usual if name is None else name)

        def run(
            action: str, inputs: Mapping[str, Any], connection: str | None, *, on_wait: OnWait | None = None
        ) -> Result:
            return backend.run(action, inputs, backend.usual if connection is None else connection, on_wait=on_wait)

        # The guard has looked at Host and Origin already.
        settings = self._settings
        return http_app(
            backend.connector, resolve, self._offer, run=run, hosts=None, max_body=settings.max_body,
            timeout=settings.timeout, most_calls=min(_MOST_CALLS, settings.concurrency),
            **({} if settings.max_result is None else {"max_result": settings.max_result}),
        )  # fmt: skip
