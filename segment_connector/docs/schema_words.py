"""What JSON Schemas and limits say, in words for a person who calls an action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..language.action_records import Action
from .literals import plain

_NOUNS = {"string": "text", "integer": "whole number", "boolean": "true/false", "array": "list"}
# Keywords of JSON Schema that are worth a word to a caller, with the word.
_FACTS = {
    "enum": "one of {}",
    "const": "always {}",
    "format": "format {}",
    "default": "default {}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} entries",
    "maxProperties": "at most {} properties",
}
GENERATED = {"now": "the moment of the call", "uuid4": "a new one for each call"}

SHORT = 60  # characters of an example that still help in a table
_ANY = 6  # types of JSON that a value can have


def kind(schema: Mapping[str, Any]) -> str:
    """What a value may be: ``text``, ``list of object``, ``text or null``."""
    named = schema.get("type", "any")
    kinds = [named] if isinstance(named, str) else list(named)
    if len(kinds) >= _ANY:
        return "any value"
    words = [_NOUNS.get(name, name) for name in kinds]
    items = schema.get("items")
    if "array" in kinds and isinstance(items, Mapping) and isinstance(items.get("type"), str):
        words[kinds.index("array")] = f"list of {kind(items)}"
    return " or ".join(words)


def facts(schema: Mapping[str, Any]) -> list[str]:
    """What else a schema says of a value, a fact an entry: bounds, default, an example."""
    found = []
    if "generate" in schema:
        found.append(f"if left out: {GENERATED.get(schema['generate'], schema['generate'])}")
    for keyword, words in _FACTS.items():
        if keyword in schema:
            value = schema[keyword]
            found.append(words.format(", ".join(map(plain, value)) if keyword == "enum" else plain(value)))
    if schema.get("secret"):
        found.append("secret")
    elif schema.get("examples") and len(example := plain(schema["examples"][0])) <= SHORT:
        found.append(f"for example {example}")
    return found


def limits(action: Action) -> Iterator[str]:
    """The limits of an action, one a line."""
    own, split = action.limits, action.split
    if own.body_bytes is not None:
        yield f"{own.body_bytes:,} bytes for the body"
    if own.requests is not None:
        yield f"{own.requests:,} requests in {own.seconds or 1:,} s"
    if own.note:
        yield own.note
    if split is not None:
        yield f"{split.item_bytes:,} bytes for an entry of '{split.parameter}'"
        yield f"{split.max_items:,} entries or {split.max_bytes:,} bytes a request; more is sent in several requests"
