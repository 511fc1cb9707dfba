"""Pages, dropdowns and bulk delivery name parameters, outputs and actions that are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import Problem, did_you_mean
from ..http.syntax import FORM, writing_of
from ..language.action_records import Action
from ..values.paths import Place, schema_at, subschemas
from .project import Project, Source, missing_name

NAME = "lists"


def check(project: Project) -> Iterator[Problem]:
    """Cursors without a parameter, pages without an output, columns and dropdowns of what is not there."""
    actions = {action.name: action for _, action in project.actions}
    for source, action in project.actions:
        yield from _paging(project, source, action)
        yield from _writing(project, source, action)
        yield from _columns(project, source, action)
        for name, parameter in action.parameters.items():
            for place, schema in subschemas(parameter, ("parameters", name)):
                if "options" in schema:
                    yield from _options(project, source, action, (*place, "options"), schema["options"], actions)
    yield from _bulk(project, actions)
    for name, api in project.connector.apis.items() if project.connector is not None else ():
        if not api.explode and api.style == "dotted":
            message, hint = "has a meaning for 'style: form' only", "remove it, or write 'style: form'"
            yield project.problem(project.connector_file.path, NAME, ("apis", name, "explode"), message, hint)


def _bulk(project: Project, actions: Mapping[str, Action]) -> Iterator[Problem]:
    spec = project.connector
    if spec is None or spec.bulk is None:
        return
    action = actions.get(spec.bulk)
    if spec.bulk not in project.specs.paths:
        message, hint = f"there is no action '{spec.bulk}'", did_you_mean(spec.bulk, project.specs.paths)
    elif action is not None and (action.split is None or "entries" not in action.parameters[action.split.parameter]):
        message, hint = f"'{spec.bulk}' does not send many events at once", None
    else:
        return  # a broken file is told of on its own
    hint = hint or "name an action with 'split' and 'entries'"
    yield project.problem(project.connector_file.path, NAME, ("bulk",), message, hint)


def _writing(project: Project, source: Source, action: Action) -> Iterator[Problem]:
    """Words for lists in a query that the style has no use for, and lists of calls in a form."""
    api = project.connector.apis.get(action.api) if project.connector is not None else None
    if api is None:
        return
    writing = writing_of(action.endpoint, api)
    if action.endpoint.explode is not None and writing.style == "dotted":
        message, hint = "has a meaning for 'style: form' only", "remove it, or write 'style: form'"
        yield project.problem(source.path, NAME, ("explode",), message, hint)
    if action.split is not None and writing.content == FORM:
        message, hint = "a list that is cut into requests is sent as JSON, and this is a form", "remove one of the two"
        yield project.problem(source.path, NAME, ("split",), message, hint)


def _paging(project: Project, source: Source, action: Action) -> Iterator[Problem]:
    outputs = _closed({name: {**output.schema, "type": output.type} for name, output in action.outputs.items()})
    alone = not isinstance(source.data.get("paging"), list)
    for index, paging in enumerate(action.paging):
        base: Place = ("paging",) if alone else ("paging", index)
        for member, name, schema, what in (
            ("cursor", paging.cursor, action.input_schema, "parameter"),
            ("page", paging.page, action.input_schema, "parameter"),
            ("offset", paging.offset, action.input_schema, "parameter"),
            ("size", paging.size, action.input_schema, "parameter"),
            ("next", paging.next, outputs, "output"),
            ("more", paging.more, outputs, "output"),
            ("total", paging.total, outputs, "output"),
            ("items", paging.items, outputs, "output"),
        ):
            if name is not None:
                yield from _missing(project, source, (*base, member), name, schema, what)
        for member in ("page", "offset", "size"):
            if paging.kind in ("page", "offset") and (name := getattr(paging, member)) is not None:
                kinds = schema_at(action.input_schema, name).get("type", "integer")
                if not {"integer", "number"} & ({kinds} if isinstance(kinds, str) else set(kinds)):
                    message = f"'{name}' is counted on, but takes no number"
                    yield project.problem(source.path, NAME, (*base, member), message, "write 'type: integer' there")


def _columns(project: Project, source: Source, action: Action) -> Iterator[Problem]:
    for name, output in action.outputs.items():
        for place, schema in subschemas(output.schema, ("outputs", name, "schema")):
            for index, column in enumerate(schema.get("columns", ())):
                closed = {**schema, "additionalProperties": False}
                yield from _missing(
                    project, source, (*place, "columns", index), column, closed, "property of the record"
                )


def _options(
    project: Project,
    source: Source,
    action: Action,
    place: Place,
    options: Mapping[str, Any],
    actions: Mapping[str, Action],
) -> Iterator[Problem]:
    name = options["action"]
    if name not in project.specs.paths:
        message, hint = f"there is no action '{name}'", did_you_mean(name, project.specs.paths)
        yield project.problem(
            source.path, NAME, (*place, "action"), message, hint or f"see '{project.specs.command} list'"
        )
    for there, here in options.get("inputs", {}).items():
        yield from _missing(project, source, (*place, "inputs", there), here, action.input_schema, "parameter")
    lister = actions.get(name)
    if lister is None:
        return  # a broken file is told of on its own
    if lister.effect != "read":
        message = f"'{name}' has the effect '{lister.effect}', and a dropdown must change nothing"
        yield project.problem(source.path, NAME, (*place, "action"), message, "name an action that reads")
    if not lister.paging and not any(output.type == "array" for output in lister.outputs.values()):
        message = f"'{name}' does not return a list"
        yield project.problem(
            source.path, NAME, (*place, "action"), message, "name an action with an output of type array"
        )
    for member in ("inputs", "each"):
        for there in options.get(member, {}):
            what = f"parameter of '{name}'"
            yield from _missing(project, source, (*place, member, there), there, _closed(lister.parameters), what)


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _missing(
    project: Project, source: Source, place: Place, name: str, schema: Mapping[str, Any], what: str
) -> Iterator[Problem]:
    if missing := missing_name(schema, name.split(".")):
        yield project.problem(source.path, NAME, place, f"'{name}' is not a known {what}", missing[1])
