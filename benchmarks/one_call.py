"""What one whole action costs, beside a bare POST and Segment's own SDK, in one run.

The candidates take turns in short blocks, so that a machine that slows down slows all of them; the figures are medians
of the ratios of neighbouring blocks. Run: make bench, or python benchmarks/one_call.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import requests
import server

from segment_connector import Connector
from segment_connector.http.transport import Response

ROUNDS = 21
BLOCK = 150
PURE_BLOCK = 2000  # what does no I/O is too short to be timed in a small block
EVENT = {
    "event": "Order Completed",
    "userId": "97980cfea0067",
    "properties": {
        "order_id": "50314b8e9bcf000000000000",
        "revenue": 14.99,
        "currency": "USD",
        "products": [{"product_id": "507f1f77bcf86cd799439011", "sku": "G-32", "price": 14, "quantity": 1}],
    },
    "context": {
        "ip": "203.0.113.7",
        "locale": "en-US",
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
        "page": {"path": "/checkout", "url": "https://example.com/checkout"},
        "campaign": {"name": "Spring", "source": "newsletter"},
    },
}


def block(call: Callable[[], object], count: int = BLOCK) -> float:
    """Seconds of one call, as the mean of a block."""
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def main() -> None:
    with server.running() as url, requests.Session() as session:
        connection = {"writeKey": "benchmark", "servers": {"tracking": f"{url}/v1"}}
        connector = Connector.load()
        silent = Connector.load(send=lambda *_: Response(200, {}, b'{"success":true}'))
        body = connector.plan("track", EVENT, connection).body

        def ours() -> None:
            assert connector.run("track", EVENT, connection).ok

        def bare() -> None:
            session.post(f"{url}/v1/track", json=body).raise_for_status()

        def pure() -> None:
            assert silent.run("track", EVENT, connection).ok

        candidates: dict[str, Callable[[], object]] = {
            "Connector.run('track')": ours,
            "requests.Session.post(json=)": bare,
            "validate + plan + outcome, no I/O": pure,
        }
        sdk = _sdk(url)
        if sdk is not None:
            candidates["segment-analytics-python, sync_mode"] = sdk
        for call in candidates.values():
            block(call)
        times: dict[str, list[float]] = {name: [] for name in candidates}
        for _ in range(ROUNDS):
            for name, call in candidates.items():
                times[name].append(block(call, PURE_BLOCK if call is pure else BLOCK))

    reference = times["Connector.run('track')"]
    print(f"{'':38}{'least us':>10}{'median us':>11}{'ours / it':>11}")
    for name, seconds in times.items():
        ratio = statistics.median(mine / other for mine, other in zip(reference, seconds, strict=True))
        print(f"{name:38}{min(seconds) * 1e6:10.1f}{statistics.median(seconds) * 1e6:11.1f}{ratio:11.2f}")
    print("goals: at most 1.0 (aim 0.55) of requests, at most 0.5 of the SDK, at most 25 us without I/O")


def _sdk(url: str) -> Callable[[], object] | None:
    try:
        from segment.analytics.client import Client
    except ImportError:
        print("segment-analytics-python is not installed: pip install 'segment-connector[bench]'")
        return None
    client = Client("benchmark", host=url, sync_mode=True, max_retries=0)

    def call() -> None:
        client.track(EVENT["userId"], EVENT["event"], EVENT["properties"], EVENT["context"])

    return call


if __name__ == "__main__":
    main()
