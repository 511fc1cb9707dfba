"""Places in spec files: keys and indexes from the root of a file, and walks that keep them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Place = tuple[str | int, ...]

# JSON Schema keywords that hold one schema, a list of schemas, and schemas by name.
_ONE = (
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedProperties",
)
_MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("$defs", "dependentSchemas", "patternProperties", "properties")


def dotted(place: Place) -> str:
    """A place as people read it: ``examples.0.input``."""
    return ".".join(str(part) for part in place)


def place_of(data: Any, field: str | None) -> Place:
    """The place that a dotted name means in a value; what the value does not have stays one last part."""
    rest = field.split(".") if field else []
    place: list[str | int] = []
    while rest:
        if isinstance(data, list) and rest[0].isdigit() and int(rest[0]) < len(data):
            key: str | int = int(rest.pop(0))
            data = data[int(key)]
        elif isinstance(data, Mapping) and (length := _longest(data, rest)):
            key = ".".join(rest[:length])
            del rest[:length]
            data = data[key]
        else:
            key = ".".join(rest)
            rest = []
        place.append(key)
    return tuple(place)


def _longest(data: Mapping[str, Any], parts: list[str]) -> int:
    """How many parts the longest key has that they begin with; keys may hold dots."""
    return next((count for count in range(len(parts), 0, -1) if ".".join(parts[:count]) in data), 0)


def strings(node: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every string of a value that is no key, with its place."""
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, Mapping):
        for key, item in node.items():
            yield from strings(item, (*place, key))
    elif isinstance(node, (list, tuple)):
        for index, item in enumerate(node):
            yield from strings(item, (*place, index))


def mappings(node: Any, place: Place = ()) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Every mapping of a value, itself included, with its place."""
    if isinstance(node, Mapping):
        yield place, node
    if isinstance(node, (Mapping, list, tuple)):
        items = node.items() if isinstance(node, Mapping) else enumerate(node)
        for key, item in items:
            yield from mappings(item, (*place, key))


def subschemas(schema: Any, place: Place = ()) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """A JSON Schema and every schema in it, with its place; ``$ref`` is not followed."""
    if not isinstance(schema, Mapping):
        return
    yield place, schema
    for keyword in _ONE:
        yield from subschemas(schema.get(keyword), (*place, keyword))
    for keyword in _MANY:
        below = schema.get(keyword)
        for index, part in enumerate(below if isinstance(below, (list, tuple)) else ()):
            yield from subschemas(part, (*place, keyword, index))
    for keyword in _NAMED:
        below = schema.get(keyword)
        for name, part in below.items() if isinstance(below, Mapping) else ():
            yield from subschemas(part, (*place, keyword, name))


def is_shared(data: Any, place: Place) -> bool:
    """Whether a place stands in a definition that a ``$ref`` takes from the shared ones."""
    for part in place:
        if isinstance(data, Mapping) and "$ref" in data and part not in data:
            return True
        if isinstance(data, Mapping):
            data = data.get(str(part))
        elif isinstance(data, list):
            data = data[int(part)]
    return False


def undeclared(schema: Any, path: tuple[str, ...]) -> tuple[int, list[str]] | None:
    """The first part of a path that values of a JSON Schema can never have, with the names they can have there.

    :param path: member names from the value's root; an index is written as a number.
    :returns: ``None`` when every part is declared, or left open by the schema.
    """
    for depth, part in enumerate(path):
        if not isinstance(schema, Mapping):
            return None
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        kind = schema.get("type", [])
        kinds = {kind} if isinstance(kind, str) else set(kind)
        if part in properties:
            schema = properties[part]
        elif part.isdigit() and "array" in kinds:
            schema = schema.get("items")
        elif rest is False or (kinds and "object" not in kinds):
            return depth, list(properties)
        else:
            schema = rest
    return None
