"""Events as Segment and its libraries record them reach it at every door; what is likely a mistake is told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from bulk_support import rejects_of, write_lines

from segment_connector import Connector, InputError
from segment_connector.bulk.checkpoint import Checkpoint, Receipt
from segment_connector.bulk.read.json_lines import read_lines
from segment_connector.bulk.read.partition import Partition
from segment_connector.bulk.send.delivery import pieces
from segment_connector.bulk.tally import Tally
from segment_connector.call.ids import with_ids
from segment_connector.sandbox.sandbox import Sandbox

RECORDED = Path(__file__).parents[1] / "data" / "recorded"
KEY = {"writeKey": "wk-1"}
TRACK = {"type": "track", "event": "E", "userId": "u-1"}


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (RECORDED / name).read_text(encoding="utf-8").splitlines()]


def bodies(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [one["body"] for one in sandbox.events()]


# The libraries


def test_every_event_of_the_official_libraries_is_accepted(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    given = read("python_sdk.jsonl") + read("node_sdk.jsonl")
    assert len(given) == 154
    result = quick.bulk(write_lines(tmp_path / "all.jsonl", given), sandbox.connection)
    assert (result.tally.accepted, result.tally.rejected, result.tally.warned) == (154, 0, 0)
    (left_out,) = result.doubts
    assert (left_out.field, left_out.count) == ("_metadata", 76)
    arrived = {one["messageId"]: one for one in bodies(sandbox)}
    for one in given:
        assert arrived[one["messageId"]] == {
            name: item for name, item in one.items() if name != "_metadata" and item is not None
        }


def test_so_is_each_alone_and_in_one_list(quick: Connector, sandbox: Sandbox) -> None:
    given = [*read("python_sdk.jsonl")[::9], *read("node_sdk.jsonl")[::9], *read("python_sdk.jsonl")[-5:]]
    for one in given:
        result = quick.run(one["type"], one, sandbox.connection)
        assert result.ok
        assert ("_metadata" in one) == ("_metadata" in [warn.field for warn in result.meta.warnings])
    envelope = {"batch": given, "sentAt": "2026-01-31T12:00:00Z", "writeKey": "another"}
    result = quick.run("batch", envelope, sandbox.connection)
    assert result.outputs["count"] == len(given)
    assert [warn.field for warn in result.meta.warnings][:1] == ["sentAt"]


def test_what_a_library_posts_is_its_events(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    given = read("node_sdk.jsonl")
    posts = [{"batch": given[at : at + 20], "sentAt": "2026-01-31T12:00:00Z"} for at in range(0, len(given), 20)]
    mixed = [posts[0], given[0] | {"messageId": "m-1"}, *posts[1:]]
    result = quick.bulk(write_lines(tmp_path / "posts.jsonl", mixed), sandbox.connection)
    assert (result.tally.read, result.tally.accepted) == (77, 77)
    assert {one["messageId"] for one in bodies(sandbox)} == {one["messageId"] for one in given} | {"m-1"}
    assert quick.bulk(mixed, sandbox.connection, dry_run=True).tally.would_be_accepted == 77


def test_an_envelope_speaks_for_its_events(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    envelope = {
        "batch": [TRACK, {**TRACK, "context": {"ip": "203.0.113.8"}, "timestamp": "2025-01-01T00:00:00Z"}],
        "sentAt": "2024-01-01T00:00:00Z", "context": {"ip": "203.0.113.7", "locale": "pl-PL"}, "integrations": None,
    }  # fmt: skip
    wrong = [{"batch": []}, {"batch": [{**TRACK, "evnt": 1, "usr": 2}, 5]}, {"batch": [TRACK], "wriet": 1}]
    result = quick.bulk(write_lines(tmp_path / "e.jsonl", [envelope, *wrong]), sandbox.connection)
    first, second = bodies(sandbox)
    assert (first["context"], first["timestamp"]) == ({"ip": "203.0.113.7", "locale": "pl-PL"}, "2024-01-01T00:00:00Z")
    assert second["context"] == {"ip": "203.0.113.8", "locale": "pl-PL"}
    assert second["timestamp"] == "2025-01-01T00:00:00Z"
    assert first["messageId"] != second["messageId"]
    told = [(one["line"], one["code"], one.get("field")) for one in rejects_of(str(result.rejects))]
    assert told == [(2, "minItems", "batch"), (3, "unknown", "evnt"), (3, "type", None), (4, "unknown", "wriet")]


@pytest.mark.parametrize("packed", [False, True])
def test_a_run_that_ended_inside_of_such_a_line_goes_on_with_all_of_it(tmp_path: Path, packed: bool) -> None:
    lines = [json.dumps({"batch": [TRACK] * 4}).encode() + b"\n" for _ in range(3)]
    path = tmp_path / ("e.jsonl.gz" if packed else "e.jsonl")
    path.write_bytes(gzip.compress(b"".join(lines)) if packed else b"".join(lines))
    size = len(lines[0])
    with Checkpoint("") as memory:
        memory.record(Receipt(path.name, 0, size + 2, Tally(read=6)))
        memory.record(Receipt(path.name, size + 3, 2 * size + 1, Tally(read=2)))
        left = pieces(Partition(str(path), path.name, "jsonl"), memory)
    found = [line for piece in left for block in read_lines(piece) for line in block.records if line]
    assert found == [line.rstrip() for line in lines[1:]]


# Segment's own


def test_an_archive_is_sent_again_under_its_own_ids_and_times(
    quick: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    given = read("archive.jsonl")
    result = quick.bulk(write_lines(tmp_path / "a.jsonl", given), sandbox.connection)
    assert (result.tally.accepted, result.tally.warned) == (3, 0)
    assert [(one["messageId"], one["timestamp"]) for one in bodies(sandbox)] == [
        ("ajs-71f386523ee5dfa90c7d0fda28b6b5c6", "2015-12-12T19:11:01.249Z"),
        ("m-archive-2", "2015-12-12T19:12:00.000Z"),  # the original, where there is no other
        ("m-archive-3", "2015-12-12T19:13:00.000Z"),
    ]
    written = {"_metadata", "channel", "originalTimestamp", "projectId", "receivedAt", "sentAt", "version", "writeKey"}
    assert not any(written & one.keys() for one in bodies(sandbox))
    assert bodies(sandbox)[1]["traits"] == {"plan": None}
    (left_out,) = result.doubts
    assert left_out.count == 3


def test_a_number_is_not_rounded_when_its_line_is_written_anew(quick: Connector, tmp_path: Path) -> None:
    path = tmp_path / "n.jsonl"
    line = '{"type":"track","event":"E","userId":"u","anonymousId":null,"properties":{"n":12345678901234567890123}}'
    path.write_text(line, encoding="utf-8")
    (reason,) = quick.bulk(path, KEY, dry_run=True).reasons
    assert (reason.code, reason.field) == ("json", "properties.n")


@pytest.mark.parametrize(
    ("inputs", "field", "message"),
    [
        ({"userId": None}, "userId", "userId or anonymousId is required; both may be given"),
        ({"userId": None, "anonymousId": None}, "userId", "userId or anonymousId is required; both may be given"),
        ({"event": None}, "event", "must be text, not null"),
        ({"type": "page"}, "type", "names 'page', and this is 'track'"),
        ({"originalTimestamp": "yesterday"}, "originalTimestamp", 'is not a valid date-time "yesterday"'),
        ({"recievedAt": "x"}, "recievedAt", "there is no such parameter"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_stays_refused(inputs: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        Connector.load().plan("track", {"event": "E", "userId": "u", **inputs}, KEY)
    assert [(one.field, one.message) for one in caught.value.problems] == [(field, message)]


def test_null_is_a_value_where_the_language_does_not_say_otherwise() -> None:
    connector = Connector.load()
    sent = connector.plan("identify", {"userId": "u", "traits": {"plan": None}, "context": None}, KEY)
    assert sent.body["traits"] == {"plan": None}
    assert "context" not in sent.body
    with pytest.raises(InputError, match="must be text, not null"):
        connector.plan("update_source", {"sourceId": "s", "name": None}, {"publicToken": "t"})


def test_an_id_that_is_null_is_made_before_the_first_try() -> None:
    caller = Connector.load().caller
    made = with_ids(caller.compiled("track"), {"event": "E", "messageId": None}, lambda name, index: f"{name}-{index}")
    assert made == {"event": "E", "messageId": "messageId-None"}
    entry = {"type": "track", "messageId": None}
    made = with_ids(caller.compiled("batch"), {"batch": [entry]}, lambda name, index: f"{name}-{index}")
    assert made == {"batch": [{"type": "track", "messageId": "messageId-0"}]}


# Doubts

DOUBTFUL = [
    ("track", {"userId": "undefined"}, "userId"), ("track", {"userId": "null"}, "userId"),
    ("track", {"userId": "None"}, "userId"), ("track", {"userId": "NaN"}, "userId"),
    ("track", {"userId": "nan"}, "userId"), ("track", {"userId": "0"}, "userId"),
    ("track", {"userId": "[object Object]"}, "userId"), ("track", {"userId": "-1"}, "userId"),
    ("track", {"anonymousId": "anonymous"}, "anonymousId"),
    ("track", {"anonymousId": "00000000-0000-0000-0000-000000000000"}, "anonymousId"),
    ("track", {"userId": "12345.0"}, "userId"), ("group", {"groupId": "undefined"}, "groupId"),
    ("identify", {"traits": {"email": "anna"}}, "traits.email"),
    ("identify", {"traits": {"phone": "0171 123456"}}, "traits.phone"),
    ("track", {"properties": {"revenue": "18,48 €"}}, "properties.revenue"),
    ("track", {"properties": {"revenue": "$19.99"}}, "properties.revenue"),
    ("track", {"properties": {"revenue": "19.99 USD"}}, "properties.revenue"),
]  # fmt: skip
PLAIN = [
    ("track", {"userId": "10"}), ("track", {"userId": "v1.1"}), ("track", {"userId": "anonymous-1"}),
    ("identify", {"traits": {"email": "a@b", "phone": "+48 100 200-300"}}), ("identify", {"traits": {"email": None}}),
    ("track", {"properties": {"revenue": 0}}),
]  # fmt: skip


def whole(action: str, inputs: dict[str, Any]) -> dict[str, Any]:
    least = {"track": {"event": "E"}, "group": {"groupId": "g-1"}, "identify": {}}
    return {"userId": "u-1", **least[action], **inputs}


@pytest.mark.parametrize(("action", "inputs", "field"), DOUBTFUL)
def test_a_doubtful_value_is_sent_and_told(action: str, inputs: dict[str, Any], field: str) -> None:
    request = Connector.load().plan(action, whole(action, inputs), KEY)
    assert [warn.field for warn in request.warnings] == [field]
    assert all(warn.hint for warn in request.warnings)
    for name, value in inputs.items():
        assert request.body[name] == value


@pytest.mark.parametrize(("action", "inputs"), PLAIN)
def test_what_is_plain_is_not_doubted(action: str, inputs: dict[str, Any]) -> None:
    assert Connector.load().plan(action, whole(action, inputs), KEY).warnings == []


@pytest.mark.parametrize("revenue", ["much", "14.99", "", [1]])
def test_what_says_no_money_is_refused(revenue: Any) -> None:
    with pytest.raises(InputError, match=r"properties\.revenue: must be a number or null"):
        Connector.load().plan("track", whole("track", {"properties": {"revenue": revenue}}), KEY)


def test_doubts_of_a_list_are_told_once_each_with_the_first_place() -> None:
    batch = [{"type": action, **whole(action, inputs)} for action, inputs, _ in [*DOUBTFUL[:3], DOUBTFUL[12]]]
    request = Connector.load().plan("batch", {"batch": batch}, KEY)
    assert [warn.field for warn in request.warnings] == ["batch.0.userId", "batch.3.traits.email"]
    assert request.warnings[0].message.endswith("(and in 2 more)")


@pytest.mark.parametrize("workers", [1, 2])
def test_doubts_of_a_run_are_counted_or_rejected(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, workers: int
) -> None:
    given = [{"type": action, **whole(action, inputs)} for action, inputs, _ in DOUBTFUL]
    given += [{"type": action, **whole(action, inputs)} for action, inputs in PLAIN]
    path = write_lines(tmp_path / "d.jsonl", given)
    told = quick.bulk(path, sandbox.connection, workers=workers)
    assert (told.tally.accepted, told.tally.warned) == (len(given), len(DOUBTFUL))
    counts = {one.field: one.count for one in told.doubts}
    assert counts["properties.revenue"] == 3
    assert told.to_dict()["warnings"][0].keys() >= {"field", "message", "hint", "count"}
    strict = quick.bulk(path, sandbox.connection, workers=workers, doubts="reject", fresh=True)
    assert (strict.tally.accepted, strict.tally.rejected) == (len(PLAIN), len(DOUBTFUL))
    assert sum(one.count for one in strict.reasons if one.code == "doubt") == len(DOUBTFUL)
    with pytest.raises(InputError, match="must be tell or reject"):
        quick.bulk(path, sandbox.connection, doubts="ignore")


@pytest.mark.parametrize("wrong", [b"", b"nonsense\n"])
def test_a_name_that_stands_twice_is_told(quick: Connector, tmp_path: Path, wrong: bytes) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(
        b'{"type":"track","event":"E","userId":"a","userId":"b"}\n'
        b'{"type":"track","event":"E","userId":"a","properties":{"x":{"y":1,"y":2}}}\n'
        b'{"type":"track","event":"E","userId":"a","properties":{"userId":"\\":","x": "\\":\\":"}}\n' + wrong
    )
    told = quick.bulk(path, KEY, dry_run=True)
    assert [(one.field, one.count) for one in told.doubts] == [("userId", 1), ("y", 1)]
    assert quick.bulk(path, KEY, dry_run=True, doubts="reject").tally.would_be_accepted == 1


# Reasons


def test_all_names_that_there_are_not_are_told_at_once(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    given = [{"type": "track", "evnt": "E", "usrId": "u", "zzz": 1}, TRACK]
    result = quick.bulk(write_lines(tmp_path / "n.jsonl", given), sandbox.connection)
    (reject,) = rejects_of(str(result.rejects))
    assert (reject["code"], reject["field"]) == ("unknown", "evnt")
    assert reject["message"] == "there is no such parameter, nor 'usrId', 'zzz'"
    assert "evnt: did you mean 'event'?; usrId: did you mean 'userId'?; zzz: known: event" in reject["hint"]


def test_the_reasons_of_a_run_are_counted_by_place(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    given = [{**TRACK, "userId": number} for number in range(5)] + [{**TRACK, "event": ""}, TRACK]
    result = quick.bulk(write_lines(tmp_path / "r.jsonl", given), sandbox.connection)
    assert [(one.code, one.field, one.count) for one in result.reasons] == [
        ("type", "userId", 5), ("minLength", "event", 1),
    ]  # fmt: skip
    assert result.reasons[0].hint == 'write it as text: "0"'
    assert result.to_dict()["reasons"][0] == {
        "code": "type", "field": "userId", "count": 5, "message": "must be text, not a whole number 0",
        "hint": 'write it as text: "0"',
    }  # fmt: skip


def test_a_dry_run_tells_what_would_be_accepted(quick: Connector, sandbox: Sandbox) -> None:
    result = quick.bulk([TRACK, TRACK, {"type": "track"}], sandbox.connection, dry_run=True)
    assert (result.tally.accepted, result.tally.would_be_accepted, result.tally.rejected) == (0, 2, 1)
    assert result.to_dict()["would_be_accepted"] == 2
    Path(result.rejects or "").unlink(missing_ok=True)
