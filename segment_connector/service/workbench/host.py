"""The one NiceGUI of a process, lent to one app at a time.

NiceGUI keeps its app, its clients and its event loop in globals, and can be set up once. So that happens once here,
and which backend a page works with travels in the scope of its request.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from nicegui import Client, core, ui
from nicegui import app as nicegui_app
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount

from ...markup.look import COLOURS, logo
from .bulk.run_registry import end_runs
from .failures import show_failure
from .pages import BACKEND, TRIGGERS, not_found, register
from .palette import palette_route
from .static_files import FOLDER, serve, url_of
from .work import in_thread

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from ..backend import Backend
    from ..trigger_service import TriggerService

_MOST_WAITING = 32  # pages whose browsers have not connected yet; each takes up to 1 MB, and NiceGUI waits a minute


class Host:
    """NiceGUI, set up; ``host`` gives the only one."""

    def __init__(self) -> None:
        self._inner = Starlette()
        self._busy = threading.Lock()
        serve()
        register()
        palette_route.register()
        nicegui_app.on_page_exception(show_failure)
        # Quasar's bar for requests under way has no name for screen readers, and pages talk by websocket.
        nicegui_app.config.quasar_config["loadingBar"]["skipHijack"] = True
        ui.add_css(COLOURS, shared=True)
        ui.add_css(FOLDER / "workbench.css", shared=True)
        leads = f'data-palette="{palette_route.PATH}" data-files="/bulk"'
        ui.add_head_html(f'<script defer src="{url_of("workbench.js")}" {leads}></script>', shared=True)
        # Tailwind's script costs half a second of a page; the workbench has a style sheet of its own.
        ui.run_with(
            self._inner,  # type: ignore[arg-type]  # it asks nothing of it that FastAPI adds
            root=not_found,
            favicon=logo(),
            dark=None,
            language="en-US",
            tailwind=False,
            show_welcome_message=False,
            gzip_middleware_factory=None,  # packed by ``mount``
            reconnect_timeout=10,
        )

    def mount(self, app: Starlette, backend: Backend, triggers: TriggerService) -> None:
        """As ``workbench.mount``."""
        outer = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(served: Starlette) -> AsyncIterator[Any]:
            async with outer(served) as state, self._serving(backend):
                yield state

        app.router.lifespan_context = lifespan
        pages = _With({BACKEND: backend, TRIGGERS: triggers}, self._inner)
        # NiceGUI would leave it out where pytest runs, and tests see other bytes than people.
        app.router.routes.append(Mount("/", app=GZipMiddleware(pages), name="workbench"))

    @asynccontextmanager
    async def _serving(self, backend: Backend) -> AsyncIterator[None]:
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("a workbench is being served in this process; stop that app first, or make one without")
        try:
            # Its watch over websockets belongs to the event loop of the app before.
            core.sio.eio.start_service_task = True
            async with self._inner.router.lifespan_context(self._inner):
                try:
                    yield
                finally:
                    await in_thread(end_runs, backend)
                    # The tasks that would delete them end with this event loop, and pages hold this app's backend.
                    for client in list(Client.instances.values()):
                        client.delete()
        finally:
            self._busy.release()


class _With:
    """An app that finds what its pages work with in the scope of each request."""

    def __init__(self, given: Mapping[str, Any], app: Starlette) -> None:
        self._app = app
        self._given = given

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _bound_waiting()
        await self._app({**scope, **self._given}, receive, send)


def _bound_waiting() -> None:
    """Give up the oldest pages that were sent and never connected, as a client that is not a browser leaves them."""
    if len(Client.instances) <= _MOST_WAITING:
        return
    # Those that lost their connection have a time of their own to come back, and are named by a task that ends them.
    waiting = [one for one in Client.instances.values() if not one.has_socket_connection and not one._delete_tasks]  # noqa: SLF001
    for client in waiting[:-_MOST_WAITING]:
        client.delete()


@cache
def host() -> Host:
    """The NiceGUI of this process, set up on first use."""
    return Host()
