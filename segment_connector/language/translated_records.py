"""Walk through the records of specs and say what people read of them in another language.

Which members people read is told here once, by name; everything else of a record, and what machines read of a JSON
Schema, is as it was. Texts that explain an error are not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

Say = Callable[[str], str]
_T = TypeVar("_T")

_TEXTS = frozenset(("title", "summary", "description", "confirm", "note", "use", "message", "hint"))
_LISTS_OF_TEXTS = frozenset(("steps", "limits", "categories", "manual"))
_SCHEMAS = frozenset(("schema", "items"))
_NAMED_SCHEMAS = frozenset(("parameters", "properties"))
# What explains errors, what only machines and authors read, and what belongs to the service.
_NOT_READ = frozenset(
    ("checks", "errors", "recorded", "simulate", "apis", "auth", "agents", "search", "listing", "item")
)

_WORDS_OF_A_SCHEMA = frozenset(("title", "description", "hint", "help"))
_VALUES_OF_A_SCHEMA = frozenset(("default", "enum", "const", "examples", "doubts", "options", "required", "entries"))
_NAMED_IN_A_SCHEMA = frozenset(("properties", "patternProperties", "$defs", "dependentSchemas"))


def translated(node: _T, say: Say) -> _T:
    """A record of specs, or the same object where nothing in it changes.

    :param say: what a text is in the other language.
    """
    if not is_dataclass(node) or isinstance(node, type):
        return node
    changed = {}
    for item in fields(node):
        if not item.init or item.name in _NOT_READ:
            continue
        before = getattr(node, item.name)
        after = _member(item.name, before, say)
        if after is not before:
            changed[item.name] = after
    return replace(node, **changed) if changed else node


def _member(name: str, value: Any, say: Say) -> Any:
    if isinstance(value, str):
        return say(value) if name in _TEXTS and value else value
    if is_dataclass(value):
        return translated(value, say)
    if isinstance(value, tuple) and name in _LISTS_OF_TEXTS:
        return _tuple([say(one) if isinstance(one, str) else one for one in value], value)
    if isinstance(value, tuple):
        return _tuple([translated(one, say) for one in value], value)
    if not isinstance(value, Mapping):
        return value
    if name in _SCHEMAS:
        return schema_in(value, say)
    schemas = name in _NAMED_SCHEMAS
    made = {
        key: schema_in(one, say) if schemas and isinstance(one, Mapping) else translated(one, say)
        for key, one in value.items()
    }
    return made if any(made[key] is not value[key] for key in made) else value


def _tuple(made: list[Any], before: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(made) if any(one is not other for one, other in zip(made, before, strict=True)) else before


def schema_in(schema: Any, say: Say) -> Any:
    """A JSON Schema with its titles, descriptions and hints in the other language, at every depth."""
    if isinstance(schema, (list, tuple)):
        made = [schema_in(one, say) for one in schema]
        return made if any(one is not other for one, other in zip(made, schema, strict=True)) else schema
    if not isinstance(schema, Mapping):
        return schema
    changed: dict[str, Any] = {}
    for word, value in schema.items():
        if word in _VALUES_OF_A_SCHEMA:
            continue
        if word in _WORDS_OF_A_SCHEMA:
            after = say(value) if isinstance(value, str) and value else value
        elif word in _NAMED_IN_A_SCHEMA and isinstance(value, Mapping):
            below = {name: schema_in(one, say) for name, one in value.items()}
            after = below if any(below[name] is not value[name] for name in below) else value
        else:
            after = schema_in(value, say)
        if after is not value:
            changed[word] = after
    return {**schema, **changed} if changed else schema
