"""Stretches that are dealt with, held against plain sets of numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from segment_connector.bulk.ranges import Ranges

_stretches = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=20)


@given(added=_stretches, start=st.integers(0, 45), end=st.none() | st.integers(0, 45))
@examples(500)
def test_it_is_a_set_of_numbers(added: list[tuple[int, int]], start: int, end: int | None) -> None:
    ranges = Ranges(added)
    numbers = {number for first, last in added for number in range(first, last)}
    assert {number for first, last in ranges for number in range(first, last)} == numbers
    assert ranges.covered == len(numbers)
    # Stretches that touch are one, so there is always a number between two of them.
    found = list(ranges)
    assert found == sorted(found)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    gaps = list(ranges.gaps(start, end))
    most = 100 if end is None else end
    missing = {number for first, last in gaps for number in range(first, 100 if last is None else last)}
    assert missing == set(range(start, most)) - numbers
    assert (end is None) == (bool(gaps) and gaps[-1][1] is None)


def test_what_is_done_in_order_is_one_stretch() -> None:
    ranges = Ranges()
    for at in range(0, 1000, 10):
        ranges.add(at, at + 10)
    assert list(ranges) == [(0, 1000)]
    assert list(ranges.gaps(0, 1000)) == []
    assert list(ranges.gaps(0, None)) == [(1000, None)]
