"""What a column of a sample holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

_FIRST = 5
_DEEPEST = 3


@dataclass(frozen=True)
class ColumnProfile:
    """A column, or a member of one that holds objects.

    :ivar path: its name; more than one where it is a member of an object.
    :ivar rows: how many rows were looked at.
    :ivar values: what they hold, in their order; what was not given, and null, are not in it.
    :ivar is_there: some row has the column, if only with null.
    """

    path: tuple[str, ...]
    rows: int
    values: tuple[Any, ...]
    is_there: bool = True

    @property
    def name(self) -> str:
        """The name as people read it."""
        return ".".join(self.path)

    @cached_property
    def counts(self) -> Counter[Any]:
        """How often each text, number and true/false comes, the first ones first; lists and objects are not counted."""
        return Counter(value for value in self.values if isinstance(value, (str, int, float)))

    @property
    def first_values(self) -> list[Any]:
        """The first different values, as a page shows them beside the name."""
        found: list[Any] = []
        for value in self.values:
            if value not in found:
                found.append(value)
            if len(found) == _FIRST:
                break
        return found

    @cached_property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return bool(self.values) and len(self.values) == self.rows and len(self.counts) == self.rows

    @cached_property
    def kinds(self) -> frozenset[type]:
        """The types of its values."""
        return frozenset(map(type, self.values))


def profiles(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] = ()) -> list[ColumnProfile]:
    """The profile of each column of some rows.

    A column of objects alone has one of its own, and one for each of its members, the members behind it.

    :param rows: columns by name; what was not given is not in it.
    :param columns: names in the order of the table; others follow as rows bring them.
    """
    names = dict.fromkeys(columns)
    for row in rows:
        names.update(dict.fromkeys(row))
    there = {name for row in rows for name in row}
    return [
        replace(found, is_there=name in there)
        for name in names
        for found in _profiles((name,), [row.get(name) for row in rows])
    ]


def _profiles(path: tuple[str, ...], cells: Sequence[Any]) -> Iterable[ColumnProfile]:
    profile = ColumnProfile(path, len(cells), tuple(cell for cell in cells if cell is not None))
    yield profile
    if profile.kinds == {dict} and len(path) < _DEEPEST:
        names = dict.fromkeys(name for value in profile.values for name in value)
        for name in names:
            below = [cell.get(name) if isinstance(cell, dict) else None for cell in cells]
            yield from _profiles((*path, name), below)
