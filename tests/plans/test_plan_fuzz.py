"""Whatever stands in a schema, plans are compared, judged and shown, or refused in this package's own words."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from plan_lab import SPEC

from segment_connector import ConnectorError
from segment_connector.docs.plan_page import plan_text
from segment_connector.plans.compare.plan_diff import RuleMeanings, compare
from segment_connector.plans.compare.schema_meaning import meaning
from segment_connector.plans.make.plan_types import typed_events
from segment_connector.plans.plan import plan_from, rule_from
from segment_connector.plans.review.breaking_changes import breaking_changes
from segment_connector.plans.review.pattern_risk import may_never_end
from segment_connector.plans.review.schema_check import schema_findings
from segment_connector.service.workbench.plans.shown_plans import property_rows, words_of

WORDS = [
    "$ref", "$schema", "additionalProperties", "allOf", "anyOf", "const", "default", "definitions", "dependencies",
    "description", "enum", "examples", "format", "if", "items", "labels", "maxLength", "maximum", "minItems", "minimum",
    "not", "nullable", "oneOf", "pattern", "patternProperties", "properties", "required", "then", "title", "type", "x",
]  # fmt: skip
VALUES = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        1.0,
        -2.5,
        1e300,
        "",
        "a",
        "object",
        "string",
        "#",
        "#/properties/x",
        "http://x/y",
        "(a+)+",
        "[",
    ]
)
SCHEMAS = st.recursive(
    VALUES,
    lambda below: st.lists(below, max_size=3)
    | st.dictionaries(st.sampled_from([*WORDS, "properties", "context"]), below, max_size=5),
    max_leaves=14,
)  # fmt: skip


def plan_of(schema: Any) -> Any:
    wrapped = schema if isinstance(schema, dict) else {"properties": {"properties": schema}}
    return plan_from([rule_from({"type": "TRACK", "key": "A", "version": 1, "jsonSchema": wrapped}, SPEC)])


@settings(max_examples=120)
@given(SCHEMAS, SCHEMAS)
def test_any_two_schemas_are_compared_and_shown(one: Any, other: Any) -> None:
    meanings, before, after = RuleMeanings(SPEC), plan_of(one), plan_of(other)
    changes = compare(before, after, meanings)
    assert compare(before, before, meanings) == []
    assert bool(changes) == (not meanings.same(before.rules[0], after.rules[0]))
    for change in changes:
        assert all(change.lines())
    breaking_changes(changes, SPEC, meanings)
    assert meaning(meaning(one)) == meaning(one)
    for row in property_rows(before.rules[0]):
        words_of(row)
    plan_text(before, SPEC)
    assert len(typed_events(before, SPEC)) == 1
    try:
        list(schema_findings(before.rules[0].schema))
    except ConnectorError as error:
        raise AssertionError from error


@given(st.text("ab()[]{}|*+?\\,^$.1", max_size=20))
def test_any_pattern_is_looked_at(pattern: str) -> None:
    assert may_never_end(pattern) in (True, False)
