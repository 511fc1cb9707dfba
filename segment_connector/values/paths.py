"""Places in JSON values, as keys and indexes or dotted (``settings.name``), and walks that keep them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Place = tuple[str | int, ...]
"""Keys and indexes from the root of a value."""

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


def get(value: Any, place: str | Sequence[str], default: Any = None) -> Any:
    """What is at a place, dotted or in its parts; the default when nothing is there."""
    for part in place.split(".") if isinstance(place, str) else place:
        if not isinstance(value, Mapping) or part not in value:
            return default
        value = value[part]
    return value


def put(value: Mapping[str, Any], place: str, item: Any) -> dict[str, Any]:
    """A copy of an object with an item put at a place; objects on the way are copied or made."""
    first, _, rest = place.partition(".")
    if not rest:
        return {**value, first: item}
    below = value.get(first)
    return {**value, first: put(below if isinstance(below, Mapping) else {}, rest, item)}


def put_into(value: dict[str, Any], place: str, item: Any) -> None:
    """Put an item at a place of the object itself; objects on the way are made where there are none."""
    *above, last = place.split(".")
    for part in above:
        value = value.setdefault(part, {})
    value[last] = item


def schema_at(schema: Any, place: str) -> dict[str, Any]:
    """What a JSON Schema says of a dotted place, an index being a number; empty where it says nothing of it."""
    for part in place.split("."):
        below = schema.get("properties", {}).get(part)
        rest = schema.get("items") if part.isdigit() else schema.get("additionalProperties")
        schema = below if below is not None else rest
        if not isinstance(schema, Mapping):
            return {}
    return dict(schema)


def dotted(place: Sequence[str | int]) -> str:
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
    """Every string of a value that is not a key, with its place."""
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


def undeclared(schema: Any, path: Sequence[str]) -> tuple[int, list[str]] | None:
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
