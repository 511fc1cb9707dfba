"""Conditions in FQL: expected verdicts, errors that help, and texts that nobody would write."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segment_connector.fql.condition import Condition
from segment_connector.fql.glob import glob_matches
from segment_connector.fql.tokens import FqlError

DATA = Path(__file__).parents[1] / "data" / "fql"
WORDS = ["and", "or", "in", "!", "(", ")", "[", "]", ",", "=", "!=", "<", ">=", "null", "true", "event", "properties.x",
         "'a*'", '"b"', "1", "-2.5", "match(", "contains(", "length(", "titlecase(", "typeof(", "semver(", "\\", "'",
         ".", "properties.a\\ b", "number(", "bool(", "string("]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from("xab"), below, max_size=3),
    max_leaves=6,
)


def expressions() -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    event: dict[str, Any] = {}
    whole = True
    for line in (DATA / "expressions.txt").read_text(encoding="utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if word in ("event", "part"):
            event, whole = json.loads(rest), word == "event"
        elif line and not line.startswith("#"):
            yield word, rest.strip(), event, whole


def judged(text: str, event: dict[str, Any], whole: bool) -> str:
    try:
        verdict = Condition(text).judge(event, whole=whole)
    except FqlError:
        return "error"
    assert (verdict.met is None) is bool(verdict.why)
    return {True: "true", False: "false", None: "unsure"}[verdict.met]


def test_each_condition_has_the_verdict_that_the_documentation_gives_it(subtests):
    cases = list(expressions())
    assert len(cases) >= 120
    for expected, text, event, whole in cases:
        with subtests.test(text):
            assert judged(text, event, whole) == expected


@pytest.mark.parametrize(
    ("text", "field", "message", "hint"),
    [
        ('userId = oops"', "column 14", 'the text that " begins is not closed', 'close it with "'),
        ("event == 'x'", "column 7", "FQL has no ==", "equality is one sign: write ="),
        ("a = 1 AND b = 2", "column 7", "AND is not allowed here", "write and in small letters"),
        ("not contains(event, 'x')", "column 5", "contains is not allowed here", "write ! for not: !( ... )"),
        ("event = Order Completed", "column 15", "Completed is not allowed here", "text goes in quotes"),
        ("lenght(event) > 1", "column 1", "there is no function lenght", "did you mean 'length'?"),
        ("contains(event)", "column 1", "contains takes 2 arguments, not 1", "separate them with commas"),
        ("properties.$cart = 1", "column 12", "a condition cannot contain $ here", "in the name of a field, write \\$"),
        ("type = 'track'\nand event = ", "line 2, column 13", "is expected", "complete it"),
        ("", "column 1", "the condition is empty", "complete it"),
        ("(" * 60 + "true" + ")" * 60, "column 51", "more than 50 levels deep", "split it into several"),
    ],
)
def test_what_does_not_parse_is_told_with_place_rule_and_cure(text, field, message, hint):
    with pytest.raises(FqlError) as raised:
        Condition(text)
    assert raised.value.field == field
    assert message in raised.value.problems[0].message
    assert hint in (raised.value.hint or "")


def test_a_condition_tells_the_fields_that_it_looks_at():
    condition = Condition("type = 'track' and (contains(userId, 'x') or properties.a\\ b in [traits.c, type])")
    assert condition.fields == ("type", "userId", "properties.a b", "traits.c")


def test_what_is_not_certain_says_what_it_depends_on():
    verdict = Condition("type = 'track' and match(userId, '*@example.com')").judge({"type": "track"}, whole=False)
    assert verdict.why == ("it depends on userId, which is not given",)


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.dictionaries(st.sampled_from(["event", "properties"]), JSON))
@example(["!"] * 4000, {})
@example(["("] * 4000, {})
@example(["true", "and"] * 4000, {})
@example(["'", "\\"] * 3000, {})
def test_words_in_any_order_raise_nothing_but_the_own_error(words, event):
    judged(" ".join(words), event, True)
    judged("".join(words), event, False)


@given(st.text(max_size=60))
def test_any_text_raises_nothing_but_the_own_error(text):
    judged(text, {"event": text}, True)
    judged(f"match(event, '{text}')", {"event": text}, True)


def test_a_pattern_that_would_be_tried_for_ever_is_not():
    begun = time.process_time()
    assert not glob_matches("*a" * 200 + "b", "a" * 20_000)
    assert time.process_time() - begun < 2
