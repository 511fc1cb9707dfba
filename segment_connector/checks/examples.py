"""Every action has two examples, and they are true: run with a clock that stands still, they give what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConnectorError, Problem, SpecError
from ..language.action_records import Action
from ..schema.validator import Validator
from ..values.paths import Place, mappings, place_of
from .project import Project, Source
from .rehearsal import Rehearsal

NAME = "examples"

_FEWEST = 2
_SHOWN = 80
_ABSENT = object()


def check(project: Project) -> Iterator[Problem]:
    """Examples that are too few, are refused, or say something else than what happens."""
    for source, action in project.actions:
        if len(action.examples) < _FEWEST:
            message = f"has {len(action.examples)} example; {_FEWEST} are needed"
            hint = "add one that shows another side, for example the optional parameters"
            yield project.problem(source.path, NAME, ("examples",), message, hint)
    yield from _values(project)
    if project.connector is None:
        return
    try:
        rehearsal = Rehearsal(project.specs)
    except LookupError as error:
        (name,) = error.args
        place: Place = ("connection", "properties", *name.replace(".", ".properties.").split("."))
        message = "no made-up value fits, and examples cannot be run without one"
        yield project.problem(project.connector_file.path, NAME, place, message, "add a 'placeholder' that fits")
        return
    sound = {action.name for _, action in project.actions}
    for source, action in project.actions:
        if sound.issuperset(_others(action)):
            for index in range(len(action.examples)):
                yield from _example(project, source, action, index, rehearsal)


def _others(action: Action) -> Iterator[str]:
    """The actions that the entries of a list parameter are checked by."""
    for schema in action.parameters.values():
        yield from schema.get("entries", {}).get("actions", ())


def _values(project: Project) -> Iterator[Problem]:
    """Sample values and defaults of parameters that the parameter itself would refuse."""
    for source, place, schema in project.schemas():
        if any("$ref" in node for _, node in mappings(schema)):
            continue  # it is whole only where the action is loaded
        samples: list[tuple[Place, Any]] = [((*place, "default"), schema["default"])] if "default" in schema else []
        given = schema.get("examples")
        if isinstance(given, list):
            samples += [((*place, "examples", index), value) for index, value in enumerate(given)]
        try:
            judge = Validator(schema) if samples else None
        except SpecError:
            continue  # the rule 'formats' says so
        for where, value in samples:
            for one in judge.problems(value) if judge else ():
                below = (*where, *place_of(value, one.field))
                yield project.problem(source.path, f"{NAME}/value", below, one.message, one.hint)


def _example(project: Project, source: Source, action: Action, index: int, rehearsal: Rehearsal) -> Iterator[Problem]:
    example, base = action.examples[index], ("examples", index)

    def problem(detail: str, place: Place, message: str, hint: str | None) -> Problem:
        return project.problem(source.path, f"{NAME}/{detail}", (*base, *place), message, hint)

    try:
        request = rehearsal.plan(action.name, example.input)
        result = rehearsal.run(action.name, example.input, example.response)
    except SpecError as error:  # a template fails on these inputs
        for one in error.problems:
            place = place_of(source.data, one.field)
            path = Path(one.path) if one.path else source.path
            yield project.problem(path, f"{NAME}/template", place, one.message, one.hint)
        return
    except ConnectorError as error:
        for one in error.problems:
            place = place_of(example.input, one.field)
            yield problem("input", ("input", *place), one.message, one.hint)
        return
    headers = {name.casefold(): value for name, value in request.headers.items()}
    said = example.request
    pairs: list[tuple[Place, Any, Any]] = [
        (("request", "method"), said["method"], request.method),
        (("request", "path"), said["path"], rehearsal.target(request)),
        (("request", "body"), said.get("body"), request.body),
        *(
            (("request", "headers", name), value, headers.get(name.casefold(), _ABSENT))
            for name, value in said.get("headers", {}).items()
        ),
        (("warnings",), list(example.warnings), [warning.message for warning in result.meta.warnings]),
    ]
    if result.error is None:
        pairs.append((("output",), example.output, result.outputs))
    for place, expected, actual in pairs:
        if (difference := first_difference(expected, actual, place)) is not None:
            where, wanted, found = difference
            message = f"says {_text(wanted)}, but it is {_text(found)}"
            yield problem(str(place[0]), where, message, "fix the example or the action")
    if result.error is not None:
        message = f"did not succeed: {result.error.message}"
        yield problem("response", ("response",), message, result.error.hint)
        return
    for name, output in action.outputs.items():
        if name in result.outputs:
            judge = Validator({"type": output.type, **output.schema})
            for one in judge.problems(result.outputs[name]):
                place = ("output", name, *place_of(result.outputs[name], one.field))
                yield problem("output", place, f"breaks the output's schema: {one.message}", one.hint)


def first_difference(expected: Any, actual: Any, place: Place) -> tuple[Place, Any, Any] | None:
    """The first place where two JSON values differ, with both values; a number and a boolean are never the same."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for key in (*expected, *(key for key in actual if key not in expected)):
            below = first_difference(expected.get(key, _ABSENT), actual.get(key, _ABSENT), (*place, key))
            if below is not None:
                return below
        return None
    if isinstance(expected, list) and isinstance(actual, list):
        for index in range(max(len(expected), len(actual))):
            wanted, found = (values[index] if index < len(values) else _ABSENT for values in (expected, actual))
            below = first_difference(wanted, found, (*place, index))
            if below is not None:
                return below
        return None
    same = type(expected) is type(actual) and expected == actual
    return None if same else (place, expected, actual)


def _text(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
