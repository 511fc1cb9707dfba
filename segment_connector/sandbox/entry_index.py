"""Finds an entry by an object in one of its lists, without a look at every entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..values.json_values import encode
from .entry_selection import fits
from .state import Address, State

_Key = tuple[Address, str, tuple[str, ...]]


class EntryIndex:
    """Knows where such objects are; whoever adds one tells it.

    :param state: what there is.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._tables: dict[_Key, dict[bytes, dict[str, Any]]] = {}
        self._counts: dict[_Key, tuple[int, int]] = {}

    def find(self, address: Address, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
        """The first entry that holds what is wanted."""
        ((member, below), *more) = wanted.items()
        if more or not isinstance(below, Mapping):
            entries = self._state.entries(address) or ()
            return next((entry for entry in entries if fits(entry, wanted)), None)
        names = tuple(sorted(below))
        return self._table((address, member, names)).get(encode([below[name] for name in names]))

    def added(self, address: Address, member: str, entry: dict[str, Any], objects: list[Any]) -> None:
        """An entry has further objects in one of its lists."""
        for key, table in self._tables.items():
            if key[:2] == (address, member):
                _put(table, key[2], entry, objects)

    def _table(self, key: _Key) -> dict[bytes, dict[str, Any]]:
        address, member, names = key
        entries = self._state.entries(address) or []
        count = (self._state.generation, len(entries))
        if self._counts.get(key) != count:
            known = self._counts.get(key, (-1, 0))
            if known[0] != count[0] or known[1] > count[1]:
                self._tables[key], known = {}, (count[0], 0)
            for entry in entries[known[1] :]:
                _put(self._tables[key], names, entry, entry.get(member) or [])
            self._counts[key] = count
        return self._tables[key]


def _put(table: dict[bytes, dict[str, Any]], names: tuple[str, ...], entry: dict[str, Any], objects: list[Any]) -> None:
    for one in objects:
        if isinstance(one, Mapping) and all(name in one for name in names):
            table.setdefault(encode([one[name] for name in names]), entry)
