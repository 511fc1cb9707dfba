"""Pages of lists, as an action's ``paging`` asks for them: cursors that mean nothing to the caller."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..call.paging import link_parameter
from ..errors import InputError
from ..http.syntax import with_query
from ..language.action_records import Action, Paging
from ..values.paths import get, schema_at

_SIZE = 200


@dataclass(frozen=True, slots=True)
class ListPage:
    """A part of a list.

    :ivar entries: its entries.
    :ivar names: where it stands, for ``simulate.page``: ``current``, ``next`` and ``previous`` cursor (absent where
        there is none), ``total`` entries of the list, ``size`` of a page, and whether there are ``more``.
    """

    entries: list[Any]
    names: Mapping[str, Any]


def cut(entries: list[Any], action: Action, paging: Paging, inputs: Mapping[str, Any], size: Any = None) -> ListPage:
    """The page of a list that inputs ask for.

    :param size: entries of a page, when ``paging`` does not tell where that is asked for.
    :raises InputError: for a cursor that no answer can have given.
    """
    asked = get(inputs, paging.size) if paging.size else size
    size = int(asked or paging.default_size or _SIZE)
    given, total = get(inputs, paging.position), len(entries)
    if paging.kind == "page":
        first = 1 if paging.first is None else paging.first
        start = max(int(given) - first, 0) * size if given is not None else 0
    else:
        start = _start(given, paging.position)
    in_numbers = paging.kind == "offset" or _is_number(action, paging.position)

    def position(place: int) -> Any:
        if paging.kind == "page":
            return first + place // size
        return place if in_numbers else base64.b64encode(str(place).encode()).decode()

    names = {"current": position(start), "total": total, "size": size, "more": start + size < total}
    if start + size < total:
        names["next"] = position(start + size)
    if start > 0:
        names["previous"] = position(max(start - size, 0))
    return ListPage(entries[start : start + size], names)


def told(paging: Paging, page: ListPage, target: str, action: Action) -> dict[str, Any]:
    """What an answer says of where its page stands, by the place among the outputs where the walk looks for it.

    :param target: path and query of the request.
    """
    following: Any = page.names.get("next")
    if paging.kind == "link":
        path, _, query = target.partition("?")
        address = with_query(f"{path}?{query}", {link_parameter(action, paging): str(following)})
        following = f'<{address}>; rel="next"' if following is not None else None
    places = {paging.next: following, paging.more: page.names["more"], paging.total: page.names["total"]}
    return {place: value for place, value in places.items() if place}


def _start(cursor: Any, field: str) -> int:
    if cursor is None:
        return 0
    try:
        start = int(base64.b64decode(cursor, validate=True)) if isinstance(cursor, str) else int(cursor)
    except (binascii.Error, ValueError):
        start = -1
    if start < 0:
        raise InputError.of(
            "cursor", "is not a cursor from an answer", "take next or previous from an answer", field=field
        )
    return start


def _is_number(action: Action, place: str) -> bool:
    return schema_at(action.input_schema, place).get("type") in ("integer", "number")
