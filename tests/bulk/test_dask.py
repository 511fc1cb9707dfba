"""Delivery by Dask: real schedulers and workers, which are killed, stopped and left alone in the middle of it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import distributed
import psutil
import pytest
from cli_support import command, environment
from faultserver import FaultServer, Peer, Seen, answer, unused_port

from segment_connector import Connector
from segment_connector.bulk.checkpoint import Checkpoint, Receipt
from segment_connector.bulk.engines import dask_engine, dask_worker, parts
from segment_connector.bulk.engines.parts import folder_of, make_part, open_part, part_path, take_over_all
from segment_connector.bulk.tally import BulkResult, Tally
from segment_connector.errors import InputError

KEY = "k3y-that-nobody-may-see"
EVENTS = 6_000
BAD_EVERY = 600  # lines; the last of so many is wrong
OK = answer({"success": True})


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is cut into eight parts, of two requests each; some of its lines are wrong."""
    path = tmp_path / "events.jsonl"
    with path.open("w") as file:
        for number in range(EVENTS):
            event = {"type": "track", "messageId": f"m-{number}", "event": "E", "properties": {"text": "x" * 900}}
            if (number + 1) % BAD_EVERY:
                event["userId"] = f"u-{number}"
            file.write(json.dumps(event) + "\n")
    monkeypatch.setattr(parts, "_PIECE", 800_000)
    return path


VALID = {f"m-{number}" for number in range(EVENTS) if (number + 1) % BAD_EVERY}
INVALID_LINES = [line for line in range(1, EVENTS + 1) if line % BAD_EVERY == 0]


class Gate:
    """Answers so many requests, then none until it is opened; remembers the ids that it said yes to."""

    def __init__(self, free: int) -> None:
        self.opened = threading.Event()
        self.reached = threading.Event()
        self.accepted: list[str] = []
        self._free = free
        self._lock = threading.Lock()

    def __call__(self, seen: Seen, peer: Peer) -> bytes:
        with self._lock:
            self._free -= 1
            waits = self._free < 0
        if waits:
            self.reached.set()
            until(lambda: self.opened.is_set() or peer.wait(0))
        self.accepted += [event["messageId"] for event in seen.json["batch"]]
        return OK


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
    return found


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two workers of one thread each, as on other machines: they know the run only by their scheduler."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, memory_limit=0, silence_logs=logging.CRITICAL,
        host="127.0.0.1", dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": False},
    ) as made:  # fmt: skip
        yield made


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    with distributed.Client(cluster, set_as_default=False) as made:
        made.wait_for_workers(2, timeout=60)
        yield made


def connection(server: FaultServer) -> dict[str, Any]:
    return {"writeKey": KEY, "servers": {"tracking": f"{server.url}/v1"}}


def bulk(source: Any, server: FaultServer, **options: Any) -> BulkResult:
    return Connector.load().bulk(source, connection(server), **{"engine": "dask", **options})


@contextlib.contextmanager
def in_background(call: Callable[[], BulkResult]) -> Iterator[Callable[[], BulkResult]]:
    """Run a call in a thread; gives what waits for its result."""
    results: list[BulkResult] = []
    thread = threading.Thread(target=lambda: results.append(call()))
    thread.start()

    def result() -> BulkResult:
        thread.join(60)
        return results[0]

    yield result
    thread.join(60)


def accepted(server: FaultServer) -> set[str]:
    return {event["messageId"] for body in server.bodies for event in body["batch"]}


def reject_lines(result: BulkResult) -> list[int]:
    assert result.rejects
    return [json.loads(line)["line"] for line in Path(result.rejects).read_text().splitlines()]


def held_to_the_source(result: BulkResult, ids: set[str]) -> None:
    """Nothing is lost, nothing is counted twice, and nothing of the parts is left behind."""
    assert result.ok, result.message
    assert ids == VALID
    assert reject_lines(result) == INVALID_LINES
    tally = result.tally
    assert tally.skipped + tally.read == EVENTS
    assert tally.skipped or tally.rejected == len(INVALID_LINES)
    assert tally.accepted == tally.read - tally.rejected
    assert result.checkpoint
    assert not folder_of(result.checkpoint).exists()


def test_a_cluster_by_its_address_does_what_one_process_does(cluster: Any, source: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(source.parent)  # workers are elsewhere
    told: list[Any] = []
    with FaultServer() as server:
        result = bulk("events.jsonl", server, scheduler=cluster.scheduler_address, on_progress=told.append)
        held_to_the_source(result, accepted(server))
        requests = [len(seen.body) for seen in server.seen]
        again = bulk("events.jsonl", server, scheduler=cluster.scheduler_address)
        assert (again.outcome, again.tally.skipped, len(server.seen)) == ("done", EVENTS, len(requests))
    tally = result.tally
    assert (tally.bytes_read, tally.skipped) == (source.stat().st_size, 0)
    assert tally.requests == len(requests)
    assert tally.bytes_sent == sum(requests)
    assert told[-1].tally == tally
    assert sum(len(sample.latencies) for sample in result.samples) > 0


def test_a_part_of_a_worker_that_dies_is_taken_up_by_another(cluster: Any, client: Any, source: Path) -> None:
    gate = Gate(6)
    options = {"scheduler": cluster.scheduler_address, "connections": 4}
    with FaultServer(gate) as server, in_background(lambda: bulk(source, server, **options)) as result:
        assert gate.reached.wait(60)
        until(lambda: part_files(source))
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        gate.opened.set()
        held_to_the_source(result(), set(gate.accepted))


def test_a_result_that_dies_with_its_worker_is_made_once_more(
    cluster: Any, client: Any, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, took, killed = Gate(3), dask_engine._DaskRun._next, []

    def take(run: Any, seconds: float) -> Any:
        ended = took(run, seconds)
        if ended is not None and not killed:
            (address,) = run._client.who_has([ended])[ended.key]
            killed.append(client.run(os.getpid)[address])
            os.kill(killed[0], signal.SIGKILL)
            until(lambda: ended.status == "lost")  # the other worker waits at the gate
            gate.opened.set()
        return ended

    monkeypatch.setattr(dask_engine._DaskRun, "_next", take)
    with FaultServer(gate) as server:
        held_to_the_source(bulk(source, server, scheduler=cluster.scheduler_address), set(gate.accepted))
    assert killed


def test_a_worker_that_does_not_answer_holds_up_nobody(
    cluster: Any, client: Any, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_engine, "_ANSWER", 0.2)
    gate, options = Gate(4), {"scheduler": cluster.scheduler_address, "connections": 4}
    with FaultServer(gate) as server, in_background(lambda: bulk(source, server, **options)) as result:
        assert gate.reached.wait(60)
        stopped = next(iter(client.run(os.getpid).values()))
        os.kill(stopped, signal.SIGSTOP)
        try:
            gate.opened.set()
            until(lambda: len(set(gate.accepted)) > len(VALID) * 3 // 4)  # more than the parts that were under way
        finally:
            os.kill(stopped, signal.SIGCONT)
        held_to_the_source(result(), set(gate.accepted))


def part_files(source: Path) -> list[Path]:
    return list(folder_of(f"{source}.checkpoint").glob("*.checkpoint"))


def test_ctrl_c_ends_what_is_under_way_and_any_engine_goes_on(cluster: Any, source: Path) -> None:
    gate, stop = Gate(4), threading.Event()
    with FaultServer(gate) as server:
        with in_background(lambda: bulk(source, server, scheduler=cluster.scheduler_address, stop=stop)) as result:
            assert gate.reached.wait(60)
            stop.set()
            gate.opened.set()
            stopped = result()
        assert stopped.outcome == "stopped"
        assert 0 < stopped.tally.read < EVENTS
        assert stopped.tally.accepted == len(gate.accepted)
        result2 = bulk(source, server, engine="local")
        assert result2.tally.skipped == stopped.tally.read
        assert reject_lines(result2) == INVALID_LINES
        assert sorted(gate.accepted) == sorted(VALID)  # and none twice


def test_a_run_that_is_killed_with_its_workers_goes_on(source: Path) -> None:
    gate = Gate(5)
    with FaultServer(gate) as server:
        script = source.parent / "run.py"
        script.write_text(
            "from segment_connector import Connector\n"
            "from segment_connector.bulk.engines import parts\n"
            "if __name__ == '__main__':\n"
            "    parts._PIECE = 800_000\n"
            f"    Connector.load().bulk({str(source)!r}, {connection(server)!r}, engine='dask', workers=2)\n"
        )
        process = subprocess.Popen([sys.executable, str(script)], env=environment(), start_new_session=True)
        try:
            assert gate.reached.wait(60)
            until(lambda: part_files(source))
            assert listening(process.pid) == {"127.0.0.1"}
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        assert part_files(source)
        gate.opened.set()
        result = bulk(source, server, engine="local")
        held_to_the_source(result, set(gate.accepted))
        assert result.tally.skipped > 0


def test_ctrl_c_in_a_terminal_kills_no_worker(source: Path) -> None:
    gate = Gate(3)
    with FaultServer(gate) as server:
        process = subprocess.Popen(
            command("bulk", str(source), "--engine", "dask", "--workers", "2"), start_new_session=True, text=True,
            env=environment({"SEGMENT_WRITE_KEY": KEY, "SEGMENT_TRACKING_URL": f"{server.url}/v1"}),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert gate.reached.wait(60)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        gate.opened.set()
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert "Traceback" not in said
        assert KEY not in said
        result = bulk(source, server, engine="local")
    held_to_the_source(result, set(gate.accepted))
    assert result.tally.skipped > 0


def listening(pid: int) -> set[str]:
    """The addresses that a process and those that it started listen at."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    sockets = [one for process in family for one in process.net_connections("inet")]
    return {one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN}


def test_workers_whose_run_is_gone_let_go_of_their_parts(cluster: Any, client: Any, source: Path) -> None:
    client.run(setattr, dask_worker, "_SILENCE", 1.0)
    gate = Gate(4)
    try:
        with FaultServer(gate) as server:
            script = source.parent / "run.py"
            options = {"engine": "dask", "scheduler": cluster.scheduler_address}
            script.write_text(
                "from segment_connector import Connector\n"
                "from segment_connector.bulk.engines import parts\n"
                "if __name__ == '__main__':\n"
                "    parts._PIECE = 800_000\n"
                f"    Connector.load().bulk({str(source)!r}, {connection(server)!r}, **{options!r})\n"
            )
            with subprocess.Popen([sys.executable, str(script)], env=environment()) as process:
                assert gate.reached.wait(60)
                until(lambda: part_files(source))
                process.kill()
            gate.opened.set()
            held_to_the_source(bulk(source, server, scheduler=cluster.scheduler_address), set(gate.accepted))
    finally:
        client.run(setattr, dask_worker, "_SILENCE", 10.0)


def test_a_worker_that_is_not_looked_at_gives_its_part_back(
    cluster: Any, client: Any, source: Path, monkeypatch: Any
) -> None:
    client.run(setattr, dask_worker, "_SILENCE", 0.5)
    try:
        monkeypatch.setattr(dask_engine, "_LOOK_EVERY", 2.0)
        gate, options = Gate(4), {"scheduler": cluster.scheduler_address}
        with FaultServer(gate) as server, in_background(lambda: bulk(source, server, **options)) as result:
            assert gate.reached.wait(60)
            until(lambda: any(client.run(stopping).values()))
            client.run(setattr, dask_worker, "_SILENCE", 10.0)
            gate.opened.set()
            held_to_the_source(result(), set(gate.accepted))
    finally:
        client.run(setattr, dask_worker, "_SILENCE", 10.0)


def stopping() -> bool:
    return any(attempt.stop.is_set() for attempt in dask_worker._UNDER_WAY)


def test_limits_are_shared_and_no_secret_shows(cluster: Any, client: Any, source: Path) -> None:
    gate = Gate(2)
    limits = {"events_per_second": 1e6, "requests_per_second": 1000.0, "connections": 8}
    options = {"scheduler": cluster.scheduler_address, **limits}
    with FaultServer(gate) as server, in_background(lambda: bulk(source, server, **options)) as result:
        assert gate.reached.wait(60)
        tasks, keys = client.run_on_scheduler(what_the_scheduler_shows)
        pages = [page(cluster, path) for path in ("info/main/workers.html", "info/main/logs.html", "metrics")]
        pages += [page(cluster, f"info/task/{key}.html") for key in keys]
        shown = "\n".join([*pages, tasks, *client.run(what_a_worker_shows).values()])
        gate.opened.set()
        held_to_the_source(result(), set(gate.accepted))
    shown += str(client.get_scheduler_logs()) + str(client.get_worker_logs())
    assert all(word in tasks for word in ("deliver_part", "connections=4", "s_per_second=500000.0", "=500.0"))
    assert KEY not in shown
    assert keys
    assert all(str(source.name) not in key for key in keys)


def what_the_scheduler_shows(dask_scheduler: Any) -> tuple[str, list[str]]:
    tasks = dask_scheduler.tasks
    shown = [f"{task!r} {task.run_spec!r} {task.run_spec.args!r} {task.annotations}" for task in tasks.values()]
    return "\n".join(shown), [str(key) for key in tasks]


def what_a_worker_shows(dask_worker: Any) -> str:
    tasks = dask_worker.state.tasks.values()
    return "\n".join(f"{task!r} {task.run_spec!r}" for task in tasks) + str(list(dask_worker.state.log))


def page(cluster: Any, path: str) -> str:
    port = cluster.scheduler.http_server.port
    with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}") as got:
        return str(got.read().decode())
    return ""


def test_what_one_worker_is_told_to_wait_all_wait(cluster: Any, source: Path) -> None:
    begun = threading.Event()
    times: list[float] = []

    def reply(_seen: Seen, peer: Peer) -> bytes:
        times.append(time.monotonic())
        if not begun.is_set():
            begun.set()
            return answer({}, 429, {"Retry-After": "5"})
        if time.monotonic() < times[0] + 1:
            peer.wait(0.2)  # was on its way before everybody heard of it
        return OK

    with FaultServer(reply) as server:
        told: list[float] = []
        result = bulk(
            source, server, scheduler=cluster.scheduler_address, connections=2,
            on_progress=lambda progress: told.append(progress.waiting),
        )  # fmt: skip
        assert result.ok
    gaps = [after - before for before, after in pairwise(times)]
    assert max(gaps) > 1.0
    assert max(told) > 1.0


def test_a_source_that_breaks_off_keeps_nobody_from_the_others(cluster: Any, tmp_path: Path) -> None:
    event = {"type": "track", "event": "E", "userId": "u"}
    folder = tmp_path / "in"
    folder.mkdir()
    for name, content in (("a", json.dumps(event)), ("b", "[1, 2"), ("c", json.dumps(event))):
        (folder / f"{name}.jsonl").write_text(content + "\n")
    with FaultServer() as server:
        result = bulk(folder, server, scheduler=cluster.scheduler_address)
    assert (result.outcome, result.code, result.tally.accepted) == ("failed", "source", 2)
    assert "b.jsonl" in (result.message or "")


def test_a_refused_key_ends_it(cluster: Any, source: Path) -> None:
    with FaultServer(answer({"message": KEY}, 401)) as server:
        result = bulk(source, server, scheduler=cluster.scheduler_address)
    assert (result.outcome, result.tally.accepted) == ("failed", 0)
    assert KEY not in str(result.to_dict())


def test_a_dry_run_leaves_nothing_but_its_rejects(cluster: Any, source: Path) -> None:
    with FaultServer() as server:
        result = bulk(source, server, scheduler=cluster.scheduler_address, dry_run=True)
    assert result.ok
    assert (result.tally.read, result.tally.accepted, result.tally.rejected) == (EVENTS, 0, len(INVALID_LINES))
    assert sorted(path.name for path in source.parent.iterdir()) == ["events.jsonl", "events.jsonl.rejects.jsonl"]
    assert server.seen == []


def test_what_only_this_process_has_is_refused() -> None:
    with FaultServer() as server, pytest.raises(InputError, match="cannot be passed to other machines"):
        bulk([{"type": "track"}], server)


def test_a_folder_that_workers_do_not_see_is_told_of(
    cluster: Any, client: Any, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.run(setattr, parts, "_UNSEEN", 0.1)
    monkeypatch.setattr(dask_engine, "make_part", lambda _path: None)
    with FaultServer() as server:
        result = bulk(source, server, scheduler=cluster.scheduler_address)
    client.run(setattr, parts, "_UNSEEN", 5.0)
    assert (result.outcome, result.code) == ("failed", "checkpoint_not_there")
    assert server.seen == []


def test_without_dask_the_cure_is_named(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with FaultServer() as server, pytest.raises(InputError) as caught:
        bulk(source, server)
    assert "pip install 'segment-connector[dask]'" in str(caught.value)
    assert not Path(f"{source}.checkpoint").exists()


def test_nobody_at_the_address(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_engine, "_CONNECT", 0.3)
    with FaultServer() as server:
        result = bulk(source, server, scheduler=f"tcp://127.0.0.1:{unused_port()}")
        assert (result.outcome, result.code) == ("failed", "scheduler")
        result = bulk(source, server, scheduler="nonsense://x")
        assert (result.outcome, result.code) == ("failed", "scheduler")
    assert server.seen == []


def test_another_version_is_refused(cluster: Any, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_engine, "__version__", "9.9")
    with FaultServer() as server:
        result = bulk(source, server, scheduler=cluster.scheduler_address)
    assert result.code == "scheduler"
    assert "segment-connector[dask]==9.9" in (result.hint or "")
    assert server.seen == []


def test_a_part_is_waited_for_and_taken_over_once(tmp_path: Path) -> None:
    folder = folder_of(str(tmp_path / "run"))
    folder.mkdir()
    path = part_path(folder, "abc", 1)
    make_part(path)
    part = open_part(path)
    part.record(Receipt("events", 0, 100, Tally(read=3)))
    with pytest.raises(InputError) as caught:
        open_part(path, seconds=0.2)
    assert caught.value.code == "checkpoint_in_use"
    threading.Timer(0.3, part.close).start()
    with Checkpoint("") as memory:
        take_over_all(folder, memory)
        assert (memory.dealt_with, memory.covered("events"), folder.exists()) == (3, 100, False)
        with Checkpoint("") as other:
            other.record(Receipt("events", 0, 100, Tally(read=3)))
            memory.absorb(other)
        assert memory.dealt_with == 3
