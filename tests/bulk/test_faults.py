"""Nothing is lost and nothing counts twice, whatever the service, the network and the machine do.

Every fault comes over real sockets, every killed process is a real one. After each run that does not end well the same
call is made again, as a user would, until it is done; then every record of the source is accepted or in the reject
file, and none is both.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest
from bulk_support import (
    ids,
    mixed_lines,
    process,
    rejects_of,
    until_done,
    users,
    wait_until,
    with_ids,
    write_lines,
)
from cli_support import environment
from faultserver import FaultServer, Peer, Seen, answer, then_close, unused_port

from segment_connector import Connector
from segment_connector.language.specs import Specs
from segment_connector.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.unmeasured

FAULTS: dict[str, dict[str, Any]] = {
    "200": {"status": 200, "deliver": True, "body": {"success": True}},
    "400": {"status": 400},
    "401": {"status": 401},
    "413": {"status": 413},
    "429": {"status": 429},
    "429 with Retry-After": {"status": 429, "retryAfter": 1},
    "500": {"status": 500},
    "500 after it was taken": {"status": 500, "deliver": True},
    "502": {"status": 502, "body": "<html>Bad gateway"},
    "503": {"status": 503},
    "503 with Retry-After": {"status": 503, "retryAfter": 1},
    "504": {"status": 504, "deliver": True},
    "reset": {"reset": True},
    "reset after it was taken": {"reset": True, "deliver": True},
    "reset in the answer": {"reset": True, "truncate": True},
    "truncated": {"truncate": True},
    "stalls": {"stall": 0.6},
    "closes between requests": {"close": True},
    "late": {"delay": 0.02},
}


def deliver_all(quick: Connector, sandbox: Sandbox, source: Path, **options: Any) -> list[Any]:
    """Run until it is done."""
    return list(until_done(lambda: quick.bulk(source, sandbox.connection, **options)))


def hold_to(sandbox: Sandbox, lines: list[str], wrong: set[int], rejects: str | None) -> None:
    """Every line that is right was counted once, every wrong one is in the reject file, in order."""
    accepted = users(sandbox)
    right = [f"u-{number}" for number in range(len(lines)) if number not in wrong]
    assert len(accepted) == len(set(accepted)), "counted twice"
    assert set(accepted) == set(right)
    assert sandbox.events("dropped") == []
    found = rejects_of(rejects)
    assert [one["line"] - 1 for one in found] == sorted(wrong)
    assert [one["record"] for one in found] == [lines[number] for number in sorted(wrong)]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_now_and_then_loses_nothing(
    quick: Connector, hasty_root: Path, sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    quick = Connector.load(hasty_root) if name == "stalls" else quick
    lines, wrong = mixed_lines(1, 600)
    source = write_lines(tmp_path / "events.jsonl", lines)
    # More than one request meets it; a batch of 50 that is refused twice is not down to one event yet.
    sandbox.fault(**FAULTS[name], times=2)
    results = deliver_all(quick, sandbox, source, connections=2)
    hold_to(sandbox, lines, wrong, results[-1].rejects)
    assert len(results) <= (3 if name == "401" else 1)
    assert sum(one.tally.accepted for one in results) == 600 - len(wrong)


@pytest.mark.parametrize("name", ["429", "500", "reset", "truncated", "401"])
def test_a_fault_that_stays_ends_the_run_and_the_next_one_goes_on(
    quick_root: Path, sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    source = write_lines(tmp_path / "events.jsonl", with_ids(range(400)))
    impatient = Connector.load(quick_root)
    for _ in range(3):
        sandbox.fault(delay=0.0001)
    sandbox.fault(**FAULTS[name], times=1_000)
    first = impatient.bulk(source, sandbox.connection, connections=1, max_retries=2)
    assert (first.outcome, first.ok) == ("failed", False)
    assert first.code
    assert first.hint
    assert first.tally.accepted == 150
    sandbox.forget_faults()
    second = impatient.bulk(source, sandbox.connection)
    assert second.ok
    assert (second.tally.skipped, second.tally.accepted) == (150, 250)
    assert sorted(ids(sandbox)) == sorted(f"m-{number}" for number in range(400))


# What stays refused


def picky(status: int, poison: bytes = b"poison") -> Any:
    """Refuses every request that holds something."""

    def reply(seen: Seen, _peer: Peer) -> bytes:
        return answer({"message": "no"}, status) if poison in seen.body else answer({"success": True})

    return reply


def connection_to(server: FaultServer) -> dict[str, Any]:
    return {"writeKey": "wk-1", "servers": {"tracking": f"{server.url}/v1"}}


def taken(server: FaultServer, poison: bytes = b"poison") -> list[str]:
    """The users of the events that a picky server took."""
    return [one["userId"] for seen in server.seen if poison not in seen.body for one in seen.json["batch"]]


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_batch_is_halved_until_the_bad_event_is_alone(quick: Connector, tmp_path: Path, status: int) -> None:
    records = with_ids(range(300))
    for number in (7, 120, 121, 299):
        records[number]["properties"] = {"is": "poison"}
    source = write_lines(tmp_path / "events.jsonl", ["", *records])
    with FaultServer(picky(status)) as server:
        result = quick.bulk(source, connection_to(server))
        assert sorted(taken(server)) == sorted(f"u-{n}" for n in range(300) if n not in (7, 120, 121, 299))
    assert result.ok
    assert (result.tally.accepted, result.tally.rejected, result.tally.read) == (296, 4, 300)
    found = rejects_of(result.rejects)
    assert [(one["line"], one["status"], json.loads(one["record"])["userId"]) for one in found] == [
        (n + 2, status, f"u-{n}") for n in (7, 120, 121, 299)
    ]
    assert all(one["message"] and one["code"] for one in found)


def block(first: int, count: int) -> set[int]:
    return set(range(first, first + count))


BAD: dict[str, set[int]] = {
    **{f"{count} at the start": block(0, count) for count in (1, 20, 40, 100, 600)},
    **{f"{count} in the middle": block(777, count) for count in (20, 40, 100, 600)},
    "600 at the end": block(1900, 600),
    "40 at the start, then one in 50": block(0, 40) | set(range(50, 2500, 50)),
    "every other": set(range(0, 2500, 2)),
    "all but one in 20": set(range(2500)) - set(range(19, 2500, 20)),
    "spread": set(random.Random(1).sample(range(2500), 100)),
    "blocks of 20 spread": {n for first in random.Random(2).sample(range(2480), 12) for n in block(first, 20)},
    "one": {1234},
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("connections", [1, 8])
def test_what_is_valid_is_accepted_whatever_is_refused_beside_it(tmp_path: Path, name: str, connections: int) -> None:
    bad = BAD[name]
    lines = [*({"properties": {"is": "poison"}} if n in bad else {} for n in range(2500))]
    records = [{**one, **more} for one, more in zip(with_ids(range(2500)), lines, strict=True)]
    source = write_lines(tmp_path / "events.jsonl", records)
    with FaultServer(picky(400)) as server:
        result = Connector.load().bulk(source, connection_to(server), connections=connections)
        sent = Counter(taken(server))
        requests = len(server.seen)
    assert result.ok, result.message
    assert sent == Counter(f"u-{n}" for n in range(2500) if n not in bad)
    assert [one["line"] - 1 for one in rejects_of(result.rejects)] == sorted(bad)
    tally = result.tally
    assert (tally.accepted, tally.rejected, tally.read) == (2500 - len(bad), len(bad), 2500)
    assert tally.requests == requests
    assert tally.bytes_read == source.stat().st_size
    runs = sum(n - 1 not in bad for n in bad)
    assert requests <= 1 + len(bad) + runs * 3 * (math.log2(2500 / runs) + 1)


def test_an_event_that_is_refused_in_a_request_of_its_own_is_asked_for_once(quick: Connector, tmp_path: Path) -> None:
    records = with_ids(range(51))  # one more than a request takes
    records[50]["properties"] = {"is": "poison"}
    source = write_lines(tmp_path / "events.jsonl", records)
    with FaultServer(picky(400)) as server:
        result = quick.bulk(source, connection_to(server))
        assert len(server.seen) == 2
    assert (result.tally.accepted, result.tally.rejected, result.tally.read) == (50, 1, 51)


def test_a_service_that_refuses_nearly_everything_is_not_asked_for_every_event(
    quick: Connector, tmp_path: Path
) -> None:
    records = with_ids(range(2500))
    good = {700, 1600, 1601, 2000}
    for number in set(range(2500)) - good:
        records[number]["properties"] = {"is": "poison"}
    source = write_lines(tmp_path / "events.jsonl", records)
    with FaultServer(picky(400)) as server:
        result = quick.bulk(source, connection_to(server), connections=1)
        assert (result.outcome, result.code, result.tally.accepted) == ("failed", "nearly_all_refused", 1)
        assert "of the last 1,100 events the service refused 1,099" in result.message
        assert "run the same command again" in result.hint
        assert len(server.seen) < 1_250
        # What is told of was refused alone; the rest is left for the next run.
        first = rejects_of(result.rejects)
        alone = [seen.json["batch"][0]["userId"] for seen in server.seen if len(seen.json["batch"]) == 1]
        assert [json.loads(one["record"])["userId"] for one in first] == [user for user in alone if user != "u-700"]
        assert 1_000 <= len(first) < 1_200
        again = list(until_done(lambda: quick.bulk(source, connection_to(server), connections=1)))
        assert again[0].tally.skipped == result.tally.read
        assert sorted(taken(server)) == sorted(f"u-{n}" for n in good)
    assert [one["line"] - 1 for one in rejects_of(again[-1].rejects)] == sorted(set(range(2500)) - good)


def test_a_stop_does_not_wait_until_a_refused_request_is_divided(quick: Connector, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "events.jsonl", with_ids(range(500)))
    stop = threading.Event()

    def reply(_seen: Seen, _peer: Peer) -> bytes:
        if len(server.seen) > 20:
            stop.set()
        return answer({}, 400)

    with FaultServer(reply) as server:
        result = quick.bulk(source, connection_to(server), connections=1, stop=stop)
        assert result.outcome == "stopped"
        assert len(server.seen) < 450
        server.replies = [answer({"success": True})]
        again = quick.bulk(source, connection_to(server))
    assert (again.outcome, again.tally.skipped) == ("done", result.tally.read)
    assert 0 < result.tally.rejected == len(rejects_of(again.rejects))
    assert again.tally.accepted == 500 - result.tally.rejected


def test_a_wrong_key_stops_the_run_at_once(quick: Connector, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "events.jsonl", with_ids(range(2000)))
    with FaultServer(answer({"message": "who are you?"}, 401)) as server:
        result = quick.bulk(source, connection_to(server), connections=2)
        assert len(server.seen) <= 2
    assert result.outcome == "failed"
    assert "401" in result.message
    assert result.hint
    assert result.rejects is None


def test_nobody_listens_and_later_somebody_does(quick_root: Path, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "events.jsonl", with_ids(range(200)))
    port = unused_port()
    with Sandbox(Specs(quick_root), port) as sandbox:
        connection = sandbox.connection
    quick = Connector.load(quick_root)
    gone = quick.bulk(source, connection, max_retries=1)
    assert gone.outcome == "failed"
    assert gone.tally.accepted == 0
    with Sandbox(Specs(quick_root), port) as sandbox:
        assert quick.bulk(source, connection).ok
        assert len(ids(sandbox)) == 200


def test_a_server_that_restarts_in_the_middle_is_waited_for(quick_root: Path, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "events.jsonl", with_ids(range(1000)))
    quick = Connector.load(quick_root)
    replies = [answer({"success": True})] * 5 + [then_close(b"")] * 8 + [answer({"success": True})]
    with FaultServer(*replies) as server:
        result = quick.bulk(source, connection_to(server), connections=4)
        accepted = [one["messageId"] for seen in server.seen for one in seen.json["batch"]]
    assert result.ok
    assert result.tally.accepted == 1000
    assert set(accepted) == {f"m-{number}" for number in range(1000)}


# Kills and mixes

MIX = [name for name in FAULTS if name not in ("400", "413")]


def ask_for_a_mix(sandbox: Sandbox, chosen: random.Random) -> None:
    """Random faults for the next requests, with good answers between."""
    # Only the first requests are refused for what is in them: they are full, so no event is alone in one.
    for _ in range(chosen.randrange(3)):
        sandbox.fault(**FAULTS[chosen.choice(["400", "413"])])
    stalls = 2
    for _ in range(30):
        name = chosen.choice(MIX)
        if name == "stalls" and not (stalls := stalls - 1):
            name = "late"
        sandbox.fault(**FAULTS[name])
        sandbox.fault(delay=0.0001, times=chosen.randrange(1, 4))


@pytest.mark.parametrize("seed", range(50))
def test_random_faults_and_kills_lose_nothing(hasty_root: Path, sandbox: Sandbox, tmp_path: Path, seed: int) -> None:
    chosen = random.Random(seed)
    count = chosen.randrange(1_600, 2_400)
    lines, wrong = mixed_lines(seed, count, ids=bool(seed % 2))
    source = write_lines(tmp_path / "events.jsonl", lines)
    ask_for_a_mix(sandbox, chosen)
    options: dict[str, Any] = {"connections": chosen.choice([1, 4, 8]), "gzip": seed % 5 == 0}
    for _ in range(chosen.randrange(1, 4)):
        kill_at = chosen.randrange(count)
        running = process(hasty_root, source, sandbox, **options)
        pause = chosen.random() * 0.02
        wait_until(lambda kill_at=kill_at, running=running: arrived(sandbox) > kill_at or not running.is_alive())
        running.join(pause)
        running.kill()
        running.join()
    results = deliver_all(Connector.load(hasty_root), sandbox, source, **options)
    hold_to(sandbox, lines, wrong, results[-1].rejects)


def arrived(sandbox: Sandbox) -> int:
    """Events that came so far."""
    return sandbox.wait(1_000_000_000, 0)[1]


@pytest.mark.parametrize("seed", range(4))
def test_a_worker_that_is_killed_loses_nothing(quick_root: Path, sandbox: Sandbox, tmp_path: Path, seed: int) -> None:
    chosen = random.Random(seed)
    folder = tmp_path / "events"
    folder.mkdir()
    every: dict[str, tuple[list[str], set[int]]] = {}
    for part in range(8):
        lines, wrong = mixed_lines(seed * 100 + part, 400)
        lines = [line.replace('"u-', f'"u-{part}-').replace('"m-', f'"m-{part}-') for line in lines]
        every[write_lines(folder / f"part-{part}.jsonl", lines).name] = lines, wrong
    for _ in range(12):
        sandbox.fault(**FAULTS[chosen.choice(["500 after it was taken", "truncated", "reset", "429"])])
        sandbox.fault(delay=0.01, times=3)
    kill_at = chosen.randrange(100, 2500)
    own = psutil.Process()

    def kill_one() -> None:
        wait_until(lambda: arrived(sandbox) > kill_at)
        found = [one for one in own.children() if "spawn_main" in " ".join(one.cmdline())]
        assert len(found) == 2
        found[seed % 2].kill()

    killer = threading.Thread(target=kill_one)
    killer.start()
    result = Connector.load(quick_root).bulk(folder, sandbox.connection, workers=2, connections=4)
    killer.join()
    assert result.ok, result
    accepted = users(sandbox)
    right = {f"u-{p}-{n}" for p in range(8) for n in range(400) if n not in every[f"part-{p}.jsonl"][1]}
    assert len(accepted) == len(set(accepted))
    assert set(accepted) == right
    found = [(one["file"], one["line"] - 1) for one in rejects_of(result.rejects)]
    assert found == [(name, n) for name, (_, wrong) in every.items() for n in sorted(wrong)]


def test_a_run_with_workers_that_is_killed_leaves_nobody_behind(
    quick: Connector, quick_root: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "events"
    folder.mkdir()
    for part in range(6):
        write_lines(folder / f"{part}.jsonl", with_ids(range(part * 500, part * 500 + 500)))
    sandbox.fault(delay=0.01, times=1_000)
    running = process(quick_root, folder, sandbox, workers=2, connections=4)
    wait_until(lambda: arrived(sandbox) > 700)
    workers = psutil.Process(running.pid).children(recursive=True)
    assert len([one for one in workers if "spawn_main" in " ".join(one.cmdline())]) == 2
    running.kill()
    running.join()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert alive == []
    sandbox.forget_faults()
    assert quick.bulk(folder, sandbox.connection).ok
    assert sorted(ids(sandbox)) == sorted(f"m-{n}" for n in range(3000))


def test_a_script_that_forgets_how_processes_start_is_told(quick_root: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "events"
    folder.mkdir()
    for part in range(2):
        write_lines(folder / f"{part}.jsonl", with_ids(range(part * 50, part * 50 + 50)))
    call = f"Connector.load({str(quick_root)!r}).bulk({str(folder)!r}, {sandbox.connection!r}, workers=2)"
    script = tmp_path / "script.py"
    script.write_text(f"from segment_connector import Connector\nprint({call}.hint)\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, timeout=60, check=False, env=environment()
    )
    assert "if __name__ == '__main__'" in done.stdout.decode().splitlines()[-1]


@pytest.mark.parametrize("kill", [False, True])
def test_workers_deliver_packed_files_and_one_that_breaks_off(
    quick_root: Path, sandbox: Sandbox, tmp_path: Path, *, kill: bool
) -> None:
    """The end of a packed file is known when it was read, and not before."""
    folder = tmp_path / "events"
    folder.mkdir()
    for part in range(6):
        data = write_lines(tmp_path / "plain", with_ids(range(part * 300, part * 300 + 300))).read_bytes()
        (folder / f"{part}.jsonl.gz").write_bytes(gzip.compress(data))
    sandbox.fault(delay=0.005, times=1_000)
    own = psutil.Process()
    started: list[psutil.Process] = []

    def watch() -> None:
        wait_until(lambda: arrived(sandbox) > 500)
        started.extend(one for one in own.children() if "spawn_main" in " ".join(one.cmdline()))
        if kill:
            started[0].kill()

    watcher = threading.Thread(target=watch)
    watcher.start()
    result = Connector.load(quick_root).bulk(folder, sandbox.connection, workers=2, connections=4)
    watcher.join()
    assert result.ok, result
    assert sorted(ids(sandbox)) == sorted(f"m-{n}" for n in range(1800))
    assert kill or sandbox.events("duplicate") == []
    broken = (folder / "3.jsonl.gz").read_bytes()[:-20]
    (folder / "3.jsonl.gz").write_bytes(broken)
    again = Connector.load(quick_root).bulk(folder, sandbox.connection, workers=2, fresh=True)
    assert (again.outcome, again.code) == ("failed", "source")
    assert "3.jsonl.gz" in again.message
    assert again.tally.accepted >= 1500
