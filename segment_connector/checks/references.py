"""What one place names, another declares; and what is declared for others, somebody uses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ..errors import Problem, SpecError, did_you_mean
from ..http.auth import schemes_of
from ..language.action_records import Action
from ..language.specs import nearest_type
from ..templates.compiler import Compiler
from ..values.paths import Place, mappings
from .project import Project, Source, missing_name

NAME = "references"


def check(project: Project) -> Iterator[Problem]:
    """Names that lead nowhere, shared definitions and auth schemes that nobody uses."""
    yield from _definitions(project)
    yield from _connector(project)
    for source, action in project.actions:
        yield from _api(project, source, action)
        yield from _parameters(project, source, action)


def _definitions(project: Project) -> Iterator[Problem]:
    if any(not isinstance(source.data, Mapping) for source in project.sources):
        return  # a file that cannot be read may define and use anything
    shared = {f"{source.path.stem}#{name}": source for source in project.type_files for name in source.data}
    used: set[str] = set()
    for source in project.sources:
        if source.kind in ("connector", "catalog", "webhooks"):
            continue
        for place, node in mappings(source.data):
            reference = node.get("$ref")
            if place[:1] == ("examples",) or not isinstance(reference, str):
                continue
            used.add(reference)
            if reference not in shared:
                hint = nearest_type(reference, shared)
                yield project.problem(source.path, NAME, place, f"'{reference}' names nothing", hint)
    for reference, source in shared.items():
        if reference not in used:
            hint = f"take it with '$ref: {reference}', or remove it"
            name = reference.partition("#")[2]
            yield project.problem(source.path, f"{NAME}/unused", (name,), "nothing uses this definition", hint)


def _connector(project: Project) -> Iterator[Problem]:
    """Names in ``connector.yaml``, but for those of APIs and schemes that loading it resolves."""
    spec, path = project.connector, project.connector_file.path
    if spec is None:
        return
    properties = spec.connection.properties
    named: list[tuple[Place, str | None]] = [
        (("connection", "required", index), name) for index, name in enumerate(spec.connection.required)
    ]
    used: set[str | None] = {name for _, server in project.servers for name in server.auth}
    for index, test in enumerate(spec.connection.test):
        used.add(test.auth)
        named += [(("connection", "test", index, "needs", number), name) for number, name in enumerate(test.needs)]
    for scheme in schemes_of(spec).values():
        named += [(("auth", scheme.id, *place), name) for place, name in scheme.names.items()]
    for place, name in named:
        if name is not None and (missing := missing_name(spec.connection.schema, name.split("."))):
            yield project.problem(path, NAME, place, f"the connection has no property '{name}'", missing[1])
    region = properties.get("region", {})
    has_regions = any(name for api in spec.apis.values() for name in api.by_region)
    if has_regions and "default" not in region and "region" not in spec.connection.required:
        message = "selects the servers of every call, so it must have a default or be required"
        hint = "write 'default' with one of its values; an API without regions has one address as 'servers'"
        yield project.problem(path, NAME, ("connection", "properties", "region"), message, hint)
    regions = [str(name) for name in region.get("enum", ())]
    for api in spec.apis.values():
        used.update(api.auth)
        for name in api.by_region:
            if name and name not in regions:
                message, hint = f"there is no region '{name}'", did_you_mean(name, regions) or _listed(regions)
                yield project.problem(path, NAME, ("apis", api.name, "servers", name), message, hint)
    for name in properties.get("servers", {}).get("properties", {}):
        if name not in spec.apis:
            message, hint = f"there is no API '{name}'", did_you_mean(name, spec.apis) or _listed(spec.apis)
            place = ("connection", "properties", "servers", "properties", name)
            yield project.problem(path, NAME, place, message, hint)
    for name in spec.auth:
        if name not in used:
            message, hint = "no API uses this auth scheme", "name it in 'auth' of an API, or remove it"
            yield project.problem(path, f"{NAME}/unused", ("auth", name), message, hint)


def _listed(names: Iterable[str]) -> str:
    return f"there is {', '.join(names)}" if names else "none is declared"


def _api(project: Project, source: Source, action: Action) -> Iterator[Problem]:
    if project.connector is None:
        return
    apis = project.connector.apis
    names = [action.api] if "{{" not in action.api else _choices(action)
    if names is None:
        message = "is a template, so the parameter in it needs an 'enum' of APIs"
        yield project.problem(source.path, NAME, ("api",), message, _listed(apis))
    for name in names or ():
        if name not in apis:
            hint = did_you_mean(name, apis) or _listed(apis)
            yield project.problem(source.path, NAME, ("api",), f"there is no API '{name}' in connector.yaml", hint)
        elif apis[name].auth and action.body is None:
            plainest = schemes_of(project.connector)[apis[name].auth[-1]]
            if plainest.added(str).body:
                message = f"is signed in the body ('{plainest.id}'), and this action sends none"
                hint = "give the action a body, or the API a way to sign that needs none, as the last in its 'auth'"
                yield project.problem(source.path, NAME, ("api",), message, hint)


def _choices(action: Action) -> list[str] | None:
    """The values of the parameter that an API is named by, or ``None`` when anything may be given."""
    compiler = Compiler(("input",), (), action.path)
    try:
        compiler.parse(action.api, "api")
    except SpecError:
        return []  # the rule 'templates' says so
    schemas: list[Any] = [action.parameters.get(path[1], {}) for path in compiler.used if len(path) == 2]
    if len(schemas) != 1 or "enum" not in schemas[0]:
        return None
    return [str(name) for name in schemas[0]["enum"]]


def _parameters(project: Project, source: Source, action: Action) -> Iterator[Problem]:
    known = action.parameters

    def missing(place: Place, name: str, known: Collection[str] = known, what: str = "parameter") -> Iterator[Problem]:
        if name not in known:
            hint = did_you_mean(name, known) or _listed(known)
            yield project.problem(source.path, NAME, place, f"there is no {what} '{name}'", hint)

    for index, name in enumerate(action.required):
        yield from missing(("required", index), name)
    for index, rule in enumerate(action.rules):
        yield from missing(("rules", index, "field"), rule.field.split(".")[0])
    for index, doubt in enumerate(action.checks):
        yield from missing(("checks", index, "field"), doubt.field.split(".")[0])
    if (recorded := action.recorded) is not None:
        for name, members in recorded.fallbacks.items():
            yield from missing(("recorded", "fallbacks", name), name)
            for index, member in enumerate(members):
                yield from missing(("recorded", "fallbacks", name, index), member, recorded.ignored, "ignored member")
        for index, member in enumerate(recorded.to_entries):
            yield from missing(("recorded", "to_entries", index), member, recorded.ignored, "ignored member")
    for name, schema in known.items():
        entries = schema.get("entries")
        if entries is None:
            continue
        place: Place = ("parameters", name, "entries")
        for index, one in enumerate(entries["actions"]):
            yield from missing((*place, "actions", index), one, project.specs.paths, "action")
        for index, one in enumerate(entries.get("merge", ())):
            yield from missing((*place, "merge", index), one)
        if "skip" in entries:
            yield from missing((*place, "skip"), entries["skip"])
