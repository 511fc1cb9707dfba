"""``run --all``: walk through a list, one line of JSON for each entry, with progress on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from .output import echo_json_line

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..call.paging import Page
    from ..connector import Connector
    from ..http.attempts import Pause


def walk(
    connector: Connector, action: str, inputs: Mapping[str, Any], connection: Mapping[str, Any], most: int | None
) -> int:
    """Print every entry of an action's list to stdout as it comes.

    :param most: how many entries at most; ``None`` for all.
    :returns: how many there were.
    :raises InputError: when the action does not return a list.
    :raises CallFailed: when a page cannot be had; the entries before it are printed already.
    """
    count = 0
    with ExitStack() as stack:
        progress = stack.enter_context(_Bar(most)) if sys.stderr.isatty() else _Silent()
        for item in connector.iterate(
            action, inputs, connection, max_items=most, on_page=progress.page, on_wait=progress.wait
        ):
            echo_json_line(item)
            count += 1
    return count


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
