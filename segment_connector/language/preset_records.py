"""A preset, as the runtime sees ``presets/<family>/<name>.yaml``: one event, its name settled, its members typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SpecError
from .action_records import Doubt

EVERY = "*"
"""The last part of a place that stands for every member of the object which is described there."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PresetSummary:
    """The head of a preset's file: what a listing shows."""

    name: str
    family: str
    title: str
    summary: str
    action: str
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Preset:
    """One event.

    :ivar action: what sends it, and ``inputs`` what of that action's inputs is settled.
    :ivar fields: what is asked for, by its dotted place in the inputs.
    :ivar required: the places without which the event is of little use: what lacks them is doubted and sent.
    :ivar doubts: further mistakes that are worth a warning.
    """

    name: str
    family: str
    path: str
    title: str
    summary: str
    action: str
    inputs: Mapping[str, Any]
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    keywords: tuple[str, ...] = ()

    def members(self) -> dict[str, dict[str, Any]]:
        """The fields as one JSON Schema for each input that has some, nested as their places are.

        :raises SpecError: for a place that is not a member of an object.
        """
        tops: dict[str, dict[str, Any]] = {}
        for place, schema in self._each():
            parts = place.split(".")
            if len(parts) < 2:
                message, hint = f"'{place}' names no property", "write input.property, for example properties.name"
                raise SpecError.at(self.path, "place", message, hint, field=f"fields.{place}")
            node = tops.setdefault(parts[0], {"type": "object", "properties": {}})
            for part in parts[1:-1]:
                node = node["properties"].setdefault(part, {"type": "object", "properties": {}})
                node.setdefault("properties", {})
            node["properties"][parts[-1]] = dict(schema)
            if place in self.required:
                node.setdefault("required", []).append(parts[-1])
        return tops

    def _each(self) -> list[tuple[str, Mapping[str, Any]]]:
        found: dict[str, Mapping[str, Any]] = {}
        for place, schema in self.fields.items():
            above, _, last = place.rpartition(".")
            if last == EVERY:
                found |= {f"{above}.{name}": below for name, below in schema.get("properties", {}).items()}
            else:
                found[place] = schema
        return list(found.items())

    def sample(self) -> dict[str, Any]:
        """Inputs as the examples of its fields have them, without what is settled."""

        def of(schema: Mapping[str, Any]) -> Any:
            if "properties" in schema:
                made = {name: of(below) for name, below in schema["properties"].items()}
                return {name: value for name, value in made.items() if value is not None} or None
            return next(iter(schema.get("examples", ())), None)

        made = {name: of(schema) for name, schema in self.members().items()}
        return {name: value for name, value in made.items() if value is not None}
