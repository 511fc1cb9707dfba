"""Everything a person or an agent chooses by is described, in a sentence that says more than its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import Problem
from ..values.paths import Place
from .project import Project, Source

NAME = "descriptions"

_FEWEST_WORDS = 3
_EMPTY_WORDS = frozenset(
    (
        "a", "an", "and", "are", "at", "by", "for", "in", "is", "it", "its", "of", "on", "or", "that", "the", "this",
        "to", "your",
    )
)  # fmt: skip


def check(project: Project) -> Iterator[Problem]:
    """Descriptions that are missing, too short, unfinished, a repetition of the name, or those of another action."""
    for source in project.action_files:
        if isinstance(source.data, Mapping):
            for member in ("summary", "description"):
                yield from _judge(project, source, (member,), source.data.get(member), source.path.stem)
            outputs = source.data.get("outputs")
            for name, output in outputs.items() if isinstance(outputs, Mapping) else ():
                if isinstance(output, Mapping):
                    place: Place = ("outputs", name, "description")
                    yield from _judge(project, source, place, output.get("description"), name)
    for source in project.sources:
        if source.kind == "preset" and isinstance(source.data, Mapping):
            yield from _judge(project, source, ("summary",), source.data.get("summary"), source.path.stem)
    data = project.connector_file.data
    for member in ("summary", "description") if isinstance(data, Mapping) else ():
        yield from _judge(project, project.connector_file, (member,), data.get(member), str(data.get("name")))
    for source, place, schema in project.schemas():
        # What stands beside a '$ref' replaces; what does not is described where it is defined.
        if _is_named(source, place) and ("$ref" not in schema or "description" in schema):
            yield from _judge(project, source, (*place, "description"), schema.get("description"), str(place[-1]))
    yield from _alike(project)


def _is_named(source: Source, place: Place) -> bool:
    """Whether a schema is that of something a person fills in: a parameter, or a member of one at any depth."""
    parents = place[:-1]
    if source.kind == "types" and (not parents or str(place[0])[:1].isupper()):
        # The record of an answer is filled in by nobody; the output that shows it is described.
        return not str(place[0])[:1].isupper()
    conditional = {"if", "then", "else", "not", "allOf", "anyOf", "oneOf", "schema"} & set(parents[1::])
    return parents[-1:] in (("parameters",), ("properties",), ("fields",)) and not conditional


def _judge(project: Project, source: Source, place: Place, text: Any, name: str) -> Iterator[Problem]:
    def problem(message: str, hint: str) -> Problem:
        return project.problem(source.path, NAME, place, message, hint)

    if not isinstance(text, str) or not text.strip():
        yield problem("is missing", "say in a sentence what it is and how to choose it")
        return
    if len(text.split()) < _FEWEST_WORDS:
        yield problem(f"has fewer than {_FEWEST_WORDS} words: '{text}'", "say in a sentence what it is")
    elif not _words(text) - _words(name):
        yield problem(
            f"says no more than the name: '{text}'", "say what it is for, what it changes, or how to choose it"
        )
    if not text.rstrip().endswith("."):
        yield problem("does not end with a full stop", "write a full sentence")


def _words(text: str) -> set[str]:
    """The words that mean something, without regard to case, camelCase, snake_case and plural."""
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text)
    found = {word.casefold() for word in re.findall(r"[^\W_]+", apart)} - _EMPTY_WORDS
    return {word.removesuffix("s") for word in found}


def _alike(project: Project) -> Iterator[Problem]:
    first: dict[tuple[str, str], Source] = {}
    for source in project.action_files:
        for member in ("title", "summary", "description") if isinstance(source.data, Mapping) else ():
            text = source.data.get(member)
            if not isinstance(text, str):
                continue
            other = first.setdefault((member, " ".join(text.casefold().split())), source)
            if other is not source:
                path = other.path.relative_to(project.root).as_posix()
                message = f"is the same as that of {path}, so nobody can choose between them"
                yield project.problem(source.path, NAME, (member,), message, "say what makes this one different")
