"""Killed at any time while the service fails and refuses: in the end every event counts once, or is a reject.

A few seeds by default; for more: KILL_SEEDS=100 python -m pytest tests/bulk/test_kills.py
"""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from bulk_support import mixed_lines, process, rejects_of, until_done, write_lines
from faultserver import FaultServer, Peer, Seen, answer

from segment_connector import Connector

pytestmark = pytest.mark.unmeasured

SEEDS = int(os.environ.get("KILL_SEEDS", "4"))
OK = answer({"success": True})


class Service:
    """Refuses what holds poison, fails now and then, and remembers by which ids it took whose events."""

    def __init__(self, seed: int, failing: float) -> None:
        self.taken: dict[str, set[str]] = {}
        self.asked = 0
        self._failing = failing
        self._chosen = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, seen: Seen, peer: Peer) -> bytes | None:
        with self._lock:
            self.asked += 1
            fails = self._chosen.random() < self._failing
            fault = self._chosen.choice(["429", "500", "503", "taken", "cut", "reset", "half", "late"]) if fails else ""
        if fault in ("429", "500", "503"):
            return answer({"message": "later"}, int(fault))
        if fault == "cut":
            return None
        if fault == "late":
            peer.wait(0.02)
        if b"poison" in seen.body:
            return answer({"message": "no"}, 400)
        with self._lock:
            for one in seen.json["batch"]:
                self.taken.setdefault(one["userId"], set()).add(one["messageId"])
        if fault == "reset":
            peer.reset()
            return None
        if fault == "half":
            peer.send(OK[:-5])
            return None
        return answer({}, 500) if fault == "taken" else OK


def poisoned(chosen: random.Random, count: int) -> set[int]:
    """Where events are that the service refuses: in blocks and alone."""
    found = set(chosen.sample(range(count), chosen.randrange(30)))
    for _ in range(chosen.randrange(3)):
        first = chosen.randrange(count)
        found.update(range(first, min(first + chosen.choice([20, 40, 100, 300]), count)))
    return found


@pytest.mark.parametrize("seed", range(SEEDS))
def test_after_kills_and_faults_what_is_valid_is_accepted_and_the_rest_rejected(
    quick_root: Path, tmp_path: Path, seed: int
) -> None:
    chosen = random.Random(seed)
    source = tmp_path / "events"
    source.mkdir()
    valid: set[str] = set()
    wrong: list[tuple[str, int]] = []
    for file in range(chosen.choice([1, 1, 3])):
        count = chosen.randrange(500, 1_500)
        lines, bad = mixed_lines(seed * 10 + file, count, ids=bool(seed % 2))
        lines = [line.replace('"u-', f'"u-{file}-').replace('"m-', f'"m-{file}-') for line in lines]
        for number in poisoned(chosen, count) - bad:
            lines[number] = lines[number].replace('"Order Completed"', '"poison"')
            bad.add(number)
        write_lines(source / f"{file}.jsonl", lines)
        valid |= {f"u-{file}-{number}" for number in range(count) if number not in bad}
        wrong += [(f"{file}.jsonl", number + 1) for number in sorted(bad)]
    options = {"connections": chosen.choice([1, 4, 8]), "workers": chosen.choice([1, 1, 2]), "gzip": False}
    service = Service(seed, chosen.choice([0.02, 0.1, 0.3]))
    with FaultServer(service) as server:
        connection = {"writeKey": "wk-1", "servers": {"tracking": f"{server.url}/v1"}}
        for _ in range(chosen.randrange(1, 5)):
            running = process(quick_root, source, SimpleNamespace(connection=connection), **options)
            running.join(0.1 + chosen.random() * chosen.choice([0.2, 2.0]))
            running.kill()
            running.join()
        quick = Connector.load(quick_root)
        *_, last = until_done(lambda: quick.bulk(source, connection, **options))
    assert service.taken.keys() == valid
    assert {len(ids) for ids in service.taken.values()} == {1}, "sent under two ids, which count twice"
    assert [(one["file"], one["line"]) for one in rejects_of(last.rejects)] == wrong
    assert last.tally.read + last.tally.skipped == len(valid) + len(wrong)
