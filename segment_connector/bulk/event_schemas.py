"""The questions that are asked of all events of a block at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..call.compiled_action import CompiledAction
from ..schema.validator import asker, quicker


def plain_events(kinds: Mapping[str, CompiledAction], by: str) -> Callable[[Any], bool]:
    """Whether all of a list are events that nothing needs to be said of: right, without doubt, in plain form.

    :param kinds: the actions that an event can be, by the value of its member ``by``.
    """
    return _all(kinds, by, lambda compiled: compiled.validator.plainest)


def right_events(kinds: Mapping[str, CompiledAction], by: str) -> Callable[[Any], bool]:
    """Whether all of a list are events in plain form that a single call would take, doubtful ones too."""
    return _all(kinds, by, lambda compiled: quicker(compiled.validator.whole))


def _all(
    kinds: Mapping[str, CompiledAction], by: str, schema_of: Callable[[CompiledAction], dict[str, Any]]
) -> Callable[[Any], bool]:
    return asker({"type": "array", "items": _one_of(kinds, by, schema_of)})


def _one_of(
    kinds: Mapping[str, CompiledAction], by: str, schema_of: Callable[[CompiledAction], dict[str, Any]]
) -> dict[str, Any]:
    """The schema of an entry of any kind, in the form that costs least to answer."""

    def entry(compiled: CompiledAction, type_: Any) -> dict[str, Any]:
        schema = schema_of(compiled)
        return {**schema, "properties": {**schema["properties"], by: type_}}

    if len(kinds) == 1:
        ((name, compiled),) = kinds.items()
        schema = entry(compiled, {"const": name})
        return {**schema, "required": [*schema.get("required", ()), by]}
    choices: dict[str, Any] | bool = False
    for name, compiled in reversed(list(kinds.items())):
        choices = {
            "if": {"properties": {by: {"const": name}}, "required": [by]},
            "then": entry(compiled, True),
            "else": choices,
        }
    return {"type": "object", **choices} if isinstance(choices, dict) else {"not": {}}
