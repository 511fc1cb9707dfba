"""``run --all``: walk through a list, printing entries as they come, with progress on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from ..language.list_tables import columns_of, list_of
from .list_table import table_lines
from .output import json_line
from .output_formats import CSV, TABLE, LineWriter, form

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..call.paging import Page
    from ..connector import Connector
    from ..http.attempts import Pause
    from ..language.action_records import Action


def walk(
    connector: Connector, action: str, inputs: Mapping[str, Any], connection: Mapping[str, Any], most: int | None
) -> int:
    """Print every entry of an action's list to stdout as it comes.

    :param most: how many entries at most; ``None`` for all.
    :returns: how many there were.
    :raises InputError: when the action does not return a list.
    :raises CallFailed: when a page cannot be had; the entries before it are printed already.
    """
    count, shown = 0, _Shown(connector.specs.action(action))
    with ExitStack() as stack:
        progress = stack.enter_context(_Bar(most)) if sys.stderr.isatty() else _Silent()
        for item in connector.iterate(
            action, inputs, connection, max_items=most, on_page=progress.page, on_wait=progress.wait
        ):
            shown.add(item)
            count += 1
    shown.end()
    return count


class _Shown:
    """Prints entries as they come: as lines of JSON, or on a terminal as a table with the columns of the spec.

    A table is printed in parts, so that a long list is seen before its end and takes no memory.
    """

    _PART = 200

    def __init__(self, action: Action) -> None:
        self._is_table = form() == TABLE or (form() is None and sys.stdout.isatty())
        self._columns = columns_of(action) if list_of(action) is not None else ()
        self._name = list_of(action) or ""
        self._lines = LineWriter(json_line)
        self._part: list[Any] = []

    def add(self, entry: Any) -> None:
        """Print an entry, or keep it for the next part of the table."""
        if self._is_table and self._columns:
            self._part.append(entry)
            if len(self._part) == self._PART:
                self.end()
        elif form() == CSV and self._columns:
            self._lines.write({column.name or self._name: column.of(entry) for column in self._columns})
        else:
            self._lines.write(entry)

    def end(self) -> None:
        """Print what is left."""
        if self._part:
            click.echo("\n".join(table_lines(self._columns, self._part, self._name)))
            self._part = []


class _Silent:
    """Nobody looks: waits are told, pages are not."""

    def page(self, page: Page) -> None:
        """A page came."""

    def wait(self, pause: Pause) -> None:
        """A try failed and is repeated."""
        click.echo(f"waiting {pause.seconds:.1f} s before attempt {pause.attempt + 1} ({pause.reason})", err=True)


class _Bar(_Silent):
    """A bar on the terminal: entries so far, of how many if that is known."""

    def __init__(self, most: int | None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("reading", total=most)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def page(self, page: Page) -> None:
        """Move on by the page's entries."""
        self._progress.advance(self._task, len(page.items))

    def wait(self, pause: Pause) -> None:
        """Say in the bar what is waited for."""
        self._progress.update(self._task, description=f"waiting {pause.seconds:.0f} s ({pause.reason})")
