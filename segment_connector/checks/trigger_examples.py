"""Every trigger has an example, and it is true: the delivery or the poll gives the items that it says."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import ConnectorError, Problem
from ..language.trigger_records import Trigger, TriggerExample
from ..triggers.compiled_trigger import CompiledTrigger
from ..triggers.trigger_runner import TriggerRunner
from ..values.paths import place_of
from .project import ALONE, Project, Source
from .rehearsal import Rehearsal

NAME = "trigger-examples"

_SHOWN = 120
# Members of an example that belong to the other kind.
_FOREIGN = {"webhook": ("now", "state", "answers"), "poll": ("secret", "body", "filter")}


def check(project: Project) -> Iterator[Problem]:
    """Examples that are refused, or say something else than what happens."""
    shared = {str(source.path) for source in project.sources if source.kind not in ALONE}
    if project.connector is None or project.faulty & shared:
        return
    try:
        rehearsal = Rehearsal(project.specs)
    except LookupError:  # the rule 'examples' says so
        return
    runner = TriggerRunner(rehearsal.caller, project.triggers)
    sound = {action.name for source, action in project.actions if str(source.path) not in project.faulty}
    for source, trigger in project.usable_triggers:
        calls = trigger.poll.calls if trigger.poll else ()
        if not sound.issuperset(call.action for call in calls if "{{" not in call.action):
            continue
        for index, example in enumerate(trigger.examples):
            place = ("examples", index)
            for name in _FOREIGN[trigger.kind]:
                if getattr(example, name):
                    message, hint = f"has no meaning for 'kind: {trigger.kind}'", "remove it"
                    yield project.problem(source.path, NAME, (*place, name), message, hint)
            try:
                found = list(_told(runner, rehearsal, trigger, example))
            except ConnectorError as error:
                for one in error.problems:
                    within = ("input", *place_of(example.input, one.field)) if one.field else ()
                    below = (*place, *within)
                    yield project.problem(source.path, NAME, below, one.message, one.hint)
                continue
            yield from _compared(project, source, index, example, found)


def _told(
    runner: TriggerRunner, rehearsal: Rehearsal, trigger: Trigger, example: TriggerExample
) -> Iterator[Mapping[str, Any]]:
    """The items of an example, and what its filter becomes."""
    compiled = runner.compiled(trigger.name)
    if trigger.kind == "webhook":
        yield from _received(compiled, example)
        return
    with rehearsal.answering(example.answers, _instant(example.now)):
        polled = runner.poll(trigger.name, example.input, rehearsal.connection, example.state)
    for item in polled.items:
        yield _shown(item)


def _received(compiled: CompiledTrigger, example: TriggerExample) -> Iterator[Mapping[str, Any]]:
    from ..triggers.receiving import receive

    values = compiled.checked(example.input)
    if compiled.filter is not None and example.filter is not None:
        wanted = compiled.filter.evaluate({"input": values})
        if wanted != example.filter:
            raise ConnectorError.of("filter", f"the filter is {wanted!r}", "write that in 'filter' of the example")
    reception = receive(compiled, values, example.headers, (example.body or "").encode(), secret=example.secret)
    if reception.problem is not None:
        raise ConnectorError(reception.problem)
    if reception.refused:
        raise ConnectorError([one.problem for one in reception.refused])
    for item in reception.items:
        yield _shown(item)


def _shown(item: Any) -> dict[str, Any]:
    shown = {"id": item.id, "at": item.at, "title": item.title, "data": item.data}
    return {name: value for name, value in shown.items() if value is not None}


def _compared(
    project: Project, source: Source, index: int, example: TriggerExample, found: list[Mapping[str, Any]]
) -> Iterator[Problem]:
    if len(found) != len(example.items):
        message = f"the items that it gives are {len(found)}, and the example says {len(example.items)}"
        yield project.problem(source.path, NAME, ("examples", index, "items"), message, "write what it gives")
    for number, (said, given) in enumerate(zip(example.items, found, strict=False)):
        for name in sorted({*said, *given}):
            if said.get(name) != given.get(name):
                text = json.dumps(given.get(name), ensure_ascii=False)
                message = f"is {text if len(text) <= _SHOWN else text[:_SHOWN] + '...'}"
                place = ("examples", index, "items", number, name)
                yield project.problem(source.path, NAME, place, message, "write that, or fix the trigger")


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
