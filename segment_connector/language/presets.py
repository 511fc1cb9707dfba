"""Find the presets, list them by their heads, and make of each an action that is called like any other.

A preset is called by its own name. The action that sends it judges the inputs; what the preset says beyond that is
expected and not demanded, so breaking it is a doubt and no refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from ..errors import SpecError, UnknownActionError, did_you_mean
from . import yaml_reader as yaml_loader
from .action_records import Action, Example
from .preset_records import Preset, PresetSummary
from .records import build, mapping
from .typed_action import typed_action

_LISTS = frozenset(("keywords",))
_LISTED = ("name", "title", "summary", "action", "keywords")

_SETTLED = "leave it out, the preset fills it in; to send something else, call the action itself"


class PlannedEvents(Protocol):
    """Events that are described elsewhere."""

    @property
    def summaries(self) -> Mapping[str, PresetSummary]:
        """What a listing shows of each, by name."""

    def action(self, name: str) -> Action:
        """One of them as an action that is called by its own name."""


class Presets:
    """The presets of one spec root.

    :param root: the folder with ``presets/``.
    :param resolved: gives what a file says with its references replaced.
    :param action: gives the action of a name.
    :param families: the folders in the order of a listing; those that it does not name come after.
    :ivar planned: events that no file of these describes: those of a tracking plan.
    """

    def __init__(
        self, root: Path, resolved: Callable[[Any, str], Any], action: Callable[[str], Action],
        families: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self._root = root
        self.resolved = resolved
        self._action = action
        self.family_order = families
        self._actions: dict[str, Action] = {}
        self.planned: PlannedEvents | None = None

    @property
    def names(self) -> list[str]:
        """What can be called: the events that are planned, then those of the files."""
        return [*self._planned, *self.paths]

    @property
    def families(self) -> list[str]:
        """The families of what can be called, in their order."""
        planned = (one.family for one in self._planned.values())
        return list(dict.fromkeys([*planned, *(path.parent.name for path in self.paths.values())]))

    @property
    def _planned(self) -> Mapping[str, PresetSummary]:
        return {} if self.planned is None else self.planned.summaries

    def __contains__(self, name: str) -> bool:
        return name in self._planned or name in self.paths

    def sender(self, name: str) -> str:
        """The action that sends an event.

        :raises UnknownActionError, SpecError: as ``preset``.
        """
        planned = self._planned.get(name)
        return self.preset(name).action if planned is None else planned.action

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        """The file of every preset by the preset's name, in the order of families and names.

        :raises SpecError: when two files have one name.
        """
        found: dict[str, Path] = {}
        folders = sorted(path.name for path in self._root.glob("presets/*") if path.is_dir())
        order = [name for name in self.family_order if name in folders]
        for family in dict.fromkeys([*order, *folders]):
            for path in sorted((self._root / "presets" / family).glob("*.yaml")):
                if path.stem in found:
                    hint = f"rename one; the other is {found[path.stem]}"
                    raise SpecError.at(path, "duplicate_preset", f"two files are named '{path.stem}'", hint)
                found[path.stem] = path
        return found

    def summaries(self) -> Iterator[PresetSummary]:
        """Every event that is planned, then the head of every preset's file, without reading the rest."""
        yield from self._planned.values()
        for path in self.paths.values():
            head = yaml_loader.read_head(path, _LISTS)
            listed = {key: head[key] for key in _LISTED if key in head}
            yield build(PresetSummary, listed, str(path), "", family=path.parent.name)

    def preset(self, name: str) -> Preset:
        """One preset.

        :raises UnknownActionError: when there is none of that name, with those that are near.
        :raises SpecError: when its file breaks the language.
        """
        path = self.paths.get(name)
        if path is None:
            hint = did_you_mean(name, self.names) or "see what 'list --presets' lists"
            raise UnknownActionError.of("unknown_preset", f"there is no preset '{name[:80]}'", hint, field="preset")
        return self.preset_from(yaml_loader.read(path), path)

    def preset_from(self, data: Any, path: Path) -> Preset:
        """The preset that a value describes, as if it stood in a file.

        :raises SpecError: when the value breaks the language.
        """
        source = str(path)
        if mapping(data, source, "").get("name") != path.stem:
            message = f"the file says 'name: {data.get('name')}', but a preset must be named after its file"
            raise SpecError.at(source, "name", message, f"write 'name: {path.stem}' or rename the file", field="name")
        return build(Preset, self.resolved(data, source), source, "", family=path.parent.name, path=source)

    def action(self, name: str) -> Action:
        """The action that a preset is: its fields are the parameters, and what is settled is filled in.

        :raises UnknownActionError, SpecError: as ``preset``.
        """
        if self.planned is not None and name in self.planned.summaries:
            return self.planned.action(name)
        known = self._actions.get(name)
        if known is None:
            preset = self.preset(name)
            known = self._actions[name] = preset_action(preset, self._action(preset.action))
        return known

    def forget(self) -> None:
        """Read every preset anew when it is next used."""
        self._actions = {}


def preset_action(preset: Preset, beneath: Action) -> Action:
    """A preset as an action.

    :param beneath: the action that sends it.
    :raises SpecError: when the preset names inputs that the action does not have.
    """
    members = preset.members()
    for place in (*preset.inputs, *members):
        if place not in beneath.parameters:
            hint = did_you_mean(place, beneath.parameters) or f"it has {', '.join(beneath.parameters)}"
            where = f"inputs.{place}" if place in preset.inputs else "fields"
            message = f"'{beneath.name}' has no parameter '{place}'"
            raise SpecError.at(preset.path, "unknown_parameter", message, hint, field=where)
    # What has members of its own meaning beside them stays open for those; the rest shows what the event has.
    listed = {name: one for name, one in members.items() if not beneath.parameters[name].get("advanced")}
    open_ones = {name: one for name, one in members.items() if name not in listed}
    words = {"title": preset.title, "description": preset.summary, "fixed": preset.inputs}
    shown = beneath
    if open_ones:
        shown = typed_action(shown, preset.name, members=open_ones, closed=False, **words).action  # type: ignore[arg-type]
    shown = typed_action(shown, preset.name, members=listed, **words).action  # type: ignore[arg-type]
    # Whatever else an event has is the sender's own affair.
    parameters = {name: _opened(schema) if name in listed else schema for name, schema in shown.parameters.items()}
    settled = {
        name: {**beneath.parameters[name], "const": value, "default": value, "advanced": True, "hint": _SETTLED}
        for name, value in preset.inputs.items()
    }
    demanded = {**beneath.parameters, **settled}
    required = tuple(name for name in beneath.required if name not in settled)
    return replace(
        shown, name=preset.name, path=preset.path, keywords=preset.keywords, docs=beneath.docs,
        parameters={**parameters, **settled}, required=required, checks=(*beneath.checks, *preset.doubts),
        demands={**beneath.input_schema, "properties": demanded, "required": list(required)}, beneath=beneath.name,
        examples=_examples(preset, beneath),
    )  # fmt: skip


def _opened(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "additionalProperties"}


def _examples(preset: Preset, beneath: Action) -> tuple[Example, ...]:
    """The fields' own examples, for the person or visitor of the action's first one."""
    first = beneath.examples[0].input if beneath.examples else {}
    whose = {name: value for name, value in first.items() if name not in (*preset.inputs, *preset.members())}
    return (Example(title=preset.title, input={**whose, **preset.sample()}, request={}, response={}, output={}),)
