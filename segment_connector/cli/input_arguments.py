"""An action's inputs from the command line: ``-p name=text``, ``-p name:=JSON`` and ``--input FILE``.

Dotted names nest (``properties.revenue``). A backslash takes the meaning from ``.``, ``=``, ``:`` and itself.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..docs.call_forms import SPECIAL, quoted
from ..errors import InputError, Problem
from ..redact import redact_text, secrets_in
from ..values.json_text import parse_json
from .common import action_argument
from .json_arguments import read_json_object

if TYPE_CHECKING:
    from ..language.specs import Specs
    from ..schema.validator import Validator

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Assignment:
    """One ``-p``.

    :ivar name: the name as it was typed.
    :ivar path: the name's parts.
    :ivar text: what stands behind ``=`` or ``:=``.
    :ivar is_json: whether it was ``:=``.
    """

    name: str
    path: tuple[str, ...]
    text: str
    is_json: bool

    @property
    def field(self) -> str:
        """The place in the inputs, as problems name it."""
        return ".".join(self.path)


@dataclass(slots=True)
class Inputs:
    """What was given on the command line.

    :ivar values: the action's inputs.
    :ivar assignments: the ``-p`` options by their place in ``values``.
    """

    values: dict[str, Any] = field(default_factory=dict)
    assignments: dict[str, Assignment] = field(default_factory=dict)


def input_options(command: _Command) -> _Command:
    """Add ``ACTION``, ``--preset``, ``-p`` and ``--input``."""
    options = (
        action_argument,
        click.option(
            "-p", "--param", "params", metavar="NAME=TEXT | NAME:=JSON", multiple=True, shell_complete=_parameters,
            help="A parameter; dotted names nest, and '\\.' is a dot that belongs to a name.",
        ),
        click.option(
            "--preset", metavar="NAME",
            help="A known event that the action sends, with its name filled in; 'list --presets' lists them.",
        ),
        click.option(
            "--input", "source", metavar="FILE",
            help="JSON object with the parameters, '-' for stdin; -p is put on top of it.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def _parameters(ctx: click.Context, param: click.Parameter, begun: str) -> list[Any]:
    from .parameter_completion import complete_parameter

    return complete_parameter(ctx, param, begun)


def chosen_action(specs: Specs, action: str, preset: str | None) -> str:
    """What is called: the action, or the preset of it that is named.

    :raises UnknownActionError: when there is no such preset, or no such action.
    :raises InputError: when another action sends it.
    """
    if preset is None:
        return action
    sender = specs.presets.sender(preset)
    if action not in (sender, preset):
        specs.action(action)
        message = f"'{preset}' is an event of '{sender}' and not of '{action}'"
        raise InputError.of("preset", message, f"run {sender} --preset {preset}", field="--preset")
    return preset


def read_inputs(params: tuple[str, ...], source: str | None) -> Inputs:
    """The inputs that the options describe.

    :param params: each ``-p``.
    :param source: what ``--input`` names, ``-`` for stdin.
    :raises InputError: naming the option that is wrong.
    """
    inputs = Inputs()
    if source is not None:
        read, name = (_read_stdin, "stdin") if source == "-" else (Path(source).read_bytes, source)
        inputs.values = read_json_object(read, name, 'the parameters as one object, {"name": "value"}')
    for param in params:
        assignment = parse_assignment(param)
        _put(inputs, assignment)
        inputs.assignments[assignment.field] = assignment
    return inputs


def parse_assignment(param: str) -> Assignment:
    """One ``-p`` taken apart.

    :raises InputError: when it has no ``=`` or no name.
    """
    path, part, index = [], "", 0
    while index < len(param) and param[index] != "=":
        char = param[index]
        if char == "\\" and param[index + 1 : index + 2] and param[index + 1] in SPECIAL:
            index += 1
            part += param[index]
        elif char == ".":
            path.append(part)
            part = ""
        elif char == ":" and param[index + 1 : index + 2] == "=":
            break
        else:
            part += char
        index += 1
    name = param[:index]
    if index == len(param):
        raise InputError.of(
            "assignment",
            "has no value",
            f"write -p {shlex.quote(name)}=TEXT or -p {shlex.quote(name)}:=JSON",
            field=f"-p {name}",
        )
    path.append(part)
    if "" in path:
        raise InputError.of(
            "assignment",
            "has an empty name",
            "write -p name=value; '\\.' is a dot that belongs to the name",
            field=f"-p {name}".rstrip(),
        )
    is_json = param[index] == ":"
    return Assignment(name, tuple(path), param[index + 1 + is_json :], is_json)


@contextmanager
def cured_by_spelling(inputs: Inputs, judge: Validator) -> Iterator[None]:
    """Say so in the hint where a refused ``-p`` would be right with ``:=`` in place of ``=``, or the reverse.

    :param judge: what the inputs are held to.
    """
    try:
        yield
    except InputError as error:
        if any(problem.code == "depth" for problem in error.problems):
            raise  # what is nested that deep is not walked again
        secrets = secrets_in(judge.schema, inputs.values)
        hinted = [_hinted(problem, inputs, judge) for problem in error.problems]
        raise InputError(
            [replace(problem, hint=problem.hint and redact_text(problem.hint, secrets)) for problem in hinted]
        ) from error


def _hinted(problem: Problem, inputs: Inputs, judge: Validator) -> Problem:
    given = inputs.assignments.get(problem.field or "")
    if given is None or problem not in _judged(judge, inputs.values):
        return problem
    other: Any = given.text
    if not given.is_json:
        with suppress(ValueError):
            other = parse_json(given.text)
    trial = deepcopy(inputs.values)
    _member(trial, given.path[:-1])[given.path[-1]] = other
    if all(found.field != problem.field for found in _judged(judge, trial)):
        return replace(problem, hint=f"write -p {quoted(given.name, '=' if given.is_json else ':=', given.text)}")
    if problem.code == "type" and not given.is_json:
        hint = f"{problem.hint}; what is not text is written {given.name}:=JSON".removeprefix("None; ")
        return replace(problem, hint=hint)
    return problem


def _judged(judge: Validator, values: dict[str, Any]) -> list[Problem]:
    from ..values.json_values import copy_json

    try:
        return judge.problems(copy_json(values))
    except InputError as error:
        return list(error.problems)


def _read_stdin() -> bytes:
    # A program that was started with its stdin closed has none at all.
    return sys.stdin.buffer.read() if sys.stdin else b""


def _put(inputs: Inputs, new: Assignment) -> None:
    for old in inputs.assignments.values():
        if old.path[: len(new.path)] == new.path:
            what = "is given twice" if old.path == new.path else f"would replace '{old.name}', which was given before"
            raise InputError.of("duplicate", what, "give each parameter once", field=new.field)
    value: Any = new.text
    if new.is_json:
        try:
            value = parse_json(new.text)
        except ValueError as error:
            raise InputError.of(
                "json",
                f"is not valid JSON: {error}",
                f"write text as -p {new.name}=TEXT, and JSON in quotes of the shell",
                field=new.field,
            ) from None
    holder: Any = inputs.values
    for depth, part in enumerate(new.path[:-1], start=1):
        holder = holder.setdefault(part, {})
        if not isinstance(holder, dict):
            above = ".".join(new.path[:depth])
            raise InputError.of(
                "assignment",
                f"'{above}' is not an object, so it has no properties",
                f"write the whole of it as -p {above}:=JSON",
                field=new.field,
            )
    last = new.path[-1]
    inside = any(old.path == new.path[: len(old.path)] for old in inputs.assignments.values())
    if inside and last in holder:
        raise InputError.of("duplicate", "is given twice", "give each parameter once", field=new.field)
    holder[last] = value


def _member(values: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        values = values[part]
    return values
