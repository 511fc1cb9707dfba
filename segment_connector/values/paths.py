"""Dotted places in JSON values: ``pagination.cursor``, ``settings.name``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def get(value: Any, place: str) -> Any:
    """What is at a place, or ``None`` when nothing is there."""
    for part in place.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def ranges(indexes: Sequence[int], most: int) -> str:
    """Indexes as text, those that follow one another as one range: ``0-3, 7``; at most so many ranges."""
    found: list[list[int]] = []
    for index in sorted(indexes):
        if found and index == found[-1][1] + 1:
            found[-1][1] = index
        else:
            found.append([index, index])
    said = [str(first) if first == last else f"{first}-{last}" for first, last in found[:most]]
    return ", ".join([*said, "..."] if len(found) > most else said)


def put(value: dict[str, Any], place: str, item: Any) -> dict[str, Any]:
    """A copy of an object with an item put at a place; objects on the way are copied or made."""
    first, _, rest = place.partition(".")
    if not rest:
        return {**value, first: item}
    below = value.get(first)
    return {**value, first: put(dict(below) if isinstance(below, Mapping) else {}, rest, item)}
