"""Places in JSON values: what is there, what is put there, and what a schema says of it."""

from __future__ import annotations

from typing import Any

import pytest

from segment_connector.values.paths import get, put, put_into, schema_at, undeclared

VALUE = {"a": {"b": None, "c": [1, {"d": 2}]}, "x.y": 3}
SCHEMA = {
    "type": "object",
    "properties": {"list": {"type": "array", "items": {"properties": {"id": {"type": "integer"}}}}, "flag": True},
    "additionalProperties": {"type": "string"},
}


@pytest.mark.parametrize(
    ("place", "expected"),
    [("a.b", None), ("a.c", [1, {"d": 2}]), ("a.c.1", "-"), ("x.y", "-"), (("x.y",), 3), ("a.b.c", "-"), ((), VALUE)],
)
def test_a_place_gives_what_is_there_and_the_default_only_where_nothing_is(place: Any, expected: Any) -> None:
    assert get(VALUE, place, "-") == expected


def test_put_copies_and_put_into_changes() -> None:
    before: dict[str, Any] = {"a": {"b": 1}, "n": 0}
    assert put(before, "a.c", 2) == {"a": {"b": 1, "c": 2}, "n": 0}
    assert put(before, "n.m", 2) == {"a": {"b": 1}, "n": {"m": 2}}
    assert before == {"a": {"b": 1}, "n": 0}
    put_into(before, "a.c", 2)
    put_into(before, "new.deep", 3)
    assert before == {"a": {"b": 1, "c": 2}, "n": 0, "new": {"deep": 3}}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("list.0.id", {"type": "integer"}),
        ("list.id", {}),
        ("other", {"type": "string"}),
        ("flag", {}),
        ("", {"type": "string"}),
    ],
)
def test_a_schema_is_asked_for_a_place(place: str, expected: Any) -> None:
    assert schema_at(SCHEMA, place) == expected


def test_what_a_schema_never_has_is_told_with_what_it_has() -> None:
    closed = {"properties": {"a": {"type": "object", "properties": {"b": {}}, "additionalProperties": False}}}
    assert undeclared(closed, ("a", "c")) == (1, ["b"])
    assert undeclared(closed, ("a", "b", "anything")) is None
