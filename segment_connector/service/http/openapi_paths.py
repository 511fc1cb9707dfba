"""The parts of the OpenAPI document that are the same for every connector, as ``openapi.yaml`` beside this has them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ...language.yaml_reader import read
from ...templates.compiler import Compiler
from ...templates.evaluator import Evaluate
from ..connections import NAME

_FILE = Path(__file__).with_name("openapi.yaml")
_OF_TRIGGERS = "/v1/triggers"
_OF_INVESTIGATIONS = "/v1/investigations"
_OF_PRESETS = "/v1/presets"
_NAMES = (
    "actions", "triggers", "investigations", "families", "groups", "locales", "name", "required", "needs_connection",
)  # fmt: skip


@cache
def parts() -> dict[str, Any]:
    """What the file holds: ``about``, the description of the document, its ``components``, and what is used below."""
    found: dict[str, Any] = read(_FILE)
    return found


def failures(kind: str) -> dict[str, Any]:
    """The responses other than success that a kind of operation has, by status."""
    known = parts()["failures"]
    return {status: {"$ref": f"#/components/responses/Problem{status}"}
            for status in sorted((*known["everywhere"], *known[kind]))}  # fmt: skip


def problem_responses() -> dict[str, Any]:
    """The components that ``failures`` refers to."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        f"Problem{status}": {"description": said, "content": content} for status, said in parts()["statuses"].items()
    }


def general_paths(
    actions: list[str], groups: list[str], triggers: list[str], investigations: list[str], families: list[str], *,
    locales: list[str], needs_connection: bool,
) -> dict[str, Any]:  # fmt: skip
    """The operations that are not actions, by path.

    :param actions: the names of the actions that may be called; ``groups`` those of their groups.
    :param triggers: the names of the triggers; without any, there are no operations of triggers.
    :param investigations: likewise those of the investigations, and ``families`` those of the presets.
    :param locales: the languages that texts are there in.
    :param needs_connection: whether every call has to say by which connection.
    """
    values = {
        "actions": actions,
        "groups": groups,
        "locales": locales,
        "triggers": triggers,
        "investigations": investigations,
        "families": families,
        "name": NAME,
        "required": ["connection"] if needs_connection else [],
        "needs_connection": needs_connection,
    }
    paths: dict[str, Any] = _paths()(values)
    if not triggers:
        paths = {path: operations for path, operations in paths.items() if not path.startswith(_OF_TRIGGERS)}
    if not investigations:
        paths = {path: operations for path, operations in paths.items() if not path.startswith(_OF_INVESTIGATIONS)}
    if not families:
        del paths[_OF_PRESETS]
    for operations in paths.values():
        for operation in operations.values():
            responses = operation["responses"]
            responses |= failures(responses.pop("x-failures"))
    return paths


@cache
def _paths() -> Evaluate:
    compiler = Compiler(_NAMES, (), str(_FILE))
    return compiler.template(compiler.value(parts()["paths"], "paths"), "paths").evaluate
