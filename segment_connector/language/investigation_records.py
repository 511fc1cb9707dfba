"""Investigations: questions to reading actions, and what their answers mean, gate by gate.

Frozen records, one for each construct of ``schemas/investigation.schema.json``, where the meaning of members stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SpecError
from .named_files import paths_in, read_named
from .question_records import Question

FOLDER = "investigations"
UNKNOWN = "unknown"
"""The state of what could not be found out; every investigation has it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class State:
    """How something can stand."""

    title: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Case:
    """One way in which a gate can stand, and why."""

    state: str
    why: str
    when: str | bool | None = None
    cure: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Gate:
    """One thing that decides."""

    title: str
    cases: tuple[Case, ...]
    when: str | bool | None = None
    each: Any = None
    where: str | None = None
    let: Mapping[str, Any] = field(default_factory=dict)
    any: bool = False
    none: Case | None = None
    counted_as: str | None = None
    only_tells: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Branches:
    """What is gone through for each entry of a list."""

    title: str
    each: Any
    as_: str
    name: str
    id: str
    where: str | None = None
    ask: tuple[Question, ...] = ()
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Saying:
    """A sentence that is said when something holds."""

    says: str
    when: str | bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Waiting:
    """How long it is worth to ask again; seconds."""

    until: tuple[str, ...]
    every: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Confirmation:
    """How what a call did is looked for afterwards."""

    apis: tuple[str, ...]
    input: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Investigation:
    """One file of ``investigations/``."""

    path: str
    name: str
    title: str
    summary: str
    description: str
    states: Mapping[str, State]
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    argument: str | None = None
    ask: tuple[Question, ...] = ()
    gates: tuple[Gate, ...] = ()
    branches: tuple[Branches, ...] = ()
    verdict: tuple[Saying, ...] = ()
    not_seen: tuple[Saying, ...] = ()
    most_requests: int = 100
    wait: Waiting | None = None
    confirms: Confirmation | None = None

    @property
    def input_schema(self) -> dict[str, Any]:
        """The parameters as one JSON Schema object."""
        return {
            "type": "object",
            "properties": dict(self.parameters),
            "required": list(self.required),
            "additionalProperties": False,
        }


def investigation_paths(root: Path) -> dict[str, Path]:
    """The file of every investigation by its name, sorted."""
    return paths_in(root / FOLDER)


def read_investigations(root: Path) -> list[Investigation]:
    """All investigations, by name.

    :raises SpecError: when a file breaks the language.
    """
    return [read_investigation(root, name) for name in investigation_paths(root)]


def read_investigation(root: Path, name: str) -> Investigation:
    """One investigation.

    :param root: the folder with ``connector.yaml`` and ``investigations/``.
    :raises InputError: when there is none of that name, with those that are near.
    :raises SpecError: when its file breaks the language.
    """
    found = read_named(Investigation, root / FOLDER, name, "investigation")
    if UNKNOWN not in found.states:
        hint = "add it: it reports what could not be asked"
        raise SpecError.at(found.path, "states", f"there is no state '{UNKNOWN}'", hint, field="states")
    return found
