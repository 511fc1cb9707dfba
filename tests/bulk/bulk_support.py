"""What the tests of bulk delivery share: a spec root with small limits and short waits, sources, what came of them."""

from __future__ import annotations

import json
import multiprocessing
import random
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from segment_connector import Connector
from segment_connector.bulk.record_check import Checker
from segment_connector.call.compiled_action import CompiledAction
from segment_connector.clock import machine_clock
from segment_connector.language.specs import Specs, default_root
from segment_connector.sandbox.sandbox import Sandbox

INSTANT = "2026-01-31T12:00:00.000Z"
SPLIT = {"max_items": 50, "max_bytes": 8_000, "item_bytes": 2_000}
DEADLINE = 30.0

# Real processes that start in a few milliseconds: their server has imported what they need.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["segment_connector.bulk.run", "segment_connector.bulk.engines.processes", __name__])


def make_root(folder: Path, read: float = 10) -> Path:
    """The specs of this repository's tracking actions, with small limits, and waits of some milliseconds.

    :param read: seconds of silence that an answer may have.
    """
    root = folder / "specs"
    shutil.copytree(default_root() / "schemas", root / "schemas")
    shutil.copytree(default_root() / "actions" / "tracking", root / "actions" / "tracking")
    shutil.copy(default_root() / "simulation.yaml", root / "simulation.yaml")  # connector.yaml names it
    batch = root / "actions" / "tracking" / "batch.yaml"
    limits = ", ".join(f"{name}: {value}" for name, value in SPLIT.items())
    _replace(batch, r"split: \{parameter: batch, .*\}", f"split: {{parameter: batch, {limits}}}")
    text = (default_root() / "connector.yaml").read_text(encoding="utf-8")
    path = root / "connector.yaml"
    path.write_text(text, encoding="utf-8")
    _replace(path, r"timeout: \{connect: 5, read: 15, total: 60\}", f"timeout: {{connect: 5, read: {read}, total: 20}}")
    _replace(path, r"base_interval: 0.5\n      max_interval: 60", "base_interval: 0.002\n      max_interval: 0.02")
    _replace(path, "max_retry_interval: 300, max_duration: 1800", "max_retry_interval: 0.02, max_duration: 1800")
    return root


def _replace(path: Path, pattern: str, text: str) -> None:
    old = path.read_text(encoding="utf-8")
    new, count = re.subn(pattern, text, old, count=1)
    assert count == 1, f"{path} has no {pattern}"
    path.write_text(new, encoding="utf-8")


def event(number: int, **members: Any) -> dict[str, Any]:
    """An event that is right, known by its user."""
    return {"type": "track", "event": "Order Completed", "userId": f"u-{number}", **members}


def with_ids(numbers: Iterable[int]) -> list[dict[str, Any]]:
    """Events that lack nothing."""
    return [event(number, messageId=f"m-{number}", timestamp=INSTANT) for number in numbers]


def write_lines(path: Path, records: Iterable[Any], ending: str = "\n") -> Path:
    """A file with one record a line; text as it is, other values as JSON."""
    lines = [one if isinstance(one, str) else json.dumps(one) for one in records]
    path.write_bytes("".join(line + ending for line in lines).encode("utf-8", "surrogatepass"))
    return path


def mixed_lines(seed: int, count: int, *, ids: bool = True, wrong: float = 0.05) -> tuple[list[str], set[int]]:
    """Lines of events, some of them wrong in one of many ways; and the indexes of the wrong ones."""
    chosen = random.Random(seed)
    wrong_ways: list[Callable[[int], str]] = [
        lambda n: json.dumps(event(n))[: chosen.randrange(1, 40)],
        lambda n: json.dumps({**event(n), "userId": ""}),
        lambda n: json.dumps({"type": "track", "event": "Order Completed", "properties": {"number": n}}),
        lambda n: json.dumps({**event(n), "type": "trick"}),
        lambda n: json.dumps({**event(n), "timestamp": "yesterday"}),
        lambda n: json.dumps({**event(n), "properties": {"value": "x" * SPLIT["item_bytes"]}}),
        lambda n: f'{{"type": "track", "event": "x", "userId": "u-{n}", "properties": {{"price": NaN}}}}',
        lambda n: json.dumps([event(n)]),
    ]
    lines, bad = [], set()
    for number in range(count):
        if number and chosen.random() < wrong:  # what the file begins with may be judged as a whole
            bad.add(number)
            lines.append(chosen.choice(wrong_ways)(number))
        else:
            more: dict[str, Any] = {"messageId": f"m-{number}"} if ids else {}
            if chosen.random() < 0.5:
                more["properties"] = {"note": "x" * chosen.randrange(0, 120)}
            lines.append(json.dumps(event(number, **more), ensure_ascii=chosen.random() < 0.5))
    return lines, bad


def rejects_of(path: str | Path | None) -> list[dict[str, Any]]:
    """The records of a reject file."""
    if path is None:
        return []
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def users(sandbox: Sandbox, status: str = "accepted") -> list[str]:
    return [one["body"]["userId"] for one in sandbox.events(status)]


def ids(sandbox: Sandbox, status: str = "accepted") -> list[str]:
    return [one["id"] for one in sandbox.events(status)]


def wait_until(holds: Callable[[], bool], seconds: float = DEADLINE) -> None:
    """Wait for a condition; it fails when it does not come."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "the condition did not come in time"
        time.sleep(0.001)


def run_bulk(root: str, source: str, connection: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """What a process does that is to be killed."""
    Connector.load(root).bulk(source, connection, **options)


def process(root: Path, source: Path, sandbox: Sandbox, **options: Any) -> Any:
    """A process that delivers a source, started; it is to be killed, so coverage would not hear of it."""
    made = _CONTEXT.Process(target=run_bulk, args=(str(root), str(source), sandbox.connection, options))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        made.start()
    return made


def checker(specs: Specs, action: str | None = None, make: Any = None, instant: str = INSTANT) -> Checker:
    """A checker of records, as delivery makes one."""
    clock = machine_clock()
    known: dict[str, CompiledAction] = {}

    def find(name: str) -> CompiledAction:
        if name not in known:
            known[name] = CompiledAction(specs.action(name), find, clock)
        return known[name]

    return Checker(find("batch"), find, instant, action, make)


def until_done(deliver: Callable[[], Any], most: int = 40) -> Iterator[Any]:
    """Run again and again until it is done; gives every result."""
    for _ in range(most):
        result = deliver()
        yield result
        if result.ok:
            return
    raise AssertionError(f"not done after {most} runs: {result}")
