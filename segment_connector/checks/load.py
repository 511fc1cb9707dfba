"""Every file can be read: strict YAML, the known version of the language, and nothing but its keys."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Problem
from .project import Project

NAME = "load"


def check(project: Project) -> Iterator[Problem]:
    """What the loader refused, as the user of a broken file would meet it."""
    yield from project.refusals
