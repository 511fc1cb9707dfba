"""A new action's file from a few answers: whole and valid, with examples that pass, for an author to go on from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import InputError, Problem, known_names
from ..language.short_forms import EFFECTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..language.connector_records import Api
    from ..language.specs import Specs

METHODS = tuple(EFFECTS)

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PLACE = re.compile(r"\{\{\s*input\.(\w+)\s*\}\}|\{(\w+)\}")
_PATH = re.compile(r"(/([A-Za-z0-9._~-]|\{[A-Za-z][A-Za-z0-9_]*\})+)+")
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class NewAction:
    """What an author says of an action before its file is there.

    :ivar path: below the API's address, with a name in braces for each part that a call gives: ``/labels/{id}``.
    """

    name: str
    group: str
    api: str
    method: str
    path: str


def path_of(specs: Specs, wanted: NewAction) -> Path:
    """The file that a new action is to have; it is not there yet.

    :raises InputError: with everything in the answers that cannot be used.
    """
    if found := list(_problems(specs, wanted)):
        raise InputError(found)
    return specs.root / "actions" / wanted.group / f"{wanted.name}.yaml"


def text_of(specs: Specs, wanted: NewAction) -> str:
    """The text of a new action's file, in which ``segment-connector check`` finds nothing.

    Its words are stand-ins: an author replaces the summary, the descriptions and the output by what is true.

    :raises InputError: as ``path_of``.
    """
    path_of(specs, wanted)
    path = _plain(wanted.path)
    names = list(dict.fromkeys(one for found in _PLACE.findall(path) for one in found if one))
    title = wanted.name.replace("_", " ").capitalize()
    effect = EFFECTS[wanted.method][0]
    sent = _free("name", names) if wanted.method in ("POST", "PUT", "PATCH") else None
    api = specs.connector.apis[wanted.api]
    lines = [
        "# yaml-language-server: $schema=../../schemas/action.schema.json",
        f"name: {wanted.name}",
        f"title: {title}",
        f"summary: {title}, in one sentence that says what it does.",
        "description: >-",
        f"  {title}. Say here what it returns or changes, what cannot be undone, and what it needs.",
        f"api: {wanted.api}",
        f"endpoint: {wanted.method} {_PLACE.sub(lambda at: f'{{{{ input.{at[1] or at[2]} }}}}', path)}",
        "stability: beta",
    ]
    if effect == "delete":
        lines.append(f"confirm: {title}? This cannot be undone.")
    if parameters := [*names, *([sent] if sent else [])]:
        lines += ["", "parameters:"]
        for name in parameters:
            lines += _parameter(name, f"{name}-1" if name in names else "Example 1", in_path=name in names)
        lines.append(f"required: [{', '.join(parameters)}]")
    if sent:
        lines += ["", f"body: [{sent}]"]
    lines += ["", "outputs:", *_output(api), "", "examples:"]
    for number, what in ((1, title), (2, "Another call")):
        samples = {name: f"{name}-{number}" for name in names}
        filled = _filled(path, samples)
        inputs = ", ".join(f"{name}: {samples.get(name, f'Example {number}')}" for name in parameters)
        lines += [f"  - title: {what}", f"    input: {{{inputs}}}"]
        if sent:
            body = f"{{{sent}: Example {number}}}"
            lines.append(f"    request: {{method: {wanted.method}, path: {filled}, body: {body}}}")
        else:
            lines.append(f"    request: {wanted.method} {filled}")
        lines.append(f"    response: {{body: {_answer(api, number)}}}")
        if not _body_place(api):
            lines.append(f"    output: {{answer: {{id: id-{number}}}}}")
    return "\n".join(lines) + "\n"


def _parameter(name: str, sample: str, *, in_path: bool) -> list[str]:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ")
    what = "part of the path" if in_path else "member of the body"
    lines = [
        f"  {name}:",
        "    type: string",
        f"    title: {words.capitalize()}",
        f"    description: Say here what this {what} is, and where a person finds it.",
    ]
    if in_path:
        lines += ["    minLength: 1", "    maxLength: 255"]
    return [*lines, f"    examples: [{sample}]"]


def _output(api: Api) -> list[str]:
    """One output: a member where the API's outputs stand in the body of its answers, else the whole body."""
    value = [] if _body_place(api) else ['    value: "{{ response.body }}"']
    return [
        "  answer:",
        "    type: object",
        "    description: Say here what the service answers.",
        *value,
        "    schema: {type: object, properties: {id: {type: string}}}",
    ]


def _answer(api: Api, number: int) -> str:
    if not _body_place(api):
        return f"{{id: id-{number}}}"
    answer = f"{{answer: {{id: id-{number}}}}}"
    for member in reversed(api.answer.outputs.split(".")[2:]):
        answer = f"{{{member}: {answer}}}"
    return answer


def _body_place(api: Api) -> bool:
    """Whether an output that says no value is a member of the body of an answer."""
    return api.answer.outputs.split(".")[:2] == ["response", "body"]


def _filled(path: str, samples: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda at: samples[at[1] or at[2]], path)


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name = f"new_{name}"
    return name


def _plain(path: str) -> str:
    """A path with its parts in single braces, as a person or an API's own documentation writes it."""
    return _PLACE.sub(lambda at: f"{{{at[1] or at[2]}}}", path.strip())


def _problems(specs: Specs, wanted: NewAction) -> list[Problem]:
    found = []
    if not _NAME.fullmatch(wanted.name) or len(wanted.name) > _LONGEST:
        hint = f"write small letters, digits and single underscores, at most {_LONGEST}, such as get_order"
        found.append(Problem("name", f"'{wanted.name[:_LONGEST]}' is not a name of an action", hint, field="name"))
    elif wanted.name in specs.paths:
        hint = "choose another name, or open that action"
        found.append(Problem("name", f"there is an action '{wanted.name}' already", hint, field="name"))
    known = {"group": specs.connector.groups, "api": specs.connector.apis, "method": METHODS}
    for field, names in known.items():
        given = str(getattr(wanted, field))
        if given not in names:
            hint = known_names(given, names)
            found.append(Problem(field, f"there is no {field} '{given[:_LONGEST]}'", hint, field=field))
    if not _PATH.fullmatch(_plain(wanted.path)):
        hint = "begin with / and write a name in braces for each part that a call gives: /orders/{id}"
        found.append(Problem("path", f"'{wanted.path[:200]}' is not a path", hint, field="path"))
    return found
