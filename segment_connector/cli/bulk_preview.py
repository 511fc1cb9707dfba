"""``bulk --preview`` and ``bulk --suggest-map``: what a source holds, before anything is sent."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from .bulk_summary import REJECTED
from .common import program
from .output import echo_hint, echo_json, indented, plain, shortened, visible, warn

if TYPE_CHECKING:
    from ..bulk.read.reading import Reading
    from ..connector import Connector

_SHOWN = 200  # characters of a record


def print_preview(connector: Connector, source: str, count: int, *, as_json: bool, **how: Any) -> None:
    """Print the first records as events; the exit code says whether one of them would be rejected.

    :param how: as ``bulk.preview.preview`` takes it.
    :raises ConnectorError: for what the caller did wrong.
    """
    from ..bulk.preview import notes_on, preview

    found = list(preview(connector.caller, source, count, **how))
    known = {name: how[name] for name in ("reading", "action", "mapping")}
    for note in notes_on(connector.caller, source, **known) if source != "-" else []:
        warn(note)
    if as_json:
        echo_json([one.to_dict() for one in found])
    else:
        for number, one in enumerate(found, start=1):
            place = f"line {one.line:,}" if one.line is not None else f"row {number:,}"
            click.echo(shortened(f"{place}: {plain(one.record)}", _SHOWN))
            for line in indented(one.event) if one.event is not None else []:
                click.echo(f"  {line}")
            for doubt in one.warnings:
                place = f"{doubt.field}: " if doubt.field else ""
                click.echo(visible(f"  warning: {place}{doubt.message}"))
                click.echo(visible(f"    {doubt.hint}"))
            if one.problem is not None:
                place = f"{one.problem.field}: " if one.problem.field else ""
                click.echo(visible(f"  rejected: {place}{one.problem.message}"))
                if one.problem.hint:
                    click.echo(visible(f"    {one.problem.hint}"))
        if not found:
            echo_hint(f"{source} contains no record")
    if any(one.problem for one in found):
        click.get_current_context().exit(REJECTED)


def print_suggestion(
    connector: Connector, source: str, action: str | None, reading: Reading, ready: str | None
) -> None:
    """Print a mapping that can be begun with.

    :raises ConnectorError: for what the caller did wrong.
    """
    from ..bulk.preview import notes_on, suggested_mapping
    from ..bulk.read.database_url import shown_url

    for note in notes_on(connector.caller, source, reading) if source != "-" else []:
        warn(note)
    click.echo(suggested_mapping(connector.caller, source, action, reading, ready).rstrip())
    typed = [word for word in click.get_current_context().obj if word != "--suggest-map"]
    given = shlex.join(["bulk", *map(shown_url, typed)])
    echo_hint(f"to send by it, once it is in a file: {program()} {given} --map FILE; --preview shows the events first")
