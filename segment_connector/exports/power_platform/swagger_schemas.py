"""JSON Schemas of the specs as Swagger 2.0 has them, with Microsoft's words for forms.

Swagger 2.0 knows one type for a place and no alternatives. A place that takes several types is left without one, which
Power Platform shows as a field for anything, and its description says what may stand there. What is lost of a rule is
only lost for the form: it stands in words, and whoever is called judges by the whole schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ...language.action_records import Output
from ...schema.form_hints import types_of

Hints = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""More words for a member: of its dotted place and its schema."""

_KEPT = (
    "default",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)
_FORMATS = frozenset(("date", "date-time", "email", "uri", "uuid"))
_SMALL = frozenset(("a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"))
_ONE_OF_MANY = {"string": "text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
                "object": "an object", "array": "a list"}  # fmt: skip


def title_case(text: str) -> str:
    """A title as Microsoft asks for it, from a title or from a name in the program's form: ``userId``, ``user_id``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", text).split() if " " not in text else text.split()
    return " ".join(
        word if index and word in _SMALL else word[:1].upper() + word[1:] for index, word in enumerate(words)
    )


def identifier(name: str) -> str:
    """The name of an operation: ``list_sources`` is ``ListSources``."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", name))


def sentences(text: str) -> str:
    """A description in one line that ends as a sentence does."""
    line = " ".join(text.split())
    return line if not line or line.endswith((".", "!", "?")) else f"{line}."


def swagger(schema: Mapping[str, Any], more: Hints | None = None, place: str = "") -> dict[str, Any]:
    """A schema for the definition.

    :param more: adds to each named member below what is known of its place.
    :param place: where the schema stands, dotted.
    """
    every = types_of(schema)
    kinds = [kind for kind in every if kind != "null"]
    said: dict[str, Any] = {}
    if len(kinds) == 1:
        said["type"] = kinds[0]
    description = str(schema.get("description", ""))
    if len(kinds) > 1:
        description = f"{sentences(description)} May be {' or '.join(_ONE_OF_MANY[kind] for kind in kinds)}."
    if description:
        said["description"] = sentences(description)
    if "null" in every:
        said["x-nullable"] = True
    if values := [
        value for value in schema.get("enum", [schema["const"]] if "const" in schema else []) if value is not None
    ]:
        said["enum"] = values
    said |= {word: schema[word] for word in _KEPT if schema.get(word) is not None}
    if schema.get("secret") is True:
        said["format"] = "password"
    elif schema.get("format") in _FORMATS:
        said["format"] = schema["format"]
    if schema.get("examples") and not isinstance(schema["examples"][0], (dict, list)):
        said["example"] = schema["examples"][0]
    if kinds == ["array"]:
        said["items"] = swagger(_schema(schema.get("items")), more, f"{place}.*")
    if kinds == ["object"]:
        said |= _members(schema, more, place)
    return said


def _members(schema: Mapping[str, Any], more: Hints | None, place: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    members = schema.get("properties", {})
    required = [name for name in schema.get("required", ()) if name in members]
    if members:
        found["properties"] = {
            name: member(name, one, more, f"{place}.{name}".lstrip("."), required=name in required)
            for name, one in members.items()
        }
    if required:
        found["required"] = required
    others = schema.get("additionalProperties")
    if isinstance(others, Mapping) and others:
        found["additionalProperties"] = swagger(others, more, f"{place}.*")
    return found


def member(
    name: str, schema: Mapping[str, Any], more: Hints | None = None, place: str = "", *, required: bool = False
) -> dict[str, Any]:
    """The schema of something that has a name, and so a title in a form."""
    said = {"x-ms-summary": title_case(str(schema.get("title", name))), **swagger(schema, more, place)}
    if required or schema.get("advanced"):
        said["x-ms-visibility"] = "important" if required else "advanced"
    return {**said, **(more(place, schema) if more is not None else {})}


def given_back(name: str, output: Output) -> dict[str, Any]:
    """The schema of an output."""
    title = {} if output.title is None else {"title": output.title}
    return member(name, {**title, "description": output.description, **output.schema, "type": output.type})


def _schema(schema: Any) -> Mapping[str, Any]:
    return schema if isinstance(schema, Mapping) else {}
