"""What bulk delivery reaches, beside Segment's own SDK and beside a bare POST of the same bytes, in one run.

Each measurement is a process of its own, the candidates take turns, and the figures are medians of ratios of one round,
so that a machine that slows down slows all of them. Run: make bench, or python benchmarks/bulk.py --help
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import server

SDK_SHARE = 20  # it is slow: of so many events it gets one
# What it may be set to; the best of each server is found first, on a few events. Packing only costs it time here.
# Its last batch waits for the interval, which is why that is short.
SDK_SETTINGS = [
    {"thread": thread, "upload_size": size, "upload_interval": 0.05, "gzip": False}
    for thread, size in ((1, 100), (1, 1000), (1, 5000), (2, 1000), (4, 1000), (16, 100), (16, 1000), (32, 1000))
]
TREE = {
    "event": "Order Completed",
    "userId": "{{ row.customer_id }}",
    "messageId": "{{ row.event_id }}",
    "timestamp": "{{ row.completed_at }}",
    "properties": {
        "order_id": "{{ row.order_id }}",
        "revenue": "{{ row.total | number }}",
        "currency": "{{ row.currency }}",
        "coupon": "{{ row.coupon }}",
        "affiliation": "{{ row.store }}",
    },
}
COLUMNS = ["event_id", "customer_id", "completed_at", "order_id", "total", "currency", "coupon", "store", "notes"]

Figures = list[dict[str, Any]]


class Bench:
    """Measures, and remembers what came out.

    :param folder: where the data are; :param events: how many; :param rounds: of each group.
    """

    def __init__(self, folder: Path, events: int, rounds: int) -> None:
        self.folder = folder
        self.events = events
        self.rounds = rounds
        self.sdk_events = min(max(events // SDK_SHARE, 20_000), events)
        self.rows: list[tuple[str, str, str, str]] = []
        self.source = self.written("events.jsonl", events, line)
        self.warm = self.written("warm.jsonl", 1000, line)
        self._best: dict[str, dict[str, Any]] = {}

    def written(self, name: str, count: int, make: Callable[[random.Random], str], head: str = "") -> str:
        """A file of so many lines, the same each time."""
        dice = random.Random(7)
        path = self.folder / name
        with path.open("w", encoding="utf-8") as file:
            file.write(head)
            for _ in range(count):
                file.write(make(dice))
        return str(path)

    def one(self, what: str, **arguments: Any) -> dict[str, Any]:
        """One measurement, with ``rate`` and CPU microseconds of an event."""
        script = str(Path(__file__).with_name("bulk_one.py"))
        command = [sys.executable, script, what, json.dumps(arguments)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{what} {arguments} failed:\n{done.stderr}")
        found: dict[str, Any] = json.loads(done.stdout)
        found["rate"] = found["events"] / found["seconds"]
        found["cpu_us"] = found.get("cpu", 0.0) / found["events"] * 1e6
        return found

    def ours(self, url: str, **options: Any) -> dict[str, Any]:
        return self.one("bulk", **{"source": self.source, "url": url, "warm": self.warm, **options})

    def sdk(self, url: str, name: str) -> dict[str, Any]:
        """The SDK at the settings that are best for a server."""
        events = self.sdk_events
        if name not in self._best:
            tried = [
                (self.one("sdk", source=self.source, url=url, warm=self.warm, events=events // 2, **one)["rate"], one)
                for one in SDK_SETTINGS
            ]
            rate, self._best[name] = max(tried, key=lambda pair: pair[0])
            slowest = min(rate for rate, _ in tried)
            print(f"SDK, {name}: best of {len(tried)} settings is {self._best[name]} ({slowest:,.0f} to {rate:,.0f}/s)")
        return self.one("sdk", source=self.source, url=url, warm=self.warm, events=events, **self._best[name])

    def rounds_of(self, candidates: dict[str, Callable[[], dict[str, Any]]]) -> dict[str, Figures]:
        """Let candidates take turns; prints what each reached."""
        found: dict[str, Figures] = {name: [] for name in candidates}
        for _ in range(self.rounds):
            for name, candidate in candidates.items():
                found[name].append(candidate())
        for name, figures in found.items():
            rate, cpu = median(figures, "rate"), median(figures, "cpu_us")
            spread = f"{min(one['rate'] for one in figures):,.0f} to {max(one['rate'] for one in figures):,.0f}"
            print(f"  {name:32}{rate:12,.0f} events/s  ({spread}){cpu:9.2f} us CPU")
        return found

    def row(self, figure: str, reached: float, goal: float, aim: float | None = None, *, most: bool = False) -> None:
        """A line of the table: at least the goal, or at most it."""
        holds = reached <= goal if most else reached >= goal
        sign = "at most" if most else "at least"
        wanted = f"{sign} {goal:g}" + (f", aim {aim:g}" if aim is not None else "")
        self.rows.append((figure, wanted, f"{reached:.3g}", "yes" if holds else "NO"))


def median(figures: Figures, name: str) -> float:
    return statistics.median(one[name] for one in figures)


def ratio(ones: Figures, others: Figures, name: str = "rate") -> float:
    """The median of the ratios of each round."""
    return statistics.median(one[name] / other[name] for one, other in zip(ones, others, strict=True))


def speed(bench: Bench) -> None:
    """One process and two, beside the SDK and the bound; CPU an event."""
    lacking = bench.written("lacking.jsonl", bench.events, lambda dice: line(dice, with_id=False))
    cpu: list[float] = []
    begun = time.perf_counter()
    with server.running(cpu=cpu) as url:
        found = bench.rounds_of({
            "SDK": lambda: bench.sdk(url, "local server"),
            "bound: bytes posted unread": lambda: bench.one(
                "bound", source=bench.source, url=url, warm=bench.warm, connections=16
            ),
            "one process": lambda: bench.ours(url),
            "two workers": lambda: bench.ours(url, workers=2),
            "one process, ids and times made": lambda: bench.ours(url, source=lacking),
        })  # fmt: skip
    print(f"  the server was busy for {cpu[0] / (time.perf_counter() - begun):.0%} of one core")
    sdk, bound, one, two = list(found.values())[:4]
    bench.row("one process / SDK", ratio(one, sdk), 12, 17)
    bench.row("one process / bound", ratio(one, bound), 0.15, 0.2)
    bench.row("CPU an event / SDK", ratio(one, sdk, "cpu_us"), 0.09, most=True)
    bench.row("two workers / SDK", ratio(two, sdk), 20, 30)
    bench.row("two workers / bound", ratio(two, bound), 0.33)


def delay(bench: Bench) -> None:
    """A server that answers after 50 ms."""
    with server.running(delay=0.05) as url:
        found = bench.rounds_of({
            "SDK, 50 ms": lambda: bench.sdk(url, "50 ms server"),
            "one process, 50 ms": lambda: bench.ours(url, connections=32),
            "two workers, 50 ms": lambda: bench.ours(url, connections=32, workers=2),
        })  # fmt: skip
    sdk, one, two = found.values()
    bench.row("one process / SDK, 50 ms server", ratio(one, sdk), 25)
    bench.row("two workers / SDK, 50 ms server", ratio(two, sdk), 25)


def memory(bench: Bench) -> None:
    """Peak memory, and time, at so many events and at ten times as many."""
    ten = bench.folder / "ten.jsonl"
    with ten.open("wb") as file:
        for _ in range(10):
            with Path(bench.source).open("rb") as piece:
                shutil.copyfileobj(piece, file, 1 << 20)
    with server.running() as url:
        found = bench.rounds_of({
            "one process": lambda: bench.ours(url, warm=None),
            "one process, ten times as many": lambda: bench.ours(url, warm=None, source=str(ten)),
            "two workers": lambda: bench.ours(url, warm=None, workers=2),
            "two workers, ten times as many": lambda: bench.ours(url, warm=None, source=str(ten), workers=2),
        })  # fmt: skip
    ten.unlink()
    for figures in found.values():
        for figure in figures:
            figure["highest"] = max(figure["peak"])
            figure["workers"] = max(figure["peak"][1:], default=figure["peak"][0])
    one, one_ten, two, two_ten = found.values()
    for name, figures in found.items():
        print(f"  {name:32}{median(figures, 'highest'):8.1f} MB at most in one process")
    bench.row("MB of one process", median(one, "highest"), 64, most=True)
    bench.row("MB of a worker of two", median(two, "workers"), 64, most=True)
    bench.row("memory at ten times as many, one process", ratio(one_ten, one, "highest"), 1.05, most=True)
    bench.row("memory at ten times as many, worker", ratio(two_ten, two, "workers"), 1.05, most=True)
    bench.row("time of an event at ten times as many", ratio(one, one_ten), 1.15, most=True)


def checkpoint(bench: Bench) -> None:
    """What receipts cost."""
    with server.running() as url:
        found = bench.rounds_of({
            "with checkpoint": lambda: bench.ours(url),
            "without": lambda: bench.ours(url, keep_checkpoint=False),
        })  # fmt: skip
    kept, not_kept = found.values()
    bench.row("time with checkpoint / without", ratio(kept, not_kept, "seconds"), 1.05, most=True)


def gzip(bench: Bench) -> None:
    """What packing costs."""
    with server.running() as url:
        found = bench.rounds_of({
            "packed by isal": lambda: bench.ours(url, gzip=True),
            "not packed": lambda: bench.ours(url),
        })  # fmt: skip
    packed, plain = found.values()
    bench.row("time with gzip / without", ratio(packed, plain, "seconds"), 1.15, most=True)


def dask(bench: Bench) -> None:
    """Dask's workers beside as many embedded ones; the cluster is there already, as one of several machines is."""
    with server.running() as url, _cluster() as address:
        engine = {"engine": "dask", "workers": 2}
        found = bench.rounds_of({
            "two workers": lambda: bench.ours(url, workers=2),
            "Dask, its two workers": lambda: bench.ours(url, **engine, scheduler=address),
            "Dask, with a start of its own": lambda: bench.ours(url, **engine),
        })  # fmt: skip
    embedded, remote, _ = found.values()
    bench.row("time by Dask / embedded", ratio(remote, embedded, "seconds"), 1.4, most=True)


def csv(bench: Bench) -> None:
    """Rows of CSV by a mapping; what the mapping alone costs, benchmarks/mapping.py tells."""
    head = ",".join(COLUMNS) + "\n"
    table, warm = bench.written("orders.csv", bench.events, row, head), bench.written("warm.csv", 1000, row, head)
    with server.running() as url:
        found = bench.rounds_of({
            "SDK": lambda: bench.sdk(url, "local server"),
            "CSV, mapped": lambda: bench.ours(url, source=table, warm=warm, action="track", mapping=TREE),
        })  # fmt: skip
    sdk, mapped = found.values()
    bench.row("CSV, mapped / SDK", ratio(mapped, sdk), 5)


GROUPS = [speed, delay, memory, checkpoint, gzip, dask, csv]


def line(dice: random.Random, *, with_id: bool = True) -> str:
    """A track event of about 420 bytes."""
    number = dice.getrandbits(128)
    given = f'"messageId":"{number:032x}","timestamp":"2026-01-{number % 28 + 1:02}T12:{number % 60:02}:00.000Z",'
    return (
        f'{{"type":"track",{given if with_id else ""}"userId":"u-{number % 900_000}",'
        f'"anonymousId":"{number >> 64:016x}","event":"Order Completed",'
        f'"properties":{{"order_id":"{number >> 32 & 0xFFFFFFFFFFFF:012x}",'
        f'"revenue":{number % 90_000 / 100},"currency":"USD","coupon":"SPRING","products":[{{"sku":"G-{number % 97}",'
        f'"name":"Garden hose","price":14.5,"quantity":{number % 5 + 1}}}]}},"context":{{"ip":"203.0.113.7",'
        '"locale":"en-US","page":{"path":"/checkout"}}}\n'
    )


def row(dice: random.Random) -> str:
    """The same order as a row."""
    number = dice.getrandbits(128)
    return (
        f"{number:032x},u-{number % 900_000},2026-01-{number % 28 + 1:02}T12:{number % 60:02}:00.000Z,"
        f"{number >> 32 & 0xFFFFFFFFFFFF:012x},{number % 90_000 / 100},USD,{'SPRING' if number % 3 else ''},"
        "Main Street,nothing to say about it\n"
    )


@contextmanager
def _cluster() -> Iterator[str]:
    import distributed

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, memory_limit=0, silence_logs=logging.CRITICAL,
        host="127.0.0.1", dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": False},
    ) as cluster:  # fmt: skip
        yield str(cluster.scheduler_address)


def machine() -> str:
    """What it was measured on."""
    model = next(
        (text.split(":")[1].strip() for text in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in text),
        platform.processor(),
    )
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return f"{model}, {cores} cores, Python {platform.python_version()}, {platform.system()}; load before: {load:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="how many (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of each group (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="60,000 events, one round: only whether it runs")
    parser.add_argument("--only", action="append", choices=[group.__name__ for group in GROUPS], help="one group")
    given = parser.parse_args()
    events, rounds = (60_000, 1) if given.quick else (given.events, given.rounds)
    print(machine())
    with tempfile.TemporaryDirectory(prefix="bulk-benchmark-") as folder:
        bench = Bench(Path(folder), events, rounds)
        size = Path(bench.source).stat().st_size / events
        print(f"{events:,} events of {size:.0f} bytes, {rounds} rounds; the SDK gets {bench.sdk_events:,} of them")
        for group in GROUPS:
            if not given.only or group.__name__ in given.only:
                print(f"{group.__name__}: {(group.__doc__ or '').splitlines()[0]}", flush=True)
                group(bench)
    print(f"\n{'figure':44}{'goal':28}{'reached':>10}  holds")
    for figure, goal, reached, holds in bench.rows:
        print(f"{figure:44}{goal:28}{reached:>10}  {holds}")


if __name__ == "__main__":
    main()
