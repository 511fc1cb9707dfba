"""Plans are compared by what they mean, and changes are told in words."""

from __future__ import annotations

from typing import Any

import pytest
from plan_lab import SPEC

from segment_connector.plans.compare.plan_diff import RuleMeanings, compare, objects_of
from segment_connector.plans.compare.schema_meaning import call_meaning, fingerprint
from segment_connector.plans.plan import plan_from, rule_from
from segment_connector.plans.review.breaking_changes import breaking_changes


def call(**inner: Any) -> dict[str, Any]:
    return {"properties": {"properties": inner}}


def prop(**inner: Any) -> dict[str, Any]:
    return call(properties={"x": inner})


SAME = [
    ({}, {"type": "object", "$schema": "http://json-schema.org/draft-07/schema#"}),
    ({}, {"$schema": "https://json-schema.org/draft-07/schema", "labels": {}, "description": "", "required": []}),
    ({}, {"properties": {"context": {}, "traits": {"type": "object"}, "properties": {"type": "object"}}}),
    (call(required=["a", "b"]), call(required=["b", "a", "b"], type="object")),
    (prop(type="string", enum=["a", "b"]), prop(enum=["b", "a"], type=["string"])),
    (prop(type=["null", "string"]), prop(type=["string", "null"])),
    (prop(type="number"), prop(type=["integer", "number"])),
    (prop(minimum=1), prop(minimum=1.0)),
    (prop(enum=[1, 2]), prop(enum=[2.0, 1.0])),
    (prop(), prop(minLength=0, uniqueItems=False, additionalProperties=True, items={}, properties={})),
    (prop(anyOf=[{"type": "string"}, {"type": "null"}]), prop(anyOf=[{"type": "null"}, {"type": "string"}])),
    (prop(items={"type": "object", "required": ["a", "b"]}), prop(items={"required": ["b", "a"], "type": "object"})),
    (prop(dependencies={"a": ["c", "b"]}), prop(dependencies={"a": ["b", "c"]})),
]
OTHER = [
    ({}, {"type": "array"}),
    ({}, {"$schema": "http://json-schema.org/draft-04/schema#"}),
    (prop(), call(properties={})),
    (prop(type="object"), prop()),
    (prop(const=1), prop(const=True)),
    (prop(enum=[0]), prop(enum=[False])),
    (prop(enum=[""]), prop()),
    (prop(const=None), prop()),
    (prop(default=""), prop()),
    (prop(items=[{"type": "string"}, {}]), prop(items=[{}, {"type": "string"}])),
    (prop(additionalProperties=False), prop()),
    ({"properties": {"context": {}}, "additionalProperties": False}, {"additionalProperties": False}),
    (prop(minimum=2**53 + 1), prop(minimum=2**53)),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_ways_of_writing_the_same_are_the_same(one: Any, other: Any) -> None:
    objects = objects_of(SPEC)
    assert fingerprint(call_meaning(one, objects)) == fingerprint(call_meaning(other, objects))


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_means_something_else_is_a_change(one: Any, other: Any) -> None:
    objects = objects_of(SPEC)
    assert fingerprint(call_meaning(one, objects)) != fingerprint(call_meaning(other, objects))


# What changes in a property 'x', how it is told, and whether it breaks those who send the event.
CHANGES: list[tuple[dict[str, Any], dict[str, Any], str, bool]] = [
    (prop(type="string"), prop(type="number"), "properties.x: type string -> number", True),
    (prop(type="string"), prop(type=["string", "null"]), 'properties.x: type string -> ["null","string"]', False),
    (prop(type=["string", "null"]), prop(type="string"), 'properties.x: type ["null","string"] -> string', True),
    (prop(type="integer"), prop(type="number"), "properties.x: type integer -> number", False),
    (prop(type="number"), prop(type="integer"), "properties.x: type number -> integer", True),
    (prop(), prop(type="string"), "properties.x: type string added", True),
    (prop(type="string"), prop(), "properties.x: type string removed", False),
    (prop(enum=["a", "b"]), prop(enum=["a", "c"]), 'properties.x: enum without ["b"] and with ["c"]', True),
    (prop(enum=["a"]), prop(enum=["a", "b"]), 'properties.x: enum with ["b"]', False),
    (prop(), prop(enum=["a"]), 'properties.x: enum ["a"] added', True),
    (prop(), prop(pattern="^a"), "properties.x: pattern ^a added", True),
    (prop(pattern="^a"), prop(), "properties.x: pattern ^a removed", False),
    (prop(minimum=1), prop(minimum=2), "properties.x: minimum 1 -> 2", True),
    (prop(minimum=2), prop(minimum=1), "properties.x: minimum 2 -> 1", False),
    (prop(maxLength=2), prop(maxLength=3), "properties.x: maxLength 2 -> 3", False),
    (prop(maxLength=3), prop(maxLength=2), "properties.x: maxLength 3 -> 2", True),
    (prop(description="a"), prop(description="b"), "properties.x: description a -> b", False),
    (prop(type="string"), call(), "properties.x: removed (string)", True),
    (call(), prop(type="string"), "properties.x: added (string)", False),
    (call(properties={"x": {}}), call(properties={"x": {}}, required=["x"]), "properties.x: now required", True),
    (call(properties={"x": {}}, required=["x"]), call(properties={"x": {}}), "properties.x: no longer required", False),
    (call(), call(properties={"x": {}}, required=["x"]), "properties.x: added (any, required)", True),
    (
        prop(type="array", items={"properties": {"y": {"type": "string"}}}),
        prop(type="array", items={"properties": {"y": {"type": "number"}}}),
        "properties.x.$.y: type string -> number", True,
    ),
    (prop(), prop(additionalProperties=False), "properties.x: additionalProperties false added", True),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "text", "breaks"), CHANGES, ids=[one[2] for one in CHANGES])
def test_a_change_is_told_and_known_to_break_or_not(
    before: dict[str, Any], after: dict[str, Any], text: str, *, breaks: bool
) -> None:
    meanings = RuleMeanings(SPEC)
    plans = [
        plan_from([rule_from({"type": "TRACK", "key": "A", "version": 1, "jsonSchema": one}, SPEC)])
        for one in (before, after)
    ]
    changes = compare(*plans, meanings)
    assert [one.lines() for one in changes] == [["~ TRACK 'A'", f"    {text}"]]
    found = breaking_changes(changes, SPEC, meanings)
    assert [one.message for one in found] == ([text] if breaks else [])
    assert changes[0].to_dict()["details"][0]["place"].startswith("properties.x")


def test_rules_that_come_and_go() -> None:
    meanings = RuleMeanings(SPEC)

    def plan(*rules: tuple[str, str | None, int, dict[str, Any]], **more: Any) -> Any:
        return plan_from(
            rule_from({"type": kind, "key": key, "version": version, "jsonSchema": schema, **more}, SPEC)
            for kind, key, version, schema in rules
        )

    old = ("TRACK", "A", 1, prop())
    assert [one.kind for one in compare(plan(old), plan(), meanings)] == ["removed"]
    gone = breaking_changes(compare(plan(old), plan(), meanings), SPEC, meanings)
    assert [one.message for one in gone] == ["is no longer planned"]
    deprecated = plan(old, deprecatedAt="2026-01-01T00:00:00Z")
    assert breaking_changes(compare(deprecated, plan(), meanings), SPEC, meanings) == []
    new = plan(old, ("TRACK", "A", 2, call(required=["y"])), ("TRACK", "B", 1, call(required=["y"])))
    assert breaking_changes(compare(plan(old), new, meanings), SPEC, meanings) == []
    common = plan(
        old, ("COMMON", None, 1, {"properties": {"context": {"required": ["app"], "properties": {"app": {}}}}})
    )
    assert [one.message for one in breaking_changes(compare(plan(old), common, meanings), SPEC, meanings)] == [
        "context.app: added (any, required)"
    ]
    changed = compare(plan(old), deprecated, meanings)
    assert changed[0].lines() == ["~ TRACK 'A'", "    deprecatedAt: nothing -> 2026-01-01T00:00:00Z"]
