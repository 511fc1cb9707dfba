"""Which entries of a list are meant: conditions, limits and order, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def fits(value: Any, wanted: Any) -> bool:
    """Whether a value is what is wanted of it.

    :param wanted: an object whose members the value must fit, a list of values it may be, or the value itself; of a
        list that is looked at, one entry has to fit.
    """
    if isinstance(value, list):
        return any(fits(item, wanted) for item in value)
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and all(fits(value.get(name), below) for name, below in wanted.items())
    if isinstance(wanted, list):
        return value in wanted
    return bool(value == wanted)


def selected(entries: Iterable[Any], told: Mapping[str, Any]) -> list[Any]:
    """The entries that an override asks for, in the order in which it wants them.

    :param told: ``where``, ``where_not``, ``since``, ``until`` and ``sort`` of the override, as far as they are given.
    """
    where, where_not = told.get("where", {}), told.get("where_not", {})
    since, until = told.get("since", {}), told.get("until", {})
    found = [
        entry
        for entry in entries
        if (not where or fits(entry, where))
        and not any(fits(entry, {name: wanted}) for name, wanted in where_not.items())
        and all(str(entry.get(name, "")) >= least for name, least in since.items())
        and all(str(entry.get(name, "")) <= most for name, most in until.items())
    ]
    if "sort" in told:
        by = told["sort"]["by"]
        found.sort(key=lambda entry: str(entry.get(by, "")), reverse=bool(told["sort"].get("descending")))
    return found
