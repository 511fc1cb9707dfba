"""What was dealt with is remembered, by one run at a time, for one source; and no failure to write is kept quiet."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bulk_support import event, ids, process, rejects_of, wait_until, with_ids, write_lines
from cli_support import environment
from faultserver import FaultServer, Peer, Seen, answer
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from segment_connector import Connector
from segment_connector.bulk.checked_block import Reject
from segment_connector.bulk.checkpoint import Checkpoint, Receipt
from segment_connector.bulk.options import DeliveryJob
from segment_connector.bulk.read.partition import Partition
from segment_connector.bulk.reject_groups import reject_groups
from segment_connector.bulk.rejects import write_rejects
from segment_connector.bulk.send.delivery import deliver
from segment_connector.bulk.tally import Progress, Tally
from segment_connector.errors import InputError, Problem
from segment_connector.sandbox.sandbox import Sandbox

_PROBLEM = Problem("json", "is not valid JSON")


def receipt(start: int, end: int, *rejects: int) -> Receipt:
    found = [Reject(at, _PROBLEM, f"record {at}", line=at) for at in rejects]
    return Receipt("e", start, end, Tally(read=1 + len(found)), found)


def remembered(path: Path) -> tuple[list[tuple[Any, ...]], list[Any], int]:
    """What a file says: gaps up to 1,000, rejects, records."""
    with Checkpoint(str(path)) as memory:
        gaps = memory._done["e"].gaps(0, 1000) if "e" in memory._done else [(0, 1000)]
        return list(gaps), [one[1] for one in memory.rejects()], memory.dealt_with


# The file


@given(added=st.lists(st.tuples(st.integers(0, 99), st.integers(1, 30)), max_size=8), reopen=st.booleans())
@examples(30)
def test_it_remembers_what_was_recorded(
    tmp_path_factory: pytest.TempPathFactory, added: list[tuple[int, int]], *, reopen: bool
) -> None:
    path = tmp_path_factory.mktemp("c") / "c"
    memory = Checkpoint(str(path))
    for start, size in added:
        memory.record(receipt(start, start + size, start))
        if reopen:
            memory.close()
            memory = Checkpoint(str(path))
    memory.close()
    numbers = {n for start, size in added for n in range(start, start + size)}
    gaps, rejects, records = remembered(path)
    assert {n for first, last in gaps for n in range(first, last)} == set(range(1000)) - numbers
    assert rejects == sorted({start for start, _ in added})
    assert records == 2 * len(added)


def test_a_reject_and_its_receipt_are_there_together_or_not_at_all(tmp_path: Path) -> None:
    """Whatever the moment: a copy of the files, as a power cut would leave them."""
    path = tmp_path / "c"
    memory = Checkpoint(str(path))
    memory._next = float("inf")
    memory.record(receipt(0, 10, 5))
    copies = [path.with_name(path.name + ending) for ending in ("", "-wal")]

    def copied(name: str) -> Path:
        for one in copies:
            if one.exists():
                (tmp_path / one.name.replace("c", name, 1)).write_bytes(one.read_bytes())
        return tmp_path / name

    assert remembered(copied("before")) == ([(0, 1000)], [], 0)
    memory.commit()
    assert remembered(copied("after")) == ([(10, 1000)], [5], 2)
    memory.close()


def test_after_a_failure_to_write_nothing_is_remembered_that_lacks_its_rejects(tmp_path: Path) -> None:
    path = tmp_path / "c"
    memory = Checkpoint(str(path))
    memory.record(receipt(0, 10, 5))
    memory._next = float("inf")
    memory.record(receipt(10, 20, 15))
    # The smallest disk that can be: not one page more.
    pages = memory._database.execute("PRAGMA page_count").fetchone()[0]
    memory._database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(InputError, match="the disk is full") as error:
        memory.record(receipt(20, 100_000, *range(20, 100_000)))
    assert "free some space and run the same command again" in (error.value.hint or "")
    memory._database.execute("PRAGMA max_page_count = 1000000")  # somebody made room
    with pytest.raises(InputError, match="the disk is full"):
        memory.record(receipt(500, 510))
    with pytest.raises(InputError, match="the disk is full"):
        memory.commit()
    memory.close()
    gaps, rejects, _ = remembered(path)
    assert (gaps, rejects) == ([(10, 1000)], [5])


def test_undoing_the_last_record(tmp_path: Path) -> None:
    path = tmp_path / "c"
    with Checkpoint(str(path)) as memory:
        memory.record(receipt(0, 30, 5))
        memory.record(receipt(50, 100, 60, 90))
        memory.undo("e", 90)
        assert list(memory._done["e"]) == [(0, 30), (50, 90)]
    assert remembered(path) == ([(30, 50), (90, 1000)], [5, 60], 4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no database at all" * 100, "is not a checkpoint of this program"),
        ("other tables", "is not a checkpoint of this program"),
        ("a later version", "is not a checkpoint of this program"),
    ],
)
def test_what_is_no_checkpoint_is_refused_and_left_alone(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = tmp_path / "c"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        database = sqlite3.connect(path)
        database.execute("PRAGMA user_version = 99" if content == "a later version" else "CREATE TABLE facts (a)")
        database.commit()
        database.close()
    before = path.read_bytes()
    for fresh in (False, True):
        with pytest.raises(InputError, match=message) as error:
            Checkpoint(str(path), fresh=fresh)
        assert error.value.problems[0].path == str(path)
    assert path.read_bytes() == before


def test_a_damaged_checkpoint_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "c"
    with Checkpoint(str(path)) as memory:
        for at in range(0, 20_000, 20):
            memory.record(receipt(at, at + 10, at + 1))
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        Checkpoint(str(path))
    assert error.value.code == "checkpoint"


SECRET = "a.person@example.com"


def told_of(path: Path) -> str:
    """What is told of a file that may be anything; nothing else than an error of the inputs may come of it."""
    told: list[InputError] = []
    try:
        with Checkpoint(str(path), {"mapping": "x"}) as memory:
            memory.left(Partition(str(path.with_name("e")), "e", "jsonl", 0, 1000))
            if rejects := write_rejects(memory, str(path.with_name("rejects")), {}):
                reject_groups(rejects)
    except InputError as error:
        told.append(error)
    for one in told:
        assert SECRET not in "".join(traceback.format_exception(one))
        assert one.problems[0].path == str(path)
        assert one.problems[0].hint
    return "".join(map(str, told))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A checkpoint with something of everything."""
    (tmp_path / "e").write_bytes(b"x" * 1000)
    path = tmp_path / "c"
    with Checkpoint(str(path), {"mapping": "x"}) as memory:
        memory.left(Partition(str(tmp_path / "e"), "e", "jsonl", 0, 1000))
        for at in range(0, 400, 20):
            problem = Problem("rule", f"{SECRET} is none", "fix it")
            memory.record(Receipt("e", at, at + 10, Tally(read=2), [Reject(at, problem, SECRET * 9, line=at)]))
    return path


@pytest.mark.parametrize("seed", range(150))
def test_whatever_a_damaged_checkpoint_holds_it_is_refused_in_one_sentence(written: Path, seed: int) -> None:
    chosen = random.Random(seed)
    data = bytearray(written.read_bytes())
    if seed % 3 == 0:
        del data[chosen.randrange(len(data)) :]
    for _ in range(chosen.choice([1, 4, 40])):
        at = chosen.randrange(max(len(data), 1))
        data[at : at + 1 + chosen.randrange(16)] = chosen.randbytes(1 + chosen.randrange(16))
    written.write_bytes(data)
    told_of(written)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE rejects SET reject = reject || 'x'",
        "UPDATE rejects SET reject = '[1]'",
        "UPDATE rejects SET reject = CAST(x'22ff616263646522' AS TEXT)",
        "UPDATE rejects SET reject = x'00'",
        "UPDATE rejects SET reject = printf('%.*c', 5000, '[')",
        "UPDATE rejects SET position = 'a' || position",
        "UPDATE rejects SET line = 'a.person@example.com'",
        "UPDATE facts SET value = 'a.person@example.com' WHERE name = 'records'",
        "UPDATE facts SET value = '' WHERE name = 'records'",
        "UPDATE done SET start = 'a.person@example.com' || start",
        "UPDATE done SET start = -1 - start",
        'UPDATE done SET "end" = NULL',
        'UPDATE done SET "end" = start - 1',
        "UPDATE heads SET bytes = 4611686018427387904",
        "UPDATE heads SET bytes = 'a.person@example.com'",
        'UPDATE tails SET "end" = 1.5',
        "UPDATE tails SET hash = x'00'",
        "DROP TABLE done",
        "ALTER TABLE done RENAME COLUMN start TO begin",
        "CREATE TABLE more (a)",
        "CREATE VIEW more AS SELECT 1",
        "CREATE TRIGGER more BEFORE INSERT ON done BEGIN SELECT RAISE(FAIL, 'a.person@example.com'); END",
    ],
)
def test_a_checkpoint_with_other_tables_or_values_is_refused(written: Path, change: str) -> None:
    with contextlib.closing(sqlite3.connect(written)) as database:
        database.execute("PRAGMA ignore_check_constraints = 1")
        database.execute(change)
        database.commit()
    assert "is damaged: what earlier runs delivered cannot be read from it" in told_of(written)


def test_a_reject_with_strange_members_is_told_as_it_is(written: Path) -> None:
    with contextlib.closing(sqlite3.connect(written)) as database:
        database.execute(
            "UPDATE rejects SET line = NULL, reject = ?", [r'{"line": "x", "hint": [1], "message": "\ud800"}']
        )
        database.commit()
    assert told_of(written) == ""
    assert {"file": "e", "line": "x", "hint": [1], "message": "\ud800"} in rejects_of(written.with_name("rejects"))


def test_a_damaged_checkpoint_ends_a_run_before_anything_is_sent(
    quick: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    source = write_lines(tmp_path / "events.jsonl", [*with_ids(range(10)), SECRET])
    assert quick.bulk(source, sandbox.connection).ok
    with contextlib.closing(sqlite3.connect(f"{source}.checkpoint")) as database:
        database.execute("UPDATE rejects SET reject = substr(reject, 9)")
        database.commit()
    write_lines(source, [*with_ids(range(10)), SECRET, *with_ids(range(10, 20))])
    with pytest.raises(InputError, match="is damaged") as error:
        quick.bulk(source, sandbox.connection)
    assert SECRET not in "".join(traceback.format_exception(error.value))
    assert len(sandbox.events()) == 10
    Path(f"{source}.checkpoint").unlink()
    assert quick.bulk(source, sandbox.connection).tally.accepted == 20
    assert len(set(ids(sandbox))) == 20


@pytest.mark.parametrize("name", ["source", "checkpoint", "rejects", "mapping"])
def test_a_name_with_a_nul_is_refused(quick: Connector, tmp_path: Path, name: str) -> None:
    given = {"source": str(tmp_path / "events.jsonl"), name: "a\0b"}
    with pytest.raises(InputError, match="contains a NUL") as error:
        quick.bulk(given.pop("source"), {}, action="track", **given)
    assert error.value.problems[0].field == name


# Runs


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "events.jsonl", with_ids(range(500)))


def test_the_second_run_has_nothing_to_do(quick: Connector, sandbox: Sandbox, source: Path) -> None:
    first = quick.bulk(source, sandbox.connection)
    assert (first.outcome, first.tally.accepted, first.tally.skipped) == ("done", 500, 0)
    assert first.checkpoint == f"{source}.checkpoint"
    second = quick.bulk(source, sandbox.connection, workers=2)
    assert (second.outcome, second.tally.accepted, second.tally.skipped) == ("done", 0, 500)
    assert second.tally.requests == 0
    assert len(sandbox.events()) == 500


def test_fresh_starts_over_under_the_same_ids(quick: Connector, sandbox: Sandbox, source: Path) -> None:
    quick.bulk(source, sandbox.connection)
    again = quick.bulk(source, sandbox.connection, fresh=True)
    assert (again.tally.accepted, again.tally.skipped) == (500, 0)
    assert len(ids(sandbox, "duplicate")) == 500
    with write_lines(source, [*with_ids(range(3)), "nonsense"]).open():
        last = quick.bulk(source, sandbox.connection, fresh=True)
    assert (last.ok, last.tally.read) == (True, 4)
    assert quick.bulk(source, {**sandbox.connection, "writeKey": "other"}, fresh=True).ok


def test_a_dry_run_remembers_nothing(quick: Connector, source: Path) -> None:
    result = quick.bulk(source, {}, dry_run=True)
    assert (result.ok, result.tally.read, result.tally.accepted, result.dry_run) == (True, 500, 0, True)
    assert result.checkpoint is None
    assert list(source.parent.glob("*checkpoint*")) == []


def test_without_a_checkpoint_all_is_sent_again(quick: Connector, sandbox: Sandbox, source: Path) -> None:
    for _ in range(2):
        result = quick.bulk(source, sandbox.connection, keep_checkpoint=False)
        assert (result.tally.accepted, result.checkpoint) == (500, None)
    assert len(ids(sandbox, "duplicate")) == 500


CHANGES: dict[str, dict[str, Any]] = {
    "connection": {"connection": {"writeKey": "another-key"}},
    "mapping": {"action": "track"},
    "source": {"rename": "other.jsonl"},
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_checkpoint_of_something_else_is_refused(
    quick: Connector, sandbox: Sandbox, source: Path, tmp_path: Path, name: str
) -> None:
    options = {"checkpoint": str(tmp_path / "c")}
    assert quick.bulk(source, sandbox.connection, **options).ok
    change = CHANGES[name]
    other = source.rename(tmp_path / change["rename"]) if "rename" in change else source
    connection = {**sandbox.connection, **change.get("connection", {})}
    with pytest.raises(InputError, match=f"was made with another {name}") as error:
        quick.bulk(other, connection, action=change.get("action"), **options)
    assert "--fresh" in (error.value.hint or "")
    assert len(sandbox.events()) == 500
    assert quick.bulk(other, connection, action=change.get("action"), fresh=True, **options).tally.read == 500


def _longer_line(data: bytes) -> bytes:
    return data.replace(b'"m-499"', b'"fixed"')


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: b" " + data, "its beginning differs"),
        (lambda data: data[:-1], "bytes and had"),
        (lambda data: data.replace(b'"m-400"', b'"m-4000"'), "was changed"),
        (_longer_line, "was changed"),
        (lambda data: data[: len(data) // 2], "bytes and had"),
    ],
)
def test_a_file_that_was_changed_is_refused(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, change: Any, why: str
) -> None:
    path = write_lines(tmp_path / "events.jsonl", [*with_ids(range(500)), "", ""])
    noise = write_lines(tmp_path / "noise", (event(n, messageId=f"n-{n}") for n in range(2000))).read_bytes()
    path.write_bytes(noise + path.read_bytes())
    assert quick.bulk(path, sandbox.connection).ok
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match=why) as error:
        quick.bulk(path, sandbox.connection)
    assert "put corrected records into a separate file" in (error.value.hint or "")


def test_the_same_file_may_be_elsewhere(quick: Connector, sandbox: Sandbox, source: Path, tmp_path: Path) -> None:
    options = {"checkpoint": str(tmp_path / "c")}
    assert quick.bulk(source, sandbox.connection, **options).ok
    (tmp_path / "moved").mkdir()
    moved = source.rename(tmp_path / "moved" / source.name)
    assert quick.bulk(moved, sandbox.connection, **options).tally.skipped == 500


def test_files_may_come_into_a_folder(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_lines(folder / "b.jsonl", with_ids(range(100)))
    assert quick.bulk(folder, sandbox.connection).tally.accepted == 100
    write_lines(folder / "a.jsonl", with_ids(range(100, 150)))
    second = quick.bulk(f"{folder}/", sandbox.connection)
    assert (second.tally.accepted, second.tally.skipped) == (50, 100)
    assert second.checkpoint == f"{folder}.checkpoint"


@pytest.mark.parametrize("name", ["checkpoint", "rejects"])
def test_what_is_read_is_not_written_over(quick: Connector, sandbox: Sandbox, source: Path, name: str) -> None:
    before = source.read_bytes()
    with pytest.raises(InputError, match="is a file that is read or written already"):
        quick.bulk(source, sandbox.connection, fresh=True, **{name: str(source)})
    with pytest.raises(InputError, match="is a file that is read or written already"):
        quick.bulk(source, sandbox.connection, checkpoint=f"{source}.x", rejects=f"{source}.x")
    with pytest.raises(InputError, match="its folder is not there"):
        quick.bulk(source, sandbox.connection, **{name: str(source.parent / "no" / "x")})
    assert source.read_bytes() == before
    assert sandbox.events() == []


# Two runs at once


@contextmanager
def slow_server() -> Iterator[tuple[FaultServer, threading.Event]]:
    """It answers when the event is set."""
    go = threading.Event()

    def reply(_seen: Seen, peer: Peer) -> bytes:
        while not go.is_set() and not peer.wait(0.005):
            pass
        return answer({"success": True})

    with FaultServer(reply) as server:
        try:
            yield server, go
        finally:
            go.set()


def connection_to(server: FaultServer) -> dict[str, Any]:
    return {"writeKey": "wk-1", "servers": {"tracking": f"{server.url}/v1"}}


@pytest.mark.parametrize("fresh", [False, True])
def test_a_second_run_on_the_checkpoint_is_refused(
    quick_root: Path, quick: Connector, sandbox: Sandbox, source: Path, *, fresh: bool
) -> None:
    sandbox.fault(delay=60, times=100)
    running = process(quick_root, source, sandbox, connections=1)
    try:
        wait_until(lambda: Path(f"{source}.checkpoint-wal").exists() or not running.is_alive())
        wait_until(lambda: _is_locked(source) or not running.is_alive())
        with pytest.raises(InputError, match="is in use by another run") as error:
            quick.bulk(source, sandbox.connection, fresh=fresh)
        assert "wait for it to end" in (error.value.hint or "")
        assert running.is_alive()
    finally:
        running.kill()
        running.join()
    sandbox.forget_faults()
    assert quick.bulk(source, sandbox.connection).ok  # the lock went with the process
    assert len(set(ids(sandbox))) == 500


def _is_locked(source: Path) -> bool:
    try:
        Checkpoint(f"{source}.checkpoint").close()
    except InputError:
        return True
    return False


def test_a_second_run_in_the_same_process_is_refused_as_well(quick: Connector, source: Path) -> None:
    with slow_server() as (server, go):
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(quick.bulk(source, connection_to(server))))
        thread.start()
        wait_until(lambda: bool(server.seen))
        with pytest.raises(InputError, match="is in use by another run"):
            quick.bulk(source, connection_to(server))
        go.set()
        thread.join(30)
    assert found[0].ok


# Stopping


def test_a_run_that_is_stopped_finishes_what_is_under_way_and_the_next_goes_on(quick: Connector, source: Path) -> None:
    stop = threading.Event()
    with slow_server() as (server, go):
        found: list[Any] = []
        thread = threading.Thread(
            target=lambda: found.append(quick.bulk(source, connection_to(server), connections=2, stop=stop))
        )
        thread.start()
        wait_until(lambda: len(server.seen) == 2)
        stop.set()
        go.set()
        thread.join(30)
        (result,) = found
        assert (result.outcome, result.ok, result.code) == ("stopped", False, None)
        assert result.tally.accepted == 100  # both requests
        assert len(server.seen) == 2
        second = quick.bulk(source, connection_to(server))
        assert (second.outcome, second.tally.skipped, second.tally.accepted) == ("done", 100, 400)
        sent = [one["messageId"] for seen in server.seen for one in seen.json["batch"]]
    assert sorted(sent) == sorted(f"m-{n}" for n in range(500))


@pytest.mark.parametrize("workers", [1, 2])
def test_stopping_while_all_wait_takes_no_time(quick_root: Path, tmp_path: Path, workers: int) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for part in range(4):
        write_lines(folder / f"{part}.jsonl", with_ids(range(part * 300, part * 300 + 300)))
    stop = threading.Event()

    def reply(seen: Seen, _peer: Peer) -> bytes:
        if len(server.seen) < 5:
            return answer({"success": True})
        stop.set()
        return answer({}, 503)

    # The waits of the service's own specs: half a second and more.
    with FaultServer(reply) as server:
        connector = Connector.load(quick_root)
        result = connector.bulk(folder, connection_to(server), stop=stop, workers=workers, connections=4)
        assert result.outcome == "stopped"
        server.replies = [answer({"success": True})]
        assert connector.bulk(folder, connection_to(server), workers=workers).ok
        sent = {one["messageId"] for seen in server.seen for one in seen.json["batch"]}
    assert sent == {f"m-{n}" for n in range(1200)}


def test_progress_is_told_and_ends_with_everything(quick: Connector, sandbox: Sandbox, source: Path) -> None:
    told: list[Progress] = []
    result = quick.bulk(source, sandbox.connection, on_progress=told.append)
    assert told[-1].tally.accepted == result.tally.accepted == 500
    assert told[-1].done_bytes == told[-1].total_bytes == source.stat().st_size
    assert [one.tally.accepted for one in told] == sorted(one.tally.accepted for one in told)
    assert sum(sample.tally.accepted for sample in result.samples) == 500


# What cannot be written

_FULL = """
import json, resource, sys
from segment_connector import Connector
root, source, connection, limit, options = sys.argv[1:]
connector = Connector.load(root)
connector.bulk(source, json.loads(connection), dry_run=True)  # whatever Python writes of its own
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    result = connector.bulk(source, json.loads(connection), **json.loads(options))
    print(json.dumps(result.to_dict()))
except Exception as error:
    print(json.dumps({"outcome": "refused", "message": str(error)}))
"""


def in_little_room(quick_root: Path, source: Path, connection: Any, limit: int, **options: Any) -> dict[str, Any]:
    """A run in a process that may write files of so many bytes only."""
    arguments = [str(quick_root), str(source), json.dumps(connection), str(limit), json.dumps(options)]
    done = subprocess.run(
        [sys.executable, "-c", _FULL, *arguments], capture_output=True, timeout=60, check=False, env=environment()
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("limit", [0, 4_096, 60_000, 90_000, 150_000, 1_000_000])
def test_a_full_disk_ends_the_run_and_the_next_one_goes_on(
    quick: Connector, quick_root: Path, sandbox: Sandbox, tmp_path: Path, limit: int
) -> None:
    lines: list[Any] = [one for n in range(600) for one in (event(n, messageId=f"m-{n}"), f"nonsense {n} {'x' * 300}")]
    path = write_lines(tmp_path / "events.jsonl", lines)
    result = in_little_room(quick_root, path, sandbox.connection, limit, connections=2)
    if limit < 1_000_000:
        assert result["outcome"] in ("failed", "refused"), result
        assert "cannot be" in result["message"]
    # Whoever makes room goes on.
    last = quick.bulk(path, sandbox.connection)
    assert last.ok
    assert sorted(ids(sandbox)) == sorted(f"m-{n}" for n in range(600))
    assert [one["line"] for one in rejects_of(last.rejects)] == list(range(2, 1202, 2))


@pytest.mark.parametrize("folder", ["/proc", "/sys"])
def test_a_folder_that_cannot_be_written_is_told_of(
    quick: Connector, sandbox: Sandbox, source: Path, folder: str
) -> None:
    with pytest.raises(InputError, match="cannot be used") as error:
        quick.bulk(source, sandbox.connection, checkpoint=f"{folder}/x.checkpoint")
    assert "and the folder is writable" in (error.value.hint or "")
    assert sandbox.events() == []
    write_lines(source, [*with_ids(range(100)), "nonsense"])
    result = quick.bulk(source, sandbox.connection, rejects=f"{folder}/x.rejects")
    # What was sent was sent: it is the outcome, and the next run may write it elsewhere.
    assert (result.outcome, result.code, result.tally.accepted) == ("failed", "rejects", 100)
    assert "cannot be written" in result.message
    again = quick.bulk(source, sandbox.connection)
    assert (again.ok, again.tally.read, len(rejects_of(again.rejects))) == (True, 0, 1)


# One partition by hand, as another engine would


def test_a_partition_is_delivered_by_a_plain_function(
    quick_root: Path, sandbox: Sandbox, source: Path, tmp_path: Path
) -> None:
    job = DeliveryJob(root=str(quick_root), connection=sandbox.connection, instant="2026-01-31T12:00:00.000Z")
    size = source.stat().st_size
    whole = Partition(str(source), source.name, "jsonl", 0, size)
    tally = deliver(whole, job, tmp_path / "c")
    assert (tally.accepted, tally.bytes_read) == (500, size)
    assert deliver(whole, job, tmp_path / "c").accepted == 0
    assert len(set(ids(sandbox))) == 500
    gone = Partition(str(tmp_path / "gone"), "gone", "jsonl", 0, 10)
    with pytest.raises(InputError, match="cannot be read"):
        deliver(gone, job, tmp_path / "c")
