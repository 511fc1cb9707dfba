"""What it costs to receive webhooks and to poll, beside a bare route that writes the same row to SQLite, in one run.

A delivery is verified, stored on the disk and answered. Both services are processes of their own under uvicorn, with
the same settings of SQLite, and take turns in short blocks; the figure is the median of the ratios of neighbours.
Run: make bench, or python benchmarks/triggers.py [--deliveries 100000]
"""

from __future__ import annotations

import argparse
import hmac
import itertools
import json
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service import Service, service

from segment_connector import Connector
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

ROUNDS = 7
BLOCK = 1.5  # seconds
CLIENTS = 16
RATE = 200  # deliveries a second
RATED = 15.0  # seconds
SECRET = "made-up-secret-of-the-benchmark"
EVENTS = 10_000
PATH = "made-up-path-of-the-benchmark"

# What `segment-connector listen` starts, with items that wait to be fetched.
OURS = f"""
import socket, sys, threading
from pathlib import Path
from segment_connector import Connector
from segment_connector.inbox.receiver import Receiver
from segment_connector.inbox.registration import Registration
from segment_connector.inbox.stores import open_store
from segment_connector.service.listener import Listener

runner = Connector.load().trigger_runner
subscription = runner.new_subscription("event_received", {{"sourceId": "s"}}, "http://127.0.0.1/in", "benchmark")
subscription = subscription.changed(secret={SECRET!r}, state="manual")
store = open_store(sys.argv[1])
store.save(Registration(
    "benchmark", "event_received", subscription.inputs, subscription=subscription.to_dict(), path={PATH!r}))
bound = socket.create_server(("127.0.0.1", 0), backlog=1024)
receiver = Receiver(store, runner, consumed=lambda _one: False)
Listener(bound, receiver.receive, 5_000_000, lambda _reply: None).start()
print(f"token=- http://127.0.0.1:{{bound.getsockname()[1]}}/", flush=True)
threading.Event().wait()
"""

# The comparison: it verifies nothing and knows nothing again.
BARE = """
import sqlite3, sys, threading, time, uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

database = sqlite3.connect(sys.argv[1], isolation_level=None, check_same_thread=False)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
database.execute(
    "CREATE TABLE items (number INTEGER PRIMARY KEY AUTOINCREMENT, registration TEXT, status TEXT, item TEXT, "
    "received REAL)"
)
lock = threading.Lock()

def write(text):
    with lock:
        database.execute(
            "INSERT INTO items (registration, status, item, received) VALUES (?, ?, ?, ?)",
            ("benchmark", "done", text, time.time()),
        )

async def receive(request):
    await run_in_threadpool(write, (await request.body()).decode())
    return JSONResponse({"accepted": 1})

class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(f"token=- http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}/", flush=True)

app = Starlette(routes=[Route("/in/{path}", receive, methods=["POST"])])
Server(uvicorn.Config(app, port=0, log_level="warning", access_log=False)).run()
"""

_numbers = itertools.count()
_PROPERTIES = {"revenue": 41.5, "currency": "EUR", "products": [{"product_id": str(one)} for one in range(5)]}


def _request() -> bytes:
    """A delivery with an id of its own, signed."""
    body = json.dumps(
        {
            "type": "track", "event": "Order Completed", "messageId": f"m-{next(_numbers)}", "userId": "u",
            "timestamp": "2026-01-31T12:00:00Z", "properties": _PROPERTIES,
        }
    ).encode()  # fmt: skip
    signature = hmac.digest(SECRET.encode(), body, "sha1").hex()
    return (
        f"POST /in/{PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Signature: {signature}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def _deliver(client: socket.socket) -> None:
    client.sendall(_request())
    answer = b""
    while b'"accepted":1' not in answer:
        part = client.recv(65536)
        assert part, answer
        answer += part
        assert answer.startswith(b"HTTP/1.1 200"), answer


def _together(target: Service, work: object, clients: int) -> None:
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            with target.client() as client:
                work(client, number)  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _rate(target: Service, clients: int) -> float:
    """Deliveries a second that so many clients get answered, each its next one when it has its answer."""
    counts = [0] * clients
    end = time.perf_counter() + BLOCK

    def work(client: socket.socket, number: int) -> None:
        while time.perf_counter() < end:
            _deliver(client)
            counts[number] += 1

    _together(target, work, clients)
    return sum(counts) / BLOCK


def _rated(target: Service) -> list[float]:
    """Milliseconds of each delivery at a steady rate, from the instant at which it was due."""
    times: list[float] = []
    begin = time.perf_counter() + 0.1
    turns = iter(range(int(RATE * RATED)))
    lock = threading.Lock()

    def work(client: socket.socket, _number: int) -> None:
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                return
            due = begin + turn / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            _deliver(client)
            times.append((time.perf_counter() - due) * 1e3)

    _together(target, work, CLIENTS)
    return sorted(times)


def _compare(own: Service, bare: Service) -> None:
    for clients in (1, CLIENTS):
        rates: dict[str, list[float]] = {"own": [], "bare": []}
        for one in (own, bare):
            _rate(one, clients)
        for _ in range(ROUNDS):
            for name, one in (("own", own), ("bare", bare)):
                rates[name].append(_rate(one, clients))
        ratio = statistics.median(mine / its for mine, its in zip(rates["own"], rates["bare"], strict=True))
        own_rate, its_rate = (statistics.median(rates[name]) for name in ("own", "bare"))
        print(
            f"{clients:2} clients: {own_rate:.0f} deliveries a second, {ratio:.2f} of a bare route ({its_rate:.0f}) "
            f"(goal: 0.5)"
        )


def _bear(target: Service, deliveries: int) -> None:
    done = itertools.count(1)
    marks: dict[int, float] = {}

    def work(client: socket.socket, _number: int) -> None:
        while (count := next(done)) <= deliveries:
            _deliver(client)
            if count in (deliveries // 10, deliveries):
                marks[count] = target.memory

    _together(target, work, CLIENTS)
    told = ", ".join(f"{memory:.1f} MB after {count:,} deliveries" for count, memory in sorted(marks.items()))
    print(f"memory: {told} (goal: flat)")


def _poll() -> None:
    connector = Connector.load()
    with Sandbox(Specs()) as sandbox:
        first = connector.poll("workspace_changed", {}, sandbox.connection)
        sandbox.play("workspace_changed", EVENTS)
        begin = time.perf_counter()
        polled = connector.poll("workspace_changed", {}, sandbox.connection, first.state)
        seconds = time.perf_counter() - begin
        assert len(polled.items) == EVENTS, len(polled.items)
    print(f"poll of {EVENTS:,} changes from the sandbox: {seconds:.2f} s (goal: under 5)")


@contextmanager
def _services() -> Iterator[tuple[Service, Service]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        service("-c", OURS, str(Path(folder) / "own.db")) as own,
        service("-c", BARE, str(Path(folder) / "bare.db")) as bare,
    ):
        yield own, bare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=100_000, help="how many deliveries memory is watched over")
    parser.add_argument("--only", choices=["rate", "compare", "memory", "poll"])
    chosen = parser.parse_args()
    with _services() as (own, bare):
        if chosen.only in (None, "rate"):
            times = _rated(own)
            print(
                f"at {RATE} a second: p50 {times[len(times) // 2]:.1f} ms, p99 {times[int(len(times) * 0.99)]:.1f} ms "
                f"(goal: under 50), {len(times)} deliveries"
            )
        if chosen.only in (None, "compare"):
            _compare(own, bare)
        if chosen.only in (None, "memory"):
            _bear(own, chosen.deliveries)
    if chosen.only in (None, "poll"):
        _poll()


if __name__ == "__main__":
    main()
