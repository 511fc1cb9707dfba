"""How ``--check`` tells that files which are written from the specs are not as they should be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from .output import echo_hint

_MOST_LINES = 20


def tell_stale(folder: Path, found: Iterable[tuple[str, str]], count: int, noun: str, again: str, code: int) -> None:
    """Write each stale file with the reason, and the command that writes it; then end with an exit code.

    :param found: the files below the folder that are stale, and why.
    :param count: how many files there should be.
    :param noun: what they are, in the plural.
    :param again: the command, quoted for a shell.
    :param code: the exit code when something is stale.
    """
    stale = list(found)
    for path, why in stale[:_MOST_LINES]:
        click.echo(f"{folder / path}: {why}")
    if len(stale) > _MOST_LINES:
        click.echo(f"... and {len(stale) - _MOST_LINES:,} more")
    if not stale:
        click.echo(f"{count:,} {noun}, none stale")
        return
    click.echo(f"{len(stale):,} of {count:,} {noun} are stale", err=True)
    echo_hint(f"write them with '{again}'")
    click.get_current_context().exit(code)
