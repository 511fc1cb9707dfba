"""What a run leaves behind however it ends, and what it leaves alone."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bulk_support import event, rejects_of, users, wait_until, write_lines
from cli_support import cli, command, environment
from faultserver import FaultServer, Peer, Seen, answer

from segment_connector import Connector, InputError
from segment_connector.sandbox.sandbox import Sandbox

WRONG = {"type": "track", "userId": "u"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_events_that_are_right_are_accepted_among_many_that_the_service_refuses(quick: Connector, here: Path) -> None:
    """Whatever holds a bad event is refused as a whole, and the bad ones are found."""
    path = write_lines(here / "events.jsonl", [event(n, event="bad" if n % 10 == 0 else "good") for n in range(400)])

    def judge(seen: Seen, _: Peer) -> bytes:
        bad = b'"bad"' in seen.body
        return answer({"success": not bad}, 400 if bad else 200)

    with FaultServer(judge) as service:
        connection = {"writeKey": "key-1", "servers": {"tracking": service.url}}
        result = quick.bulk(path, connection)
    assert (result.tally.accepted, result.tally.rejected) == (360, 40)
    assert all(json.loads(one["record"])["event"] == "bad" for one in rejects_of(result.rejects))


def test_events_that_are_all_refused_cost_little_more_than_a_request_each(quick: Connector, here: Path) -> None:
    path = write_lines(here / "events.jsonl", [event(n) for n in range(49)])
    with FaultServer(answer({"success": False}, 400)) as service:
        result = quick.bulk(path, {"writeKey": "key-1", "servers": {"tracking": service.url}}, connections=1)
        asked = len(service.seen)
    assert result.tally.rejected == 49
    assert asked < 60
    told = [one["message"] for one in rejects_of(result.rejects)]
    assert set(told) == {told[0]}  # each was said of that event alone


def test_rejects_of_another_stream_stay(quick: Connector, sandbox: Sandbox, here: Path) -> None:
    first = quick.bulk([WRONG, event(1)], sandbox.connection)
    second = quick.bulk([event(2)], sandbox.connection)
    assert second.rejects is None
    assert [json.loads(one["record"])["userId"] for one in rejects_of(first.rejects)] == ["u"]
    assert [path.name for path in here.iterdir()] == [first.rejects]


def test_rejects_are_kept_when_the_callers_own_code_raises(quick: Connector, sandbox: Sandbox, here: Path) -> None:
    def events() -> Iterator[dict[str, Any]]:
        yield WRONG
        yield from (event(n) for n in range(600))
        raise RuntimeError("out of order")

    with pytest.raises(RuntimeError, match="out of order"):
        quick.bulk(events(), sandbox.connection, rejects="rejects.jsonl")
    assert [one["code"] for one in rejects_of("rejects.jsonl")] == ["required"]
    assert users(sandbox)


def test_a_record_that_json_does_not_have_is_shown(quick: Connector, sandbox: Sandbox, here: Path) -> None:
    result = quick.bulk([event(1, properties={"at": {1}})], sandbox.connection)
    (reject,) = rejects_of(result.rejects)
    assert "{1}" in reject["record"]


def test_the_stop_that_was_given_is_for_the_caller_to_set(quick: Connector, sandbox: Sandbox, here: Path) -> None:
    stop = threading.Event()
    path = write_lines(here / "events.jsonl", [event(n) for n in range(100)])
    sandbox.fault(status=401, times=100)
    assert quick.bulk(path, sandbox.connection, stop=stop).outcome == "failed"
    assert not stop.is_set()
    sandbox.forget_faults()
    assert quick.bulk(path, sandbox.connection, stop=stop).outcome == "done"
    stop.set()
    assert quick.bulk(path, sandbox.connection, stop=stop, fresh=True).outcome == "stopped"


def test_the_collector_works_where_the_callers_code_does(quick: Connector, sandbox: Sandbox, here: Path) -> None:
    seen = []

    def events() -> Iterator[dict[str, Any]]:
        for number in range(3):
            seen.append(gc.isenabled())
            yield event(number)

    assert quick.bulk(events(), sandbox.connection).ok
    assert seen == [True, True, True]
    path = write_lines(here / "events.jsonl", [event(n) for n in range(300)])
    assert quick.bulk(path, sandbox.connection, on_progress=lambda _: seen.append(gc.isenabled())).ok
    assert gc.isenabled()


def test_what_comes_slowly_is_sent_meanwhile(quick: Connector, sandbox: Sandbox, here: Path) -> None:
    def events() -> Iterator[dict[str, Any]]:
        yield event(0)
        time.sleep(0.6)  # longer than a block waits, which no condition tells
        yield event(1)
        wait_until(lambda: len(users(sandbox)) == 2)
        yield event(2)

    assert quick.bulk(events(), sandbox.connection).tally.accepted == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows waits for sockets only")
@pytest.mark.parametrize("lines", [0, 1, 1000])
def test_a_wait_for_more_input_can_be_ended(sandbox: Sandbox, here: Path, lines: int) -> None:
    with subprocess.Popen(
        command("bulk", "-", "--checkpoint", "done.sqlite"), env=environment(sandbox.environment),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write((json.dumps(event(1)) + "\n").encode() * lines)
        process.stdin.flush()
        wait_until((here / "done.sqlite").exists)  # signals are listened to before it is made
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 130
        assert b"stopping" in process.stderr.read()


@pytest.mark.parametrize(("wrong", "right"), [({"format": "jsonl"}, {}), ({"delimiter": ";"}, {"delimiter": ","})])
def test_a_command_that_is_mended_is_not_taken_for_done(
    quick: Connector, sandbox: Sandbox, here: Path, wrong: dict[str, str], right: dict[str, str]
) -> None:
    (here / "orders.csv").write_text("event,userId\nPaid,u-1\n")
    quick.bulk("orders.csv", sandbox.connection, action="track", **wrong)
    with pytest.raises(InputError, match=f"was made with another {next(iter(wrong))}"):
        quick.bulk("orders.csv", sandbox.connection, action="track", **right)
    assert quick.bulk("orders.csv", sandbox.connection, action="track", fresh=True, **right).tally.accepted == 1


def test_what_is_read_is_not_written_over(quick: Connector, sandbox: Sandbox, here: Path) -> None:
    write_lines(here / "rows.jsonl", [{"who": "u-1"}])
    mapping = "event: Paid\nuserId: '{{ row.who }}'\n"
    (here / "map.yaml").write_text(mapping)
    (here / "folder").mkdir()
    for rejects, said in (("map.yaml", "read or written already"), ("folder", "is a folder")):
        with pytest.raises(InputError, match=said):
            quick.bulk("rows.jsonl", sandbox.connection, action="track", mapping="map.yaml", rejects=rejects)
    for report in ("rows.jsonl", "rows.jsonl.checkpoint", "map.yaml"):
        said = cli("bulk", "rows.jsonl", "--as", "track", "--map", "map.yaml", "--report", report, "--sandbox")
        assert said.code == 2
        assert "read or written already" in said.stderr
    assert (here / "map.yaml").read_text() == mapping
    assert sandbox.events() == []


def test_what_a_run_wrote_into_the_folder_is_no_source_of_the_next(
    quick: Connector, sandbox: Sandbox, here: Path
) -> None:
    (here / "days").mkdir()
    write_lines(here / "days" / "monday.jsonl", [event(1), WRONG])
    kept = {"rejects": "days/wrong.jsonl", "checkpoint": "days/done.sqlite"}
    assert quick.bulk("days", sandbox.connection, **kept).tally.rejected == 1
    again = quick.bulk("days", sandbox.connection, **kept)
    assert (again.outcome, again.tally.read, again.tally.skipped) == ("done", 0, 2)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_pipe_for_rejects_stays_a_pipe(quick: Connector, sandbox: Sandbox, here: Path) -> None:
    os.mkfifo(here / "pipe")
    assert quick.bulk([event(1)], sandbox.connection, rejects="pipe").ok
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append((here / "pipe").read_text()))
    reader.start()
    quick.bulk([WRONG], sandbox.connection, rejects="pipe")
    reader.join(10)
    assert json.loads(got[0])["code"] == "required"
    assert (here / "pipe").is_fifo()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"workers": "4"}, "workers: must be at least 1"),
        ({"events_per_second": "fast"}, "events_per_second: must be a number above 0"),
        ({"max_retries": -1}, "max_retries: must be a whole number"),
    ],
)
def test_an_option_of_the_wrong_kind_is_refused(quick: Connector, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        quick.bulk([event(1)], {"writeKey": "key-1"}, **options)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_file_whose_name_is_no_text_is_refused(quick: Connector, sandbox: Sandbox, here: Path) -> None:
    path = os.fsdecode(b"ev\xffents.jsonl")
    write_lines(here / path, [event(1)])
    for source in (path, str(here)):
        with pytest.raises(InputError, match="the file's name is not UTF-8"):
            quick.bulk(source, sandbox.connection)
