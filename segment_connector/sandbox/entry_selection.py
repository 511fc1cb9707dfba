"""Which entries of a list are meant: conditions, limits and order, as data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
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
        and all(_not_before(entry.get(name), least) for name, least in since.items())
        and all(_not_before(most, entry.get(name)) for name, most in until.items())
    ]
    if "sort" in told:
        by, descending = told["sort"]["by"], bool(told["sort"].get("descending"))
        if descending:  # of two at one instant the later one is the newer
            found.reverse()
        found.sort(key=lambda entry: str(entry.get(by, "")), reverse=descending)
    return found


def _not_before(one: Any, other: Any) -> bool:
    """Whether one text is not less than another: as instants, if both are, whatever zone they are written in."""
    instants = _instant(str(one)), _instant(str(other))
    if instants[0] is not None and instants[1] is not None:
        return instants[0] >= instants[1]
    return str(one or "") >= str(other or "")


@lru_cache(maxsize=4096)
def _instant(text: str) -> dt.datetime | None:
    try:
        instant = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=dt.timezone.utc)
