"""What the HTTP API costs beside a bare route that makes the same call, and how it bears many clients, in one run.

Both services are processes of their own and call the same server. They take turns in short blocks, so that a machine
that slows down slows both; the figure is the median of the ratios of neighbouring blocks.
Run: make bench, or python benchmarks/service.py [--seconds 60]
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psutil
import server
from one_call import EVENT

CLIENTS = 64
ROUNDS = 9
BLOCK = 1.0  # seconds
STARTS = 5

# The comparison: what a builder would write by hand. Session is what requests asks for where speed matters.
BARE = """
import sys, requests, uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

session = requests.Session()
session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=64))
url, how = sys.argv[1], sys.argv[2]
post = session.post if how == "session" else requests.post

def call(body):
    return post(url + "/v1/track", json=body, auth=("benchmark", "")).json()

async def run(request):
    asked = await request.json()
    return JSONResponse(await run_in_threadpool(call, asked["inputs"]))

class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(f"token=- http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}/", flush=True)

app = Starlette(routes=[Route("/v1/actions/track/run", run, methods=["POST"])])
Server(uvicorn.Config(app, port=0, log_level="warning")).run()
"""


class Service:
    """A service in a process of its own."""

    def __init__(self, *command: str) -> None:
        started = time.perf_counter()
        self.process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        line = next(line for line in self.process.stdout if "token=" in line)
        self.port = int(line.split("127.0.0.1:")[1].split("/")[0])
        self.token = line.strip().split("token=")[1].split()[0]
        with self.client() as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            client.recv(65536)
        self.seconds_to_start = time.perf_counter() - started

    def client(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    @property
    def memory(self) -> float:
        """Megabytes."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


@contextmanager
def service(*command: str) -> Iterator[Service]:
    made = Service(*command)
    try:
        yield made
    finally:
        made.stop()


def load(target: Service, body: bytes, clients: int, seconds: float) -> tuple[list[float], int]:
    """Seconds of every call that so many clients make, each its next one when it has its answer; and the errors."""
    request = (
        f"POST /v1/actions/track/run HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n"
        f"Authorization: Bearer {target.token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    times: list[float] = []
    errors: list[bytes] = []
    begin = threading.Barrier(clients)

    def work() -> None:
        own = []
        with target.client() as client:
            begin.wait()
            end = time.perf_counter() + seconds
            while (start := time.perf_counter()) < end:
                client.sendall(request)
                answer = _answer(client)
                own.append(time.perf_counter() - start)
                if not answer.startswith(b"HTTP/1.1 200"):
                    errors.append(answer)
        times.extend(own)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        print("first error:", errors[0][-600:])
    return times, len(errors)


def _answer(client: socket.socket) -> bytes:
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += client.recv(65536)
    head = data[:end].lower()
    length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    while len(data) < end + 4 + length:
        data += client.recv(65536)
    return data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long so many clients call at once")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(server.running())
        started = []
        for _ in range(STARTS):
            with service("-m", "segment_connector", "serve", "--port", "0") as one:
                started.append(one.seconds_to_start)
        print(f"start to ready, with workbench and tools: {statistics.median(started):.2f} s (goal: under 2)")
        own = stack.enter_context(service("-m", "segment_connector", "serve", "--port", "0"))
        bare = {how: stack.enter_context(service("-c", BARE, url, how)) for how in ("post", "session")}
        connection = {"writeKey": "benchmark", "servers": {"tracking": f"{url}/v1"}}
        body = json.dumps({"inputs": EVENT, "connection": connection}).encode()
        _compare(own, bare, body, chosen.rounds)
        _bear(own, body, chosen.seconds)


def _compare(own: Service, bare: dict[str, Service], body: bytes, rounds: int) -> None:
    candidates = {"ours": own, **bare}
    for clients in (1, 16):
        rates: dict[str, list[float]] = {name: [] for name in candidates}
        for one in candidates.values():
            load(one, body, clients, BLOCK / 2)
        for _ in range(rounds):
            for name, one in candidates.items():
                times, errors = load(one, body, clients, BLOCK)
                assert not errors, name
                rates[name].append(len(times) / BLOCK)
        said = ", ".join(
            f"{statistics.median(mine / its for mine, its in zip(rates['ours'], rates[how], strict=True)):.2f} of "
            f"requests.{'Session().post' if how == 'session' else 'post'} ({statistics.median(rates[how]):.0f})"
            for how in bare
        )
        print(f"{clients:2} clients: {statistics.median(rates['ours']):.0f} calls a second, {said} (goal: 0.6)")


def _bear(own: Service, body: bytes, seconds: float) -> None:
    load(own, body, CLIENTS, min(3, seconds))  # so that every thread and connection is there
    before = own.memory
    times, errors = load(own, body, CLIENTS, seconds)
    after = own.memory
    times.sort()
    half, most = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(
        f"{CLIENTS} clients for {seconds:.0f} s: {len(times)} calls, {errors} errors, p50 {half * 1e3:.1f} ms, "
        f"p99 {most * 1e3:.1f} ms, ratio {most / half:.1f} (goal: under 20), memory {before:.1f} -> {after:.1f} MB"
    )


if __name__ == "__main__":
    main()
