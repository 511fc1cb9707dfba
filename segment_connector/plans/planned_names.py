"""The names that a JSON Schema plans for the members of an object: what stands in none of them is not planned.

Whether a name is planned is not the same as whether the schema takes it: a schema without ``additionalProperties:
false`` takes any name, and plans those that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..schema.draft_seven import matches, resolved
from ..values.paths import Place

_ALTERNATIVES = ("allOf", "anyOf", "oneOf")
_CONDITIONS = ("if", "then", "else")
_COMBINED = frozenset((*_ALTERNATIVES, *_CONDITIONS, "$ref", "dependencies"))


@dataclass(slots=True)
class Names:
    """The names at one place, and below each of them.

    :ivar members: by name; those of a list's entries stand under ``None``.
    :ivar patterns: what further names may match.
    :ivar closed: whether a schema says that there are no others.
    """

    members: dict[str | None, Names] = field(default_factory=dict)
    patterns: list[str] = field(default_factory=list)
    closed: bool = False

    @property
    def known(self) -> list[str]:
        """The names that are planned here."""
        return [name for name in self.members if name is not None]

    @property
    def open(self) -> bool:
        """Whether nothing is planned by name here, so that any name is."""
        return not (self.known or self.patterns or self.closed)

    def unplanned(self, value: Any, place: Place, *, at_least: bool = False) -> Iterator[tuple[Place, Names]]:
        """The places of a value that are not planned, each with the names that are planned beside it.

        :param at_least: that nothing is planned means here that no name is.
        """
        if isinstance(value, list):
            if (entries := self.members.get(None)) is not None:
                for index, entry in enumerate(value):
                    yield from entries.unplanned(entry, (*place, index))
            return
        if not isinstance(value, Mapping) or (self.open and not at_least):
            return
        for name, item in value.items():
            if (below := self.members.get(name)) is not None:
                yield from below.unplanned(item, (*place, name))
            elif not any(matches(pattern, name) for pattern in self.patterns):
                yield (*place, name), self

    def closing(self, *, at_least: bool = False) -> dict[str, Any] | bool:
        """The JSON Schema of values in which everything is planned; ``True`` where that is any value."""
        entries = self.members.get(None)
        found: dict[str, Any] = {}
        if entries is not None and (below := entries.closing()) is not True:
            found["items"] = below
        if at_least or not self.open:
            found["properties"] = {name: one.closing() for name, one in self.members.items() if name is not None}
            found["patternProperties"] = dict.fromkeys(self.patterns, True)
            found["additionalProperties"] = False
        return found or True


def names_in(schemas: Iterable[Mapping[str, Any]], member: str) -> Names | None:
    """The names that schemas of a call plan together for one of its members; ``None`` when none says anything of it."""
    whole = Names()
    for schema in schemas:
        _collect(schema, schema, whole, frozenset())
    return whole.members.get(member)


def closed(schema: Mapping[str, Any], member: str) -> dict[str, Any] | None:
    """A schema of a call that takes what is planned for a member and nothing else: cheaper to ask than two schemas.

    :returns: ``None`` where names are told in more than one place, so that ``Names.closing`` has to be asked beside it.
    """
    properties = schema.get("properties")
    below = properties.get(member) if isinstance(properties, Mapping) else None
    if not isinstance(properties, Mapping) or not isinstance(below, Mapping) or _COMBINED & schema.keys():
        return None
    found = _closed(below, at_least=True)
    return None if found is None else {**schema, "properties": {**properties, member: found}}


def _closed(schema: Any, *, at_least: bool = False) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    if _COMBINED & schema.keys():
        return None
    found = dict(schema)
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        found["properties"] = {name: _closed(below) for name, below in properties.items()}
        if None in found["properties"].values():
            return None
    if (
        isinstance(schema.get("items"), Mapping)
        and (found := {**found, "items": _closed(schema["items"])})["items"] is None
    ):
        return None
    if at_least or properties or schema.get("patternProperties"):
        if schema.get("additionalProperties", True) is not True:
            return found if schema["additionalProperties"] is False else None
        found["additionalProperties"] = False
    return found


def _collect(schema: Any, root: Mapping[str, Any], into: Names, on_the_way: frozenset[str]) -> None:
    """Add what a schema names to what is known of its place."""
    if not isinstance(schema, Mapping):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        # What refers back to itself is planned once; below that any name is.
        if reference not in on_the_way:
            _collect(resolved(root, reference), root, into, on_the_way | {reference})
        return
    for name, below in _members(schema, "properties"):
        _collect(below, root, into.members.setdefault(name, Names()), on_the_way)
    into.patterns += [name for name, _ in _members(schema, "patternProperties") if name not in into.patterns]
    into.closed |= schema.get("additionalProperties") is False
    if isinstance(schema.get("items"), Mapping):
        _collect(schema["items"], root, into.members.setdefault(None, Names()), on_the_way)
    for keyword in _ALTERNATIVES:
        for part in schema[keyword] if isinstance(schema.get(keyword), list) else ():
            _collect(part, root, into, on_the_way)
    for keyword in _CONDITIONS:
        _collect(schema.get(keyword), root, into, on_the_way)
    for _, below in _members(schema, "dependencies"):
        _collect(below, root, into, on_the_way)


def _members(schema: Mapping[str, Any], keyword: str) -> Iterator[tuple[str, Any]]:
    found = schema.get(keyword)
    yield from found.items() if isinstance(found, Mapping) else ()
