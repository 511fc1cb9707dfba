"""From a request back to the inputs that an action would have made it of, by the action's own templates."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from ..call.compiled_action import CompiledAction
from ..errors import InputError, Problem, did_you_mean
from .messages import read_object

# Templates that copy one parameter; of any other the inputs cannot be told from what was sent.
_COPY = re.compile(r"\{\{\s*input\.(\w+)\s*(?:\|\s*join\(\s*(['\"])(.+)\2\s*\)\s*)?\}\}")
_INTEGER = re.compile(r"-?\d{1,18}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_DEEPEST = 20

Place = tuple[str, ...]


def copies(tree: Any, place: Place = ()) -> Iterator[tuple[str, Place, str | None]]:
    """The parameters that a template puts somewhere, the place, and what a list is joined with there, if it is."""
    if isinstance(tree, Mapping):
        for member, below in tree.items():
            yield from copies(below, (*place, member))
    elif isinstance(tree, str) and (copied := _COPY.fullmatch(tree.strip())):
        yield copied[1], place, copied[3]


class RequestReader:
    """Reads requests of one action."""

    def __init__(self, compiled: CompiledAction) -> None:
        action = compiled.action
        self._parameters = action.parameters
        self._query = list(copies(action.endpoint.query))
        self._body = list(copies(action.body))
        self._names = frozenset(place[:1] for _, place, _ in self._query)
        self._members = frozenset(place[:1] for _, place, _ in self._body)
        self.in_query = tuple(name for name, _, _ in self._query)
        self.in_body = tuple(name for name, _, _ in self._body)

    def inputs(self, in_path: Mapping[str, str], query: str, content: bytes) -> dict[str, Any]:
        """The inputs that would have made a request.

        :param in_path: those of the path, by name.
        :raises InputError: when the query or the body cannot be read, or has a member that no input makes.
        """
        found: dict[str, Any] = {
            name: _typed(text, self._parameters[name]) for name, text in in_path.items() if name in self._parameters
        }
        tree = _tree(query)
        unknown = [name for name in tree if (name,) not in self._names]
        for name, place, separator in self._query:
            value = _take(tree, place)
            if value is not None:
                text = value.split(separator) if separator and isinstance(value, str) else value
                found[name] = _typed(text, self._parameters[name])
        if self._body:
            body = read_object(content) if content else {}
            missing = object()  # null is a value here
            for name, place, _ in self._body:
                value = _take(body, place, missing)
                if value is not missing:
                    found[name] = value
            unknown += [name for name in body if (name,) not in self._members and () not in self._members]
        if unknown:
            raise InputError(
                [
                    Problem("unknown", "there is no such parameter", did_you_mean(name, self._parameters), name[:80])
                    for name in unknown
                ]
            )
        return found


def _tree(query: str) -> dict[str, Any]:
    """A query in dotted form as a tree of texts: ``a.b=1`` becomes ``{"a": {"b": "1"}}``.

    :raises InputError: when a name stands twice, or is both a value and an object.
    """
    tree: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        *above, last = name.split(".")
        below: Any = tree
        for part in above[:_DEEPEST]:
            below = below.setdefault(part, {}) if isinstance(below, dict) else None
        if not isinstance(below, dict) or last in below or len(above) > _DEEPEST:
            raise InputError(
                Problem("query", "is given twice, or in two ways", "give each name one value", field=name[:80])
            )
        below[last] = text
    return tree


def _take(tree: dict[str, Any], place: Place, default: Any = None) -> Any:
    """Take what is at a place out of a tree; ``default`` when nothing is there."""
    if not place:
        return tree
    *above, last = place
    below: Any = tree
    for part in above:
        below = below.get(part) if isinstance(below, dict) else None
    return below.pop(last, default) if isinstance(below, dict) else default


def _typed(value: Any, schema: Mapping[str, Any]) -> Any:
    """What texts of a path or query stand for, as far as a schema tells; what does not fit stays as it is."""
    for kind, form in _kinds(schema):
        typed = _as(kind, value, form)
        if typed is not None:
            return typed
    return value


def _kinds(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The types that a value may have, text last: a number that is written out is a text too."""
    kinds = schema.get("type", ())
    named = [kinds] if isinstance(kinds, str) else list(kinds)
    forms = [(kind, schema) for kind in named]
    for form in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        forms.extend(_kinds(form))
    yield from sorted(forms, key=lambda form: form[0] == "string")


def _as(kind: str, value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, (dict, list)):
        if kind == "object" and isinstance(value, dict):
            known, others = schema.get("properties", {}), schema.get("additionalProperties")
            form = others if isinstance(others, Mapping) else {}
            return {name: _typed(item, known.get(name, form)) for name, item in value.items()}
        items = value
        if isinstance(value, dict):
            if not all(name.isascii() and name.isdigit() for name in value):
                return None
            items = [value[name] for name in sorted(value, key=int)]
        return [_typed(item, schema.get("items", {})) for item in items] if kind == "array" else None
    if kind == "boolean":
        return {"true": True, "false": False}.get(value)
    if kind == "integer":
        return int(value) if _INTEGER.fullmatch(value) else None
    if kind == "number" and _NUMBER.fullmatch(value):
        number = int(value) if _INTEGER.fullmatch(value) else float(value)
        return number if math.isfinite(number) else None
    return value if kind == "string" else None
