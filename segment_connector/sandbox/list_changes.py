"""What a service does to the entries of a list that are sent to it: put among the others, renamed, written anew."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import InputError
from .simulation_data import Collection

_NAMED = ("properties", "patternProperties", "definitions", "dependencies")


def merged(entries: Sequence[Any], more: Sequence[Any], by: tuple[str, ...]) -> list[Any]:
    """A list with further entries; one that has the key of another takes its place, one that is there is no second.

    :param by: the members that are the key; without any, an entry is its own.
    """
    found = {_key(entry, by): entry for entry in entries}
    found.update({_key(entry, by): entry for entry in more})
    return list(found.values())


def renamed(entries: Sequence[Any], more: Sequence[Any], collection: Collection) -> list[Any]:
    """Entries that are sent, with the keys that they are to have; so have those that are there."""
    found = []
    for value in more:
        sent = dict(value)
        for member, name in collection.renames.items():
            if (new := sent.pop(member, None)) is None:
                continue
            key = _key(sent, collection.by)
            for entry in entries:
                if _key(entry, collection.by) == key:
                    entry[name] = new
            sent[name] = new
        found.append(sent)
    return found


def check_replaceable(entries: Sequence[Any], collection: Collection, field: str | None) -> None:
    """Hold a list that is to be replaced to how many entries it may have for that.

    :raises InputError: when it has more.
    """
    most = collection.most_replaced
    if most is not None and len(entries) > most:
        message = f"the list has {len(entries):,} entries, and is replaced as a whole only up to {most:,}"
        raise InputError.of("too_many", message, "change its entries in parts, and leave the others", field=field)


def rewritten(schema: Any) -> Any:
    """A JSON Schema as a service may write it that keeps it in a form of its own: with its members by name."""
    if isinstance(schema, Mapping):
        found = {}
        for name in sorted(schema):
            value = schema[name]
            if name in _NAMED and isinstance(value, Mapping):
                value = {key: rewritten(value[key]) for key in sorted(value)}
            elif name == "required" and isinstance(value, list):
                value = sorted(value)
            elif name not in ("const", "default", "enum", "examples"):
                value = rewritten(value)
            found[name] = value
        return found
    return [rewritten(one) for one in schema] if isinstance(schema, list) else schema


def _key(entry: Any, by: tuple[str, ...]) -> str:
    if by and isinstance(entry, Mapping):
        key = [entry.get(name) for name in by]
        return json.dumps([int(one) if isinstance(one, float) and one.is_integer() else one for one in key])
    return json.dumps(entry, sort_keys=True)
