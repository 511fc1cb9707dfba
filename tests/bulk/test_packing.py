"""Requests are as large as the limits allow and never larger, in the order of the source, with the right positions."""

from __future__ import annotations

import gzip
import json
import random
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bulk_support import SPLIT, event, with_ids, write_lines
from faultserver import FaultServer
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from segment_connector import Connector
from segment_connector.bulk.checked_block import CheckedBlock, Reject
from segment_connector.bulk.send import packing
from segment_connector.bulk.send.packing import Packer
from segment_connector.errors import Problem

_PROBLEM = Problem("json", "is not valid JSON")


@st.composite
def _blocks(draw: st.DrawFn) -> list[CheckedBlock]:
    """Blocks of records of 1 to 30 bytes, one behind the other: events, rejects, or blank lines."""
    at, blocks = 100, []
    for _ in range(draw(st.integers(0, 6))):
        start, events, ends, rejects = at, [], [], []
        for size in draw(st.lists(st.integers(1, 30), max_size=12)):
            kind = draw(st.sampled_from(["event", "event", "reject", "blank"]))
            if kind == "event":
                events.append(b"%d:" % at + b"e" * size)
                ends.append(at + size)
            elif kind == "reject":
                rejects.append(Reject(at, _PROBLEM, "r" * size))
            at += size
        if at > start:
            blocks.append(CheckedBlock(start, at, events, ends, rejects))
    return blocks


@given(blocks=_blocks(), items=st.integers(1, 8), size=st.integers(40, 120))
@examples(500)
def test_requests_are_full_and_nothing_is_left_out(blocks: list[CheckedBlock], items: int, size: int) -> None:
    packer = Packer("e", 100, items, size)
    batches = [batch for block in blocks for batch in packer.add(block)]
    if (rest := packer.rest()) is not None:
        batches.append(rest)
    assert packer.rest() is None
    assert [one for batch in batches for one in batch.events] == [one for block in blocks for one in block.events]
    assert [one for batch in batches for one in batch.ends] == [one for block in blocks for one in block.ends]
    assert [one for batch in batches for one in batch.rejects] == [one for block in blocks for one in block.rejects]
    at = 100
    for batch in batches:
        assert batch.start == at
        at = batch.end
        assert len(batch.events) <= items
        assert sum(len(one) + 1 for one in batch.events) <= size
        assert batch.read == len(batch.events) + len(batch.rejects)
        # Each batch holds just what lies in its stretch, so that its receipt tells the truth.
        assert all(batch.start < end <= batch.end for end in batch.ends)
        assert all(batch.start <= one.position < batch.end for one in batch.rejects)
    assert at == (blocks[-1].end if blocks else 100)
    for batch, after in pairwise(batches):
        if after.events:
            used = sum(len(one) + 1 for one in batch.events)
            assert len(batch.events) == items or used + len(after.events[0]) + 1 > size, "it had room"


def test_an_event_that_no_request_takes_goes_alone() -> None:
    packer = Packer("e", 0, 10, 20)
    events = [b"a" * 5, b"b" * 50, b"c" * 5]
    batches = list(packer.add(CheckedBlock(0, 60, events, [5, 55, 60])))
    assert [batch.events for batch in batches] == [[events[0]], [events[1]]]
    assert (packer.rest() or batches[0]).events == [events[2]]


def test_a_source_of_nothing_but_mistakes_needs_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "_MOST_REJECTS", 10)
    packer = Packer("e", 0, 10, 100)
    many = CheckedBlock(0, 100, [], [], [Reject(at, _PROBLEM, "x") for at in range(100)])
    (batch,) = packer.add(many)
    assert (batch.start, batch.end, len(batch.rejects), batch.events) == (0, 100, 100, [])
    monkeypatch.setattr(packing, "_MOST_REJECTED", 1_000)
    (batch,) = packer.add(CheckedBlock(100, 101, [], [], [Reject(100, _PROBLEM, "x" * 1_000)]))
    assert batch.end == 101
    assert packer.rest() is None


def sent(path: Path, connector: Connector, connection: dict[str, Any], **options: Any) -> list[Any]:
    with FaultServer() as server:
        servers = {"servers": {"tracking": f"{server.url}/v1"}}
        result = connector.bulk(path, {**connection, **servers}, **options)
        assert result.ok, result
        assert result.tally.bytes_sent == sum(len(seen.body) for seen in server.seen)
        return server.seen


KEYS = {
    "basic": {"writeKey": "wk-1"},
    "in the body": {"writeKey": "k" * 128, "writeKeyInBody": True},
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("size", [0, 10, 100, 300])
def test_requests_as_sent_keep_the_limits(quick: Connector, tmp_path: Path, key: str, size: int) -> None:
    chosen = random.Random(size)
    records = [
        event(n, properties={"note": "é" * chosen.randrange(size + 1)}, **({"messageId": f"m-{n}"} if n % 2 else {}))
        for n in range(400)
    ]
    path = write_lines(tmp_path / "events.jsonl", records)
    seen = sent(path, quick, KEYS[key], connections=1)
    assert max(len(one.body) for one in seen) <= SPLIT["max_bytes"]
    assert max(len(one.json["batch"]) for one in seen) <= SPLIT["max_items"]
    fullest = [len(one.body) > SPLIT["max_bytes"] * 0.6 or len(one.json["batch"]) == 50 for one in seen[:-1]]
    assert all(fullest)
    # One connection sends in the order of the source.
    assert [one["userId"] for request in seen for one in request.json["batch"]] == [f"u-{n}" for n in range(400)]


def test_the_limits_of_the_service_are_kept(tmp_path: Path) -> None:
    records = with_ids(range(6000))
    for number in range(0, 6000, 3):
        records[number]["properties"] = {"note": "x" * 400}
    path = write_lines(tmp_path / "events.jsonl", records)
    seen = sent(path, Connector.load(), {"writeKey": "wk-1"})
    assert max(len(one.body) for one in seen) <= 500_000
    assert max(len(one.json["batch"]) for one in seen) <= 2_500
    assert sum(len(one.json["batch"]) for one in seen) == 6000
    assert len(seen) <= 5


@pytest.mark.parametrize("isal", [True, False])
def test_packed_bodies_say_so_and_hold_the_same(
    quick: Connector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, isal: bool
) -> None:
    path = write_lines(tmp_path / "events.jsonl", with_ids(range(120)))
    if not isal:
        monkeypatch.setitem(sys.modules, "isal", None)
    seen = sent(path, quick, {"writeKey": "wk-1"}, gzip=True, connections=1)
    assert {one.headers["content-encoding"] for one in seen} == {"gzip"}
    events = [one for request in seen for one in json.loads(gzip.decompress(request.body))["batch"]]
    assert events == with_ids(range(120))


def test_a_request_is_the_one_that_a_single_call_makes(quick: Connector, tmp_path: Path) -> None:
    events = with_ids(range(3))
    path = write_lines(tmp_path / "events.jsonl", events)
    (seen,) = sent(path, quick, {"writeKey": "wk-1"})
    with FaultServer() as server:
        connection = {"writeKey": "wk-1", "servers": {"tracking": f"{server.url}/v1"}}
        assert quick.run("batch", {"batch": events}, connection).ok
        (single,) = server.seen
    assert (seen.method, seen.target) == (single.method, single.target)
    own = {name: value for name, value in seen.headers.items() if name not in ("content-length", "host")}
    assert own == {name: single.headers[name] for name in own}
    assert seen.json.keys() == single.json.keys()
    assert seen.json["batch"] == single.json["batch"]
