"""Split what the language says of a value into plain JSON Schema and hints for a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Words of the language beside JSON Schema; a form wants them, a validator must not meet them.
HINTS = (
    "advanced", "columns", "confidential", "entries", "env", "generate", "group", "help", "hint", "options",
    "placeholder", "secret",
)  # fmt: skip
_OF_OTHERS = ("confidential", "env", "group")
_NAMED = ("properties", "patternProperties", "$defs")


def plain_schema(schema: Any) -> Any:
    """A copy of a JSON Schema without the words that only forms know."""
    if isinstance(schema, list):
        return [plain_schema(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {}
    for word, value in schema.items():
        if word in HINTS:
            continue
        if word in _NAMED and isinstance(value, Mapping):
            kept[word] = {name: plain_schema(below) for name, below in value.items()}
        else:
            kept[word] = value if word in ("default", "enum", "const", "examples") else plain_schema(value)
    return kept


def form_hints(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a form should know of one field beside its schema."""
    return {word: schema[word] for word in HINTS if word in schema and word not in _OF_OTHERS}


def nested_hints(schema: Mapping[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The hints of members at any depth, by dotted place; ``*`` is any entry of a list."""
    for name, below in schema.get("properties", {}).items():
        found = form_hints(below)
        if found:
            yield f"{place}.{name}", found
        yield from nested_hints(below, f"{place}.{name}")
    items = schema.get("items")
    if isinstance(items, Mapping):
        yield from nested_hints(items, f"{place}.*")


def types_of(schema: Mapping[str, Any]) -> list[str]:
    """The JSON types that a value may have by a schema, ``null`` among them; empty when it does not say."""
    named = schema.get("type")
    if named is not None:
        return [named] if isinstance(named, str) else list(named)
    forms = [types_of(form) for word in ("anyOf", "oneOf") for form in schema.get(word, ())]
    return list(dict.fromkeys(kind for form in forms for kind in form)) if all(forms) else []


def type_word(schema: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """What a platform calls the type of a value.

    :param words: the platform's word by JSON type; ``any`` is its word for a value that may have more than one.
    """
    named = schema.get("type", "any")
    kinds = [kind for kind in ([named] if isinstance(named, str) else named) if kind != "null"]
    kind = kinds[0] if len(kinds) == 1 else "any"
    word = words.get(kind, kind)
    if "{}" in word:
        items = schema.get("items")
        word = word.replace("{}", type_word(items if isinstance(items, Mapping) else {}, words))
    return word
