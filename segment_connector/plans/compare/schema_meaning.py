"""Schemas reduced to what they mean, so that two ways of writing the same can be told from a change.

The order of members, of ``required``, ``enum`` and ``type`` says nothing, nor do members that only repeat what holds
without them (``required: []``, ``minLength: 0``, ``additionalProperties: true``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Any

import orjson

_DRAFT_7 = re.compile(r"https?://json-schema\.org/draft-07/schema#?\Z")

BY_NAME = ("properties", "patternProperties", "definitions", "dependencies")
"""Words of a schema that hold further schemas by name."""
ONE = ("additionalProperties", "additionalItems", "items", "contains", "propertyNames", "not", "if", "then", "else")
"""Words that hold one further schema; ``items`` may hold a list of them."""
SEVERAL = ("allOf", "anyOf", "oneOf")
"""Words that hold a list of schemas."""

# What holds anyway, by the word that would say it.
_NOTHING: Mapping[str, Any] = {
    "required": [], "properties": {}, "patternProperties": {}, "definitions": {}, "dependencies": {}, "allOf": [],
    "additionalProperties": {}, "additionalItems": {}, "items": {}, "propertyNames": {}, "minLength": 0, "minItems": 0,
    "minProperties": 0, "uniqueItems": False, "readOnly": False, "writeOnly": False,
}  # fmt: skip
_VALUES = ("const", "default", "enum", "examples")
_EMPTY: tuple[Any, ...] = ({}, [], "", None)


def meaning(schema: Any) -> Any:
    """A schema reduced to what it means.

    :param schema: JSON Schema (draft 7), an object or a boolean; what is not a schema is kept.
    :returns: JSON values; two schemas mean the same when they give the same here, as ``fingerprint`` compares it.
    """
    if schema is True:
        return {}
    if not isinstance(schema, Mapping):
        return _number(schema)
    found = {}
    for word, rule in schema.items():
        value = _word(word, rule)
        if word in _VALUES or not _says_nothing(word, value):
            found[word] = value
    return found


def call_meaning(schema: Any, objects: Collection[str]) -> Any:
    """The meaning of a schema of a whole call.

    :param objects: members of a call that are objects whatever a schema says (``context``, ``properties``).
    """
    found = meaning(schema)
    if not isinstance(found, dict):
        return found
    if isinstance(found.get("$schema"), str) and _DRAFT_7.match(found["$schema"]):
        del found["$schema"]
    if found.get("type") == "object":
        del found["type"]
    members = found.get("properties")
    if isinstance(members, dict):
        for name in [name for name in members if name in objects and isinstance(members[name], dict)]:
            if members[name].get("type") == "object":
                members[name] = {word: rule for word, rule in members[name].items() if word != "type"}
            if not members[name] and found.get("additionalProperties") is not False:
                del members[name]
        if not members:
            del found["properties"]
    return found


def members_of(schema: Any) -> dict[str, Any]:
    """The properties that a schema describes; none where it is not a schema, or they are not mapping."""
    own = schema.get("properties") if isinstance(schema, Mapping) else None
    return dict(own) if isinstance(own, Mapping) else {}


def required_of(schema: Any) -> list[str]:
    """The names that a schema requires; none where they are not lists."""
    names = schema.get("required") if isinstance(schema, Mapping) else None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def fingerprint(value: Any) -> str:
    """A short text that is the same for JSON values that are the same, whatever the order of their members."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:20]


def _says_nothing(word: str, value: Any) -> bool:
    if word in _NOTHING:
        nothing = _NOTHING[word]
        return type(value) is type(nothing) and bool(value == nothing)
    return word not in (*ONE, *SEVERAL, *_VALUES, "type") and any(
        type(value) is type(empty) and value == empty for empty in _EMPTY
    )


def _word(word: str, rule: Any) -> Any:
    if word in BY_NAME and isinstance(rule, Mapping):
        return {
            name: sorted(map(str, set(map(str, one)))) if isinstance(one, list) else meaning(one)
            for name, one in rule.items()
        }
    if word == "items" and isinstance(rule, list):
        return [meaning(one) for one in rule]
    if word in SEVERAL and isinstance(rule, list):
        return _sorted([meaning(one) for one in rule])
    if word in ONE:
        return meaning(rule)
    if word == "type" and isinstance(rule, list):
        kinds = _sorted(rule)
        if "number" in kinds:  # which every integer is
            kinds = [kind for kind in kinds if kind != "integer"]
        return kinds[0] if len(kinds) == 1 and isinstance(kinds[0], str) else kinds
    if word in ("required", "enum") and isinstance(rule, list):
        return _sorted([_number(one) for one in rule])
    return _number(rule)


def _sorted(values: list[Any]) -> list[Any]:
    """JSON values in one order, each once."""
    by_text = {orjson.dumps(value, option=orjson.OPT_SORT_KEYS): value for value in values}
    return [by_text[text] for text in sorted(by_text)]


def _number(value: Any) -> Any:
    """A JSON value with ``1.0`` written as ``1``: JSON knows no difference."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, Mapping):
        return {name: _number(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_number(one) for one in value]
    return value
