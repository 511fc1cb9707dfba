"""From a request back to the inputs that an action would have made it of, by the action's own templates."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from ..call.compiled_action import CompiledAction
from ..errors import InputError, Problem, did_you_mean
from ..http.auth.scheme import Headers
from ..http.syntax import FORM, JSON, Writing, writing_of
from ..language.action_records import Action
from ..language.connector_records import Api
from ..values.paths import put
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
    """Reads requests of one action.

    :param api: the API that it is an action of.
    :param parameters: parameters of a query that are no business of the action's, such as credentials; ``members``
        likewise those of a body.
    """

    def __init__(
        self, compiled: CompiledAction, api: Api, parameters: Collection[str] = (), members: Collection[str] = ()
    ) -> None:
        action = self._action = compiled.action
        self._writing = writing_of(action.endpoint, api)
        self._parameters = action.parameters
        self._query = list(copies(action.endpoint.query))
        self._body = list(copies(action.body))
        self._names = {place[:1] for _, place, _ in self._query} | {(name,) for name in parameters}
        self._members = {place[:1] for _, place, _ in self._body} | {(name,) for name in members}
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
        tree = _tree(query, self._writing)
        unknown = [name for name in tree if (name,) not in self._names]
        for name, place, separator in self._query:
            value = _take(tree, place)
            if value is not None:
                text = str(value).split(separator) if separator and not isinstance(value, dict) else value
                found[name] = _typed(text, self._parameters[name])
        if self._body:
            body = self._read(content) if content else {}
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

    def _read(self, content: bytes) -> dict[str, Any]:
        if self._writing.content == JSON:
            return read_object(content)
        return read_form(content, self._action, self._writing)


def read_form(content: bytes, action: Action, writing: Writing) -> dict[str, Any]:
    """The body of a form, with the values that the action's parameters make of its texts.

    :raises InputError: when it cannot be read.
    """
    tree = _tree(content.decode("utf-8", "replace"), writing)
    for name, place, _ in copies(action.body):
        value = _take(tree, place)
        if value is not None:
            typed = _typed(value, action.parameters[name])
            tree = put(tree, ".".join(place), typed) if place else typed
    return tree


def members_of(headers: Headers, content: bytes) -> Mapping[str, Any]:
    """The members of a body, as far as they can be told from what it says of itself."""
    if (headers.get("Content-Type") or "").partition(";")[0].strip().lower() == FORM:
        return dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        return read_object(content)
    except InputError:
        return {}


class _Texts(str):
    """What stands under one name of a query, where a list may be written under one.

    :ivar items: its texts one by one; as a whole it is what was written.
    :ivar repeated: the name stood several times, which only a list does.
    """

    __slots__ = ("items", "repeated")
    items: list[str]
    repeated: bool


def _tree(query: str, writing: Writing) -> dict[str, Any]:
    """A query as a tree of texts: ``a.b=1`` becomes ``{"a": {"b": "1"}}``.

    :raises InputError: when a name occurs twice, or is both a value and an object.
    """
    tree: dict[str, Any] = {}
    for name, text in _pairs(query, writing):
        *above, last = name.split(".")
        below: Any = tree
        for part in above[:_DEEPEST]:
            below = below.setdefault(part, {}) if isinstance(below, dict) else None
        if not isinstance(below, dict) or last in below or len(above) > _DEEPEST:
            raise InputError.of("query", "is given twice, or in two ways", "give each name one value", field=name[:80])
        below[last] = text
    return tree


def _pairs(query: str, writing: Writing) -> Iterator[tuple[str, str]]:
    if writing.style == "dotted":
        yield from parse_qsl(query, keep_blank_values=True)
        return
    written: dict[str, list[str]] = {}
    for pair in filter(None, query.split("&")):
        name, _, text = pair.partition("=")
        written.setdefault(unquote_plus(name), []).append(text)
    for name, raw in written.items():
        # What separates the entries of a list is not part of them, so it is looked for before they are decoded.
        parts = raw if writing.explode else [part for text in raw for part in text.split(",")]
        texts = _Texts(unquote_plus(",".join(raw)))
        texts.items, texts.repeated = [unquote_plus(part) for part in parts], len(raw) > 1
        yield name, texts


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
    return value.items if isinstance(value, _Texts) and value.repeated else value


def _kinds(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The types that a value may have, text last: a number that is written out is a text too."""
    kinds = schema.get("type", ())
    named = [kinds] if isinstance(kinds, str) else list(kinds)
    forms = [(kind, schema) for kind in named]
    for form in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        forms.extend(_kinds(form))
    yield from sorted(forms, key=lambda form: form[0] == "string")


def _as(kind: str, value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, _Texts):
        value = value.items if kind == "array" or value.repeated else str(value)
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
