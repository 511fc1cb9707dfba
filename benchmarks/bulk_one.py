"""One measurement of bulk delivery in a process of its own: ``python bulk_one.py WHAT '{...}'`` prints figures as JSON.

Everything that a process needs once (imports, connections, compiled schemas) is done on a small file before the clock
starts, for all candidates alike; only where memory is measured nothing goes before.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

BODY = 500_000
WRITE_KEY = "benchmark"


def bulk(source: str, url: str, warm: str | None = None, **options: Any) -> dict[str, Any]:
    """``Connector.bulk``: seconds, CPU of this process, peak memory of the process that had most."""
    from segment_connector import Connector

    connector = Connector.load()
    connection = {"writeKey": WRITE_KEY, "servers": {"tracking": f"{url}/v1"}}

    def deliver(path: str, **more: Any) -> Any:
        result = connector.bulk(path, connection, fresh=True, **more)
        assert result.ok, result.message
        assert result.tally.rejected == 0, result.to_dict()
        return result

    if warm is not None:
        deliver(warm, **{**options, "workers": 1, "engine": "local", "scheduler": None})
    with _peaks() as peaks, _clock() as clock:
        result = deliver(source, **options)
    return {**clock, "events": result.tally.accepted, "peak": peaks}


def bound(source: str, url: str, warm: str, connections: int) -> dict[str, Any]:
    """The same bytes, posted in bodies of 500 KB by as many threads, and not looked at."""
    import urllib3

    pool = urllib3.connectionpool.connection_from_url(url, maxsize=connections)
    headers = {"Content-Type": "application/json"}

    def post(path: str) -> None:
        with Path(path).open("rb", buffering=0) as file:
            reading = threading.Lock()

            def send() -> None:
                while True:
                    with reading:
                        body = file.read(BODY)
                    if not body:
                        return
                    assert pool.request("POST", "/v1/batch", body=body, headers=headers).status == 200

            threads = [threading.Thread(target=send) for _ in range(connections)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    post(warm)
    with _clock() as clock:
        post(source)
    return {**clock, "events": _lines(source)}


def sdk(source: str, url: str, warm: str, events: int, **settings: Any) -> dict[str, Any]:
    """Segment's own SDK. Its events are parsed before the clock starts, and its queue has room for all of them."""
    import logging

    import segment.analytics.client as sdk_client

    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its session keeps ten connections, and tells of each other
    failures: list[Exception] = []

    def deliver(path: str, most: int) -> None:
        with Path(path).open("rb") as file:
            calls = [_as_call(line) for line in itertools.islice(file, most)]
        client = sdk_client.Client(
            WRITE_KEY, host=url, max_queue_size=len(calls) + 1,
            on_error=lambda error, _: failures.append(error), **settings,
        )  # fmt: skip
        with _clock() as clock:
            for call in calls:
                client.track(**call)
            client.queue.join()
        assert not failures, failures[0]
        found.update({**clock, "events": len(calls)})

    found: dict[str, Any] = {}
    deliver(warm, 1000)
    deliver(source, events)
    os.write(1, json.dumps(found).encode())
    os._exit(0)  # its threads would be waited for


def _as_call(line: bytes) -> dict[str, Any]:
    import orjson

    event = orjson.loads(line)
    return {
        "user_id": event["userId"],
        "event": event["event"],
        "properties": event["properties"],
        "context": event["context"],
        "timestamp": datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00")),
        "anonymous_id": event["anonymousId"],
        "message_id": event["messageId"],
    }


def _lines(path: str) -> int:
    with Path(path).open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


@contextlib.contextmanager
def _clock() -> Iterator[dict[str, float]]:
    """Seconds, and seconds of CPU of this process and of those that it waited for."""
    found: dict[str, float] = {}
    begun, before = time.perf_counter(), _cpu()
    yield found
    found.update(seconds=time.perf_counter() - begun, cpu=_cpu() - before)


def _cpu() -> float:
    waited_for = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + waited_for.ru_utime + waited_for.ru_stime


@contextlib.contextmanager
def _peaks() -> Iterator[list[float]]:
    """Peak memory in MB of this process, and of each that it started, as the system counts it (VmHWM)."""
    found: list[float] = []
    others: dict[str, float] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for task in Path("/proc/self/task").iterdir():
                with contextlib.suppress(OSError):
                    for pid in (task / "children").read_text().split():
                        if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                            others[pid] = _peak(pid) or others.get(pid, 0.0)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield found
    over.set()
    thread.join()
    found.extend([_peak("self"), *others.values()])


def _peak(pid: str) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
