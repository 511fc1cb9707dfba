"""A record is judged as a single call judges it, quickly or one by one, and its id is the same in every run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import orjson
import pytest
from bulk_support import checker, event, ids, rejects_of, users, with_ids, write_lines
from faultserver import FaultServer
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, json_values, near

from segment_connector import Connector, InputError
from segment_connector.bulk.checked_block import CheckedBlock
from segment_connector.bulk.engines import parts
from segment_connector.bulk.read.json_lines import read_lines
from segment_connector.bulk.read.partition import Block, Partition
from segment_connector.bulk.record_problems import first_of, json_problem
from segment_connector.bulk.send.packing import Piece
from segment_connector.errors import Problem
from segment_connector.language.specs import Specs
from segment_connector.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.unmeasured

CONNECTOR = Connector.load()
CHECKER = checker(CONNECTOR.specs)
KINDS = ("identify", "track", "page", "screen", "group", "alias")
KEY = {"writeKey": "wk-1"}


@st.composite
def events(draw: st.DrawFn) -> Any:
    """Events that are right more often than not."""
    if draw(st.integers(0, 9)) == 0:
        return draw(json_values)
    kind = draw(st.sampled_from(KINDS))
    found = draw(near(CONNECTOR.specs.action(kind).input_schema))
    if not isinstance(found, dict):
        return found
    if draw(st.integers(0, 3)):
        found.setdefault("userId", "u-1")
    if draw(st.integers(0, 19)):
        found["type"] = kind
    return found


def judged_alone(one: Any) -> Problem | None:
    """What a single call says of it."""
    try:
        CONNECTOR.plan("batch", {"batch": [one]}, KEY)
    except InputError as error:
        return first_of([replace(one, field=_inside(one.field)) for one in error.problems])
    return None


def _inside(field: str | None) -> str | None:
    return (field or "").removeprefix("batch.0").removeprefix(".") or None


def block_of(records: list[Any], at: int = 0) -> Block:
    size = sum(len(one) + 1 for one in records) if records and isinstance(records[0], bytes) else len(records)
    return Block(at, at + size, records, first_line=1)


def told(checked: CheckedBlock) -> tuple[Any, ...]:
    piece = Piece(checked.events, list(map(len, checked.events)), checked.start, checked.ends)
    return checked.start, checked.end, checked.events, list(piece.ends()), checked.rejects


@given(one=events())
@examples(600)
def test_the_verdict_is_that_of_a_single_call(one: Any) -> None:
    line = orjson.dumps(one)
    alone = judged_alone(one)
    for record in (line, one):
        checked = CHECKER.check(block_of([record]), "e")
        problems = [replace(reject.problem, field=reject.problem.field or None) for reject in checked.rejects]
        assert problems == ([alone] if alone else [])
        assert len(checked.events) == (0 if alone else 1)
    if alone is None:
        sent = orjson.loads(CHECKER.check(block_of([line]), "e").events[0])
        recorded = CONNECTOR.caller.compiled(one["type"]).recorded.plain(one, listed=True).values
        assert {name: sent[name] for name in recorded} == recorded
        assert judged_alone(sent) is None
        assert isinstance(sent["messageId"], str)
        assert isinstance(sent["timestamp"], str)


@given(many=st.lists(events(), max_size=5))
@examples(300)
def test_a_block_is_judged_as_its_records_are(many: list[Any]) -> None:
    lines = [orjson.dumps(one) for one in many]
    whole = CHECKER.check(block_of(lines), "e")
    assert told(whole) == told(CHECKER._one_by_one(block_of(lines), "e"))
    if any(one.problem.code == "duplicate" for one in whole.rejects):
        return
    at, apart = 0, []
    for line in lines:
        apart.append(CHECKER.check(block_of([line], at), "e"))
        at = apart[-1].end
    assert whole.events == [one for checked in apart for one in checked.events]
    assert [one.position for one in whole.rejects] == [one.position for checked in apart for one in checked.rejects]
    assert [one.problem for one in whole.rejects] == [one.problem for checked in apart for one in checked.rejects]


@given(many=st.lists(st.sampled_from(KINDS), min_size=1, max_size=6))
@examples(50)
def test_right_records_are_judged_quickly(many: list[str]) -> None:
    """Else the rest of these tests would say little."""
    least = {"track": {"event": "x"}, "group": {"groupId": "g"}, "alias": {"previousId": "p"}}
    lines = [
        json.dumps({"type": kind, "userId": f"u-{n}", **least.get(kind, {})}).encode() for n, kind in enumerate(many)
    ]
    assert CHECKER._quickly(block_of(lines), "e") is not None


@pytest.mark.parametrize("blanks", [" ", "\t", "\r"])
def test_blanks_between_members_do_not_make_an_event_too_large(blanks: str) -> None:
    line = json.dumps(event(1, messageId="m-1")).replace(": ", f":{blanks * 20_000}").encode()
    checked = CHECKER.check(block_of([line]), "e")
    assert len(line) > 32_768
    assert checked.rejects == []
    assert {**orjson.loads(line), **orjson.loads(checked.events[0])} == orjson.loads(checked.events[0])


@pytest.mark.parametrize("ids", [{}, {"messageId": "m-1"}])
def test_the_largest_event_that_is_taken(ids: dict[str, str]) -> None:
    def sized(size: int) -> CheckedBlock:
        bare = event(1, properties={"note": ""}, timestamp="2026-01-31T12:00:00Z", **ids)
        made = 0 if ids else len(',"messageId":""') + 32
        bare["properties"]["note"] = "x" * (size - made - len(orjson.dumps(bare)))
        return CHECKER.check(block_of([orjson.dumps(bare)]), "e")

    assert len(sized(32_768).events[0]) == 32_768
    (reject,) = sized(32_769).rejects
    assert reject.problem.message == "has 32,769 bytes as JSON; at most 32,768 are allowed"


def test_what_is_there_is_sent_as_it_came() -> None:
    line = (
        b'{"type":"track",  "event":"x","userId":"u","properties":{"a":1.10,"a":2},"timestamp":"2026-01-31T12:00:00Z"}'
    )
    (sent,) = CHECKER.check(block_of([line]), "e").events
    assert sent.startswith(line[:-1])
    whole = sent.replace(b"timestamp", b"timestamp")
    assert CHECKER.check(block_of([whole]), "e").events == [whole]


# Ids


def test_ids_that_are_made_depend_on_what_and_where_it_is() -> None:
    def made(number: int, at: int, name: str = "e") -> str:
        (one,) = CHECKER.check(block_of([orjson.dumps(event(number))], at), name).events
        return str(orjson.loads(one)["messageId"])

    assert made(1, 0) == made(1, 0)
    assert len({made(1, 0), made(2, 0), made(1, 5), made(1, 0, "other")}) == 4
    assert len(made(1, 0)) == 32


@pytest.mark.parametrize("wrong", [0, 7])
def test_ids_are_the_same_at_any_block_size(tmp_path: Path, wrong: int) -> None:
    lines: list[Any] = [event(n) for n in range(200)]
    for at in range(wrong):
        lines.insert(at * 20, "" if at % 2 else "nonsense")
    path = write_lines(tmp_path / "events.jsonl", lines)
    source = Partition(str(path), "events.jsonl", "jsonl", 0, path.stat().st_size)
    found = set()
    for size in (64, 500, 7_000, 64_000):
        checked = [CHECKER.check(block, "events.jsonl") for block in read_lines(source, size)]
        found.add(tuple(one for block in checked for one in block.events))
        assert sum(len(block.rejects) for block in checked) == (wrong + 1) // 2
    assert len(found) == 1
    assert len(next(iter(found))) == 200


def test_ids_are_the_same_in_every_run_with_any_number_of_workers(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path / "events.jsonl", [*(event(n) for n in range(300)), "nonsense", event(300)])
    assert quick.bulk(path, sandbox.connection).ok
    first = sorted(ids(sandbox))
    monkeypatch.setattr(parts, "_PIECE", 3_000)
    result = quick.bulk(path, sandbox.connection, workers=2, fresh=True)
    assert (result.ok, result.tally.accepted, result.tally.rejected) == (True, 301, 1)
    assert sorted(ids(sandbox)) == first
    assert sorted(ids(sandbox, "duplicate")) == first
    assert len(set(first)) == 301


def test_what_came_later_has_later_instants(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "events.jsonl", [event(n) for n in range(10)])
    assert quick.bulk(path, sandbox.connection).ok
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(event(n)) + "\n" for n in range(10, 20))
    between = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    assert quick.bulk(path, sandbox.connection).ok
    made = {one["body"]["userId"]: one["body"]["timestamp"] for one in sandbox.events("accepted")}
    assert len(made) == 20
    assert len(set(made.values())) == 2
    assert [user for user, instant in made.items() if instant < between[:23]] == [f"u-{n}" for n in range(10)]


# Records of one action


def test_rows_of_one_action_need_no_type(specs: Specs) -> None:
    one = checker(specs, "track")
    line = b'{"event": "x", "userId": "u"}'
    for record in (line, orjson.loads(line)):
        (sent,) = one.check(block_of([record]), "e").events
        assert orjson.loads(sent)["type"] == "track"
        assert [*orjson.loads(sent)][:2] == ["event", "userId"]


def test_a_row_that_says_another_type_is_refused(specs: Specs) -> None:
    one = checker(specs, "track")
    checked = one.check(block_of([b'{"type": "page", "event": "x", "userId": "u"}']), "e")
    assert [reject.problem.field for reject in checked.rejects] == ["type"]
    assert checked.rejects[0].problem.message == "must be one of track"
    assert one.check(block_of([b'{"type": "track", "event": "x", "userId": "u"}']), "e").rejects == []


def test_ids_of_rows_are_the_same_whether_the_others_are_right_or_not(specs: Specs) -> None:
    one = checker(specs, "track")
    rows: list[Mapping[str, Any]] = [{"event": "x", "userId": f"u-{n}"} for n in range(3)]
    right = one.check(block_of([dict(row) for row in rows]), "e").events
    with_wrong = one.check(block_of([*(dict(row) for row in rows), {"event": 5}]), "e")
    assert with_wrong.events == right
    assert with_wrong.rejects[0].record == '{"event":5}'


def test_an_action_that_no_entry_can_be_is_refused(specs: Specs) -> None:
    with pytest.raises(InputError, match="cannot be sent in bulk") as error:
        checker(specs, "list_sources")
    assert "track" in (error.value.hint or "")
    with pytest.raises(InputError, match="cannot be sent in bulk") as error:
        checker(specs, "trak")
    assert error.value.hint == "did you mean 'track'?"


def test_a_row_that_makes_no_event_is_rejected(specs: Specs) -> None:
    def make(row: Any) -> dict[str, Any]:
        if "who" not in row:
            raise InputError(Problem("column", "is not a user", "name one", field="row.who"))
        return {"event": "x", "userId": row["who"]}

    one = checker(specs, "track", make)
    checked = one.check(block_of([b'{"who": "u-1"}', b'{"whom": "u-2"}', b'{"who": 5}', b"{"]), "e")
    assert [(reject.line, reject.problem.code) for reject in checked.rejects] == [
        (2, "column"),
        (3, "type"),
        (4, "json"),
    ]
    assert [reject.record for reject in checked.rejects] == ['{"whom": "u-2"}', '{"who": 5}', "{"]
    assert len(checked.events) == 1
    assert len(one.check(block_of([b'{"who": "u-1"}']), "e").events) == 1


# Events as mappings


def test_events_in_memory_are_delivered(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    given_events = [*with_ids(range(600)), event(600), {"type": "track"}, {**event(7), "properties": {"a": {1, 2}}}]
    result = quick.bulk(iter(given_events), sandbox.connection, rejects=rejects.as_posix())
    assert (result.ok, result.tally.accepted, result.tally.rejected) == (True, 601, 2)
    assert result.checkpoint is None
    assert set(users(sandbox)) == {f"u-{n}" for n in range(601)}
    found = rejects_of(result.rejects)
    assert [(one["position"], one["code"]) for one in found] == [(601, "required"), (602, "json")]
    assert "'set'" in found[1]["message"]


def test_rows_in_memory_are_left_as_they_are(quick: Connector) -> None:
    rows = [{"event": "x", "userId": "u-1"}, {"event": "x", "userId": "u-2"}]
    with FaultServer() as server:
        connection = {**KEY, "servers": {"tracking": server.url}}
        result = quick.bulk(rows, connection, action="track")
    assert result.ok
    assert rows == [{"event": "x", "userId": "u-1"}, {"event": "x", "userId": "u-2"}]
    assert [one["type"] for one in server.seen[0].json["batch"]] == ["track", "track"]


@pytest.mark.parametrize("wrong", [None, 5, "track", [], b"x"])
def test_what_is_no_event_at_all_is_rejected(quick: Connector, sandbox: Sandbox, tmp_path: Path, wrong: Any) -> None:
    result = quick.bulk([event(1), wrong, event(2)], sandbox.connection, rejects=str(tmp_path / "r"))
    assert (result.ok, result.tally.accepted, result.tally.rejected) == (True, 2, 1)


# Words


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"a": 1', "is not valid JSON: unexpected end of data at column 8"),
        (b'{"a":NaN}', "column 6: JSON has no NaN"),
        ('{"ł":NaN}'.encode(), "column 6: JSON has no NaN"),
        (b'{"a":-Infinity}', "column 7: JSON has no Infinity"),
        (b'{"a":"x"} y', "is not valid JSON: unexpected content after document at column 11"),
        (b'{"a":"\xff"}', "byte 7 of the line is not UTF-8 (0xff)"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_by_its_column(line: bytes, message: str) -> None:
    with pytest.raises(orjson.JSONDecodeError) as error:
        orjson.loads(line)
    assert json_problem(line, error.value).message == message


def test_a_record_is_shown_whole_as_far_as_it_could_be_an_event() -> None:
    line = b'{"type": "trak", "note": "' + b"x" * 30_000 + b'"}'
    (reject,) = CHECKER.check(block_of([line]), "e").rejects
    assert reject.record == line.decode()
    (reject,) = CHECKER.check(block_of([line * 10]), "e").rejects
    assert 30_000 < len(reject.record) < 50_000
    assert reject.record.endswith(" ...")


@pytest.mark.parametrize(
    "mapping", [None, {"event": "Paid", "userId": "u", "properties": {"n": "{{ row.properties.n }}"}}]
)
def test_a_whole_number_that_would_lose_digits_is_refused(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, mapping: Any
) -> None:
    numbers = [1, 12345678901234567890123, 18446744073709551615, 1e22]
    rows = [{"event": "Paid", "userId": "u", "properties": {"n": number}} for number in numbers]
    path = write_lines(tmp_path / "rows.jsonl", rows)
    result = quick.bulk(path, sandbox.connection, action="track", mapping=mapping)
    assert [one["body"]["properties"]["n"] for one in sandbox.events("accepted")] == [1, 18446744073709551615, 1e22]
    (reject,) = rejects_of(result.rejects)
    assert (reject["line"], reject["field"]) == (2, "properties.n")
