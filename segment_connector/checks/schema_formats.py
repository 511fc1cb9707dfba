"""Every ``format`` has a checker, and every ``pattern`` means the same to both validators."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import jsonschema_rs

from ..errors import Problem, did_you_mean
from ..schema.formats import CHECKERS
from ..values.paths import Place
from .project import Project, Source

NAME = "formats"


def check(project: Project) -> Iterator[Problem]:
    """Formats that would let anything pass, and patterns that one of the validators cannot read."""
    for source, place, schema in project.schemas():
        name = schema.get("format")
        if isinstance(name, str) and name not in CHECKERS:
            hint = did_you_mean(name, CHECKERS) or f"there is {', '.join(CHECKERS)}; else write a pattern"
            message = f"nothing checks the format '{name}', so every text would pass"
            yield project.problem(source.path, NAME, (*place, "format"), message, hint)
        if isinstance(pattern := schema.get("pattern"), str):
            yield from _pattern(project, source, (*place, "pattern"), pattern)
        named = schema.get("patternProperties")
        for pattern in named if isinstance(named, dict) else ():
            yield from _pattern(project, source, (*place, "patternProperties", pattern), pattern)


def _pattern(project: Project, source: Source, place: Place, pattern: str) -> Iterator[Problem]:
    hint = "write a regular expression that Python and JavaScript both read"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what may change its meaning in a later Python still has one
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        yield project.problem(source.path, NAME, place, f"is not a regular expression: {error}", hint)
        return
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        yield project.problem(source.path, NAME, place, "jsonschema-rs cannot read this regular expression", hint)
