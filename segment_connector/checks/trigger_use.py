"""Triggers stand where they are looked for, call actions that there are, and their templates name what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import Problem, SpecError, did_you_mean
from ..language.action_records import Action
from ..language.step_records import Step
from ..language.trigger_records import Trigger, Webhook
from ..templates.compiler import Compiler
from ..triggers.compiled_trigger import ITEM_NAMES, SET_UP_NAMES
from ..values.paths import Place, dotted, strings
from .project import Project, Source, missing_name

NAME = "triggers"

_STEP_NAMES = (*SET_UP_NAMES, "steps", "kept")
_POLL_NAMES = ("input", "since", "now")


def check(project: Project) -> Iterator[Problem]:
    """Triggers that are misplaced, name what is not there, or can never run."""
    yield from _places(project)
    for source, trigger in project.usable_triggers:
        yield from _trigger(project, source, trigger)
    used = {trigger.webhook for _, trigger in project.usable_triggers}
    all_known = all(source.trigger is not None for source in project.sources if source.kind == "trigger")
    for source in project.sources:
        for name, webhook in project.webhooks.items() if source.kind == "webhooks" else ():
            yield from _webhook(project, source, name, webhook)
            if name not in used and all_known:
                yield project.problem(
                    source.path, f"{NAME}/unused", (name,), "no trigger uses this webhook", "remove it"
                )


def _places(project: Project) -> Iterator[Problem]:
    groups = project.connector.groups if project.connector is not None else {}
    seen: dict[str, str] = {}
    for source in project.sources:
        if source.kind != "trigger":
            continue
        stem, group = source.path.stem, source.path.parent.name
        if stem in seen:
            message = f"another trigger has this name: {seen[stem]}"
            yield project.problem(source.path, NAME, ("name",), message, "rename one of the two")
        seen.setdefault(stem, source.path.relative_to(project.root).as_posix())
        if groups and group not in groups:
            hint = did_you_mean(group, groups) or "name it in 'groups' of connector.yaml"
            yield project.problem(source.path, NAME, (), f"there is no group '{group}'", hint)


def _trigger(project: Project, source: Source, trigger: Trigger) -> Iterator[Problem]:
    schema = project.connector.connection.schema if project.connector is not None else {}
    for index, need in enumerate(trigger.needs if schema else ()):
        if missing := missing_name(schema, need.split(".")):
            message = f"the connection has no property '{need}'"
            yield project.problem(source.path, NAME, ("needs", index), message, missing[1])
    used: set[str] = set()
    for place, text, names in _texts(trigger):
        problems, paths = _parsed(project, source, place, text, names)
        yield from problems
        for path in paths:
            if path[0] == "input":
                used.add(path[1] if len(path) > 1 else "")
                if len(path) > 1 and (missing := missing_name(trigger.input_schema, path[1:])):
                    message = f"'input.{missing[0]}' is not declared"
                    yield project.problem(source.path, NAME, place, message, missing[1])
    webhook = project.webhooks.get(trigger.webhook or "")
    if webhook is not None:
        used |= {name for step in (*webhook.subscribe, *webhook.unsubscribe) for name in _inputs_of(step)}
    for name in trigger.parameters:
        if name not in used and "" not in used:
            message, hint = "is declared, but nothing uses it", "use it in a template, or remove it"
            yield project.problem(source.path, f"{NAME}/unused", ("parameters", name), message, hint)
    for index, call in enumerate(trigger.poll.calls if trigger.poll else ()):
        called = _action(project, call.action)
        if called is not None and called.effect != "read":
            message, hint = f"'{call.action}' changes something, and a poll may only read", "name an action that reads"
            yield project.problem(source.path, NAME, ("poll", "calls", index, "action"), message, hint)
        yield from _call(project, source, ("poll", "calls", index), call.action, call.input, lists=call.entries is None)
    if trigger.poll is not None and trigger.poll.remember == "window" and trigger.item.at is None:
        message = "is missing: a poll that looks back a while must know when each item happened"
        hint = "write a template for it, or 'remember: current' where the list is looked at whole"
        yield project.problem(source.path, NAME, ("item",), f"'at' {message}", hint)


def _webhook(project: Project, source: Source, name: str, webhook: Webhook) -> Iterator[Problem]:
    for member in ("subscribe", "unsubscribe", "check"):
        steps: Sequence[Step] = getattr(webhook, member)
        known: set[str] = set()
        kept = {key for step in webhook.subscribe for key in step.keep}
        for index, step in enumerate(steps):
            place: Place = (name, member, index)
            yield from _call(project, source, place, step.action, step.input, lists=step.pick is not None)
            for below, text, names in _step_texts(step):
                problems, paths = _parsed(project, source, (*place, *below), text, names)
                yield from problems
                for path in paths:
                    offered = {"steps": known, "kept": kept}.get(path[0])
                    if offered is not None and len(path) > 1 and path[1] not in offered:
                        message = f"nothing is called '{path[0]}.{path[1]}' here"
                        hint = did_you_mean(path[1], offered) or f"there is {', '.join(sorted(offered)) or 'none'}"
                        yield project.problem(source.path, NAME, (*place, *below), message, hint)
            if step.as_ is not None:
                known.add(step.as_)
    for index, text in enumerate(webhook.manual):
        problems, _ = _parsed(project, source, (name, "manual", index), text, SET_UP_NAMES)
        yield from problems


def _call(
    project: Project, source: Source, place: Place, action: str, inputs: Any, *, lists: bool
) -> Iterator[Problem]:
    """What is wrong with a call of an action: its name, the names of its inputs, and what it needs."""
    if "{{" in action:
        return
    if action not in project.specs.paths:
        hint = did_you_mean(action, project.specs.paths) or "name an action of this connector"
        yield project.problem(source.path, NAME, (*place, "action"), f"there is no action '{action}'", hint)
        return
    called = _action(project, action)
    if called is None or not isinstance(inputs, Mapping):
        return
    for name in inputs:
        if name not in called.parameters:
            hint = did_you_mean(name, called.parameters) or f"it has {', '.join(called.parameters)}"
            message = f"'{action}' has no parameter '{name}'"
            yield project.problem(source.path, NAME, (*place, "input", name), message, hint)
    for name in called.required:
        if name not in inputs:
            message = f"'{action}' needs '{name}'"
            yield project.problem(source.path, NAME, (*place, "input"), message, "give it here")
    if lists and not called.paging:
        message, hint = f"'{action}' does not return a paged list", "say what its entries are, or name another"
        yield project.problem(source.path, NAME, (*place, "action"), message, hint)


def _action(project: Project, name: str) -> Action | None:
    return next((action for _, action in project.actions if action.name == name), None)


def _texts(trigger: Trigger) -> Iterator[tuple[Place, str, tuple[str, ...]]]:
    if trigger.filter is not None:
        yield ("filter",), trigger.filter, ("input",)
    if trigger.where is not None:
        yield ("where",), trigger.where, ITEM_NAMES
    for member in ("id", "key", "at", "title"):
        if (text := getattr(trigger.item, member)) is not None:
            yield ("item", member), text, ITEM_NAMES
    for name, output in trigger.outputs.items():
        for place, text in strings(output.value, ("outputs", name, "value")):
            yield place, text, ITEM_NAMES
    for index, call in enumerate(trigger.poll.calls if trigger.poll else ()):
        base: Place = ("poll", "calls", index)
        yield (*base, "action"), call.action, _POLL_NAMES
        if call.when is not None:
            yield (*base, "when"), call.when, ("input",)
        for place, text in strings(call.input, (*base, "input")):
            yield place, text, _POLL_NAMES
        for place, text in strings(call.entries, (*base, "entries")):
            yield place, text, (*_POLL_NAMES, "result")


def _step_texts(step: Step) -> Iterator[tuple[Place, str, tuple[str, ...]]]:
    yield ("action",), step.action, _STEP_NAMES
    for member, more in (("when", ()), ("pick", ("item",))):
        if (text := getattr(step, member)) is not None:
            yield (member,), text, (*_STEP_NAMES, *more)
    for place, text in strings(step.input, ("input",)):
        yield place, text, _STEP_NAMES
    for place, text in strings(step.keep, ("keep",)):
        yield place, text, (*_STEP_NAMES, "result")


def _inputs_of(step: Step) -> Iterator[str]:
    for _place, text, names in _step_texts(step):
        compiler = Compiler(names, (), "")
        try:
            compiler.parse(text, "")
        except SpecError:  # it is told of where it stands
            continue
        yield from (path[1] for path in compiler.used if path[0] == "input" and len(path) > 1)


def _parsed(
    project: Project, source: Source, place: Place, text: str, names: Iterable[str]
) -> tuple[list[Problem], list[tuple[str, ...]]]:
    """What is wrong with a template, and the names that it uses."""
    compiler = Compiler(tuple(names), (), str(source.path))
    try:
        compiler.parse(text, dotted(place))
    except SpecError as error:
        return [project.problem(source.path, NAME, place, one.message, one.hint) for one in error.problems], []
    return [], sorted(compiler.used)
