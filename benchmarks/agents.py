"""What tools for agents cost: a call beside the action itself, the list of tools, and the start of the program.

Run: make bench, or python benchmarks/agents.py
(The name is not mcp.py: a script's folder comes first on the path, and would hide the package of that name.)
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import server

from segment_connector import Connector

CALLS = 300
STARTS = 7
EVENT = {"event": "Order Completed", "userId": "u-1", "properties": {"revenue": 14.99}}
HELLO = {
    "jsonrpc": "2.0", "id": 0, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}},
}  # fmt: skip
SEEN = {"jsonrpc": "2.0", "method": "notifications/initialized"}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
CALL = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "track", "arguments": EVENT}}

# The application alone on uvicorn, as the service mounts it.
SERVICE = """
import contextlib, socket, sys
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from segment_connector import Connector
from segment_connector.hosts.mcp import http_app

app = http_app(Connector.load(), lambda _: {"writeKey": "key-1", "servers": {"tracking": sys.argv[1]}})

@contextlib.asynccontextmanager
async def lifespan(_):
    async with app.lifespan():
        yield

listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
config = uvicorn.Config(Starlette(routes=[Route("/mcp", app)], lifespan=lifespan), log_level="error", ws="none")
uvicorn.Server(config).run(sockets=[listener])
"""


class Stdio:
    """The program, and one message after another through its pipes."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "segment_connector", "mcp"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **environment},
        )  # fmt: skip

    def tell(self, message: dict[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, message: dict[str, Any]) -> bytes:
        self.tell(message)
        assert self.process.stdout
        return self.process.stdout.readline()

    def end(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


@contextlib.contextmanager
def http(tracking: str) -> Iterator[Callable[[dict[str, Any]], bytes]]:
    """Sends one message after another to the application over HTTP."""
    process = subprocess.Popen([sys.executable, "-c", SERVICE, tracking], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    url = process.stdout.readline().strip()
    parts = urlsplit(url)
    client = HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}

    def ask(message: dict[str, Any]) -> bytes:
        client.request("POST", parts.path, json.dumps(message), headers)
        answer = client.getresponse()
        if session := answer.getheader("Mcp-Session-Id"):
            headers["Mcp-Session-Id"] = session
        assert answer.status < 300, answer.status
        return answer.read()

    ask(HELLO)
    ask(SEEN)
    yield ask
    client.close()
    process.terminate()
    process.wait(10)
    process.stdout.close()


def milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def line(what: str, figure: str, goal: str) -> None:
    print(f"{what:<58} {figure:>12}   goal: {goal}")


def main() -> None:
    starts = []
    before = cpu_of_children()
    for _ in range(STARTS):
        begun = time.perf_counter()
        program = Stdio({})
        assert b"serverInfo" in program.ask(HELLO)
        starts.append(time.perf_counter() - begun)
        program.end()
    line("stdio: start to the first answer", f"{statistics.median(starts):.2f} s", "under 1.2 s")
    line("the same program from start to end, CPU", f"{(cpu_of_children() - before) / STARTS:.2f} s", "-")

    with server.running() as tracking, http(tracking) as over_http:
        program = Stdio({"SEGMENT_WRITE_KEY": "key-1", "SEGMENT_TRACKING_URL": tracking, "NO_PROXY": "127.0.0.1"})
        program.ask(HELLO)
        program.tell(SEEN)
        connector = Connector.load()
        connection = {"writeKey": "key-1", "servers": {"tracking": tracking}}
        ways: dict[str, Callable[[], object]] = {
            "run": lambda: connector.run("track", EVENT, connection),
            "stdio": lambda: program.ask(CALL),
            "http": lambda: over_http(CALL),
            "list by stdio": lambda: program.ask(LIST),
            "list by http": lambda: over_http(LIST),
        }
        for _ in range(20):
            for way in ways.values():
                way()
        assert b'"structuredContent"' in program.ask(CALL)
        assert b'"structuredContent"' in over_http(CALL)
        # Taken in turns, so that whatever else the machine does is shared by all.
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(CALLS):
            for name, way in ways.items():
                took[name].append(milliseconds(way))
        size = len(program.ask(LIST))
        program.end()
    middle = {name: statistics.median(each) for name, each in took.items()}
    line("Connector.run('track'), local server", f"{middle['run']:.2f} ms", "-")
    for way in ("stdio", "http"):
        line(f"tools/call adds, {way}", f"{middle[way] - middle['run']:.2f} ms", "at most 3 ms")
    for way in ("stdio", "http"):
        line(f"tools/list, {way}", f"{middle[f'list by {way}']:.2f} ms", "under 20 ms")
    line("tools/list, size", f"{size / 1000:.1f} kB", "under 60 kB")


if __name__ == "__main__":
    main()
