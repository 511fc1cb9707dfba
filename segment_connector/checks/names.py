"""Files stand where they are looked for, and open with what a listing reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

from ..errors import Problem, did_you_mean
from ..language.action_records import Summary
from ..language.specs import LISTS_IN_HEAD
from .project import Project, Source

NAME = "names"

# What ``read_head`` must meet before the first nested value.
_HEAD = frozenset({field.name for field in fields(Summary)} - {"group"} | {"description", "endpoint", "status"})
_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
_SNAKE_HINT = "write small letters, digits and '_', for example list_sources"
_SPEC_LIKE = frozenset((".yaml", ".yml", ".json"))


def check(project: Project) -> Iterator[Problem]:
    """Misplaced files and folders, names that are taken, and heads that a listing cannot read."""
    yield from _places(project)
    yield from _groups(project)
    yield from _common(project)
    yield from _order(project)
    yield from _start(project)
    for source in project.action_files:
        if isinstance(source.data, dict):
            yield from _head(project, source)


def _places(project: Project) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path in sorted(project.root.glob("actions/**/*")):
        place = path.relative_to(project.root)
        if path.suffix not in _SPEC_LIKE or not path.is_file():
            continue
        if path.suffix != ".yaml" or len(place.parts) != 3:
            message = "actions are not looked for here"
            yield project.problem(path, NAME, (), message, "actions are actions/<group>/<name>.yaml")
            continue
        group, stem = place.parts[1], path.stem
        for what, name in (("folder", group), ("file", stem)):
            if not _SNAKE.match(name):
                yield project.problem(path, NAME, (), f"the {what} '{name}' is not in snake_case", _SNAKE_HINT)
        if stem in seen:
            message = f"another action has this name: {seen[stem]}"
            yield project.problem(path, NAME, ("name",), message, "rename one of the two")
        seen.setdefault(stem, place.as_posix())


def _groups(project: Project) -> Iterator[Problem]:
    if project.connector is None or not project.connector.groups:
        return
    named, path = project.connector.groups, project.connector_file.path
    folders = {source.path.parent.name for source in project.action_files}
    for group in sorted(folders - named.keys()):
        message, hint = f"the folder actions/{group} is not among them", "give it a title and a summary here"
        yield project.problem(path, NAME, ("groups",), message, hint)
    for group in named.keys() - folders:
        message, hint = "there is no such folder below actions/, or it is empty", "remove it, or name the folder so"
        yield project.problem(path, NAME, ("groups", group), message, hint)


def _common(project: Project) -> Iterator[Problem]:
    named = project.connector.search.common if project.connector is not None else ()
    for index, name in enumerate(named):
        if name not in project.specs.paths:
            place, hint = ("search", "common", index), did_you_mean(name, project.specs.paths) or "leave it out"
            yield project.problem(project.connector_file.path, NAME, place, f"there is no action '{name}'", hint)


def _order(project: Project) -> Iterator[Problem]:
    begun = {word for name in project.specs.paths for word in (name, name.partition("_")[0])}
    for index, name in enumerate(project.connector.order if project.connector is not None else ()):
        if name not in begun:
            place, hint = ("order", index), did_you_mean(name, begun) or "leave it out"
            message = f"no action is named '{name}' or begins with it"
            yield project.problem(project.connector_file.path, NAME, place, message, hint)


def _start(project: Project) -> Iterator[Problem]:
    for index, way in enumerate(project.connector.start if project.connector is not None else ()):
        if way.action is not None and way.action not in project.specs.paths:
            place, hint = ("start", index, "action"), did_you_mean(way.action, project.specs.paths) or "name another"
            message = f"there is no action '{way.action}'"
            yield project.problem(project.connector_file.path, NAME, place, message, hint)


def _head(project: Project, source: Source) -> Iterator[Problem]:
    # An endpoint that is not text is told of as such, and not by what stands below it.
    def nests(key: str, value: object) -> bool:
        listed = isinstance(value, list) and key not in LISTS_IN_HEAD
        return key != "endpoint" and (isinstance(value, dict) or listed)

    nested = next((key for key, value in source.data.items() if nests(key, value)), None)
    before = True
    for key, value in source.data.items():
        before = before and key != nested
        if nests(key, value):
            continue
        if before and key not in _HEAD:
            message = "is at the head of the file, which a listing reads"
            yield project.problem(source.path, NAME, (key,), message, "move it below the first key with a nested value")
        elif not before and key in _HEAD:
            message = f"is below '{nested}', so a listing does not see it"
            yield project.problem(source.path, NAME, (key,), message, f"move it above '{nested}'")
