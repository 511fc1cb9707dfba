"""What is typed into a form, and the JSON values that it stands for; both ways, by JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from ....docs.schema_words import GENERATED
from ....redact import has_secret
from ....values.json_text import parse_json
from ....values.json_values import too_deep

Kind = Literal["choice", "truth", "number", "moment", "text", "long text", "list", "object", "json"]

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_LONG = 100  # characters of an example that want more than a line
_EVERY_KIND = 5  # types that a value can have beside null


class NotGiven:
    """What a field holds that was left empty: its parameter is left out of the call."""


NOT_GIVEN = NotGiven()


class UnreadableError(ValueError):
    """What was typed is not valid JSON; its text says why and where."""


def kind_of(schema: Mapping[str, Any]) -> Kind:
    """The kind of field that a value is best typed into."""
    types = types_of(schema)
    if "enum" in schema and all(isinstance(one, str) for one in schema["enum"]):
        return "choice"
    if len(types) != 1:
        return "json"
    (only,) = types
    if only == "string":
        return "moment" if schema.get("format") == "date-time" else "long text" if _is_long(schema) else "text"
    if only == "array":
        return "list" if types_of(schema.get("items", {})) == ["string"] else "json"
    plain: dict[str, Kind] = {"boolean": "truth", "number": "number", "integer": "number", "object": "object"}
    return plain[only]


def types_of(schema: Mapping[str, Any]) -> list[str]:
    """The JSON types that a value may have beside null; none when the schema does not say."""
    named = schema.get("type", [])
    found = [named] if isinstance(named, str) else list(named)
    types = ["number" if name == "integer" and "number" in found else name for name in found if name != "null"]
    return [] if len(set(types)) >= _EVERY_KIND else list(dict.fromkeys(types))


def may_be_null(schema: Mapping[str, Any]) -> bool:
    """Whether null is a value of its own here, which says more than leaving it out."""
    return isinstance(schema.get("type"), list) and "null" in schema["type"]


def has_dropdown(schema: Mapping[str, Any]) -> bool:
    """Whether the values are listed by another action."""
    return "options" in schema or "options" in schema.get("items", {})


def is_masked(schema: Mapping[str, Any]) -> bool:
    """Whether a field must not show what it holds."""
    return has_secret(schema)


def _is_long(schema: Mapping[str, Any]) -> bool:
    examples = [one for one in schema.get("examples", ()) if isinstance(one, str)]
    return any("\n" in one or len(one) > _LONG for one in examples)


def placeholder_of(schema: Mapping[str, Any]) -> str:
    """What an empty field says: what happens when it stays so, or an example."""
    if "placeholder" in schema:
        return str(schema["placeholder"])
    if "generate" in schema:
        return f"If left out: {GENERATED.get(schema['generate'], schema['generate'])}"
    if "default" in schema:
        return f"If left out: {text_of(schema['default'])}"
    examples = [one for one in schema.get("examples", ()) if isinstance(one, (str, int, float))]
    if not examples or is_masked(schema) or "\n" in str(examples[0]):
        return ""
    return f"For example {text_of(examples[0])}"


def text_of(value: Any) -> str:
    """A value as it is typed: text as it is, anything else as JSON on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def json_of(value: Any) -> str:
    """A value as JSON, a member a line."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def number_of(typed: str) -> Any:
    """A number; what is none stays the text it is, for the validator to refuse."""
    typed = typed.strip()
    return json.loads(typed) if _NUMBER.match(typed) else typed


def parsed(typed: str) -> Any:
    """The value of a text of JSON.

    :raises UnreadableError: when it is none, names a member twice, or holds ``NaN`` and the like.
    """
    try:
        value = parse_json(typed)
    except ValueError as error:
        raise UnreadableError(f"is not valid JSON: {error}") from None
    if too_deep(value):
        raise UnreadableError("is nested too deeply")
    return value
