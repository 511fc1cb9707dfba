"""Every template holds to its language, names only what is declared, and every declared parameter is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..call.compiled_action import OUTPUT_NAMES, REQUEST_NAMES, SPLIT_NAMES
from ..call.outcome import ANSWER_NAMES
from ..errors import Problem, SpecError
from ..language.action_records import Action
from ..redact import has_secret
from ..templates.compiler import Compiler
from ..values.paths import Place, dotted, is_shared, mappings, strings
from .project import Project, Source, missing_name

NAME = "templates"

Used = tuple[str, ...]


@dataclass(slots=True)
class TemplateText:
    """One string of a spec that is a template.

    :ivar names: what means something in it.
    :ivar sent: it is a part of the request, or decides about it.
    :ivar always: it must have a value, whatever was given.
    :ivar used: the names it uses with their members, and those whose absence it deals with, once it is parsed.
    """

    place: Place
    text: str
    names: tuple[str, ...]
    sent: bool = True
    always: bool = False
    used: set[Used] = field(default_factory=set)
    guarded: set[str] = field(default_factory=set)


def check(project: Project) -> Iterator[Problem]:
    """Templates that cannot be compiled, names that are not there, and parameters that nothing reads."""
    for source, action in project.actions:
        yield from _action(project, source, action)
    if project.connector is not None:
        for leaf in _connector_leaves(project.connector_file.data):
            yield from _parse(project, project.connector_file, leaf)
            yield from _connection_names(project, project.connector_file, leaf)
    for source in project.type_files:
        for place, node in mappings(source.data):
            if "when" in node and "warn" in node:
                leaf = TemplateText((*place, "when"), str(node["when"]), REQUEST_NAMES)
                yield from _parse(project, source, leaf)


def _action(project: Project, source: Source, action: Action) -> Iterator[Problem]:
    leaves = list(_leaves(action))
    for leaf in leaves:
        problems = list(_parse(project, source, leaf))
        if problems and is_shared(source.data, leaf.place):
            continue  # it is told of where it stands
        yield from problems
        yield from _input_names(project, source, action, leaf)
        yield from _connection_names(project, source, leaf)
    used = {
        path[1] if len(path) > 1 else "" for leaf in leaves if leaf.sent for path in leaf.used if path[0] == "input"
    }
    used |= _used_by_rules(action) | _merged(action) | _skipping(action)
    if action.split is not None:
        used.add(action.split.parameter)
    for name in action.parameters:
        if name not in used and "" not in used:
            message = "is declared, but nothing that is sent uses it"
            hint = f"name it in 'body' or 'query', write '{{{{ input.{name} }}}}' in the path or headers, or remove it"
            yield project.problem(source.path, f"{NAME}/unused", ("parameters", name), message, hint)


def _leaves(action: Action) -> Iterator[TemplateText]:
    endpoint = action.endpoint
    yield TemplateText(("api",), action.api, REQUEST_NAMES, always=True)
    yield TemplateText(("endpoint",), endpoint.method, REQUEST_NAMES, always=True)
    yield TemplateText(("endpoint",), endpoint.path, REQUEST_NAMES, always=True)
    for part in ("query", "headers"):
        for place, text in strings(getattr(endpoint, part), (part,)):
            yield TemplateText(place, text, REQUEST_NAMES)
    for place, text in strings(action.body, ("body",)):
        yield TemplateText(place, text, REQUEST_NAMES)
    for index, doubt in enumerate(action.checks):
        yield TemplateText(("checks", index, "when"), doubt.when, REQUEST_NAMES)
    for name, output in action.outputs.items():
        for place, text in strings(output.value, ("outputs", name, "value")):
            yield TemplateText(place, text, SPLIT_NAMES if action.split else OUTPUT_NAMES, sent=False)


def _connector_leaves(data: Mapping[str, Any]) -> Iterator[TemplateText]:
    for name, api in data["apis"].items():
        answer = api.get("answer", {})
        place: Place = ("apis", name, "answer")
        for member in ("refused_when", "retry_after_ms"):
            if member in answer:
                yield TemplateText((*place, member), answer[member], ANSWER_NAMES)
        for below, text in strings(answer.get("error", {}), (*place, "error")):
            yield TemplateText(below, text, ANSWER_NAMES)
    for index, test in enumerate(data["connection"].get("test", ())):
        if "path" in test:
            yield TemplateText(("connection", "test", index, "path"), test["path"], ("connection",))


def _parse(project: Project, source: Source, leaf: TemplateText) -> Iterator[Problem]:
    compiler = Compiler(leaf.names, (), str(source.path))
    try:
        guarded = compiler.parse(leaf.text, dotted(leaf.place)).guarded()
        leaf.guarded = {path[1] for path in guarded if path[0] == "input" and len(path) > 1}
    except SpecError as error:
        for problem in error.problems:
            yield project.problem(source.path, NAME, leaf.place, problem.message, problem.hint)
    leaf.used = compiler.used


def _input_names(project: Project, source: Source, action: Action, leaf: TemplateText) -> Iterator[Problem]:
    merged = _merged(action)
    for path in sorted(leaf.used):
        if path[0] != "input" or len(path) == 1:
            continue
        if missing := missing_name(action.input_schema, path[1:]):
            name, hint = missing
            yield project.problem(source.path, NAME, leaf.place, f"'input.{name}' is not declared", hint)
        elif path[1] in merged:
            message = f"'{path[0]}.{path[1]}' is merged into the entries, so no template sees it"
            yield project.problem(source.path, NAME, leaf.place, message, "remove the template, or do not merge it")
        elif leaf.always and path[1] not in leaf.guarded and not _always_given(action, path[1]):
            message = f"'{path[0]}.{path[1]}' may be absent, but the request needs it"
            yield project.problem(source.path, NAME, leaf.place, message, f"add '{path[1]}' to 'required'")


def _connection_names(project: Project, source: Source, leaf: TemplateText) -> Iterator[Problem]:
    if project.connector is None:
        return
    connection = project.connector.connection
    for path in sorted(leaf.used):
        if path[0] != "connection" or len(path) == 1:
            continue
        if missing := missing_name(connection.schema, path[1:]):
            name, hint = missing
            message = f"'connection.{name}' is not declared in connector.yaml"
            yield project.problem(source.path, NAME, leaf.place, message, hint)
        elif has_secret(connection.properties[path[1]]):
            message = f"'connection.{path[1]}' is secret, so no template sees it"
            yield project.problem(source.path, NAME, leaf.place, message, "credentials are added by an auth scheme")


def _always_given(action: Action, name: str) -> bool:
    return name in action.required or not {"default", "generate"}.isdisjoint(action.parameters[name])


def _used_by_rules(action: Action) -> set[str]:
    """The parameters that rules speak of: a schema over all inputs names them as members."""
    used: set[str] = set()
    for rule in action.rules:
        for _, node in mappings(rule.schema):
            if isinstance(required := node.get("required"), (list, tuple)):
                used.update(str(name) for name in required)
            if isinstance(properties := node.get("properties"), Mapping):
                used.update(properties)
    return used


def _merged(action: Action) -> set[str]:
    return {name for entries in _entries(action) for name in entries.get("merge", ())}


def _skipping(action: Action) -> set[str]:
    return {entries["skip"] for entries in _entries(action) if "skip" in entries}


def _entries(action: Action) -> list[Mapping[str, Any]]:
    return [schema["entries"] for schema in action.parameters.values() if "entries" in schema]
