"""``segment-connector list``: the actions by group, read from the heads of their files only."""

from __future__ import annotations

from textwrap import wrap

import click

from ..errors import UnknownActionError, known_names
from ..language.action_records import Summary
from .common import load_specs
from .output import echo_json, table, width

_ROOM = 50  # columns beside the names that effect and summary need to be read at a glance

_EXAMPLES = """\b
Examples:
  <program> list
  <program> list --effect read
  <program> list --search "in your own words"
  <program> list --json
"""


@click.command("list", epilog=_EXAMPLES)
@click.option("--effect", type=click.Choice(["read", "write", "delete"]), help="Only actions with this effect.")
@click.option("--group", metavar="GROUP", help="Only actions of this group.")
@click.option("--search", metavar="TEXT", help="What the action is for, in words of your own; the best match first.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(*, effect: str | None, group: str | None, search: str | None, as_json: bool) -> None:
    """List the actions by group: name, effect (read, write or delete) and summary."""
    specs = load_specs()
    every = list(specs.summaries())
    groups = dict.fromkeys(one.group for one in every)
    if group is not None and group not in groups:
        raise UnknownActionError.of(
            "unknown_group",
            f"there is no group '{group[:80]}'",
            known_names(group, groups),
            field="--group",
        )
    chosen = [one for one in every if effect in (None, one.effect) and group in (None, one.group)]
    if search is not None:
        from ..language.search import ranking_of  # a plain listing does not need it

        chosen = ranking_of(every, specs.connector).find(search, chosen.__contains__)
    if as_json:
        echo_json(chosen)
        return
    if not chosen:
        click.echo(f"none of {len(every)} actions is like that", err=True)
        return
    if search is not None and search.strip():
        click.echo("\n".join(_rows(chosen)))
        return
    shown = [(name, [one for one in chosen if one.group == name]) for name in groups]
    click.echo("\n\n".join("\n".join([name, *_rows(actions)]) for name, actions in shown if actions))


def _rows(actions: list[Summary]) -> list[str]:
    """Actions as lines, the summaries below the names where the terminal is too narrow."""
    most, columns = max(len(one.name) for one in actions), width()
    if columns is None or columns - most >= _ROOM:
        return table([(one.name, one.effect, one.summary) for one in actions])
    lines = []
    for one in actions:
        lines.append(f"  {one.name}  {one.effect}")
        lines.extend(wrap(one.summary, columns, initial_indent=" " * 6, subsequent_indent=" " * 6))
    return lines
