"""``/mcp``: the tools for agents, made when the first agent comes, for their SDK takes half a second to import."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from starlette.types import Receive, Scope, Send

from ..hosts.mcp import Offer, http_app
from ..hosts.mcp.offer import USUAL
from .desk import Desk
from .settings import Settings

if TYPE_CHECKING:
    from ..hosts.mcp import HttpApp
    from ..runtime.call import OnWait
    from ..runtime.result import Result


class Agents:
    """An ASGI application that answers when ``lifespan`` was entered.

    :param settings: what agents may do, and how large a request may be.
    :raises InputError: when the settings name an effect, group or action that there is not.
    """

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._desk = desk
        self._settings = settings
        allow = settings.allow or USUAL
        self._offer = Offer(desk.connector.specs, allow=allow, groups=settings.groups, tools=settings.tools)
        self._wanted = asyncio.Event()
        self._ended = asyncio.Event()
        self._made: asyncio.Future[HttpApp]

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
        await app(scope, receive, send)

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
        async with app.lifespan():
            self._made.set_result(app)
            await self._ended.wait()

    def _make(self) -> HttpApp:
        desk = self._desk

        def resolve(name: str | None) -> dict[str, Any]:
            return desk.resolve(desk.usual if name is None else name)

        def run(
            action: str, inputs: Mapping[str, Any], connection: str | None, *, on_wait: OnWait | None = None
        ) -> Result:
            return desk.run(action, inputs, desk.usual if connection is None else connection, on_wait=on_wait)

        # The guard has looked at Host and Origin already.
        return http_app(
            desk.connector, resolve, self._offer, run=run, hosts=None, max_body=self._settings.max_body
        )  # fmt: skip
