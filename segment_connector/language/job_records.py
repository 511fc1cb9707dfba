"""Jobs: one action for all entries of a file, in as many calls as its limits make it, with a proof of what was asked.

Frozen records, one for each construct of ``schemas/job.schema.json``, where the meaning of members stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .named_files import paths_in, read_named

FOLDER = "jobs"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EntryDoubt:
    """What is doubtful about entries that a pattern fits."""

    pattern: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EntryList:
    """What is in the file."""

    noun: str
    columns: tuple[str, ...]
    doubts: tuple[EntryDoubt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class JobCall:
    """The call that is made for each part of the entries."""

    action: str
    entries: str
    given: str
    input: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class JobSays:
    """What is said before it is begun."""

    text: str
    when: str | bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class JobFollow:
    """How it is asked what became of a call; seconds."""

    action: str
    state: str
    done: tuple[str, ...]
    failed: tuple[str, ...]
    every: float
    input: Mapping[str, Any] = field(default_factory=dict)
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Job:
    """One file of ``jobs/``."""

    path: str
    name: str
    title: str
    summary: str
    description: str
    entries: EntryList
    call: JobCall
    follow: JobFollow
    says: tuple[JobSays, ...]
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    most: int | None = None
    within: str = "a month"

    @property
    def input_schema(self) -> dict[str, Any]:
        """The parameters as one JSON Schema object."""
        return {
            "type": "object",
            "properties": dict(self.parameters),
            "required": list(self.required),
            "additionalProperties": False,
        }


def job_paths(root: Path) -> dict[str, Path]:
    """The file of every job by its name, sorted."""
    return paths_in(root / FOLDER)


def read_job(root: Path, name: str) -> Job:
    """One job.

    :param root: the folder with ``connector.yaml`` and ``jobs/``.
    :raises InputError: when there is none of that name, with those that are near.
    :raises SpecError: when its file breaks the language.
    """
    return read_named(Job, root / FOLDER, name, "job")
