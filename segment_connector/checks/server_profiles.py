"""Every profile of another service names what is there, and a connection can choose each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..errors import Problem, known_names
from ..language.connector_records import ConnectorSpec
from ..language.served_specs import SERVER
from ..language.server_records import ServerProfile
from ..values.paths import Place
from .project import Project, Source, missing_name

NAME = "servers"


def check(project: Project) -> Iterator[Problem]:
    """APIs, actions, ways to sign and regions that are not there; services that no connection can name, or only it."""
    spec = project.connector
    if spec is None:
        return
    yield from _choice(project, spec)
    for source, server in project.servers:
        for place, name, known in _named(project, spec, server):
            if name not in known:
                message, hint = f"there is no '{name}'", known_names(name, known)
                yield project.problem(source.path, NAME, place, message, hint)
        yield from _actions(project, source, server)
        for index, test in enumerate(server.test):
            for number, name in enumerate(test.needs):
                if missing := missing_name(spec.connection.schema, name.split(".")):
                    place = ("test", index, "needs", number)
                    message = f"the connection has no property '{name}'"
                    yield project.problem(source.path, NAME, place, message, missing[1])


def _named(project: Project, spec: ConnectorSpec, server: ServerProfile) -> Iterator[tuple[Place, str, list[str]]]:
    """Every name that has to be among some others, with its place."""
    actions, regions = list(project.specs.paths), spec.connection.properties.get("region", {}).get("enum", [])
    yield ("api",), server.api, list(spec.apis)
    for index, name in enumerate(server.auth):
        yield ("auth", index), name, list(spec.auth)
    for path, taken in server.paths.items():
        for index, name in enumerate(taken):
            yield ("paths", path, index), name, actions
    for index, one in enumerate(server.unverified):
        for number, name in enumerate(one.actions):
            yield ("unverified", index, "actions", number), name, list(server.path_of)
    for index, test in enumerate(server.test):
        if test.api is not None:
            yield ("test", index, "api"), test.api, [server.api]
        if test.auth is not None:
            yield ("test", index, "auth"), test.auth, list(server.auth)
    for region in server.servers if not isinstance(server.servers, str) else ():
        yield ("servers", region), region, regions


def _actions(project: Project, source: Source, server: ServerProfile) -> Iterator[Problem]:
    """Actions that belong to another API, and those that two paths have."""
    seen: set[str] = set()
    apis = {action.name: action.api for _, action in project.actions}
    for path, taken in server.paths.items():
        for index, name in enumerate(taken):
            place: Place = ("paths", path, index)
            if apis.get(name, server.api) != server.api:
                message, hint = f"'{name}' is not an action of the API '{server.api}'", "remove it"
                yield project.problem(source.path, NAME, place, message, hint)
            if name in seen:
                message = f"'{name}' is below another path already"
                yield project.problem(source.path, NAME, place, message, "keep one of the two")
            seen.add(name)


def _choice(project: Project, spec: ConnectorSpec) -> Iterator[Problem]:
    """What ``connection.properties.server`` lets people choose: the connector itself, and every profile."""
    path, names = project.connector_file.path, [server.name for _, server in project.servers]
    property_ = spec.connection.properties.get(SERVER)
    place: Place = ("connection", "properties", SERVER)
    wanted = [spec.name, *names]
    if property_ is None:
        if names:
            message = "has no 'server', so that no connection can choose a service of servers/"
            yield project.problem(path, NAME, ("connection", "properties"), message, _enum(wanted))
    elif sorted(property_.get("enum", ())) != sorted(wanted):
        message = "lets people choose others than those of servers/"
        yield project.problem(path, NAME, (*place, "enum"), message, _enum(wanted))


def _enum(names: Iterable[str]) -> str:
    return f"write 'enum: [{', '.join(names)}]' in 'server'"
