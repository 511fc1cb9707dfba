"""What can be written where a cursor stands in an action's file: words of the language, and names from around it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any

from ..call.compiled_action import OUTPUT_NAMES, REQUEST_NAMES, SPLIT_NAMES
from ..language.connector_records import ConnectorSpec
from ..language.specs import Specs
from ..templates.grammar import ENVIRONMENT
from .cursor import Cursor, Path

_ANSWER = {"status": "HTTP status.", "headers": "Headers by their names.", "body": "The answer as JSON."}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_MOST = 300

_PAGING = (("paging",), ("paging", "*"))
# Members whose values are names of something else, by the words that end their path; '*' is any name or index.
_NAMES_OF: dict[tuple[str, ...], str] = {
    ("required", "*"): "parameters",
    ("rules", "*", "field"): "parameters",
    ("checks", "*", "field"): "parameters",
    ("split", "parameter"): "parameters",
    ("paging",): "outputs",
    **{(*above, word): "parameters" for above in _PAGING for word in ("cursor", "page", "offset", "size")},
    **{(*above, word): "outputs" for above in _PAGING for word in ("next", "more", "total", "items")},
    ("options", "action"): "actions",
    ("entries", "actions", "*"): "actions",
    ("entries", "merge", "*"): "parameters",
    ("entries", "skip"): "parameters",
    ("options", "inputs", "*"): "parameters",
    ("endpoint",): "methods",
    ("body", "*"): "parameters",
    ("query", "*"): "parameters",
}


@dataclass(frozen=True, slots=True)
class Word:
    """Something that can be written.

    :ivar label: what is offered.
    :ivar detail: a few words on it; ``info`` in full.
    :ivar insert: what is put into the text, where that is more than the label.
    """

    label: str
    detail: str = ""
    info: str = ""
    insert: str | None = None


@dataclass(slots=True)
class Vocabulary:
    """The words of one spec root and one action.

    :ivar language: ``schemas/action.schema.json``.
    :ivar specs: where names of actions and shared definitions come from.
    :ivar connector: where names of APIs and of the connection's properties come from.
    :ivar parameters: JSON Schemas of the action's parameters by name; ``outputs`` likewise.
    """

    language: Mapping[str, Any]
    specs: Specs
    connector: ConnectorSpec
    parameters: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def at(self, cursor: Cursor) -> list[Word]:
        """Everything that can be written at a cursor and begins with what was typed there, in the order to show it."""
        if cursor.kind == "text":
            return []
        if cursor.kind == "template":
            found: Iterable[Word] = _filters() if cursor.filters else self._members(cursor)
            typed = cursor.prefix.rpartition(".")[2]
        else:
            found = self._keys(cursor) if cursor.kind == "key" else self._values(cursor.path)
            # An entry of a list may be a mapping that begins here.
            if cursor.kind == "value" and isinstance(cursor.path[-1], int):
                found = chain(found, self._keys(cursor))
            typed = cursor.prefix
        ranked = ((_rank(word.label, typed), word) for word in found)
        known = sorted(((rank, word) for rank, word in ranked if rank is not None), key=itemgetter(0))
        return [word for _, word in known[:_MOST]]

    def _keys(self, cursor: Cursor) -> Iterator[Word]:
        if (given := self._given(cursor.path)) is not None:
            yield from (_of_schema(name, schema, f"{name}: ") for name, schema in given if name not in cursor.siblings)
            return
        if cursor.path == ("body",):
            yield from (
                _of_schema(name, schema, f'{name}: "{{{{ input.{name} }}}}"')
                for name, schema in self.parameters.items()
                if name not in cursor.siblings
            )
        if cursor.path == ("parameters",):
            for reference, definition in self.specs.types.items():
                name = reference.partition("#")[2]
                if _kind_of(definition) == "parameter" and name[:1].islower() and name not in cursor.siblings:
                    about = str(definition.get("description", ""))
                    yield Word(name, "shared", about, f"{name}: {{$ref: {reference}}}")
        seen: set[str] = set()
        for schema in self._schemas(cursor.path):
            required = schema.get("required", ())
            for name, below in schema.get("properties", {}).items():
                if name not in cursor.siblings and name not in seen:
                    seen.add(name)
                    detail = "required" if name in required else ""
                    yield Word(name, detail, str(self._whole(below).get("description", "")), f"{name}: ")

    def _values(self, path: Path) -> Iterator[Word]:
        if path[-1:] == ("$ref",):
            wanted = {"rules": "rule", "checks": "check"}.get(str(path[0]), "parameter")
            for reference, definition in self.specs.types.items():
                if _kind_of(definition) == wanted:
                    about = definition.get("description") or definition.get("message") or definition.get("warn") or ""
                    yield Word(reference, str(definition.get("title", "")), str(about))
            return
        if path == ("api",):
            yield from (Word(api.name, api.title) for api in self.connector.apis.values())
        yield from self._named(path)
        given = self._given(path[:-1])
        own = [schema for name, schema in given or () if name == path[-1]]
        for schema in own or self._schemas(path):
            values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
            if schema.get("type") == "boolean":
                values += [True, False]
            if not values and own:
                values += schema.get("examples", ())
            yield from (Word(_yaml(value)) for value in values)

    def _named(self, path: Path) -> Iterator[Word]:
        kind = next((kind for words, kind in _NAMES_OF.items() if _ends(path, words)), None)
        if kind == "methods":
            yield from (Word(name) for name in _METHODS)
        elif kind == "actions":
            yield from (Word(name, path.parent.name) for name, path in self.specs.paths.items())
        elif kind == "parameters":
            owner = self.parameters
            if path[-2:-1] == ("required",) and len(path) > 2:
                owner = dict(self._given_below(path[1:-2]) or ())
            yield from (_of_schema(name, schema) for name, schema in owner.items())
        elif kind == "outputs":
            yield from (_of_schema(name, schema) for name, schema in self.outputs.items())

    def _members(self, cursor: Cursor) -> Iterator[Word]:
        """Names that an expression may use, or members of what it names so far."""
        *above, _typed = cursor.prefix.split(".")
        in_output = cursor.path[:1] == ("outputs",)
        names = (SPLIT_NAMES if self._splits else OUTPUT_NAMES) if in_output else REQUEST_NAMES
        if not above:
            followed = {"input", "connection", "response"}
            yield from (Word(name, insert=f"{name}." if name in followed else None) for name in names)
            return
        if above[0] not in names:
            return
        if above == ["response"]:
            yield from (Word(name, info=info) for name, info in _ANSWER.items())
        elif above == ["connection"]:
            schemas = self.connector.connection.properties
            yield from (_of_schema(name, schema) for name, schema in schemas.items() if not schema.get("secret"))
        elif above[0] == "input":
            yield from (_of_schema(name, schema) for name, schema in self._given_below(tuple(above[1:])) or ())

    @property
    def _splits(self) -> bool:
        return any("entries" in schema for schema in self.parameters.values() if isinstance(schema, Mapping))

    def _given(self, path: Path) -> list[tuple[str, Any]] | None:
        """What an example may give at a path, or ``None`` when it is not a place of an example's values."""
        if path[:1] != ("examples",) or len(path) < 3 or path[2] not in ("input", "output"):
            return None
        return self._given_below(path[3:], self.parameters if path[2] == "input" else self.outputs) or []

    def _given_below(self, path: Path, named: Mapping[str, Any] | None = None) -> list[tuple[str, Any]] | None:
        """The members that values have at a path below the parameters."""
        members: Mapping[str, Any] = self.parameters if named is None else named
        for part in path:
            schema = members.get(str(part)) if not isinstance(part, int) else members
            if not isinstance(schema, Mapping):
                return None
            if not isinstance(part, int):
                inside = schema.get("items", {}) if schema.get("type") == "array" else schema
                members = inside.get("properties", {}) if isinstance(inside, Mapping) else {}
        return list(members.items())

    def _schemas(self, path: Path) -> Iterator[Mapping[str, Any]]:
        """The parts of the language that describe a place."""
        found = [self.language]
        for part in path:
            found = [below for schema in found for below in self._below(schema, part)]
        for schema in found:
            yield from self._variants(schema)

    def _below(self, schema: Mapping[str, Any], part: str | int) -> Iterator[Mapping[str, Any]]:
        for one in self._variants(schema):
            below = one.get("items") if isinstance(part, int) else one.get("properties", {}).get(part)
            if below is None and not isinstance(part, int):
                below = one.get("additionalProperties")
            if isinstance(below, Mapping):
                yield below

    def _variants(self, schema: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
        whole = self._whole(schema)
        yield whole
        for word in ("anyOf", "allOf") if depth < 4 else ():
            for one in whole.get(word, ()) if isinstance(whole.get(word), list) else ():
                yield from self._variants(one, depth + 1)

    def _whole(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
        target = self.language.get("$defs", {}).get(name) if "$ref" in schema else None
        return {**target, **{key: value for key, value in schema.items() if key != "$ref"}} if target else schema


def _kind_of(definition: Mapping[str, Any]) -> str:
    return "check" if "when" in definition else "rule" if "schema" in definition else "parameter"


def _ends(path: Path, words: tuple[str, ...]) -> bool:
    end = path[-len(words) :]
    return len(end) == len(words) and all(word in ("*", part) for part, word in zip(end, words, strict=True))


def _rank(label: str, typed: str) -> int | None:
    """0 for what begins with the typed letters, 1 for what holds some of them; ``None`` for the rest."""
    at = label.casefold().find(typed.casefold())
    return 0 if at == 0 else 1 if at > 0 and len(typed) > 1 else None


def _of_schema(name: str, schema: Any, insert: str | None = None) -> Word:
    about = schema if isinstance(schema, Mapping) else {}
    kind = about.get("type", "")
    detail = kind if isinstance(kind, str) else " or ".join(map(str, kind))
    return Word(name, detail, str(about.get("description", "")), insert)


def _filters() -> Iterable[Word]:
    return (Word(name, "filter") for name in sorted(ENVIRONMENT.public_filters))


def _yaml(value: Any) -> str:
    """A value as it is written in YAML; quoted where the strict loader would read another one."""
    return value if isinstance(value, str) and value.isidentifier() else json.dumps(value, ensure_ascii=False)
