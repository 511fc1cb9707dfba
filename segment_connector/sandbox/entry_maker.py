"""New entries that look like the ones that are there."""

from __future__ import annotations

import copy
import random
import re
import string
from collections.abc import Iterable, Mapping
from typing import Any

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_ANY = {"type": ["null"]}
_HEX = frozenset("0123456789abcdef-")
_LETTERS = string.ascii_letters + string.digits


class EntryMaker:
    """Makes ids and members; the same ones in every sandbox that is asked for the same things.

    :param purpose: makers for different purposes make different ones.
    """

    def __init__(self, purpose: str = "") -> None:
        self._random = random.Random(purpose or 1)

    def like(self, sample: Any) -> str:
        """A new id that looks like another: of the same length and letters, and with the same prefix (``tp_``)."""
        text = sample if isinstance(sample, str) and sample else "x" * 22
        cut = text.rfind("_") + 1
        letters = _LETTERS
        if text.isdigit():
            letters = string.digits
        elif set(text[cut:]) <= _HEX:
            letters = "0123456789abcdef"
        made = (self._random.choice(letters) if character.isalnum() else character for character in text[cut:])
        return text[:cut] + "".join(made)

    def fresh(self, sample: Any) -> dict[str, str]:
        """What templates of new entries can take: ``id``, like a sample, and ``secret``, of 32 letters."""
        return {"id": self.like(sample), "secret": self.like("x" * 32)}


def slugs(inputs: Mapping[str, Any]) -> dict[str, str]:
    """The texts among inputs, as they would be written in an address: ``Big Spenders`` becomes ``big_spenders``."""
    return {
        name: re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")
        for name, value in inputs.items() if isinstance(value, str)
    }  # fmt: skip


def proper(schema: Mapping[str, Any], names: Iterable[str], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that are members of what a schema describes; null only where it may be.

    Where a schema names no propertys, all of them are.
    """
    known = schema.get("properties", dict.fromkeys(names, _ANY))
    return {
        name: inputs[name]
        for name in names
        if name in inputs and name in known and (inputs[name] is not None or "null" in _types(known[name]))
    }


def dated(entry: dict[str, Any], now: str) -> None:
    """Put the current instant where an entry has another."""
    for name, value in entry.items():
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            entry[name] = now


def shown(entry: Any, schema: Mapping[str, Any]) -> Any:
    """What an answer shows of an entry: the members that its schema has, and every one that it must have."""
    if isinstance(entry, list):
        return [shown(item, schema.get("items", {})) for item in entry]
    known = schema.get("properties")
    if not known or not isinstance(entry, Mapping):
        return entry
    found = {name: value for name, value in entry.items() if name in known}
    for name in schema.get("required", ()):
        if name not in found:
            found[name] = blank(known.get(name, {}))
    return found


def blank(schema: Mapping[str, Any]) -> Any:
    """The plainest value of a schema."""
    if "enum" in schema:
        return schema["enum"][0]
    for forms in ("anyOf", "oneOf"):
        if forms in schema:
            return blank(schema[forms][0])
    kind = _types(schema)[0] if _types(schema) else "null"
    if kind == "object":
        return {name: blank(schema.get("properties", {}).get(name, {})) for name in schema.get("required", ())}
    plain: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": []}
    return copy.copy(plain.get(kind))


def _types(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)
