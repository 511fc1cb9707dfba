"""Values for hypothesis: JSON, what is nearly JSON, and values near what a JSON Schema allows."""

from __future__ import annotations

import datetime
import decimal
import os
import uuid
from collections.abc import Mapping
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

FUZZ = int(os.environ.get("FUZZ", "1"))


def examples(number: int) -> settings:
    """How many examples a test tries: the same ones in every run, or ``FUZZ`` times as many new ones."""
    return settings(max_examples=number * FUZZ, derandomize=FUZZ == 1)


# Text that has made trouble somewhere: it looks like another type, like a template, like markup, or like nothing.
TEXTS = [
    "", " ", "\n", "\t \r\n", "\x00", "\x1c", "\x7f", "\x85", "\xa0", "\u200b", "\u2028", "\ufeff", "é", "😀", "ﷺ",
    "123", "1_000", "1e5", "+48100200300", "0x1F", "3.10", "None", "null", "true", "NaN", " 12 ", '"quoted"', "[1,2]",
    "{{ 7*7 }}", "{% raw %}", "{{ input }}", "{#", "}}", "${x}", "%s", "</script>", "a\r\nX-Evil: 1", "abc\n",
    ".", "..", "../..", "/", "//evil.example", "a/b", "a?b", "a#b", "a b", "%2e%2e", "%", "http://evil.example/",
    "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z\n", "2026-01-31t12:00:00z", "2026-01-31", "2026-02-30T00:00:00Z",
    "2016-12-31T23:59:60Z", "2026-01-31T12:00:00.123456+01:00", "USD", "USD\n", "usd", "USDX", "US1", "All", "x" * 99,
    "x" * 100, "__class__", "items",
]  # fmt: skip
NUMBERS = [0, -0.0, 1, -1, 1.0, 0.5, 1e22, 2**31, 2**53 + 1, 2**63, 2**64 - 1, -(2**63), 5e-324, 1.7976931348623157e308]

texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
scalars = st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.integers(-(2**63), 2**64 - 1) | texts
scalars |= st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    scalars, lambda below: st.lists(below, max_size=3) | st.dictionaries(texts, below, max_size=3), max_leaves=8
)

_MOMENT = datetime.datetime(2026, 1, 31, tzinfo=datetime.timezone.utc)
not_json = st.sampled_from(
    [
        float("nan"), float("inf"), 2**64, -(2**63) - 1, "\ud800", b"bytes", (1, 2), {1}, _MOMENT, _MOMENT.date(),
        uuid.UUID(int=7), decimal.Decimal("1.10"), object(), {1: 2}, {None: 1}, {"\udfff": 1}, print, range(3), 1j,
    ]
)  # fmt: skip
anything = st.recursive(
    scalars | not_json, lambda below: st.lists(below, max_size=3) | st.dictionaries(texts, below, max_size=3),
    max_leaves=6,
)  # fmt: skip


@st.composite
def near(draw: st.DrawFn, schema: Mapping[str, Any], others: st.SearchStrategy[Any] = json_values) -> Any:
    """A value that a schema is likely to allow, now and then one of ``others``."""
    if draw(st.integers(0, 19)) == 0:
        return draw(others)
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]) | texts)
    kinds = schema.get("type", ["object", "string", "number", "array", "boolean", "null"])
    kind = draw(st.sampled_from([kinds] if isinstance(kinds, str) else kinds))
    if kind == "object":
        return draw(_objects(schema, others))
    if kind == "array":
        items = schema.get("items", {})
        return draw(st.lists(near(items, others) if isinstance(items, Mapping) else others, max_size=3))
    if kind == "string":
        fitting = [example for example in schema.get("examples", ()) if isinstance(example, str)]
        return draw(st.sampled_from(fitting) if fitting and draw(st.integers(0, 3)) else texts)
    by_kind = {
        "number": st.sampled_from(NUMBERS) | st.floats(allow_nan=False, allow_infinity=False),
        "integer": st.sampled_from(NUMBERS) | st.integers(-10, 10),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    return draw(by_kind[kind])


@st.composite
def _objects(draw: st.DrawFn, schema: Mapping[str, Any], others: st.SearchStrategy[Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    required = [name for name in schema.get("required", ()) if draw(st.integers(0, 19))]
    chosen = draw(st.lists(st.sampled_from(sorted(properties)), max_size=4, unique=True)) if properties else []
    built = {name: draw(near(properties.get(name, {}), others)) for name in dict.fromkeys([*required, *chosen])}
    rest = schema.get("additionalProperties", True)
    if draw(st.integers(0, 2 if rest is not False else 19)) == 0:
        built[draw(texts)] = draw(near(rest, others) if isinstance(rest, Mapping) else others)
    return built
