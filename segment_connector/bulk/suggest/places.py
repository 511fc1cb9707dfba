"""Where columns belong in the inputs of an action, by their names and what they hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...language.action_records import Action
from ...language.column_records import Meaning

_SCALARS = {"string", "number", "integer", "boolean"}

_BEHIND = 10_000

Place = tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """A place in the inputs that a column can become.

    :ivar schema: of what stands there.
    :ivar rank: how near the name is, 0 the nearest.
    :ivar meaning: what the spec root says of it; ``None`` where the action alone does.
    """

    place: Place
    schema: Mapping[str, Any]
    rank: int = 0
    meaning: Meaning | None = None


class Places:
    """The places of an action by the names of columns.

    :param meanings: what the spec root says of columns.
    """

    def __init__(self, action: Action, meanings: tuple[Meaning, ...]) -> None:
        self.action = action
        self.free = _free_object(action)
        self._by_name: dict[str, list[Target]] = {}
        for name, place, schema in _described(action, self.free):
            # A parameter is what its own name says; members yield to what the spec root says of a name.
            self._add(name, Target(place, schema, rank=-1 if len(place) == 1 else _BEHIND))
        for index, meaning in enumerate(meanings):
            place = tuple(meaning.place.split("."))
            if meaning.actions and action.name not in meaning.actions:
                continue
            member = schema_at(action, place)
            if member is None:
                continue
            # Meanings of one place stand one behind the other.
            behind = sum(len(one.names) for one in meanings[:index] if one.place == meaning.place)
            for rank, name in enumerate(meaning.names, start=behind):
                self._add(name, Target(place, member, rank, meaning))
                if len(place) > 2:
                    self._add(place[-2] + name, Target(place, member, rank, meaning))

    def _add(self, name: str, target: Target) -> None:
        self._by_name.setdefault(fold(name), []).append(target)

    def of(self, name: str) -> list[Target]:
        """The places for a column of that name, the nearest first."""
        return self._by_name.get(fold(name), [])

    def own(self, path: Place) -> Place | None:
        """The place of a column that means nothing known: a member of the free object, of its own name."""
        return (self.free, *path) if self.free is not None else None


def fold(name: str) -> str:
    """A name without capitals, accents, blanks and marks."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    return re.sub(r"[\W_]", "", plain)


def kinds(schema: Mapping[str, Any]) -> set[str]:
    """The types that a schema allows, but for null."""
    kind = schema.get("type", ())
    return {kind} if isinstance(kind, str) else set(kind) - {"null"}


def schema_at(action: Action, place: Place) -> Mapping[str, Any] | None:
    """The schema of a place in the inputs of an action; an empty one in an object that takes any member."""
    schema: Mapping[str, Any] | None = action.parameters.get(place[0])
    for name in place[1:]:
        if schema is None:
            return None
        known = schema.get("properties", {}).get(name)
        schema = known if known is not None else {} if schema.get("additionalProperties", True) else None
    return schema


def missing(tree: Mapping[str, Any], action: Action) -> list[str]:
    """The parameters that an action needs and a tree does not have."""
    return [
        name
        for name in action.required
        if name not in tree and not {"default", "generate"} & action.parameters[name].keys()
    ]


def _free_object(action: Action) -> str | None:
    """The parameter that takes members of any name: the first object that belongs to the form's plain part."""
    for name, schema in action.parameters.items():
        if kinds(schema) == {"object"} and not schema.get("advanced") and schema.get("additionalProperties", True):
            return name
    return None


def _described(action: Action, free: str | None) -> Iterator[tuple[str, Place, Mapping[str, Any]]]:
    """What the action says itself: parameters by name and title, described members by their path."""
    for name, schema in action.parameters.items():
        if "entries" not in schema:
            yield name, (name,), schema
            yield schema.get("title", name), (name,), schema
    for name, schema in action.parameters.items():
        for place, member in _members(schema, (name,)):
            if kinds(member) & _SCALARS or not member:
                if name == free:
                    yield "".join(place[1:]), place, member
                yield "".join(place), place, member
                if len(place) > 2:
                    yield "".join(place[1:]), place, member


def _members(schema: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    for name, member in schema.get("properties", {}).items():
        yield (*place, name), member
        yield from _members(member, (*place, name))
