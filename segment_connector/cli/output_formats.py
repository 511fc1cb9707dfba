"""``--format table|json|yaml|csv`` and ``--json``: one way to say how a command prints, and to print so."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import click

from .output import echo_json, echo_json_line

TABLE, JSON, YAML, CSV = "table", "json", "yaml", "csv"
FORMS = (TABLE, JSON, YAML, CSV)

_KEY = "form"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def format_options(*more: str, usual: str = TABLE) -> list[click.Option]:
    """The options ``--format`` and ``--json``; what they say is asked of ``form()``.

    :param more: forms that only this command has.
    :param usual: what it prints when nothing is said, for the help.
    """
    forms = [*FORMS, *more]
    said = f"How to print: {', '.join(forms[:-1])} or {forms[-1]}; {usual} by default."
    return [
        click.Option(
            ["--format", "form"], type=click.Choice([*forms, "text"]), metavar="FORM", expose_value=False,
            callback=_remember, help=said,
        ),
        click.Option(
            ["--json", "as_json"], is_flag=True, expose_value=False, callback=_remember,
            help="Short for --format json.",
        ),
    ]  # fmt: skip


def format_option(*more: str, usual: str = TABLE) -> Callable[[_Command], _Command]:
    """Add ``--format`` and ``--json`` to a command."""

    def add(command: _Command) -> _Command:
        held = command.__dict__.setdefault("__click_params__", [])
        held.extend(reversed(format_options(*more, usual=usual)))  # as decorators do: the first stands last
        return command

    return add


def _remember(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    if not value:
        return
    wanted = JSON if option.name == "as_json" else TABLE if value == "text" else str(value)
    if ctx.meta.setdefault(_KEY, wanted) != wanted:
        raise click.UsageError("take one of --json and --format")


def form() -> str | None:
    """The form that the running command was asked to print in; ``None`` when nothing was said."""
    said: str | None = click.get_current_context().meta.get(_KEY)
    return said


def is_asked_for() -> bool:
    """Whether a form other than the table for people was asked for."""
    return form() not in (None, TABLE)


def emit(document: Any, rows: Callable[[], Iterable[Mapping[str, Any]]] | None = None) -> bool:
    """Print a document in the form that was asked for.

    :param document: JSON values.
    :param rows: gives what CSV has of it; by default the document itself, or its entries when it is a list.
    :returns: whether it was: ``False`` leaves the table for people to the caller.
    """
    wanted = form()
    if wanted == JSON:
        echo_json(document)
    elif wanted == YAML:
        from ..language.yaml_writer import dump

        click.echo(dump(_plain(document)), nl=False)
    elif wanted == CSV:
        plain = _plain(list(rows()) if rows is not None else document)
        echo_csv(plain if isinstance(plain, list) else [plain])
    else:
        return False
    return True


def echo_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows to stdout as RFC 4180 says: a header, then a line each; what is nested is JSON."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = _csv_writer()
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in names])


class LineWriter:
    """Prints documents one by one as they come, in the form that was asked for.

    :param line: makes the line for people of one.
    """

    def __init__(self, line: Callable[[Any], str]) -> None:
        self._line, self._names = line, list[str]()

    def write(self, one: Mapping[str, Any]) -> None:
        """Print one. The columns of CSV are those of the first."""
        wanted = form()
        if wanted == JSON:
            echo_json_line(one)
        elif wanted == YAML:
            from ..language.yaml_writer import dump

            click.echo(f"---\n{dump(_plain(one))}", nl=False)
        elif wanted == CSV:
            writer = _csv_writer()
            if not self._names:
                self._names = list(one)
                writer.writerow(self._names)
            writer.writerow([_cell(one.get(name)) for name in self._names])
        else:
            click.echo(self._line(one))


def _csv_writer() -> Any:
    import csv

    return csv.writer(sys.stdout, lineterminator="\n")


def _plain(value: Any) -> Any:
    """Dataclasses and tuples as JSON values, which is what the writers take."""
    import orjson

    return orjson.loads(orjson.dumps(value))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    import orjson

    return orjson.dumps(value).decode()
