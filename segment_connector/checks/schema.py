"""Every file keeps to its schema in ``schemas/``, and every JSON Schema in it is one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from ..errors import Problem
from ..language.specs import default_root
from ..schema.validator import Validator
from ..values.paths import Place, place_of
from .project import Project

NAME = "schema"

_LANGUAGE = {
    "connector": "connector.schema.json",
    "action": "action.schema.json",
    "catalog": "catalog.schema.json",
    "preset": "preset.schema.json",
    "server": "server.schema.json",
    "types": "types.schema.json",
    "investigation": "investigation.schema.json",
    "job": "job.schema.json",
    "plans": "plans.schema.json",
    "trigger": "trigger.schema.json",
    "webhooks": "webhooks.schema.json",
    "columns": "columns.schema.json",
    "ready": "ready.schema.json",
    "locale": "locale.schema.json",
    "texts": "texts.schema.json",
}


def language_file(project: Project, kind: str) -> Path:
    """The schema of a kind of file: the project's own copy, which editors read, else the package's."""
    own = project.root / "schemas" / _LANGUAGE[kind]
    return own if own.is_file() else default_root() / "schemas" / _LANGUAGE[kind]


def check(project: Project) -> Iterator[Problem]:
    """Keys, types and values that the language does not have."""
    metaschema = Validator(Draft202012Validator.META_SCHEMA, noun="key")
    language: dict[str, Mapping[str, Any]] = {}
    for kind in _LANGUAGE:
        path = language_file(project, kind)
        schema = _json_object(path)
        problems = [Problem("json", "this is not a JSON object")] if schema is None else metaschema.problems(schema)
        if problems:
            yield from (_at(project, path, schema, (), problem) for problem in problems)
            return  # nothing can be judged by a broken language
        language[kind] = schema or {}
    language = {kind: _whole(schema, language) for kind, schema in language.items()}
    validators = {kind: Validator(schema, noun="key") for kind, schema in language.items()}
    said: set[tuple[str | None, str | None]] = set()
    for source in project.sources:
        if source.data is None:  # the rule 'load' says so
            continue
        found = validators[source.kind].problems(source.data)
        problems = [_at(project, source.path, source.data, (), problem) for problem in found]
        said.update((problem.path, problem.field) for problem in problems)
        yield from problems
    for source, place, schema in project.root_schemas():
        for problem in metaschema.problems(schema):
            one = _at(project, source.path, schema, place, problem)
            if (one.path, one.field) not in said:
                yield one


def _whole(schema: Mapping[str, Any], language: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A grammar with those of other files, which it refers to by their names, as definitions of its own."""
    files = {name: language[kind] for kind, name in _LANGUAGE.items()}
    named = {file for file in files if f'"{file}#' in json.dumps(schema)}
    others = {file: _moved(files[file], file) for file in named}
    return {**_moved(schema, None), "$defs": {**_moved(schema.get("$defs", {}), None), **others}}


def _moved(node: Any, file: str | None) -> Any:
    """A grammar with its references as they are where it is a definition of another one.

    :param file: its name there; ``None`` for the one that is the whole.
    """
    if isinstance(node, list):
        return [_moved(item, file) for item in node]
    if not isinstance(node, dict):
        return node
    moved = {key: _moved(item, file) for key, item in node.items() if not (key == "$id" and isinstance(item, str))}
    if isinstance(target := node.get("$ref"), str):
        of, _, place = target.partition("#")
        of = of or file or ""
        moved["$ref"] = f"#/$defs/{of}{place}" if of else target
    return moved


def _at(project: Project, path: Path, data: Any, base: Place, problem: Problem) -> Problem:
    place = (*base, *place_of(data, problem.field))
    return project.problem(path, f"{NAME}/{problem.code}", place, problem.message, problem.hint)


def _json_object(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError):
        return None
    return data if isinstance(data, dict) else None
