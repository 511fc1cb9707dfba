"""Every preset sends what its action takes: settled inputs and places that are there, and an example without doubts."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import ConnectorError, Problem, did_you_mean, known_names
from ..language.preset_records import EVERY, Preset
from ..language.presets import preset_action
from ..values.paths import place_of
from .project import Project, Source
from .rehearsal import Rehearsal

NAME = "presets"


def check(project: Project) -> Iterator[Problem]:
    """Actions and places that are not there, names that an action has, and examples of fields that are doubted."""
    if project.connector is None:
        return
    try:
        rehearsal = Rehearsal(project.specs)
    except LookupError:  # the rule 'examples' says so
        return
    sound = {action.name: action for _, action in project.actions}
    families = project.connector.presets
    first: dict[tuple[str, str], Source] = {}
    for source, preset in project.presets:
        yield from _names(project, source, preset)
        if families and preset.family not in families:
            message = f"there is no family '{preset.family}' in connector.yaml"
            yield project.problem(source.path, NAME, (), message, known_names(preset.family, families))
        other = first.setdefault((preset.action, repr(dict(preset.inputs))), source)
        if other is not source:
            message = f"settles what {other.path.relative_to(project.root).as_posix()} settles"
            yield project.problem(source.path, NAME, ("inputs",), message, "keep one of the two")
        beneath = sound.get(preset.action)
        if beneath is None or beneath.split is not None:
            continue
        try:
            preset_action(preset, beneath)
            example = project.specs.presets.action(preset.name).examples[0].input
            request = rehearsal.plan(preset.name, example)
        except ConnectorError as error:
            for one in error.problems:
                place = place_of(source.data, one.field)
                yield project.problem(source.path, NAME, place, f"{one.field}: {one.message}", one.hint)
            continue
        for doubt in request.warnings:
            message = f"its own example gives a warning: {doubt.field}: {doubt.message}"
            yield project.problem(source.path, NAME, (), message, "fix the examples of the fields, or the warning")


def _names(project: Project, source: Source, preset: Preset) -> Iterator[Problem]:
    if preset.action not in project.specs.paths:
        hint = did_you_mean(preset.action, project.specs.paths) or f"see '{project.specs.command} list'"
        yield project.problem(source.path, NAME, ("action",), f"there is no action '{preset.action}'", hint)
    if preset.name in project.specs.paths:
        yield project.problem(source.path, NAME, ("name",), "an action has this name", "rename the preset")
    known = [f"{top}.{name}" for top, one in preset.members().items() for name in one["properties"]]
    known += [place for place in preset.fields if not place.endswith(f".{EVERY}")]
    for index, place in enumerate(preset.required):
        if place not in known:
            hint = did_you_mean(place, known) or "name a place that 'fields' has"
            yield project.problem(source.path, NAME, ("required", index), f"there is no field '{place}'", hint)
