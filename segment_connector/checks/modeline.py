"""Every YAML file opens with the comment by which editors find its schema."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import Problem
from .project import Project
from .schema import language_file

NAME = "modeline"

_MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\s*\Z")


def check(project: Project) -> Iterator[Problem]:
    """First lines that name no schema, or another one."""
    for source in project.sources:
        schema = project.root / "schemas" / language_file(project, source.kind).name
        wanted = os.path.relpath(schema, source.path.parent).replace(os.sep, "/")
        try:
            first = project.first_line(source.path)
        except (OSError, UnicodeDecodeError):
            continue  # the rule 'load' says so
        found = _MODELINE.match(first)
        if found is None or not (found[1] == wanted or _elsewhere(found[1], source.path, schema)):
            message = "the first line must name the schema" if found is None else f"the first line names '{found[1]}'"
            yield project.problem(source.path, NAME, (), message, f"write '# yaml-language-server: $schema={wanted}'")


def _elsewhere(named: str, file: Path, schema: Path) -> bool:
    """Whether a schema outside of the project is named, which may be so when the project has no copy of its own."""
    if schema.is_file() or named.rpartition("/")[2] != schema.name:
        return False
    root = str(schema.parent.parent) + os.sep
    return "://" in named or not os.path.normpath(file.parent / named).startswith(root)
