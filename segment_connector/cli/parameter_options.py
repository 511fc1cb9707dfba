"""Options of a command that are the parameters of a file, and the inputs that they make."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ..errors import InputError
from ..values.json_text import parse_json
from .json_arguments import read_json_object

_KINDS: Mapping[str, click.ParamType[Any]] = {"integer": click.INT, "number": click.FLOAT, "boolean": click.BOOL}


def parameter_options(
    parameters: Mapping[str, Mapping[str, Any]], required: Collection[str] = (), argument: str | None = None
) -> Iterator[click.Parameter]:
    """An option for each parameter.

    :param parameters: JSON Schemas by name; ``required`` of them must be given.
    :param argument: the parameter that is given without its name.
    """
    for name, schema in parameters.items():
        if name == argument:
            needed, shown = name in required, str(schema.get("title", name)).upper().replace(" ", "_")
            yield click.Argument([name], required=needed, metavar=shown if needed else f"[{shown}]")
            continue
        kind: click.ParamType[Any] = _KINDS.get(schema.get("type", ""), click.STRING)
        if "enum" in schema:
            kind = click.Choice([str(one) for one in schema["enum"]])
        metavar = None if "enum" in schema else "FILE|JSON" if schema.get("type") == "object" else None
        yield click.Option(
            [f"--{_dashed(name)}", name], type=kind, multiple=schema.get("type") == "array", metavar=metavar,
            help=str(schema.get("description", "")), required=name in required,
        )  # fmt: skip


def given_inputs(parameters: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as JSON values, without those that were not given.

    :param given: what click read, by name.
    :raises InputError: for an object that is not valid JSON.
    """
    inputs: dict[str, Any] = {}
    names = {name.lower(): name for name in parameters}  # click writes the names of arguments small
    for key, value in given.items():
        if value is None or value == ():
            continue
        name = names[key.lower()]
        is_object = parameters[name].get("type") == "object"
        inputs[name] = _object(name, value) if is_object else list(value) if isinstance(value, tuple) else value
    return inputs


@contextmanager
def told_by_option(parameters: Mapping[str, Any]) -> Iterator[None]:
    """Name the option where an input is refused that it gives."""
    try:
        yield
    except InputError as error:
        raise InputError([
            replace(one, field=f"--{_dashed(one.field)}") if one.field and one.field in parameters else one
            for one in error.problems
        ]) from error  # fmt: skip


def _object(name: str, text: str) -> dict[str, Any]:
    what = 'one JSON object, {"name": "value"}'
    if not text.lstrip().startswith("{"):
        return read_json_object(Path(text).read_bytes, text, what)
    try:
        value = parse_json(text)
    except ValueError as error:
        raise InputError.of(
            "json", f"is not valid JSON: {error}", f"write {what}", field=f"--{_dashed(name)}"
        ) from None
    assert isinstance(value, dict)
    return value


def _dashed(name: str) -> str:
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in name)
