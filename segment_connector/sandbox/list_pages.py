"""Pages of lists, as an action's ``paging`` asks for them: cursors that mean nothing to the caller."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InputError, Problem
from ..language.action_records import Action, Paging
from ..values.paths import get

_SIZE = 200


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    :ivar entries: its entries.
    :ivar names: where it stands, for ``simulate.page``: ``current``, ``next`` and ``previous`` cursor (absent where
        there is none), ``total`` entries of the list, ``size`` of a page, and whether there are ``more``.
    """

    entries: list[Any]
    names: Mapping[str, Any]


def cut(entries: list[Any], action: Action, paging: Paging, inputs: Mapping[str, Any], size: Any = None) -> Page:
    """The page of a list that inputs ask for.

    :param size: entries of a page, when ``paging`` does not tell where that is asked for.
    :raises InputError: for a cursor that no answer can have given.
    """
    asked = get(inputs, paging.size) if paging.size else size
    size = int(asked or paging.default_size or _SIZE)
    in_numbers = _is_number(action, paging.cursor)
    start = _start(get(inputs, paging.cursor), paging.cursor)

    def cursor(place: int) -> Any:
        return place if in_numbers else base64.b64encode(str(place).encode()).decode()

    total = len(entries)
    names = {"current": cursor(start), "total": total, "size": size, "more": start + size < total}
    if start + size < total:
        names["next"] = cursor(start + size)
    if start > 0:
        names["previous"] = cursor(max(start - size, 0))
    return Page(entries[start : start + size], names)


def _start(cursor: Any, field: str) -> int:
    if cursor is None:
        return 0
    try:
        start = int(base64.b64decode(cursor, validate=True)) if isinstance(cursor, str) else int(cursor)
    except (binascii.Error, ValueError):
        start = -1
    if start < 0:
        raise InputError(
            Problem("cursor", "is no cursor that an answer gave", "take next or previous of an answer", field=field)
        )
    return start


def _is_number(action: Action, place: str) -> bool:
    schema: Any = {"properties": action.parameters}
    for part in place.split("."):
        schema = schema.get("properties", {}).get(part, {})
    return schema.get("type") in ("integer", "number")
