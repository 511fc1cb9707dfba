"""Whatever is wrong with a file of lines, it is said with the right line, and what is right in it is delivered."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import zstandard
from bulk_support import event, ids, rejects_of, users, with_ids, write_lines
from cli_support import environment
from faultserver import FaultServer, Peer, Seen, answer
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from segment_connector import Connector
from segment_connector.bulk.read import streams
from segment_connector.bulk.read.json_lines import LineCounter, line_begin, line_starts, read_lines
from segment_connector.bulk.read.partition import Partition
from segment_connector.errors import InputError
from segment_connector.sandbox.sandbox import Sandbox

GOOD = json.dumps(event(1, messageId="m-1")).encode()


def partition(path: Path, **more: Any) -> Partition:
    size = path.stat().st_size if path.exists() and path.suffix not in (".gz", ".zst") else None
    return Partition(str(path), path.name, "jsonl", **{"end": size, **more})


def delivered(quick: Connector, sandbox: Sandbox, path: Path, **options: Any) -> Any:
    return quick.bulk(path, sandbox.connection, **options)


# Records that are wrong, each between two that are right


def having(properties: bytes) -> bytes:
    return b'{"type": "track", "event": "x", "userId": "u", "properties": ' + properties + b"}"


DEEP = "nested more than 100 levels deep"
RECORDS: dict[str, tuple[bytes, str, str]] = {
    "half a record": (b'{"type": "track", "event": "x", "userId"', "json", "unexpected end of data"),
    "two in one line": (GOOD + GOOD, "json", "unexpected content after document"),
    "single quotes": (b"{'type': 'track'}", "json", "expected a string key at column 2"),
    "NaN": (having(b'{"a": NaN}'), "json", "JSON has no NaN"),
    "Infinity": (having(b'{"a": -Infinity}'), "json", "JSON has no Infinity"),
    "a number that no machine has": (having(b'{"a": 1e999}'), "json", "infinity"),
    "half a surrogate pair": (having(b'{"a": "\\ud83d"}'), "json", "surrogate"),
    "Latin-1": (having('{"a": "ö"}'.encode("latin-1")), "encoding", "byte 69 of the line is not UTF-8 (0xf6)"),
    "a control character": (having(b'{"a": "a\x01b"}'), "json", "control character"),
    "deeper than 100": (having(b'{"a":' * 101 + b"1" + b"}" * 101), "depth", DEEP),
    "deeper than any reader": (having(b"[" * 5000 + b"]" * 5000), "depth", DEEP),
    "a list": (b"[" + GOOD + b"]", "type", "must be an object"),
    "a text": (b'"track"', "type", "must be an object"),
    "null": (b"null", "type", "must be an object"),
    "no type": (b'{"event": "x", "userId": "u"}', "required", "is required"),
    "an unknown type": (b'{"type": "trak", "event": "x", "userId": "u"}', "enum", "must be one of"),
    "a wrong member": (b'{"type": "track", "event": "x", "user": "u"}', "unknown", "no such parameter"),
    "nobody": (b'{"type": "track", "event": "x"}', "rule", "userId or anonymousId is required"),
    "too many bytes": (having(b'{"a": "' + b"x" * 2000 + b'"}'), "too_large", "at most 2,000 are allowed"),
    "an id that is taken": (GOOD.replace(b"u-1", b"u-2"), "duplicate", "is that of a recent event"),
    "spaces around nothing": (b"{ }", "required", "is required"),
    "a NUL": (b"\x00", "json", "is not valid JSON"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_wrong_record_costs_none_of_the_others(quick: Connector, sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    line, code, message = RECORDS[name]
    path = tmp_path / "events.jsonl"
    last = json.dumps(event(3)).encode()
    path.write_bytes(GOOD + b"\n\n" + line + b"\n" + last)
    result = delivered(quick, sandbox, path)
    assert result.ok
    assert users(sandbox) == ["u-1", "u-3"]
    (reject,) = rejects_of(result.rejects)
    assert (reject["file"], reject["line"], reject["code"]) == ("events.jsonl", 3, code)
    assert message in reject["message"]
    assert reject["hint"]
    assert reject["record"] == line.decode("utf-8", "backslashreplace")
    assert (result.tally.read, result.tally.accepted, result.tally.rejected) == (3, 2, 1)


def test_strict_stops_at_the_first_wrong_record_and_names_its_line(
    quick: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "events.jsonl", ["", *with_ids(range(120)), '{"type": "trak"}', *with_ids([200])])
    result = delivered(quick, sandbox, path, strict=True)
    assert result.outcome == "failed"
    assert result.message.startswith(f"{path}:122: type: must be one of")
    assert "track" in result.hint
    assert set(users(sandbox)) <= {f"u-{n}" for n in range(120)}
    assert not delivered(quick, sandbox, path, strict=True).ok  # it is not passed over the next time


# What is right although it looks odd

FILES: dict[str, bytes] = {
    "a byte order mark": b"\xef\xbb\xbf" + GOOD + b"\n",
    "CRLF": GOOD + b"\r\n",
    "blank lines": b"\n \n\r\n" + GOOD + b"\n\n\t\n",
    "no line break at the end": GOOD,
    "spaces around": b"  " + GOOD + b" \t \n",
}


@pytest.mark.parametrize("name", FILES)
def test_files_as_programs_write_them(quick: Connector, sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(FILES[name])
    result = delivered(quick, sandbox, path)
    assert result.ok
    assert ids(sandbox) == ["m-1"]
    assert result.rejects is None
    assert delivered(quick, sandbox, path).tally.read == 0


def test_numbers_arrive_as_they_were_written(quick: Connector, tmp_path: Path) -> None:
    numbers = '{"long":123456789012345678901234567890,"small":1e-7,"exact":1.10,"big":9007199254740993,"e":1E5}'
    line = f'{{"type":"track","event":"x","userId":"u","properties":{numbers},"messageId":"m"}}'
    path = write_lines(tmp_path / "events.jsonl", [line])
    with FaultServer() as server:
        assert quick.bulk(path, {"writeKey": "wk", "servers": {"tracking": server.url}}).ok
    assert numbers in server.seen[0].body.decode()


def test_an_empty_file_is_done(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    for name, content in {"a.jsonl": b"", "b.jsonl": b"\n\n", "c.jsonl.gz": gzip.compress(b"")}.items():
        (tmp_path / name).write_bytes(content)
        result = delivered(quick, sandbox, tmp_path / name)
        assert (result.ok, result.tally.read) == (True, 0)


# What is not a file of lines at all


def test_one_file_that_cannot_be_read_keeps_nobody_from_the_others(
    quick: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_lines(folder / "a.jsonl", with_ids([1]))
    write_lines(folder / "b.jsonl", ['[{"type": "track",'])
    write_lines(folder / "c.jsonl", with_ids([3]))
    result = delivered(quick, sandbox, folder)
    assert result.outcome == "failed"
    assert "b.jsonl:1: column 2: ends inside an event" in result.message
    assert sorted(ids(sandbox)) == ["m-1", "m-3"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("nowhere.jsonl", "there is no such file"), ("empty", "contains no file"), ("no/where", "there is no such file")],
)
def test_a_source_that_is_not_there_is_refused(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=message) as error:
        delivered(quick, sandbox, tmp_path / name)
    assert error.value.hint


def test_a_pipe_with_a_name_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    keep = os.open(tmp_path / "pipe", os.O_RDWR)
    try:
        with pytest.raises(InputError, match="is a pipe") as error:
            list(read_lines(Partition(str(tmp_path / "pipe"), "pipe", "jsonl")))
        assert "standard input" in (error.value.hint or "")
    finally:
        os.close(keep)


# Lines that are too long


def test_what_follows_a_line_that_is_too_long_is_delivered(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    long = '{"type": "track", "properties": "' + "x" * 1_500_000
    path = write_lines(tmp_path / "events.jsonl", [*with_ids(range(3)), long, *with_ids(range(3, 900)), long])
    result = delivered(quick, sandbox, path)
    assert result.ok
    assert sorted(users(sandbox)) == sorted(f"u-{n}" for n in range(900))
    found = rejects_of(result.rejects)
    assert [(one["line"], one["code"]) for one in found] == [(4, "too_large"), (902, "too_large")]
    assert found[0]["message"] == "the line has 1,500,033 bytes, more than an event may have"
    assert len(found[0]["record"]) < 1_100


_LONG_LINE = """
import resource, sys
from segment_connector.bulk.read.json_lines import read_lines
from segment_connector.bulk.read.partition import Partition
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
lines = 0
for block in read_lines(Partition(sys.argv[1], "e", "jsonl")):
    lines += len(block.records)
print(lines, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
def test_a_line_of_40_mb_needs_no_memory(tmp_path: Path, ending: str) -> None:
    pack = {"": bytes, ".gz": lambda data: gzip.compress(data, 1), ".zst": zstandard.compress}[ending]
    path = tmp_path / f"events.jsonl{ending}"
    path.write_bytes(pack(GOOD + b"\n" + b"x" * 40_000_000 + b"\n" + GOOD + b"\n"))
    done = subprocess.run(
        [sys.executable, "-c", _LONG_LINE, str(path)], capture_output=True, timeout=60, check=True, env=environment()
    )
    lines, more = map(int, done.stdout.split())
    assert lines == 3
    assert more < 16_000  # KB


# Packed files


def _streamed(data: bytes) -> bytes:
    packer = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    return packer.compress(data) + packer.flush()


PACKED = {"gz": gzip.compress, "zst": zstandard.compress, "zst-stream": _streamed}


def _packed(path: Path, numbers: range, how: str, members: int = 1) -> bytes:
    lines = [json.dumps(one).encode() + b"\n" for one in with_ids(numbers)]
    size = -(-len(lines) // members)
    data = b"".join(PACKED[how](b"".join(lines[at : at + size])) for at in range(0, len(lines), size))
    path.write_bytes(data)
    return data


@pytest.mark.parametrize("members", [1, 4])
@pytest.mark.parametrize("how", PACKED)
def test_packed_files_are_read_to_their_end(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, how: str, members: int
) -> None:
    path = tmp_path / f"events.jsonl.{how[:3]}"
    _packed(path, range(500), how, members)
    result = delivered(quick, sandbox, path)
    assert result.ok, result
    assert sorted(ids(sandbox)) == sorted(f"m-{n}" for n in range(500))
    assert delivered(quick, sandbox, path).tally.read == 0


@pytest.mark.parametrize("how", PACKED)
def test_a_packed_file_that_breaks_off_fails_and_goes_on_when_it_is_whole(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, how: str
) -> None:
    chosen = random.Random(3)
    records = [{**one, "properties": {"noise": chosen.randbytes(100).hex()}} for one in with_ids(range(3000))]
    path = tmp_path / f"events.jsonl.{how[:3]}"
    whole = PACKED[how](write_lines(tmp_path / "plain", ['{"type": "trak"}', *records]).read_bytes())
    path.write_bytes(whole[: len(whole) * 2 // 3])
    result = delivered(quick, sandbox, path)
    assert result.outcome == "failed"
    assert re.search(r"events.jsonl.\w+:\d+: ends in the middle of its compressed data", result.message)
    assert "the next run continues from there" in result.hint
    assert 500 < result.tally.accepted < 2500
    assert int(result.message.split(":")[1]) == result.tally.read + 1
    assert not delivered(quick, sandbox, path).ok  # and again
    path.write_bytes(whole)
    last = delivered(quick, sandbox, path)
    assert last.ok
    assert sorted(users(sandbox)) == sorted(f"u-{n}" for n in range(3000))
    assert sandbox.events("duplicate") == []
    assert [one["line"] for one in rejects_of(last.rejects)] == [1]


@pytest.mark.parametrize("how", PACKED)
def test_damaged_packed_data_are_told_of(quick: Connector, sandbox: Sandbox, tmp_path: Path, how: str) -> None:
    path = tmp_path / f"events.jsonl.{how[:3]}"
    data = bytearray(_packed(path, range(5000), how))
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    result = delivered(quick, sandbox, path)
    # Without a checksum (zstd) damage may come out as a broken line.
    said = result.message or " ".join(one["message"] for one in rejects_of(result.rejects))
    assert re.search("compressed data|is not valid JSON|pattern|is not UTF-8|one of|no such|is required", said)
    assert len(ids(sandbox)) < 5000


def test_a_packed_file_that_ends_in_a_line_that_is_too_long_breaks_off_all_the_same(tmp_path: Path) -> None:
    chosen = random.Random(4)
    whole = gzip.compress(GOOD + b"\n" + chosen.randbytes(3_000_000).hex().encode() + b"\n" + GOOD)
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    blocks = read_lines(partition(path))
    assert next(blocks).records == [GOOD]
    with pytest.raises(InputError, match="ends in the middle") as error:
        list(blocks)
    assert error.value.problems[0].line == 2


def test_zstd_without_its_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl.zst"
    _packed(path, range(1), "zst")
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(InputError, match="not installed") as error:
        list(read_lines(partition(path)))
    assert error.value.hint == "run: pip install 'segment-connector[bulk]'"


def test_gzip_without_isal_is_read_by_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl.gz"
    data = _packed(path, range(3000), "gz", 3)
    monkeypatch.setitem(sys.modules, "isal", None)
    assert sum(len(block.records) for block in read_lines(partition(path))) == 3000
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="ends in the middle"):
        list(read_lines(partition(path)))


# Files that grow


def test_half_a_line_of_a_file_that_grows_is_left_for_the_next_run(quick: Connector, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = [json.dumps(one).encode() + b"\n" for one in with_ids(range(6000))]
    data = b"".join(lines)
    half = len(b"".join(lines[:5000])) + 20  # in the middle of a line
    path.write_bytes(data[:half])
    grown = []

    def grow(_seen: Seen, _peer: Peer) -> bytes:
        if not grown:
            grown.append(True)
            with path.open("ab") as file:
                file.write(data[half:])
        return answer({"success": True})

    with FaultServer(grow) as server:
        connection = {"writeKey": "wk-1", "servers": {"tracking": f"{server.url}/v1"}}
        first = quick.bulk(path, connection, connections=1)
        assert (first.ok, first.tally.accepted, first.tally.rejected) == (True, 5000, 0)
        second = quick.bulk(path, connection)
        assert (second.ok, second.tally.accepted, second.tally.skipped) == (True, 1000, 5000)
        assert [one["messageId"] for seen in server.seen for one in seen.json["batch"]] != []
        assert {one["messageId"] for seen in server.seen for one in seen.json["batch"]} == {
            f"m-{n}" for n in range(6000)
        }


@pytest.mark.parametrize("rest", ["now", "later"])
def test_half_a_line_that_was_taken_for_a_whole_one_is_delivered_when_it_is(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, rest: str
) -> None:
    path = tmp_path / "events.jsonl"
    lines = [json.dumps(one).encode() + b"\n" for one in with_ids(range(200))]
    path.write_bytes(b"".join(lines[:100]) + lines[100][:30])
    first = delivered(quick, sandbox, path)
    assert (first.ok, first.tally.rejected) == (True, 1)
    assert rejects_of(first.rejects)[0]["line"] == 101
    if rest == "later":
        again = delivered(quick, sandbox, path)
        assert (again.tally.read, len(rejects_of(again.rejects))) == (0, 1)
    with path.open("ab") as file:
        file.write(lines[100][30:] + b"".join(lines[101:]))
    second = delivered(quick, sandbox, path)
    assert (second.ok, second.tally.accepted, second.rejects) == (True, 100, None)
    assert (second.tally.skipped, second.tally.read) == (100, 100)
    assert sorted(ids(sandbox)) == sorted(f"m-{n}" for n in range(200))


def test_what_is_written_behind_a_last_line_without_line_break(
    quick: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(GOOD)
    assert delivered(quick, sandbox, path).tally.accepted == 1
    with path.open("ab") as file:
        file.write(b"\r\n" + json.dumps(event(2, messageId="m-2")).encode() + b"\n")
    second = delivered(quick, sandbox, path)
    assert (second.tally.accepted, second.rejects) == (1, None)
    assert ids(sandbox) == ["m-1", "m-2"]
    assert sandbox.events("duplicate") == []


# Standard input

_FROM_PIPE = """
import json, sys
from segment_connector import Connector
root, connection, options = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
result = Connector.load(root).bulk("-", connection, **options)
print(json.dumps(result.to_dict()))
"""


def from_pipe(quick_root: Path, sandbox: Sandbox, data: bytes, **options: Any) -> dict[str, Any]:
    arguments = [str(quick_root), json.dumps(sandbox.connection), json.dumps(options)]
    done = subprocess.run(
        [sys.executable, "-c", _FROM_PIPE, *arguments], input=data, capture_output=True, timeout=60, check=False,
        env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("workers", [1, 2])
def test_standard_input_is_delivered(quick_root: Path, sandbox: Sandbox, tmp_path: Path, workers: int) -> None:
    data = write_lines(tmp_path / "e", ["", *with_ids(range(3000)), "nonsense"]).read_bytes()
    rejects = str(tmp_path / "rejects.jsonl")
    result = from_pipe(quick_root, sandbox, data, workers=workers, rejects=rejects)
    assert (result["outcome"], result["accepted"], result["rejected"]) == ("done", 3000, 1)
    assert len(set(ids(sandbox))) == 3000
    assert [(one["line"], one["record"]) for one in rejects_of(rejects)] == [(3002, "nonsense")]


@pytest.mark.parametrize("how", PACKED)
def test_packed_standard_input_is_unpacked(quick_root: Path, sandbox: Sandbox, tmp_path: Path, how: str) -> None:
    data = _packed(tmp_path / "e", range(500), how, 2)
    result = from_pipe(quick_root, sandbox, data, rejects=str(tmp_path / "r"))
    assert (result["outcome"], result["accepted"]) == ("done", 500)
    result = from_pipe(quick_root, sandbox, data[:-5], rejects=str(tmp_path / "r"))
    assert (result["outcome"], result["message"].partition(":")[0]) == ("failed", "standard input")


def test_standard_input_with_a_checkpoint_goes_on_and_refuses_another(
    quick_root: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    options = {"checkpoint": str(tmp_path / "c"), "rejects": str(tmp_path / "r")}
    data = write_lines(tmp_path / "e", with_ids(range(1000))).read_bytes()
    assert from_pipe(quick_root, sandbox, data[: len(data) // 2], **options)["outcome"] == "done"
    again = from_pipe(quick_root, sandbox, data, **options)
    assert (again["outcome"], again["accepted"] + again["skipped"] >= 1000) == ("done", True)
    assert set(ids(sandbox)) >= {f"m-{n}" for n in range(1000) if n != 500}
    arguments = [str(quick_root), json.dumps(sandbox.connection), json.dumps(options)]
    other = write_lines(tmp_path / "o", with_ids(range(5000, 6000))).read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", _FROM_PIPE, *arguments], input=other, capture_output=True, timeout=60, check=False,
        env=environment(),
    )  # fmt: skip
    assert b"is about another -: its beginning differs" in done.stderr


# Blocks

_texts = st.binary(max_size=40).map(lambda data: data.replace(b"\n", b" ").replace(b"\0", b"0"))
_lines = st.lists(_texts, max_size=30)


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blocks") / "events.jsonl"


@given(lines=_lines, size=st.integers(16, 200), ends=st.booleans(), packed=st.booleans(), data=st.data())
@examples(300)
def test_blocks_put_together_are_the_file(
    one_file: Path, lines: list[bytes], size: int, ends: bool, packed: bool, data: st.DataObject
) -> None:
    whole = b"{}\n" + b"\n".join(lines) + (b"\n" if ends else b"")
    path = one_file.with_suffix(".gz") if packed else one_file
    path.write_bytes(gzip.compress(whole, 1) if packed else whole)
    begins = [0, *(at + 1 for at, byte in enumerate(whole) if byte == 10)]
    start = data.draw(st.sampled_from(begins))
    end = data.draw(st.none() | st.sampled_from([one for one in begins if one >= start] + [len(whole)]))
    blocks = list(read_lines(Partition(str(path), "e", "jsonl", start, end), size))
    wanted = whole[start:end]
    assert b"\n".join(line for block in blocks for line in block.records) == wanted.removesuffix(b"\n")
    at = start
    for block in blocks:
        assert block.start == at
        bounds = list(block.bounds())
        assert len(bounds) == len(block.records) + 1
        for line, (begin, after) in zip(block.records, pairwise(bounds), strict=True):
            assert whole[begin:after].removesuffix(b"\n") == line
        at = block.end
        if packed:
            assert block.first_line == whole[: block.start].count(b"\n") + 1
    assert at == (len(whole) if end is None else end)


@given(lines=_lines, parts=st.integers(1, 12), data=st.data())
@examples(300)
def test_a_file_is_cut_between_lines(one_file: Path, lines: list[bytes], parts: int, data: st.DataObject) -> None:
    whole = b"".join(line + b"\n" for line in lines) + b"tail"
    one_file.write_bytes(whole)
    begins = [0, *(at + 1 for at, byte in enumerate(whole) if byte == 10)]
    start = data.draw(st.sampled_from(begins))
    end = data.draw(st.sampled_from([one for one in begins if one >= start] + [len(whole)]))
    starts = line_starts(str(one_file), start, end, parts)
    assert starts[0] == start
    assert starts == sorted(set(starts))
    assert set(starts) <= set(begins)
    assert all(one < end or one == start for one in starts)
    assert len(starts) <= parts


@given(lines=_lines, data=st.data())
@examples(200)
def test_positions_are_told_as_lines(one_file: Path, lines: list[bytes], data: st.DataObject) -> None:
    whole = b"x" + b"".join(line + b"\n" for line in lines)
    one_file.write_bytes(whole)
    positions = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    counter = LineCounter(str(one_file))
    assert [counter.line_at(at) for at in positions] == [whole[:at].count(b"\n") + 1 for at in positions]
    counter.close()
    for at in positions:
        begin = whole.rfind(b"\n", 0, at) + 1
        follows = whole[at:].split(b"\n", 1)[0].strip()
        assert line_begin(str(one_file), at) == (begin if follows else at)


@given(data=st.data())
@examples(200)
def test_the_end_of_zstd_is_known(data: st.DataObject) -> None:
    """Their own reader gives what it has of a broken file and says nothing."""
    content = st.binary(max_size=300) | st.integers(1, 300_000).map(lambda size: b"a" * size)
    frames = [PACKED[data.draw(st.sampled_from(["zst", "zst-stream"]))](data.draw(content)) for _ in range(2)]
    frames.append(b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc")  # one to be passed over
    whole = b"".join(frames)
    cut = data.draw(st.integers(0, len(whole)))
    follower = streams._Frames(io.BytesIO(whole[:cut]))
    while follower.read(data.draw(st.sampled_from([1, 7, 100_000]))):
        pass
    ends = [0, len(frames[0]), len(frames[0]) + len(frames[1]), len(whole)]
    assert follower.whole == (cut in ends)
