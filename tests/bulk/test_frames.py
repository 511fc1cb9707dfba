"""Frames and tables of a program are sources as files are."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from bulk_support import ids

from segment_connector import Connector, InputError
from segment_connector.sandbox.sandbox import Sandbox

NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)
EVENTS = pd.DataFrame(
    {
        "type": ["track", "track", "identify"],
        "event": ["E", "F", None],
        "userId": ["u-1", None, "u-3"],
        "anonymousId": [None, "a-2", None],
        "messageId": ["m-1", "m-2", "m-3"],
        "timestamp": [NOON] * 3,
        "properties": [{"total": 1.5}, {"total": 2.0}, None],
    },
    index=[7, 8, 9],
)
ORDERS = pd.DataFrame(
    {"customer": [1, 2], "paid": [NOON, NOON], "total": [1.5, float("nan")], "id": ["m-1", "m-2"], "raw": [b"x", b"y"]}
)
MAPPING = {
    "event": "Order Completed", "userId": "u-{{ row.customer }}", "messageId": "{{ row.id }}",
    "timestamp": "{{ row.paid }}", "properties": {"revenue": "{{ row.total }}"},
}  # fmt: skip


class Stream:
    """Only Arrow's stream, as other libraries hand it out."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


FORMS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "table": pa.Table.from_pandas,
    "batch": lambda frame: pa.Table.from_pandas(frame).to_batches()[0],
    "reader": lambda frame: pa.Table.from_pandas(frame).to_reader(),
    "stream": lambda frame: Stream(pa.Table.from_pandas(frame)),
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_that_are_events(quick: Connector, sandbox: Sandbox, form: str) -> None:
    result = quick.bulk(FORMS[form](EVENTS), sandbox.connection)
    assert (result.outcome, result.tally.accepted, result.tally.rejected) == ("done", 3, 0)
    assert ids(sandbox) == ["m-1", "m-2", "m-3"]
    first, _, last = (one["body"] for one in sandbox.events())
    assert first["timestamp"].startswith("2026-01-31T12:00:00")
    assert first["properties"] == {"total": 1.5}
    assert "anonymousId" not in first
    assert last.keys() == {"type", "userId", "messageId", "timestamp"}


@pytest.mark.parametrize("form", FORMS)
def test_rows_by_a_mapping_judge_only_what_it_names(quick: Connector, sandbox: Sandbox, form: str) -> None:
    orders = ORDERS if form != "polars" else ORDERS.drop(columns="raw")
    result = quick.bulk(FORMS[form](orders), sandbox.connection, action="track", mapping=MAPPING)
    assert (result.outcome, result.tally.accepted, result.tally.bytes_read) == ("done", 2, 0)
    assert {one["body"]["userId"] for one in sandbox.events()} == {"u-1", "u-2"}


def test_a_column_that_is_not_there_is_told(quick: Connector, sandbox: Sandbox) -> None:
    result = quick.bulk(ORDERS.drop(columns="total"), sandbox.connection, action="track", mapping=MAPPING)
    assert (result.outcome, result.tally.accepted) == ("failed", 0)
    assert "the source has no column 'total'" in str(result.message)


def test_a_lazy_frame_has_to_be_collected(quick: Connector, sandbox: Sandbox) -> None:
    with pytest.raises(InputError, match="call its collect"):
        quick.bulk(pl.from_pandas(ORDERS.drop(columns="raw")).lazy(), sandbox.connection, action="track")


def test_two_columns_of_one_name_are_refused(quick: Connector, sandbox: Sandbox) -> None:
    table = pa.table([pa.array(["a"]), pa.array(["b"])], names=["userId", "userId"])
    result = quick.bulk(table, sandbox.connection, action="track")
    assert "has two columns named 'userId'" in str(result.message)


@pytest.mark.parametrize("form", FORMS)
def test_times_without_a_zone_are_told_of(quick: Connector, form: str) -> None:
    frame = FORMS[form](ORDERS.assign(paid=[NOON.replace(tzinfo=None)] * 2, total=[1.5, 2.0]))
    result = quick.bulk(frame, {}, action="track", mapping=MAPPING, dry_run=True)
    (note,) = result.notes
    assert (result.tally.would_be_accepted, "times of 'paid' have no time zone and are read as UTC" in note) == (
        2,
        True,
    )
    again = FORMS[form](ORDERS.assign(paid=[NOON.replace(tzinfo=None)] * 2, total=[1.5, 2.0]))
    zoned = quick.bulk(again, {}, action="track", mapping=MAPPING, dry_run=True, zone="Europe/Madrid")
    assert (zoned.tally.would_be_accepted, zoned.notes) == (2, [])
