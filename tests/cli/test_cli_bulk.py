"""``bulk``: real runs into the sandbox; what is said on which stream, with which exit code, and what arrived."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cli_support import Said, cli, command, environment
from faultserver import unused_port
from messy_orders import ROWS, ZONE, write_messy_orders

from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

SECRET = "wk-5ecretWriteKey"
DEADLINE = 30


@pytest.fixture
def sandbox(specs: Specs) -> Iterator[Sandbox]:
    with Sandbox(specs, credentials={"writeKey": SECRET}) as sandbox:
        yield sandbox


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def env(sandbox: Sandbox) -> Mapping[str, str]:
    return {**sandbox.environment, "NO_PROXY": "127.0.0.1"}


def events(number: int, **more: Any) -> list[dict[str, Any]]:
    return [{"type": "track", "event": "E", "userId": f"u-{index}", **more} for index in range(number)]


def large_events(number: int) -> list[dict[str, Any]]:
    """Events of which a request takes no more than 49."""
    return events(number, properties={"note": "x" * 10_000})


def write(path: Path, records: list[Any]) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path.name


def bulk(sandbox: Sandbox, *arguments: str, stdin: str | None = None) -> Said:
    return cli("bulk", *arguments, stdin=stdin, env=env(sandbox))


def users(sandbox: Sandbox) -> list[str]:
    return sorted(event["body"]["userId"] for event in sandbox.events("accepted"))


ORDERS = "order,customer,total\nA-1,u-1,14.99\nA-2,,3\nA-3,u-3,many\n"
ORDER_MAP = """\
event: Order Completed
userId: "{{ row.customer }}"
properties: {order: "{{ row.order }}", total: "{{ row.total | number }}"}
"""


@pytest.fixture
def orders(here: Path) -> tuple[str, ...]:
    (here / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (here / "orders.yaml").write_text(ORDER_MAP, encoding="utf-8")
    return ("orders.csv", "--as", "track", "--map", "orders.yaml")


# Done


def test_every_event_is_accepted(sandbox: Sandbox, here: Path) -> None:
    said = bulk(sandbox, write(here / "events.jsonl", events(3)))
    assert (said.code, said.stderr) == (0, "")
    first, to, took, sent = said.stdout.splitlines()
    assert first == "Done: all 3 events accepted"
    assert to == f"  to    {sandbox.connection['servers']['tracking']}, in place of Segment Tracking API"
    assert took.startswith("  time  ")
    assert sent.endswith(" in 1 request, 0 retries")
    assert users(sandbox) == ["u-0", "u-1", "u-2"]


def test_rejects_end_with_3_and_stand_in_a_file(sandbox: Sandbox, here: Path) -> None:
    records = events(3)
    del records[1]["userId"]
    said = bulk(sandbox, write(here / "events.jsonl", records))
    assert said.code == 3
    assert said.stdout.startswith("Done: 2 events accepted, 1 record rejected\n")
    assert "  rejects  events.jsonl.rejects.jsonl" in said.stdout.splitlines()
    assert said.errors == [
        "  hint: events.jsonl.rejects.jsonl lists the line of each rejected record, what is wrong, and how to fix it"
    ]
    reject = json.loads((here / "events.jsonl.rejects.jsonl").read_text(encoding="utf-8"))
    assert (reject["line"], reject["field"], json.loads(reject["record"])) == (2, "userId", records[1])
    assert users(sandbox) == ["u-0", "u-2"]


def test_a_json_summary_is_all_of_stdout(sandbox: Sandbox, here: Path) -> None:
    said = bulk(sandbox, write(here / "events.jsonl", events(3)), "--json")
    assert (said.code, said.errors) == (0, [])
    assert said.json["outcome"] == "done"
    assert said.json["checkpoint"] == "events.jsonl.checkpoint"
    assert [said.json[name] for name in ("read", "accepted", "rejected", "requests", "retries")] == [3, 3, 0, 1, 0]


def test_what_was_delivered_is_not_sent_again_unless_it_is_asked_for(sandbox: Sandbox, here: Path) -> None:
    source = write(here / "events.jsonl", events(3))
    bulk(sandbox, source)
    again = bulk(sandbox, source)
    assert again.code == 0
    assert again.stdout.startswith("Done: nothing was left to do; an earlier run processed everything\n")
    assert again.errors == ["  hint: events.jsonl.checkpoint records the earlier run; --fresh sends everything again"]
    assert len(sandbox.events()) == 3
    assert bulk(sandbox, source, "--fresh").stdout.startswith("Done: all 3 events accepted\n")
    assert len(sandbox.events()) == 6


def test_without_a_checkpoint_a_second_run_makes_the_same_ids(sandbox: Sandbox, here: Path) -> None:
    source = write(here / "events.jsonl", events(3, timestamp="2026-01-31T12:00:00Z"))
    for _ in range(2):
        assert bulk(sandbox, source, "--no-checkpoint").code == 0
    assert [event["status"] for event in sandbox.events()] == ["accepted"] * 3 + ["duplicate"] * 3
    assert [path.name for path in here.iterdir()] == [source]


def test_a_source_without_events(sandbox: Sandbox, here: Path) -> None:
    said = bulk(sandbox, write(here / "empty.jsonl", []))
    assert said.code == 0
    assert said.stdout.startswith("Done: the source contains no event\n")
    assert sandbox.events() == []


@pytest.mark.parametrize("options", [("--workers", "2"), ("--gzip",), ("--connections", "1", "--checkpoint", "c.db")])
def test_the_ways_of_delivery_deliver_the_same(sandbox: Sandbox, here: Path, options: tuple[str, ...]) -> None:
    said = bulk(sandbox, write(here / "events.jsonl", events(3000)), *options, "--quiet")
    assert (said.code, said.stderr) == (0, "")
    assert len(set(users(sandbox))) == len(sandbox.events()) == 3000


def test_events_from_standard_input(sandbox: Sandbox, here: Path) -> None:
    said = bulk(sandbox, "-", stdin="\n".join(map(json.dumps, events(3))))
    assert (said.code, said.stderr) == (0, "")
    assert users(sandbox) == ["u-0", "u-1", "u-2"]
    assert list(here.iterdir()) == []


def test_rows_with_a_mapping(sandbox: Sandbox, orders: tuple[str, ...]) -> None:
    said = bulk(sandbox, *orders, "--rejects", "wrong.jsonl")
    assert said.code == 3
    (event,) = sandbox.events()
    assert event["body"]["properties"] == {"order": "A-1", "total": 14.99}
    rejects = [json.loads(line) for line in Path("wrong.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(reject["line"], reject["field"]) for reject in rejects] == [(3, "userId"), (4, "row.total")]


def test_a_dry_run_sends_nothing_and_needs_no_credential(here: Path) -> None:
    records = events(3)
    records[0]["userId"] = 7
    said = cli("bulk", write(here / "events.jsonl", records), "--dry-run")
    assert said.code == 3
    first, to, *_ = said.stdout.splitlines()
    assert first == "Dry run: 2 events would be accepted, 1 record rejected; nothing was sent"
    assert to == "  would go to  Segment Tracking API at api.segment.io, region us"
    assert not (here / "events.jsonl.checkpoint").exists()


def test_a_sandbox_of_its_own_leaves_no_checkpoint(here: Path) -> None:
    said = cli("bulk", write(here / "events.jsonl", events(30)), "--sandbox")
    assert said.code == 0
    assert said.stdout.splitlines()[1] == "  to    the sandbox, in place of Segment Tracking API"
    assert said.errors == ["sandbox: 30 accepted"]
    assert [path.name for path in here.iterdir()] == ["events.jsonl"]


# Before anything is sent


def test_a_preview_shows_rows_as_events_and_what_would_be_rejected(sandbox: Sandbox, orders: tuple[str, ...]) -> None:
    said = bulk(sandbox, *orders, "--preview")
    assert (said.code, sandbox.events()) == (3, [])
    assert (
        'line 2: {"order":"A-1","customer":"u-1","total":"14.99"}\n  {\n    "event": "Order Completed",' in said.stdout
    )
    assert "  rejected: row.total: is not a number: 'many'" in said.stdout.splitlines()


def test_a_preview_of_so_many_rows_as_json(sandbox: Sandbox, orders: tuple[str, ...]) -> None:
    said = bulk(sandbox, *orders, "--preview", "1", "--json")
    assert said.code == 0
    (one,) = said.json
    assert one["record"] == {"order": "A-1", "customer": "u-1", "total": "14.99"}
    assert one["event"]["properties"]["total"] == 14.99
    assert one["problem"] is None


@pytest.mark.parametrize("before", [True, False])
def test_the_number_of_a_preview_may_be_left_out_anywhere(sandbox: Sandbox, here: Path, before: bool) -> None:
    source = write(here / "events.jsonl", events(9))
    said = bulk(sandbox, *(("--preview", source) if before else (source, "--preview")))
    assert said.code == 0
    assert [line[:7] for line in said.stdout.splitlines() if line.startswith("line")] == [
        f"line {number}:" for number in range(1, 6)
    ]
    assert sandbox.events() == []


def test_a_preview_of_nothing(sandbox: Sandbox, here: Path) -> None:
    said = bulk(sandbox, write(here / "empty.jsonl", []), "--preview")
    assert (said.code, said.stdout, said.stderr) == (0, "", "  hint: empty.jsonl contains no record\n")


def test_a_suggested_mapping_is_one_that_works(sandbox: Sandbox, orders: tuple[str, ...]) -> None:
    said = bulk(sandbox, "orders.csv", "--as", "identify", "--suggest-map")
    assert said.code == 0
    Path("own.yaml").write_text(said.stdout, encoding="utf-8")
    assert bulk(sandbox, "orders.csv", "--as", "identify", "--map", "own.yaml", "--preview", "1").code == 0


def test_a_mapping_from_lines_of_json(sandbox: Sandbox, here: Path) -> None:
    source = write(here / "users.jsonl", [{"user id": "u-1"}, {"email": "a@example.com"}, 7])
    said = bulk(sandbox, source, "--as", "identify", "--suggest-map")
    assert "userId: \"{{ row['user id'] }}\"" in said.stdout
    assert "row.email" in said.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--map", "m.yaml"), "--map needs --as ACTION: what each row is"),
        (("--sandbox", "--connection", "c.json"), "--sandbox brings a connection of its own; leave out --connection"),
        (("--checkpoint", "c.db", "--no-checkpoint"), "take one of --checkpoint and --no-checkpoint"),
        (("--workers", "0"), "0 is not in the range x>=1"),
        (("--max-events-per-second", "0"), "0.0 is not in the range x>0"),
        (("--preview", "0"), "0 is not in the range x>=1"),
        (("--scheduler", "tcp://127.0.0.1:1"), "error: scheduler: needs engine dask"),
        (("--as", "list_sources"), "error: action: 'list_sources' cannot be sent in bulk"),
        (("--as", "list_sources", "--suggest-map"), "error: action: 'list_sources' cannot be sent in bulk"),
        (("--as", "trakc"), "error: action: 'trakc' cannot be sent in bulk"),
        (("--report", "no/such/a.html"), "error: no/such/a.html: there is no folder 'no/such'"),
        (("--report", "."), "error: .: cannot be written"),
        (("--format", "xml"), "'xml' is not one of 'jsonl', 'json', 'csv', 'arrow'"),
    ],
)  # fmt: skip
def test_what_is_refused_ends_with_2_and_nothing_is_sent(
    sandbox: Sandbox, here: Path, arguments: tuple[str, ...], said: str
) -> None:
    refused = bulk(sandbox, write(here / "events.jsonl", events(1)), *arguments)
    assert (refused.code, refused.stdout) == (2, "")
    assert said in refused.stderr
    assert sandbox.events() == []


def test_a_source_that_is_not_there(sandbox: Sandbox, here: Path) -> None:
    said = bulk(sandbox, "nothing.jsonl", "--json")
    assert said.code == 2
    assert said.errors == ["error: nothing.jsonl: there is no such file or folder", "  hint: check the path"]
    assert (said.json["ok"], said.json["error"]["message"]) == (False, "there is no such file or folder")


def test_a_column_that_is_not_there(sandbox: Sandbox, orders: tuple[str, ...]) -> None:
    Path("orders.yaml").write_text(ORDER_MAP.replace("row.customer", "row.custmer"), encoding="utf-8")
    for more in ((), ("--preview",)):
        said = bulk(sandbox, *orders, *more)
        assert (said.code, said.stdout) == (2, "")
        assert "orders.yaml:2: userId: the source has no column 'custmer'" in said.stderr
        assert "did you mean 'customer'?" in said.stderr
    assert sandbox.events() == []


def test_without_a_credential_it_says_how_to_get_one(here: Path) -> None:
    said = cli("bulk", write(here / "events.jsonl", events(1)))
    assert (said.code, said.stdout) == (2, "")
    assert "set SEGMENT_WRITE_KEY, or name a file with 'writeKey' with --connection" in said.stderr


# The report


def test_a_report_shows_the_run_and_no_secret(sandbox: Sandbox, here: Path) -> None:
    records = events(50, properties={"name": "personal"})
    records[7]["event"] = ""
    said = bulk(sandbox, write(here / "events.jsonl", records), "--report", "run.html")
    assert said.code == 3
    assert "report: run.html" in said.errors
    page = (here / "run.html").read_text(encoding="utf-8")
    for fact in (
        "Done: 49 events accepted, 1 record rejected",
        "events.jsonl",
        "http://127.0.0.1:",
        "in place of Segment Tracking API",
    ):
        assert fact in page
    assert "line 8: event: " in page
    for secret in (SECRET, "personal"):
        assert secret not in page + said.stdout + said.stderr


def test_a_report_that_cannot_be_written_in_the_end_is_told_and_changes_nothing(sandbox: Sandbox, here: Path) -> None:
    said = bulk(sandbox, write(here / "events.jsonl", events(1)), "--report", "/dev/full")
    assert said.code == 0
    assert "warning: the report could not be written: " in said.stderr


# Failures, and how to go on


def test_a_failure_ends_with_1_and_the_command_that_it_names_goes_on(sandbox: Sandbox, here: Path) -> None:
    source = write(here / "events.jsonl", events(3))
    sandbox.fault(status=401, times=1)
    said = bulk(sandbox, source, "--fresh", "--max-retries", "0", "--report", "run page.html")
    assert said.code == 1
    assert said.stdout.startswith("Failed: 0 events accepted before that\n")
    assert said.errors[1].startswith("error: unauthorized: ")
    advice = "  hint: to continue where this ended: segment-connector "
    (line,) = [line for line in said.errors if line.startswith(advice)]
    assert line.removeprefix(advice) == f"bulk {source} --max-retries 0 --report 'run page.html'"
    assert "Failed: " in (here / "run page.html").read_text(encoding="utf-8")
    assert bulk(sandbox, source, "--max-retries", "0").code == 0
    assert users(sandbox) == ["u-0", "u-1", "u-2"]


def test_a_server_that_is_not_there(here: Path) -> None:
    source = write(here / "events.jsonl", events(3))
    env = {"SEGMENT_WRITE_KEY": SECRET, "SEGMENT_TRACKING_URL": f"http://127.0.0.1:{unused_port()}"}
    said = cli("bulk", source, "--max-retries", "0", "--no-checkpoint", "--json", env=env)
    assert said.code == 1
    assert (said.json["outcome"], said.json["code"]) == ("failed", "connection_failed")
    assert said.errors == [
        "  hint: nothing is recorded without a checkpoint; the next run starts from the beginning, with the same ids"
    ]


def test_strict_stops_at_the_first_record_that_is_wrong(sandbox: Sandbox, here: Path) -> None:
    records = events(3)
    del records[1]["userId"]
    said = bulk(sandbox, write(here / "events.jsonl", records), "--strict")
    assert said.code == 1
    assert "events.jsonl:2" in said.stderr


def until(holds: Callable[[], Any], process: subprocess.Popen[bytes]) -> None:
    """Wait for a condition, as long as the process lives and not for ever."""
    end = time.monotonic() + DEADLINE
    while not holds():
        assert process.poll() is None, "the program ended before"
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


def begun(sandbox: Sandbox, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command("bulk", *arguments), cwd=folder, env=environment(env(sandbox)), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, "1"), (signal.SIGTERM, "1"), (signal.SIGINT, "2")])
def test_the_first_signal_ends_in_good_order_and_the_same_command_goes_on(
    sandbox: Sandbox, here: Path, number: int, workers: str
) -> None:
    source = write(here / "events.jsonl", large_events(400))
    process = begun(sandbox, here, source, "--workers", workers, "--max-requests-per-second", "1")
    until(sandbox.events, process)
    process.send_signal(number)
    out, err = (text.decode() for text in process.communicate(timeout=DEADLINE))
    assert process.returncode == 130, err
    assert out.startswith("Stopped before the end: ")
    assert "stopping: what is under way is finished first; Ctrl-C again ends at once" in err
    assert f"hint: to continue where this ended: segment-connector bulk {source} --workers {workers} " in err
    assert 0 < len(sandbox.events()) < 400
    said = bulk(sandbox, source, "--quiet")
    assert said.code == 0, said.stderr
    assert len(sandbox.events("accepted")) == len(sandbox.events()) == 400


def test_the_second_signal_ends_at_once(sandbox: Sandbox, here: Path) -> None:
    sandbox.fault(delay=DEADLINE, times=100)
    process = begun(sandbox, here, write(here / "events.jsonl", events(10)), "--workers", "2")
    checkpoint = here / "events.jsonl.checkpoint"
    until(checkpoint.exists, process)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    os.set_blocking(process.stderr.fileno(), True)
    while b"stopping" not in (line := process.stderr.readline()):
        assert line, "it ended before"
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    assert time.monotonic() - begin < 5


def test_progress_is_told_in_lines_where_no_terminal_is_and_not_when_quiet(sandbox: Sandbox, here: Path) -> None:
    source = write(here / "events.jsonl", large_events(140))
    processes = [
        begun(sandbox, here, source, "--no-checkpoint", "--max-requests-per-second", "1", *more)
        for more in ((), ("--quiet",))
    ]
    told, quiet = (process.communicate(timeout=DEADLINE)[1].decode() for process in processes)
    assert re.match(r"2(\.\d)? s: \d+ %, \d+ events, \d+/s, .* [kM]B of 1.4 MB, 0 rejected, 0 retries", told)
    assert quiet == ""


def test_the_help_tells_the_exit_codes_and_how_nothing_is_lost() -> None:
    said = cli("bulk", "--help")
    assert said.code == 0
    for word in ("Exit codes:", "130", "SOURCE.checkpoint", "--suggest-map", "Examples:"):
        assert word in said.stdout


def test_a_messy_export_is_delivered_by_two_commands_and_no_row_is_lost_by_its_form(
    sandbox: Sandbox, here: Path
) -> None:
    without = write_messy_orders(here / "orders.csv")
    suggested = bulk(sandbox, "orders.csv", "--as", "track", "--zone", ZONE, "--suggest-map")
    (here / "orders.yaml").write_text(suggested.stdout, encoding="utf-8")
    said = bulk(sandbox, "orders.csv", "--as", "track", "--map", "orders.yaml", "--json", "--quiet")
    result = json.loads(said.stdout)
    assert said.code == 3
    rejects = [json.loads(line) for line in (here / "orders.csv.rejects.jsonl").read_text("utf-8").splitlines()]
    assert {one["line"] - 2 for one in rejects} == without
    assert {one["field"] for one in rejects} == {"userId"}
    sent = {one["id"]: one["body"] for one in sandbox.events("accepted")}
    assert result["accepted"] == len(sent) == ROWS - len(without)
    first = sent["order-100200"]
    assert first["event"] == "Order Completed"
    assert isinstance(first["properties"]["revenue"], float)
    assert isinstance(first["properties"]["Geschenk"], bool)
    assert {type(one["properties"]["Versand"]) for one in sent.values()} == {float}
    assert sent["order-100700"]["timestamp"] == "2026-10-25T02:30:00+02:00"
    assert sent["order-100701"]["timestamp"] == "2026-03-29T03:15:00+02:00"
    assert "25/10/2026 02:30" in suggested.stdout


def test_what_another_tool_exported_needs_no_mapping_of_ones_own(sandbox: Sandbox, here: Path) -> None:
    corpus = Path(__file__).resolve().parent.parent / "data" / "files"
    (here / "export.jsonl").write_bytes((corpus / "amplitude.jsonl").read_bytes())
    told = bulk(sandbox, "export.jsonl")
    assert told.code == 2
    assert "its rows are not events, and look like Amplitude\n  hint: add --from amplitude" in told.stderr
    said = bulk(sandbox, "export.jsonl", "--from", "amplitude")
    assert said.code == 0
    assert [one["body"]["type"] for one in sandbox.events("accepted")] == ["track", "identify"]
    mapping = bulk(sandbox, "export.jsonl", "--suggest-map").stdout
    assert "the ready mapping 'amplitude'" in mapping
    (here / "own.yaml").write_text(mapping)
    assert bulk(sandbox, "export.jsonl", "--map", "own.yaml", "--dry-run").code == 0
    for arguments, words in {
        ("--from", "amplitud"): "did you mean 'amplitude'?",
        ("--from", "mixpanel"): "the source does not look like Mixpanel",
        ("--from", "mixpanel", "--map", "own.yaml"): "take one of --map and --from",
    }.items():
        refused = bulk(sandbox, "export.jsonl", *arguments)
        assert refused.code == 2
        assert words in refused.stderr


def test_the_password_of_a_database_stands_in_no_output(sandbox: Sandbox, here: Path) -> None:
    (here / "map.yaml").write_text('event: E\nuserId: "{{ row.id }}"\n')
    url = f"postgresql+psycopg://me:s3cr3t@127.0.0.1:{unused_port()}/shop?connect_timeout=2"
    how = (url, "--query", "SELECT 1 AS id", "--order-by", "id", "--as", "track", "--map", "map.yaml")
    for more in ((), ("--json",), ("--preview",), ("--suggest-map",), ("--dry-run", "--report", "r.html")):
        said = bulk(sandbox, *how, *more)
        assert said.code == 2
        assert "s3cr3t" not in said.stdout + said.stderr
        assert "postgresql+psycopg://me:***@127.0.0.1" in said.stdout + said.stderr


def test_what_a_file_is_read_as_is_said_once(sandbox: Sandbox, here: Path) -> None:
    (here / "users.csv").write_bytes("userId;Stadt\nu-1;Köln\nu-2;Lübeck\n".encode("cp1252"))
    (here / "map.yaml").write_text('userId: "{{ row.userId }}"\ntraits: {city: "{{ row.Stadt }}"}\n')
    how = ("users.csv", "--as", "identify", "--map", "map.yaml")
    said = bulk(sandbox, *how, "--json")
    assert json.loads(said.stdout)["notes"] == ["users.csv is read as Windows-1252; use --encoding for another one"]
    assert [one["body"]["traits"]["city"] for one in sandbox.events()] == ["Köln", "Lübeck"]
    said = bulk(sandbox, *how, "--fresh", "--encoding", "cp1252")
    assert said.code == 0
    assert "read as" not in said.stdout + said.stderr
