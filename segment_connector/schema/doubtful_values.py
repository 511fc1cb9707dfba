"""The keyword ``doubts`` of a parameter: values that are likely a mistake, which are taken and warned about.

What is plain is known by one question that was asked anyway: the quick schema of a validator passes no doubtful value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..language.action_records import Action
from ..values.paths import dotted


@dataclass(frozen=True, slots=True)
class Suspect:
    """A member that has doubtful values.

    :ivar path: its place in the inputs, by names.
    :ivar holds: whether a value is one of them.
    :ivar warn: what is doubtful; ``hint`` what to do instead.
    """

    path: tuple[str, ...]
    holds: Callable[[Any], bool]
    warn: str
    hint: str

    @property
    def field(self) -> str:
        """Its place, dotted."""
        return dotted(self.path)


def suspects(
    parameters: Mapping[str, Any], ask: Callable[[Mapping[str, Any]], Callable[[Any], bool]]
) -> Iterator[Suspect]:
    """Every doubt about members of objects, at any depth; entries of lists have none.

    :param parameters: JSON Schemas by name.
    :param ask: makes the question whether a value fits a schema.
    """
    yield from _below(parameters, (), ask)


def warnings_of(action: Action) -> list[tuple[str, str, str]]:
    """All that a call of an action may be warned of: where, what is said, and what to do instead."""
    said = [(one.field, one.warn, one.hint) for one in action.checks]
    said += [(one.field, one.warn, one.hint) for one in suspects(action.parameters, lambda _: bool)]
    if (recorded := action.recorded) is not None:
        said.append((", ".join(recorded.ignored), recorded.warn, recorded.hint))
    return said


def _below(members: Any, path: tuple[str, ...], ask: Any) -> Iterator[Suspect]:
    for name, schema in members.items() if isinstance(members, Mapping) else ():
        if not isinstance(schema, Mapping):
            continue
        for doubt in schema.get("doubts", ()):
            yield Suspect((*path, name), ask(_doubtful(doubt)), doubt["warn"], doubt["hint"])
        yield from _below(schema.get("properties"), (*path, name), ask)


def found(among: list[Suspect], inputs: Any) -> list[Suspect]:
    """The doubts that hold of a value."""
    held = []
    for suspect in among:
        value = inputs
        for name in suspect.path:
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None and suspect.holds(value):
            held.append(suspect)
    return held


def beyond_doubt(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of an object without its doubtful values."""

    def without(node: Mapping[str, Any], doubts: list[Any]) -> Mapping[str, Any]:
        named = [doubt["values"] for doubt in doubts if "values" in doubt]
        plain = [doubt["unless"] for doubt in doubts if "unless" in doubt]
        found = dict(node)
        if named:
            others = [*named, *([node["not"]] if "not" in node else [])]
            found["not"] = {"anyOf": others} if len(others) > 1 else others[0]
        if plain:
            found["allOf"] = [*node.get("allOf", ()), *plain]
        return found

    return _rewritten(schema, without)


def with_doubts(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of an object with those doubtful values that its types would refuse."""

    def taking(node: Mapping[str, Any], doubts: list[Any]) -> Mapping[str, Any]:
        others = [doubt["values"] for doubt in doubts if is_of_another_type(doubt, node)]
        return {"anyOf": [node, *others]} if others else node

    return _rewritten(schema, taking)


def _rewritten(
    schema: Mapping[str, Any], rewrite: Callable[[Mapping[str, Any], list[Any]], Mapping[str, Any]]
) -> Mapping[str, Any]:
    node = schema
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        changed = {
            name: _rewritten(one, rewrite) if isinstance(one, Mapping) else one for name, one in properties.items()
        }
        if any(changed[name] is not one for name, one in properties.items()):
            node = {**schema, "properties": changed}
    doubts = schema.get("doubts")
    return rewrite(node, doubts) if doubts else node


def is_of_another_type(doubt: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    """Whether the values of a doubt are such as the types of its parameter would refuse."""
    kind = doubt.get("values", {}).get("type")
    return kind is not None and kind not in _types(schema)


def _doubtful(doubt: Mapping[str, Any]) -> Mapping[str, Any]:
    values: Mapping[str, Any] = doubt["values"] if "values" in doubt else {"not": doubt["unless"]}
    return values


def _types(schema: Mapping[str, Any]) -> list[str]:
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else list(kind)
