"""How fast requests go: the limits hold at any time, and a wait that one request was told of holds for all."""

from __future__ import annotations

import multiprocessing
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from bulk_support import ids, with_ids, write_lines
from faultserver import FaultServer, HandClock, Peer, Seen, answer

from segment_connector import Connector
from segment_connector.bulk.send.pace import Pace
from segment_connector.bulk.stopping import Stopped
from segment_connector.sandbox.sandbox import Sandbox


@dataclass
class HandStop(threading.Event):
    """An event that is waited for by a clock that is moved by hand."""

    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        super().__init__()

    def wait(self, timeout: float | None = None) -> bool:
        self.clock.sleep(timeout or 0)
        return self.is_set()


def hand_pace(events: float | None, requests: float | None) -> tuple[Pace, HandStop]:
    stop = HandStop()
    return Pace(events, requests, stop, monotonic=lambda: stop.clock.elapsed), stop


@pytest.mark.parametrize(
    ("events", "requests", "sizes", "seconds"),
    [
        (100, None, [50] * 10, 4.5),
        (None, 4, [1] * 9, 2.0),
        (100, 4, [10] * 9, 2.0),
        (100, 4, [100] * 9, 8.0),
        (1, None, [10, 1, 1], 11.0),
        (None, None, [2500] * 100, 0.0),
    ],
)
def test_the_rates_are_held(events: float | None, requests: float | None, sizes: list[int], seconds: float) -> None:
    pace, stop = hand_pace(events, requests)
    for size in sizes:
        pace.wait(size)
    assert stop.clock.elapsed == pytest.approx(seconds)


def test_time_that_nobody_used_is_not_made_up_for() -> None:
    pace, stop = hand_pace(10, None)
    pace.wait(10)
    stop.clock.pass_(100)
    pace.wait(10)
    begun = stop.clock.elapsed
    pace.wait(10)
    assert stop.clock.elapsed - begun == pytest.approx(1)


def test_what_waited_for_a_hold_to_end_does_not_go_all_at_once() -> None:
    pace, stop = hand_pace(None, 1)
    pace.wait(1)
    pace.hold(10)
    assert pace.held() == 10
    went = []
    for _ in range(3):
        pace.wait(1)
        went.append(stop.clock.elapsed)
    assert went[0] >= 10
    assert went[1] - went[0] >= 1
    assert went[2] - went[1] >= 1


def test_a_shorter_wait_does_not_end_a_longer_one() -> None:
    pace, stop = hand_pace(None, None)
    pace.hold(10)
    pace.hold(1)
    pace.wait(1)
    assert stop.clock.elapsed == 10
    assert pace.held() == 0


def test_a_wait_ends_when_the_run_does() -> None:
    stop = threading.Event()
    pace = Pace(None, None, stop)
    pace.hold(60)
    threading.Timer(0.05, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(Stopped):
        pace.wait(1)
    assert time.monotonic() - begun < 10


def test_processes_share_what_is_held() -> None:
    shared = multiprocessing.get_context("spawn").Array("d", [0.0])
    here, there = (Pace(None, None, threading.Event(), shared) for _ in range(2))
    here.hold(60)
    there.hold(1)
    assert 50 < there.held() <= 60


def test_a_run_keeps_its_rates(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "events.jsonl", with_ids(range(200)))
    result = quick.bulk(path, sandbox.connection, events_per_second=400, fresh=True)
    assert result.seconds >= 150 / 400  # the last request need not wait for its own events
    assert result.ok
    result = quick.bulk(path, sandbox.connection, requests_per_second=10, fresh=True)
    assert result.seconds >= 3 / 10
    assert len(set(ids(sandbox))) == 200


def test_no_request_holds_more_than_a_second_may_see(quick: Connector, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "events.jsonl", with_ids(range(60)))
    with FaultServer() as server:
        connection = {"writeKey": "wk", "servers": {"tracking": server.url}}
        assert quick.bulk(path, connection, events_per_second=40).ok
        assert [len(seen.json["batch"]) for seen in server.seen] == [40, 20]


def test_one_429_holds_all(quick_root: Path, tmp_path: Path) -> None:
    """All connections fall silent for the second that one of them was told of."""
    path = write_lines(tmp_path / "events.jsonl", with_ids(range(2000)))
    lock, times = threading.Lock(), []

    def reply(_seen: Seen, _peer: Peer) -> bytes:
        with lock:
            times.append(time.monotonic())
            number = len(times)
        return answer({}, 429, {"Retry-After": "1"}) if number == 10 else answer({"success": True})

    with FaultServer(reply) as server:
        connection = {"writeKey": "wk", "servers": {"tracking": server.url}}
        connector = Connector.load(_patient(quick_root, tmp_path))
        waits: list[float] = []
        result = connector.bulk(path, connection, connections=8, on_progress=lambda told: waits.append(told.waiting))
    assert result.ok
    assert result.tally.retries == 1
    times.sort()
    silence = max(after - before for before, after in pairwise(times))
    assert silence > 0.8
    # What was under way when the wait was told of may still have come, and then nothing more.
    before = sum(1 for one in times if one < times[0] + 0.8)
    assert 10 <= before < 41 - 8


def _patient(quick_root: Path, folder: Path) -> Path:
    """The same specs, with the waits that a server asks for."""
    root = folder / "patient"
    root.mkdir()
    for name in ("actions", "schemas"):
        (root / name).symlink_to(quick_root / name)
    text = (quick_root / "connector.yaml").read_text(encoding="utf-8")
    assert "max_retry_interval: 0.02" in text
    (root / "connector.yaml").write_text(text.replace("max_retry_interval: 0.02", "max_retry_interval: 5"), "utf-8")
    return root
