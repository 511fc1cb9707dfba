"""Results of a size that a client can take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segment_connector.hosts.agent_tools.cutting import Cut, bounded, chosen

pytestmark = pytest.mark.unmeasured

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(st.text(max_size=8), inner, max_size=8),
    max_leaves=80,
)


def size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=8), st.integers(10, 2000))
def test_it_fits_and_tells_whether_anything_is_missing(value: dict[str, Any], room: int):
    made, cuts = bounded(value, room)

    assert (made == value) == (not cuts)
    assert size(made) <= room or made == {}
    assert size(value) > room or made == value


@pytest.mark.parametrize(
    ("value", "room", "made", "cuts"),
    [
        ({"a": [1, 2, 3]}, 100, {"a": [1, 2, 3]}, []),
        ({"a": ["x" * 20] * 5, "n": 5}, 60, {"a": ["x" * 20], "n": 5}, [Cut("a", 1, 5)]),
        ({"n": "x" * 500, "m": 1}, 200, {"m": 1}, [Cut("n", None, 502), Cut("outputs", 1, 2)]),
        (
            {"a": [{"id": 1, "code": "x" * 500}, {"id": 2}]}, 250, {"a": [{"id": 1}]},
            [Cut("a.0.code", None, 502), Cut("a.0", 1, 2), Cut("a", 1, 2)],
        ),
    ],
)  # fmt: skip
def test_small_values_stay_and_lists_are_cut_between_entries(
    value: dict[str, Any], room: int, made: dict[str, Any], cuts: list[Cut]
):
    assert bounded(value, room) == (made, cuts)


def test_chosen_fields_are_those_of_every_object_but_one_that_stands_apart():
    outputs = {"rows": [{"id": 1, "m": {"n": 2, "o": 3}}, {"id": 4}], "page": {"next": "b"}, "total": 2}

    made, unknown = chosen(outputs, ["id", "m.n", "x"], "page")
    assert made == {"rows": [{"id": 1, "m": {"n": 2}}, {"id": 4}], "page": {"next": "b"}, "total": 2}
    assert unknown == ["x"]
