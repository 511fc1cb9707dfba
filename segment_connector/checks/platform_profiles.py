"""Every platform's profile lists what is there, under names that lead somewhere, and its calls can be made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import Problem, did_you_mean
from ..language.action_records import Action
from ..language.profile_records import BESIDE, LEFT_OUT, Binding, ListedAction, Profile, bindings
from ..language.trigger_files import Triggers
from ..values.paths import Place, mappings
from .profile_templates import ProfileReader
from .project import Project, Source, missing_name

NAME = "catalogs"


def check(project: Project) -> Iterator[Problem]:
    """Names that lead nowhere or twice to one place, values that nobody gives, and templates that cannot be filled."""
    actions = {action.name: action for _, action in project.actions}
    for source, profile in project.profiles:
        for problem in _profile(project, source, profile, actions):
            # What was taken from another profile is told of there.
            if (problem.field or "").split(".")[0] in source.data:
                yield problem


def _profile(project: Project, source: Source, profile: Profile, actions: Mapping[str, Action]) -> Iterator[Problem]:
    reader = ProfileReader(project, source, profile)
    used: set[str] = set()
    for name, entry in profile.actions.items():
        place: Place = ("actions", name)
        if entry.action not in project.specs.paths:
            hint = did_you_mean(entry.action, project.specs.paths) or f"see '{project.specs.command} list'"
            yield project.problem(source.path, NAME, (*place, "action"), f"there is no action '{entry.action}'", hint)
        action = actions.get(entry.action)
        if action is None:
            continue  # a broken file is told of on its own
        bound = bindings(profile, entry, action)
        used.update(one.name for one in bound)
        yield from _bindings(project, source, place, bound, entry, action)
        yield from _needed(project, source, place, bound, entry, action)
        yield from reader.action(place, entry, action, bound)
    if not profile.every_action and all(entry.action in actions for entry in profile.actions.values()):
        for name in profile.parameters.keys() - used:
            message, hint = "no action lists a parameter of this name", "list it, or remove it"
            yield project.problem(source.path, f"{NAME}/unused", ("parameters", name), message, hint)
    known = Triggers(project.specs).paths
    for name, trigger in profile.triggers.items():
        if trigger not in known:
            hint = did_you_mean(trigger, known) or f"see '{project.specs.command} list --triggers'"
            yield project.problem(source.path, NAME, ("triggers", name), f"there is no trigger '{trigger}'", hint)
    yield from _credentials(project, source, profile)
    yield from _envelope(project, source, profile)
    yield from reader.envelope()
    yield from reader.texts()
    yield from reader.listing()


def _bindings(
    project: Project, source: Source, place: Place, bound: list[Binding], entry: ListedAction, action: Action
) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    made = entry.inputs if isinstance(entry.inputs, Mapping) else {}
    for one in bound:
        here = _place_of(source, place, one)
        if one.connection is not None:
            yield from _missing(
                project, source, here, one.connection, "property", _connection(project), "the connection"
            )
            continue
        if one.target is None:
            if not one.listed.schema:
                message = f"'{one.name}' is not a parameter of '{action.name}', and nothing says what it is"
                hint = did_you_mean(one.name, action.parameters)
                hint = hint or "name the parameter it becomes by 'parameter', or describe it by 'schema'"
                yield project.problem(source.path, NAME, here, message, hint)
            continue
        yield from _missing(project, source, here, one.target, "parameter", action.input_schema, f"'{action.name}'")
        if one.name in action.parameters and one.target.split(".")[0] != one.name:
            message = f"'{one.name}' is the name of another parameter of '{action.name}'"
            yield project.problem(source.path, NAME, here, message, "list it under a name of its own")
        if one.listed.read_as == "pairs":
            continue  # they are put beside what is there
        other = next((taken[name] for name in taken if _overlap(name, one.target)), None)
        if other is not None or one.target in made:
            by = f"'{other}'" if other is not None else "'inputs'"
            message = f"'{one.target}' is given by {by} already"
            yield project.problem(source.path, NAME, here, message, "leave one of the two out, or rename it")
        taken.setdefault(one.target, one.name)


def _needed(
    project: Project, source: Source, place: Place, bound: list[Binding], entry: ListedAction, action: Action
) -> Iterator[Problem]:
    made = entry.inputs if isinstance(entry.inputs, Mapping) else {}
    for name in made:
        if name not in action.parameters:
            hint = did_you_mean(name, action.parameters) or _listed(action.parameters)
            message = f"'{action.name}' has no parameter '{name}'"
            yield project.problem(source.path, NAME, (*place, "inputs", name), message, hint)
    for name in action.required:
        if name in made:
            continue
        givers = [one for one in bound if one.target and one.target.split(".")[0] == name]
        if not givers:
            message = f"'{name}' is left out, which '{action.name}' needs, and nothing gives it a value"
            hint = f"list it under 'parameters', or write 'inputs: {{{name}: ...}}'"
            yield project.problem(source.path, NAME, (*place, "parameters"), message, hint)
        elif all(one.listed.required is False for one in givers):
            message = f"'{action.name}' needs '{name}', and here it may be left out"
            hint = "remove 'required: false', or give it a value by 'inputs'"
            yield project.problem(source.path, NAME, _place_of(source, place, givers[0]), message, hint)


def _credentials(project: Project, source: Source, profile: Profile) -> Iterator[Problem]:
    fields = profile.credentials.fields if profile.credentials else {}
    for name, field in fields.items():
        here: Place = ("credentials", "fields", name, "connection")
        yield from _missing(project, source, here, field.connection, "property", _connection(project), "the connection")


def _envelope(project: Project, source: Source, profile: Profile) -> Iterator[Problem]:
    envelope = profile.envelope
    names = {BESIDE, LEFT_OUT, *envelope.members}
    if envelope.outputs not in names:
        hint = did_you_mean(envelope.outputs, names) or _listed(sorted(names))
        message = f"the envelope has no property '{envelope.outputs}'"
        yield project.problem(source.path, NAME, ("envelope", "outputs"), message, hint)
    for name, member in envelope.members.items():
        here: Place = ("envelope", "members", name)
        if (member.value is None) != (name == envelope.outputs):
            message = "has no value" if member.value is None else "holds the outputs, so it cannot have a value as well"
            hint = "write 'value', a template over result" if member.value is None else "remove 'value'"
            yield project.problem(source.path, NAME, here, message, hint)
        if member.type is None:
            yield project.problem(source.path, NAME, here, "has no type", "write 'type', for example boolean")


def _missing(
    project: Project, source: Source, place: Place, name: str, noun: str, schema: Mapping[str, Any], of: str
) -> Iterator[Problem]:
    if missing := missing_name(schema, name.split(".")):
        yield project.problem(source.path, NAME, place, f"'{name}' is not a {noun} of {of}", missing[1])


def _connection(project: Project) -> Mapping[str, Any]:
    # Where connector.yaml cannot be used, nothing is known of it.
    return project.connector.connection.schema if project.connector is not None else {}


def _place_of(source: Source, place: Place, one: Binding) -> Place:
    """Where a parameter is written: in the action's entry, else in the common table."""
    own: Place = (*place, "parameters", one.name)
    written = {below for below, _ in mappings(source.data)}
    return own if own in written else ("parameters", one.name) if ("parameters", one.name) in written else place


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _listed(names: Iterable[str]) -> str:
    return f"there is {', '.join(names)}" if names else "there are none"
