"""Mappings that say what rows become: several events of one, groups of rows, conditions, the action of each row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from bulk_support import rejects_of, until_done

from segment_connector import Connector, ConnectorError, InputError
from segment_connector.bulk.read.row_document import is_document
from segment_connector.sandbox.sandbox import Sandbox

CONNECTOR = Connector.load()

ORDERS = """Order ID,Customer,Email,Sku,Price,Status
1,u-1,A@x.de,A,1.5,paid
1,u-1,A@x.de,B,2.5,paid
2,u-2,b@x.de,A,1.5,test
3,u-3,c@x.de,A,x,paid
1,u-1,A@x.de,C,1.5,paid
4,,d@x.de,A,3,paid
5,u-5,e@x.de,A,3,paid
"""

IDENTIFY = {"as": "identify", "map": {"userId": "{{ row.Customer }}", "traits": {"email": "{{ row.Email | lower }}"}}}
TRACK: Mapping[str, Any] = {
    "as": "track",
    "when": "{{ row.Status != 'test' }}",
    "map": {
        "event": "Order Completed",
        "userId": "{{ row.Customer }}",
        "messageId": "order-{{ row['Order ID'] }}",
        "properties": {
            "products": {"for_each": "rows", "map": {"sku": "{{ row.Sku }}", "price": "{{ row.Price | number }}"}}
        },
    },
}
BOTH = {"group_by": "Order ID", "events": [IDENTIFY, TRACK]}


def deliver(sandbox: Sandbox, source: Path, mapping: Any, **options: Any) -> Any:
    return CONNECTOR.bulk(str(source), sandbox.connection, mapping=mapping, **options)


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    return path


def test_rows_of_one_order_are_one_event_and_another_one_beside_it(sandbox: Sandbox, orders: Path) -> None:
    result = deliver(sandbox, orders, BOTH)
    sent = [one["body"] for one in sandbox.events("accepted")]
    assert [(one["type"], one["userId"]) for one in sent] == [
        ("identify", "u-1"), ("track", "u-1"), ("identify", "u-2"), ("identify", "u-5"), ("track", "u-5"),
    ]  # fmt: skip
    assert sent[0]["traits"] == {"email": "a@x.de"}
    assert sent[1]["properties"] == {"products": [{"sku": "A", "price": 1.5}, {"sku": "B", "price": 2.5}]}
    # A row is sent whole or not at all: that of order 3 would be an identify that is right.
    rejects = [(one["line"], one["field"], one["record"]) for one in rejects_of(result.rejects)]
    assert rejects == [
        (5, "row.Price", "3,u-3,c@x.de,A,x,paid"),
        (6, "row.Order ID", "1,u-1,A@x.de,C,1.5,paid"),
        (7, "userId", "4,,d@x.de,A,3,paid"),
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_is_cut_off_goes_on_behind_whole_groups(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, workers: int
) -> None:
    source = tmp_path / "orders.csv"
    rows = [f"{order},u-{order},x@x.de,{sku},1,paid" for order in range(2000) for sku in "ABC"]
    source.write_text("\n".join([ORDERS.splitlines()[0], *rows]) + "\n")
    sandbox.fault(delay=0.001, times=9)
    sandbox.fault(status=500, times=3)
    options = {"max_retries": 0, "workers": workers, "connections": 2}
    runs = list(until_done(lambda: quick.bulk(str(source), sandbox.connection, mapping=BOTH, **options)))
    assert len(runs) > 1
    assert all(result.tally.rejected == 0 for result in runs)
    events = {one["id"]: one["body"] for one in sandbox.events("accepted")}
    tracks = [one for one in events.values() if one["type"] == "track"]
    assert len(events) == 4000
    assert len(tracks) == 2000
    assert all([item["sku"] for item in one["properties"]["products"]] == ["A", "B", "C"] for one in tracks)


def test_lines_of_json_and_mappings_of_a_program_are_rows_too(sandbox: Sandbox, tmp_path: Path) -> None:
    mapping = {"as": "{{ row.kind }}", "map": {
        "event": "{{ row.what }}", "userId": "{{ row.user }}", "traits": "{{ row.about }}",
        "properties": {"items": {"for_each": "{{ row.items }}", "map": {"sku": "{{ row.id }}"}}},
    }}  # fmt: skip
    rows = [
        {"kind": "track", "what": "Bought", "user": "u-1", "items": [{"id": 1}, {"id": 2}]},
        {"kind": "identify", "user": "u-1", "about": {"plan": "pro"}},
        {"kind": "nothing", "user": "u-1"},
    ]
    lines = tmp_path / "rows.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for source in (str(lines), rows):
        result = CONNECTOR.bulk(source, sandbox.connection, mapping=mapping, rejects=str(tmp_path / "rejects"))
        assert (result.tally.accepted, result.tally.rejected) == (2, 1)
        (reject,) = rejects_of(result.rejects)
        assert reject["message"] == "a row cannot become 'nothing'"
    track, identify = (one["body"] for one in sandbox.events("accepted")[:2])
    assert track["properties"] == {"items": [{"sku": 1}, {"sku": 2}]}
    assert identify["traits"] == {"plan": "pro"}
    assert "traits" not in track


def test_a_document_that_says_no_more_than_the_action_is_compiled_as_a_mapping(sandbox: Sandbox, orders: Path) -> None:
    mapping = {"as": "identify", "map": {"userId": "{{ row.Customer }}"}}
    result = deliver(sandbox, orders, mapping)
    assert (result.tally.accepted, result.tally.rejected) == (6, 1)
    with pytest.raises(InputError) as caught:
        deliver(sandbox, orders, mapping, action="track", fresh=True)
    assert "the mapping itself says what rows become" in str(caught.value)


@pytest.mark.parametrize(
    ("mapping", "field", "message"),
    [
        ({"map": {"userId": "x"}}, "as", "is missing"),
        ({"as": "trakc", "map": {"event": "E"}}, "as", "'trakc' cannot be sent in bulk"),
        ({"as": "track", "map": {"evnt": "E"}, "when": "{{ row.Sku }}"}, "evnt", "there is no such parameter"),
        ({"as": "track", "when": "yes", "map": {"event": "E"}}, "when", "must be a template"),
        ({"as": "track", "group_by": "Order", "map": {"event": "E"}}, "group_by", "has no column 'Order'"),
        ({"as": "track", "group_by": [], "map": {"event": "E"}}, "group_by", "must be the name of a column"),
        ({"as": "track", "map": {"event": "E", "properties": {"x": {"for_each": "rows", "map": {}}}}},
         "properties.x.for_each", "there are no groups"),
        ({"events": [{"as": "track", "mpa": {}}]}, "events.0.mpa", "the language has no 'mpa' here"),
        ({"events": [], "as": "track"}, "events", "must be a list of events"),
        ({"as": "{{ row.Sku }}", "map": {"evnt": "E"}}, "map.evnt", "there is no such parameter"),
        ({"as": "track", "when": "{{ row.Stats }}", "map": {"event": "E"}}, "when", "has no column 'Stats'"),
    ],
)  # fmt: skip
def test_what_cannot_hold_is_refused_before_anything_is_sent(
    sandbox: Sandbox, orders: Path, mapping: Any, field: str, message: str
) -> None:
    assert is_document(mapping)
    with pytest.raises(ConnectorError) as caught:
        deliver(sandbox, orders, mapping)
    assert caught.value.field == field
    assert message in caught.value.problems[0].message
    assert caught.value.hint


def test_a_parameter_named_map_is_no_document() -> None:
    assert not is_document({"map": "{{ row.map }}"})
    assert not is_document({"map": {"a": 1}, "userId": "u"})


def test_groups_are_not_shared_out_over_machines(sandbox: Sandbox, orders: Path) -> None:
    with pytest.raises(InputError) as caught:
        deliver(sandbox, orders, BOTH, engine="dask")
    assert caught.value.field == "group_by"
