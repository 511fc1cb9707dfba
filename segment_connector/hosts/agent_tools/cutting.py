"""Results that an agent's context can hold: chosen members, and no more than so many bytes, cut between entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...values.json_values import encode
from ...values.paths import get, put

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Cut:
    """A place where something was left out.

    :ivar place: dotted.
    :ivar kept: entries or members that are there; ``None`` for a value that was left out whole.
    :ivar total: how many there were, or how many bytes the value has.
    """

    place: str
    kept: int | None
    total: int

    def __str__(self) -> str:
        if self.kept is None:
            return f"{self.place}: left out, for it has {self.total:,} bytes"
        return f"{self.place}: {self.kept:,} of {self.total:,}"


def chosen(outputs: Mapping[str, Any], fields: Sequence[str], apart: str = "") -> tuple[dict[str, Any], list[str]]:
    """Outputs with these members only, in each object and each entry of a list.

    :param fields: names, dotted when deeper.
    :param apart: an output that is left as it is: where the cursors of a list stand.
    :returns: the outputs, and the fields that nothing has.
    """
    found: set[str] = set()

    def reduced(value: Any) -> Any:
        if isinstance(value, list):
            return [reduced(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        made: dict[str, Any] = {}
        for field in fields:
            item = value[field] if field in value else get(value, field)
            if item is not None or field in value:
                found.add(field)
                made = {**made, field: item} if field in value else put(made, field, item)
        return made

    made = {name: value if name == apart else reduced(value) for name, value in outputs.items()}
    return made, [field for field in fields if field not in found]


def bounded(value: Any, room: int, place: str = "") -> tuple[Any, list[Cut]]:
    """A JSON value that needs at most so many bytes, and where it was cut.

    Lists lose their last entries; of an object's members the small ones stay whole and the large ones share the rest.
    """
    cuts: list[Cut] = []
    made = _fitted(value, room, place, cuts)
    return ({} if made is _MISSING else made), cuts


def _fitted(value: Any, room: int, place: str, cuts: list[Cut]) -> Any:
    size = _size(value)
    if size <= room:
        return value
    if room < len("[]"):
        cuts.append(Cut(place, None, size))
        return _MISSING
    if isinstance(value, list) and value:
        return _first(value, room, place, cuts)
    if isinstance(value, Mapping):
        return _shared(value, room, place, cuts)
    cuts.append(Cut(place, None, size))
    return _MISSING


def _first(value: Sequence[Any], room: int, place: str, cuts: list[Cut]) -> list[Any]:
    kept: list[Any] = []
    left = room - 2
    for item in value:
        left -= _size(item) + 1
        if left < 0:
            break
        kept.append(item)
    if not kept:  # one at least, so that whoever goes on comes to an end
        item = _fitted(value[0], room - 3, f"{place}.0", cuts)
        kept = [] if item is _MISSING else [item]
    cuts.append(Cut(place, len(kept), len(value)))
    return kept


def _shared(value: Mapping[str, Any], room: int, place: str, cuts: list[Cut]) -> dict[str, Any]:
    sizes = {name: _size(member) + _size(name) + 2 for name, member in value.items()}
    left, kept = room - 2, {}
    for count, name in enumerate(sorted(sizes, key=sizes.__getitem__)):
        share = left // (len(sizes) - count)
        if sizes[name] > share and not isinstance(value[name], (list, Mapping)) and share < 100:
            continue  # of very many members some; they are counted, not named
        member = _fitted(value[name], share - _size(name) - 2, f"{place}.{name}" if place else name, cuts)
        if member is not _MISSING:
            kept[name] = member
            left -= _size(member) + _size(name) + 2
    if len(kept) < len(value):
        cuts.append(Cut(place or "outputs", len(kept), len(value)))
    return {name: kept[name] for name in value if name in kept}


def _size(value: Any) -> int:
    return len(encode(value))
