"""Inputs are JSON values, or mean exactly one; what else Python has is refused with its place."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import math
import sys
import types
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from segment_connector import InputError
from segment_connector.values.json_values import copy_json, decode, encode


class Text(str):
    __slots__ = ()


class Number(float):
    __slots__ = ()


class Colour(enum.Enum):
    RED = "red"


Pair = collections.namedtuple("Pair", "one two")  # noqa: PYI024 - what a caller may have


def nested(levels: int, *, in_lists: bool) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value] if in_lists else {"a": value}
    return value


def refusal(value: Any) -> list[tuple[str | None, str]]:
    with pytest.raises(InputError) as caught:
        copy_json(value)
    assert all(problem.hint for problem in caught.value.problems)
    return [(problem.field, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, -1, 2**64 - 1, -(2**63), 0.0, -0.5, 1.0, 1e22, 5e-324, sys.float_info.max,
        "", "text", "zażółć 😀 \u2028 \x00 \u200b", [], {}, [None], {"a": None}, {"": ""}, {"a.b": {"c": [1, "x", {}]}},
        {"__class__": 1, "items": 2}, [[], [[]], {}],
    ],
)  # fmt: skip
def test_json_values_are_copied_as_they_are(value: Any) -> None:
    copy = copy_json(value)
    assert (copy, type(copy)) == (value, type(value))
    assert decode(encode(copy)) == value


@pytest.mark.parametrize("text", ["123", "1_000", "1e5", "+48100200300", "0x1F", "3.10", "None", "", " 12 ", "[1,2]"])
def test_text_that_looks_like_something_else_stays_text(text: str) -> None:
    assert copy_json({"a": text}) == {"a": text}


def test_minus_zero_and_whole_floats_stay_what_they_are() -> None:
    copy = copy_json([-0.0, 1.0, 1])
    assert (math.copysign(1, copy[0]), type(copy[1]), type(copy[2])) == (-1, float, int)


def test_a_string_of_ten_million_characters_is_copied() -> None:
    assert copy_json({"a": "x" * 10_000_000}) == {"a": "x" * 10_000_000}


@pytest.mark.parametrize(
    "value",
    [collections.OrderedDict(a=1), collections.defaultdict(list, a=1), collections.Counter(a=1)],
)
def test_subclasses_of_dict_become_plain_dicts(value: Any) -> None:
    copy = copy_json(value)
    assert (type(copy), copy) == (dict, {"a": 1})


def test_the_copy_is_private() -> None:
    value: dict[str, Any] = {"a": {"b": [1]}}
    shared = value["a"]["b"]
    value["c"] = shared
    copy = copy_json(value)
    shared.append(2)
    value["a"]["new"] = True
    assert copy == {"a": {"b": [1]}, "c": [1]}
    assert copy["a"]["b"] is not copy["c"]


NOON_SOMEWHERE = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc).replace(tzinfo=None)
NOT_JSON = "which JSON does not have"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.nan, "is not a finite number, and JSON has no NaN or infinity"),
        (math.inf, "is not a finite number, and JSON has no NaN or infinity"),
        (-math.inf, "is not a finite number, and JSON has no NaN or infinity"),
        (2**64, "is an integer of more than 64 bits"),
        (-(2**63) - 1, "is an integer of more than 64 bits"),
        pytest.param(10**5000, "is an integer of more than 64 bits", id="5001 digits"),
        ("\ud800", "holds a broken character (half of a surrogate pair)"),
        ("a\udfffb", "holds a broken character (half of a surrogate pair)"),
        (b"bytes", f"is a Python 'bytes', {NOT_JSON}"),
        (bytearray(b"x"), f"is a Python 'bytearray', {NOT_JSON}"),
        (Pair(1, 2), f"is a Python 'Pair', {NOT_JSON}"),
        ({1}, f"is a Python 'set', {NOT_JSON}"),
        (frozenset(), f"is a Python 'frozenset', {NOT_JSON}"),
        (NOON_SOMEWHERE, f"is a Python 'datetime', {NOT_JSON}"),
        (datetime.time(12), f"is a Python 'time', {NOT_JSON}"),
        (decimal.Decimal("1.234567890123456789"), f"is a Python 'Decimal', {NOT_JSON}"),
        (Number(1.5), f"is a Python 'Number', {NOT_JSON}"),
        (Colour.RED, f"is a Python 'Colour', {NOT_JSON}"),
        (1j, f"is a Python 'complex', {NOT_JSON}"),
        (range(3), f"is a Python 'range', {NOT_JSON}"),
        (iter([1]), f"is a Python 'list_iterator', {NOT_JSON}"),
        (types.MappingProxyType({"a": 1}), f"is a Python 'mappingproxy', {NOT_JSON}"),
        (object(), f"is a Python 'object', {NOT_JSON}"),
        (print, f"is a Python 'builtin_function_or_method', {NOT_JSON}"),
    ],
)
def test_what_json_does_not_have_is_refused_with_its_place(value: Any, message: str) -> None:
    assert refusal({"a": [0, {"b": value}]}) == [("a.1.b", message)]
    assert refusal(value) == [(None, message)]


NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)
WARSAW_MEAN_TIME = datetime.timezone(datetime.timedelta(hours=1, minutes=24))
ODD = datetime.timezone(datetime.timedelta(minutes=53, seconds=28))


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (NOON, "2026-01-31T12:00:00+00:00"),
        (NOON.astimezone(WARSAW_MEAN_TIME), "2026-01-31T13:24:00+01:24"),
        (NOON.astimezone(ODD), "2026-01-31T12:00:00+00:00"),
        (datetime.date(2026, 1, 31), "2026-01-31"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (decimal.Decimal("19.90"), 19.9),
        (decimal.Decimal(100), 100),
        (decimal.Decimal("1e3"), 1000.0),
        ((1, (2, None)), [1, [2, None]]),
        ((), []),
        (np.int64(-3), -3),
        (np.uint8(3), 3),
        (np.float64(0.1), 0.1),
        (np.float32(14.99), 14.99),
        (np.float16(0.1), 0.1),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (np.datetime64("2026-01-31"), "2026-01-31"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([0.1], dtype="float32"), [0.1]),
        (pd.Timestamp("2026-01-31T12:00:00.123456789", tz="UTC"), "2026-01-31T12:00:00.123456789+00:00"),
        (pa.scalar(5, pa.int32()), 5),
        (pa.scalar(14.99, pa.float32()), 14.99),
        (pa.scalar(None, pa.int32()), None),
        (pa.scalar(NOON, pa.timestamp("ms", "UTC")), "2026-01-31T12:00:00+00:00"),
        (pa.scalar(decimal.Decimal("1.50"), pa.decimal128(9, 2)), 1.5),
        (pa.scalar([{"a": datetime.date(2026, 1, 31)}]), [{"a": "2026-01-31"}]),
    ],
)  # fmt: skip
def test_what_means_one_json_value_becomes_it(value: Any, json: Any) -> None:
    copy = copy_json({"a": [0, {"b": value}]})
    assert copy == {"a": [0, {"b": json}]}
    assert type(copy["a"][1]["b"]) is type(json)
    assert copy_json(value) == json


@pytest.mark.parametrize(
    ("value", "cure"),
    [
        (NOON_SOMEWHERE, "say its zone"), (pd.Timestamp("2026-01-31"), "say its zone"),
        (np.datetime64("2026-01-31T12:00"), "say its zone"), (pa.scalar(NOON_SOMEWHERE), "say its zone"),
        (pd.NaT, "leave it out"), (pd.NA, "leave it out"), (np.float64("nan"), "leave it out"),
        (decimal.Decimal("NaN"), "leave it out"), ({1}, "a list"), (b"x", "decode"), (np.bytes_(b"x"), "text"),
        (pa.scalar(b"x"), "decode"), (np.complex64(1), "text"),
        (decimal.Decimal("0.12345678901234567891"), "str(value)"),
    ],
)  # fmt: skip
def test_what_does_not_is_refused_with_the_cure(value: Any, cure: str) -> None:
    with pytest.raises(InputError) as caught:
        copy_json({"a": value})
    assert cure in (caught.value.hint or "")
    assert caught.value.field == "a"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (1, "has a key that is not text but a Python 'int'"),
        (None, "has a key that is not text but a Python 'NoneType'"),
        (True, "has a key that is not text but a Python 'bool'"),
        (b"k", "has a key that is not text but a Python 'bytes'"),
        (("a", "b"), "has a key that is not text but a Python 'tuple'"),
        (Text("k"), "has a key that is not text but a Python 'Text'"),
        ("\udc80", "has a key with a broken character (half of a surrogate pair)"),
    ],
)
def test_keys_that_are_no_text_are_refused(key: Any, message: str) -> None:
    assert refusal({"a": [{key: 1}]}) == [("a.0", message)]


def test_every_problem_is_named_at_once_up_to_a_hundred() -> None:
    assert refusal({"b": math.nan, "a": {1}, "c": {"d": b""}}) == [
        ("a", f"is a Python 'set', {NOT_JSON}"),
        ("b", "is not a finite number, and JSON has no NaN or infinity"),
        ("c.d", f"is a Python 'bytes', {NOT_JSON}"),
    ]
    many = refusal({str(index): b"" for index in range(1000)})
    assert len(many) == 101
    assert many[-1] == (None, "there are more problems than these 100")


@pytest.mark.parametrize("in_lists", [True, False])
@pytest.mark.parametrize("levels", [1, 99, 100])
def test_a_hundred_levels_are_taken(levels: int, in_lists: bool) -> None:
    value = nested(levels, in_lists=in_lists)
    assert encode(copy_json(value)) == encode(value)


@pytest.mark.parametrize("in_lists", [True, False])
@pytest.mark.parametrize("levels", [101, 200, 254, 255, 5000, 200_000])
def test_more_levels_are_refused(levels: int, in_lists: bool) -> None:
    ((field, message),) = refusal(nested(levels, in_lists=in_lists))
    assert message == "nested more than 100 levels deep, or holds itself"
    assert field == ("0.0.0.0..." if in_lists else "a.a.a.a...")


def test_many_brackets_side_by_side_are_not_deep() -> None:
    value = [[{}] for _ in range(1000)]
    assert copy_json(value) == value


def test_what_holds_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["a"] = [loop]
    endless: list[Any] = []
    endless.append(endless)
    for value in (loop, endless, {"b": endless}):
        assert "holds itself" in refusal(value)[0][1]


def test_a_long_name_is_cut_in_the_place() -> None:
    ((field, _),) = refusal({"x" * 5000: b""})
    assert field == "x" * 80


@pytest.mark.parametrize("raw", [b"", b"{", b"nope", b"\xff", b"[1,]", b"NaN"])
def test_text_that_is_no_json_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError):
        decode(raw)
