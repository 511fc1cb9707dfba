"""The filters that make values of text: what they take, what they let through, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import TEXTS, examples

from segment_connector import InputError
from segment_connector.schema.formats import date_time
from segment_connector.templates.conversions import CONVERSIONS
from segment_connector.templates.texts import Missing

number, integer, boolean, json_value, instant = (
    CONVERSIONS[name] for name in ("number", "integer", "boolean", "json", "date_time")
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14.99", 14.99), ("14", 14), ("-3", -3), ("+3", 3), ("007", 7), (" 12 ", 12), ("1e5", 1e5), (".5", 0.5),
        ("5.", 5.0), ("0.1", 0.1), ("18446744073709551615", 2**64 - 1), ("-9223372036854775808", -(2**63)),
        ("123456789012345678901234.5", 1.2345678901234568e23),
    ],
)  # fmt: skip
def test_numbers(text: str, expected: Any) -> None:
    assert (number(text), type(number(text))) == (expected, type(expected))


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", "1_000", "1,5", "1.234,56", "$5", "5 €", "1 000", "NaN", "inf", "-Infinity", "0x1F", "١٢", "true",
     "null", "[1]", '"1"', "1e400", "18446744073709551616", "12345678901234567890123", "--1", "1e", "1\x00"],
)  # fmt: skip
def test_no_numbers(text: str) -> None:
    with pytest.raises(InputError) as caught:
        number(text, place="total")
    assert (caught.value.code, caught.value.field) == ("number", "total")
    assert caught.value.hint


def test_a_comma_before_the_decimals_can_be_said() -> None:
    assert [number(text, ",") for text in ("14,99", "14", "-0,5", "1e3")] == [14.99, 14, -0.5, 1000.0]
    for text in ("1.234,56", "14.99", "1,2,3"):
        with pytest.raises(InputError):
            number(text, ",")
    with pytest.raises(InputError) as caught:
        number("14,99")
    assert caught.value.hint == "where a comma stands before the decimals, write number(',')"


@pytest.mark.parametrize(("value", "expected"), [("12", 12), ("12.0", 12), (12.0, 12), (7, 7), ("-1e3", -1000)])
def test_whole_numbers(value: Any, expected: int) -> None:
    assert (integer(value), type(integer(value))) == (expected, int)


@pytest.mark.parametrize("value", ["12.5", 12.5, "1e300", 1e300, "x", True, [], {}])
def test_no_whole_numbers(value: Any) -> None:
    with pytest.raises(InputError):
        integer(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", True), ("TRUE", True), (" Yes ", True), ("t", True), ("1", True), (1, True), (True, True),
     ("false", False), ("No", False), ("F", False), ("0", False), (0, False), (False, False)],
)  # fmt: skip
def test_true_and_false(value: Any, expected: bool) -> None:
    assert boolean(value) is expected


@pytest.mark.parametrize("value", ["", "maybe", "2", 2, 1.0, "on", [], "null"])
def test_neither_true_nor_false(value: Any) -> None:
    with pytest.raises(InputError):
        boolean(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("[1, null]", [1, None]), ('{"a": {}}', {"a": {}}), ('"x"', "x"), ("1.5", 1.5), ("null", None)],
)
def test_json(text: str, expected: Any) -> None:
    assert json_value(text) == expected
    assert json_value(expected if not isinstance(expected, str) else [expected]) == (
        expected if not isinstance(expected, str) else [expected]
    )


@pytest.mark.parametrize("text", ["", "x", "{'a': 1}", "NaN", "[1,]", "[" * 102 + "]" * 102, "{", "[" * 5000])
def test_no_json(text: str) -> None:
    with pytest.raises(InputError):
        json_value(text)


def test_json_may_hold_many_brackets_that_are_not_deep() -> None:
    assert json_value("[" + ",".join(["[]"] * 200) + "]") == [[]] * 200
    assert json_value("[" * 101 + "]" * 101)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00.123456Z", "2026-01-31T12:00:00.123456Z"),
        ("2026-01-31 12:00:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31 12:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        (" 2026-01-31 12:00:00.5 ", "2026-01-31T12:00:00.5Z"),
        ("2026-01-31 12:00:00,5", "2026-01-31T12:00:00.5Z"),
        ("2026-01-31 12:00:00 UTC", "2026-01-31T12:00:00Z"),
        ("2026-01-31t12:00:00z", "2026-01-31T12:00:00Z"),
        ("2026-01-31 12:00:00+01", "2026-01-31T12:00:00+01:00"),
        ("2026-01-31 12:00:00 -0830", "2026-01-31T12:00:00-08:30"),
        ("2026-01-31T12:00:00+01:00", "2026-01-31T12:00:00+01:00"),
    ],
)
def test_instants(text: str, expected: str) -> None:
    assert instant(text) == expected
    assert date_time(expected)


@pytest.mark.parametrize(
    "value",
    ["", "31.01.2026", "01/31/2026", "2026-02-30", "2026-13-01T00:00:00Z", "2026-01-31T25:00:00Z", "1769860800", "x",
     "2026-01-31T12:00:00+99:00", "20260131", 1769860800, True, []],
)  # fmt: skip
def test_no_instants(value: Any) -> None:
    with pytest.raises(InputError):
        instant(value)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1769860800, "s", "2026-01-31T12:00:00.000Z"),
        ("1769860800.5", "s", "2026-01-31T12:00:00.500Z"),
        ("1769860800123", "ms", "2026-01-31T12:00:00.123Z"),
        (1769860800123456, "us", "2026-01-31T12:00:00.123456Z"),
        (-1, "s", "1969-12-31T23:59:59.000Z"),
    ],
)
def test_instants_that_are_counted(value: Any, unit: str, expected: str) -> None:
    assert instant(value, unit) == expected


@pytest.mark.parametrize("value", [10**18, "x", "2026-01-31", [], 1e300])
def test_no_instants_that_are_counted(value: Any) -> None:
    with pytest.raises(InputError):
        instant(value, "s")


@pytest.mark.parametrize("name", sorted(CONVERSIONS))
def test_null_and_what_was_not_given_pass(name: str) -> None:
    missing = Missing(name="x")
    assert CONVERSIONS[name](None) is None
    assert CONVERSIONS[name](missing) is missing


@given(st.sampled_from(sorted(CONVERSIONS)), st.sampled_from(TEXTS) | st.text(max_size=12))
@examples(300)
def test_no_text_breaks_a_conversion(name: str, text: str) -> None:
    try:
        made = CONVERSIONS[name](text, place="x")
    except InputError:
        return
    # What was made is made of itself.
    assert name == "json" or CONVERSIONS[name](made) == made
