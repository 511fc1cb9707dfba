"""The service as one ASGI application: the doors, and the guard before all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from anyio import to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from ..call.policy import Policy
from ..errors import Problem, did_you_mean
from ..hosts.worker_threads import WorkerThreads
from .backend import Backend
from .http.api import HttpApi
from .http.guard import Guard
from .http.problems import Refusal
from .http.responses import send_answer
from .http.swagger import swagger_routes
from .http.trigger_api import TriggerApi
from .servers import Servers
from .sessions import Sessions
from .settings import Settings
from .trigger_service import TriggerService


def create_app(backend: Backend, settings: Settings, sessions: Sessions | None = None) -> Starlette:
    """The service, ready for uvicorn; it lives with its lifespan.

    :param backend: the connector and its connections; whoever made it closes it.
    :param settings: how it runs; what ``allow``, ``groups``, ``tools`` and ``servers`` keep out is out at every door.
    :param sessions: who may come in; ``app.state.sessions`` has those that are made when none are given.
    :raises InputError: when the settings name an effect, group, action or server that there is not.
    """
    workers = WorkerThreads(settings.threads, settings.timeout, settings.concurrency, backend.metrics.running.set)
    sessions = sessions or Sessions(settings.token)
    if not settings.inline:
        backend.connections.close_to_changes()
    specs = backend.connector.specs
    policy = Policy(specs, allow=settings.allow or None, groups=settings.groups, tools=settings.tools)
    backend.limit(policy, Servers(specs.connector, settings.servers, limited=settings.limits_servers))
    api = HttpApi(backend, settings, workers)
    triggers = TriggerService(backend, settings)
    trigger_api = TriggerApi(backend, triggers, workers, api.languages)
    routes = [*trigger_api.routes(), *api.routes(), *swagger_routes(f"{backend.connector.spec.title} connector")]
    agents = None
    if settings.mcp:
        from .mcp_mount import McpMount

        agents = McpMount(backend, settings)
        routes += [Route("/mcp", agents), Route("/mcp/", agents)]
    nowhere = Nowhere(routes)
    if settings.workbench:
        # What is mounted at "/" answers every path with a page, and programs cannot read that.
        routes.append(Mount("/v1", nowhere))
    else:
        routes.append(Route("/", RedirectResponse("/docs")))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(workers.give_up)
            stack.callback(trigger_api.deliveries.workers.give_up)
            await to_thread.run_sync(triggers.start, app.state.address)
            stack.push_async_callback(to_thread.run_sync, triggers.close)
            if agents is not None:
                await stack.enter_async_context(agents.lifespan())
            yield

    app = Starlette(
        routes=routes, lifespan=lifespan, middleware=[Middleware(Guard, settings=settings, sessions=sessions)]
    )
    app.router.redirect_slashes = False
    app.router.default = nowhere
    app.state.sessions = sessions
    app.state.workers = workers
    app.state.metrics = backend.metrics
    app.state.agents = agents
    app.state.triggers = triggers
    app.state.stream = trigger_api.stream
    app.state.address = f"http://{settings.host}:{settings.port}"
    app.state.document = api.document
    if settings.workbench:
        from . import workbench

        workbench.mount(app, backend, triggers)
    return app


class Nowhere:
    """What answers where no route does.

    :param routes: those that there are.
    """

    def __init__(self, routes: list[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that there is nothing here."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
            return
        known = [str(getattr(route, "path", "")) for route in self._routes]
        hint = did_you_mean(scope["path"][:200], known) or "GET /openapi.json lists the paths"
        await send_answer(Refusal(404, Problem("unknown_path", "there is no such path", hint)).answer, send)
