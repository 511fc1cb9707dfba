"""What differs between two schemas, property by property, in words for people who review it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from .schema_meaning import members_of, required_of

_SHOWN = 60  # characters of a value
_ANY: Mapping[str, Any] = {}
# Words whose change is told part by part, where they hold what they should.
_IN_PARTS: Mapping[str, type] = {"properties": Mapping, "required": list, "items": Mapping}


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One difference between two schemas of the same event.

    :ivar place: dotted; ``$`` stands for every entry of a list. Empty for the whole.
    :ivar word: the keyword that differs; ``property`` for a property that only one side has, ``required`` with
        true or false.
    :ivar before: its value, as a JSON value, ``None`` where there is none; ``after`` likewise.
    """

    place: str
    word: str
    before: Any
    after: Any

    def __str__(self) -> str:
        place = self.place or "the whole call"
        if self.word == "property":
            if self.before is None:
                return f"{place}: added ({summary(self.after)})"
            return f"{place}: removed ({summary(self.before)})"
        if self.word == "required":
            return f"{place}: {'now required' if self.after else 'no longer required'}"
        if self.before is None:
            return f"{place}: {self.word} {shown(self.after)} added"
        if self.after is None:
            return f"{place}: {self.word} {shown(self.before)} removed"
        if self.word in ("enum", "type") and isinstance(self.before, list) and isinstance(self.after, list):
            gone = [one for one in self.before if one not in self.after]
            new = [one for one in self.after if one not in self.before]
            parts = [f"{name} {shown(found)}" for name, found in (("without", gone), ("with", new)) if found]
            return f"{place}: {self.word} {' and '.join(parts)}"
        return f"{place}: {self.word} {shown(self.before)} -> {shown(self.after)}"

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


def schema_changes(before: Any, after: Any) -> list[SchemaChange]:
    """What differs between two schemas.

    :param before: the meaning of a schema, as ``schema_meaning`` gives it; ``after`` likewise.
    :returns: the changes, those of a place together; a property that only one side has is one change.
    """
    return list(_changes(before, after, ()))


def shown(value: Any) -> str:
    """A JSON value on one line, cut where it is long."""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def summary(facts: Any) -> str:
    """A property in a few words: its type, and whether it is required."""
    if not isinstance(facts, Mapping):
        return shown(facts)
    kind = facts.get("type") or "any"
    words = kind if isinstance(kind, str) else " or ".join(map(str, kind))
    if "enum" in facts:
        words += f", one of {shown(facts['enum'])}"
    return f"{words}, required" if facts.get("required") is True else str(words)


def _changes(before: Any, after: Any, place: tuple[str, ...]) -> Iterator[SchemaChange]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        if _text(before) != _text(after):
            yield SchemaChange(".".join(place), "schema", before, after)
        return
    dotted = ".".join(place)
    in_parts = {word for word, kind in _IN_PARTS.items() if all(_is(side, word, kind) for side in (before, after))}
    for word in {**before, **after}:
        if word in in_parts:
            continue
        old, new = before.get(word), after.get(word)
        if (word in before) != (word in after) or _text(old) != _text(new):
            yield SchemaChange(dotted, word, old, new)
    mine, theirs = _members(before), _members(after)
    for name in {**mine, **theirs}:
        here = (*place, name)
        if name not in theirs or name not in mine:
            old, new = _described(mine, before, name), _described(theirs, after, name)
            yield SchemaChange(".".join(here), "property", old, new)
            continue
        needed, needs = name in required_of(before), name in required_of(after)
        if needed != needs:
            yield SchemaChange(".".join(here), "required", needed, needs)
        yield from _changes(mine[name], theirs[name], here)
    if "items" in in_parts and ("items" in before or "items" in after):
        yield from _changes(before.get("items", {}), after.get("items", {}), (*place, "$"))


def _is(schema: Mapping[str, Any], word: str, kind: type) -> bool:
    return word not in schema or isinstance(schema[word], kind)


def _members(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a schema, with those that are only required."""
    return {**dict.fromkeys(required_of(schema), _ANY), **members_of(schema)}


def _described(members: Mapping[str, Any], schema: Mapping[str, Any], name: str) -> Any:
    if name not in members:
        return None
    own = members[name]
    if not isinstance(own, Mapping):
        return own
    return {**own, "required": True} if name in required_of(schema) else dict(own)


def _text(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
