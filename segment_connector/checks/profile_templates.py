"""The templates of a platform's profile: what they name is listed, is a part of a result, or stands in a catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cached_property
from typing import Any

from ..errors import Problem, SpecError, did_you_mean
from ..language.action_records import Action
from ..language.profile_records import Binding, ListedAction, Profile, is_each
from ..language.specs import default_root
from ..result import Failure, Meta, Result
from ..templates.compiler import Compiler
from ..values.paths import Place, dotted, strings
from .project import Project, Source, missing_name

NAME = "catalogs"
# The shape that catalogues are poured from.
_ENTRY = "entry.schema.json"


class ProfileReader:
    """Reads the templates of one profile.

    :param source: the profile's file.
    """

    def __init__(self, project: Project, source: Source, profile: Profile) -> None:
        self._project = project
        self._source = source
        self._profile = profile

    def action(self, place: Place, entry: ListedAction, action: Action, bound: list[Binding]) -> Iterator[Problem]:
        """The inputs and outputs of one listed action."""
        listed = _closed({one.name: one.listed.schema or {} for one in bound})
        used: set[tuple[str, ...]] = set()
        for below, text in strings(entry.inputs, (*place, "inputs")):
            yield from self._text(below, text, {"input": listed}, used)
        outputs = {name: {**output.schema, "type": output.type} for name, output in action.outputs.items()}
        names = {"input": listed, "result": result_schema(_closed(outputs))}
        for name, output in (entry.outputs or {}).items():
            here: Place = (*place, "outputs", name)
            if output.value is None and name not in action.outputs:
                hint = did_you_mean(name, action.outputs) or "write 'value', a template over result"
                message = f"'{action.name}' has no output '{name}'"
                yield self._project.problem(self._source.path, NAME, here, message, hint)
            for below, text in strings(output.value, (*here, "value")):
                yield from self._text(below, text, names, used)
        read = {path[1] for path in used if path[0] == "input" and len(path) > 1}
        for one in bound:
            if one.added and one.listed.schema and one.name not in read:
                message, hint = "nothing reads it", f"write '{{{{ input.{one.name} }}}}' in 'inputs', or remove it"
                yield self._project.problem(
                    self._source.path, f"{NAME}/unused", (*place, "parameters", one.name), message, hint
                )

    def envelope(self) -> Iterator[Problem]:
        """The members of every answer."""
        names: dict[str, Any] = {"input": {}, "result": result_schema({})}
        for name, member in self._profile.envelope.members.items():
            for below, text in strings(member.value, ("envelope", "members", name, "value")):
                yield from self._text(below, text, names, set())

    def texts(self) -> Iterator[Problem]:
        """What is said of limits."""
        apis = self._project.connector.apis if self._project.connector is not None else {}
        facts = {
            name: _closed({"rate_limit": _closed({key: {} for key in api.rate_limit or {}})})
            for name, api in apis.items()
        }
        names = {"connector": _closed({"apis": _closed(facts)})} if apis else {"connector": {}}
        for index, text in enumerate(self._profile.limits):
            yield from self._text(("limits", index), text, names, set())

    def listing(self) -> Iterator[Problem]:
        """The platform's own shape."""
        if self._profile.listing is not None:
            yield from self._shape(self._profile.listing, ("listing",), dict(self._entry.get("properties", {})))

    def _shape(self, node: Any, place: Place, names: Mapping[str, Any]) -> Iterator[Problem]:
        if is_each(node):
            yield from self._shape(node["each"], (*place, "each"), names)
            inner = {**names, str(node.get("as", "item")): self._entries(node["each"], names)}
            for word in ("when", "key", "value"):
                if word in node:
                    yield from self._shape(node[word], (*place, word), inner)
        elif isinstance(node, Mapping):
            for key, item in node.items():
                yield from self._shape(item, (*place, key), names)
        elif isinstance(node, (list, tuple)):
            for index, item in enumerate(node):
                yield from self._shape(item, (*place, index), names)
        elif isinstance(node, str):
            yield from self._text(place, node, names, set())

    def _entries(self, text: Any, names: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema of an entry of the list that a template names; nothing where that cannot be told."""
        compiler = Compiler(tuple(names), (), str(self._source.path))
        try:
            paths = list(compiler.parse(str(text), "each").paths())
        except SpecError:
            return {}
        schema: Any = {"properties": names}
        for part in paths[0] if len(paths) == 1 else ():
            schema = self._resolved(schema).get("properties", {}).get(part, {})
        return self._resolved(self._resolved(schema).get("items", {}))

    def _resolved(self, schema: Any) -> Mapping[str, Any]:
        if isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
            schema = self._entry.get("$defs", {}).get(schema["$ref"].removeprefix("#/$defs/"), {})
        return schema if isinstance(schema, Mapping) else {}

    @cached_property
    def _entry(self) -> Mapping[str, Any]:
        own = self._project.root / "schemas" / _ENTRY
        path = own if own.is_file() else default_root() / "schemas" / _ENTRY
        data = json.loads(path.read_text(encoding="utf-8"))
        return data if isinstance(data, dict) else {}

    def _text(self, place: Place, text: str, names: Mapping[str, Any], used: set[tuple[str, ...]]) -> Iterator[Problem]:
        compiler = Compiler(tuple(names), (), str(self._source.path))
        try:
            compiler.parse(text, dotted(place))
        except SpecError as error:
            for problem in error.problems:
                yield self._project.problem(self._source.path, NAME, place, problem.message, problem.hint)
            return
        used.update(compiler.used)
        for path in sorted(compiler.used):
            if missing := missing_name(self._whole(names[path[0]]), path[1:]):
                name, hint = missing
                message = f"'{path[0]}.{name}' is not there"
                yield self._project.problem(self._source.path, NAME, place, message, hint)

    def _whole(self, schema: Any) -> Any:
        """A schema with what it refers to in its place, as deep as members are named."""
        schema = self._resolved(schema)
        below = {name: self._whole(member) for name, member in schema.get("properties", {}).items()}
        return {**schema, "properties": below} if below else schema


def result_schema(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """What templates of an answer can name of a result.

    :param outputs: the schema of its outputs.
    """
    members: dict[str, Any] = {item.name: {} for item in fields(Result)}
    members["outputs"] = outputs
    for name, kind in (("error", Failure), ("meta", Meta)):
        members[name] = _closed({item.name: {} for item in fields(kind)})
    return _closed({**members, "reason": {"type": "string"}})


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}
