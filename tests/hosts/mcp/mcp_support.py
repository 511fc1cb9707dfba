"""Servers for agents and the clients that talk to them: over stdio as a program, over HTTP in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import uvicorn
from cli_support import environment
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from starlette.applications import Starlette
from starlette.routing import Route

from segment_connector import Connector
from segment_connector.hosts.mcp import Offer, http_app

ERAS = ("legacy", "2026-07-28")
DEADLINE = 20.0  # seconds that anything awaited may take on a machine that is busy

HELLO = {
    "jsonrpc": "2.0", "id": 0, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}},
}  # fmt: skip
TRACK = {
    "jsonrpc": "2.0", "id": 1, "method": "tools/call",
    "params": {"name": "track", "arguments": {"event": "E", "userId": "u"}},
}  # fmt: skip
SOURCE = {
    "id": "a", "slug": "a", "workspaceId": "w", "enabled": True, "writeKeys": [], "labels": [], "metadata": {},
}  # fmt: skip
FIRST_PAGE = {"data": {"sources": [SOURCE], "pagination": {"current": "a", "next": "b"}}}
"""What ``list_sources`` is answered when there is another page."""

Use = Callable[[Client], Awaitable[Any]]


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """The URL of an HTTP server in a thread, with one application at ``/mcp``."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with app.lifespan():
            yield

    whole = Starlette(routes=[Route("/mcp", app)], lifespan=lifespan)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(whole, log_level="error", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    finally:
        server.should_exit = True
        thread.join(DEADLINE)
        listener.close()


def wait_for(condition: Callable[[], Any], seconds: float = DEADLINE) -> Any:
    """What a condition gives as soon as it holds.

    :raises AssertionError: when it does not in time.
    """
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)
    return found


@contextlib.contextmanager
def offered(
    connector: Connector, connection: Mapping[str, Any], limits: Mapping[str, Any] | None = None, **offer: Any
) -> Iterator[str]:
    """The URL at which a connector is offered to agents."""
    app = http_app(connector, lambda _: connection, Offer(connector.specs, **offer), **(limits or {}))
    with serving(app) as url:
        yield url


def program(*arguments: str, env: Mapping[str, str] | None = None) -> StdioServerParameters:
    """``segment-connector mcp`` as a client starts it."""
    return StdioServerParameters(
        command=sys.executable, args=["-m", "segment_connector", "mcp", *arguments], env=environment(env)
    )


def talk(server: Any, use: Use, mode: str = "legacy", **options: Any) -> Any:
    """What a function makes of a connected client.

    :param server: a URL, or what ``program`` gives.
    """

    async def main() -> Any:
        async with Client(server, mode=mode, **options) as client:
            try:
                return await use(client), None
            except Exception as error:  # noqa: BLE001 - the client's own tasks would wrap it in groups
                return None, error

    outcome, error = asyncio.run(asyncio.wait_for(main(), 3 * DEADLINE))
    if error is not None:
        raise error
    return outcome


def call(server: Any, tool: str, arguments: Mapping[str, Any] | None = None, mode: str = "legacy", **extra: Any) -> Any:
    """The result of one tool call by a client of its own."""
    return talk(server, lambda client: client.call_tool(tool, dict(arguments or {}), **extra), mode)


def text_of(result: Any) -> str:
    return str(result.content[0].text)


def data_of(result: Any) -> str:
    """What the text of a result marks as data of the service; it must be marked once, and nothing may end the mark."""
    before, opened, rest = text_of(result).partition("<service_data>\n")
    data, closed, after = rest.partition("\n</service_data>")
    assert opened
    assert closed
    assert not after
    assert "service_data" not in before
    assert "<" not in data
    return data


NPM = Path(__file__).parents[2] / "npm"


def node_tool(package: str, script: str) -> list[str]:
    """The command that starts a program of ``tests/npm``, with the Node.js that is installed beside it if there is one.

    :raises AssertionError: when it is not installed.
    """
    program = NPM / "node_modules" / package / script
    assert program.is_file(), f"{package} is not installed: run 'npm ci --prefix tests/npm'"
    own = NPM / "node_modules" / ".bin" / "node"
    return [str(own) if own.exists() else "node", str(program)]


def node_environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_CONFIG"}
    return {**kept, "HOME": str(home), "NO_COLOR": "1"}
