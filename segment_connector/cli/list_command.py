"""``segment-connector list``: the actions by group, read from the heads of their files only."""

from __future__ import annotations

from textwrap import wrap

import click

from ..errors import UnknownActionError, known_names
from ..language.action_records import Summary
from ..language.specs import Specs
from .common import specs_root
from .output import echo_json, table, width

_ROOM = 50  # columns beside the names that effect and summary need to be read at a glance

_EXAMPLES = """\b
Examples:
  segment-connector list
  segment-connector list --effect read
  segment-connector list --search "user group"
  segment-connector list --json
"""


@click.command("list", epilog=_EXAMPLES)
@click.option("--effect", type=click.Choice(["read", "write", "delete"]), help="Only actions with this effect.")
@click.option("--group", metavar="GROUP", help="Only actions of this group.")
@click.option("--search", metavar="TEXT", help="Only actions that have every word in their name, title or summary.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(*, effect: str | None, group: str | None, search: str | None, as_json: bool) -> None:
    """List the actions by group: name, effect (read, write or delete) and summary."""
    every = list(Specs(specs_root()).summaries())
    groups = dict.fromkeys(one.group for one in every)
    if group is not None and group not in groups:
        raise UnknownActionError.of(
            "unknown_group",
            f"there is no group '{group[:80]}'",
            known_names(group, groups),
            field="--group",
        )
    chosen = [one for one in every if effect in (None, one.effect) and group in (None, one.group) and _has(one, search)]
    if as_json:
        echo_json(chosen)
        return
    if not chosen:
        click.echo(f"none of {len(every)} actions is like that", err=True)
        return
    shown = [(name, [one for one in chosen if one.group == name]) for name in groups]
    click.echo("\n\n".join("\n".join([name, *_rows(actions)]) for name, actions in shown if actions))


def _rows(actions: list[Summary]) -> list[str]:
    """The actions of one group as lines, the summaries below the names where the terminal is too narrow."""
    most, columns = max(len(one.name) for one in actions), width()
    if columns is None or columns - most >= _ROOM:
        return table([(one.name, one.effect, one.summary) for one in actions])
    lines = []
    for one in actions:
        lines.append(f"  {one.name}  {one.effect}")
        lines.extend(wrap(one.summary, columns, initial_indent=" " * 6, subsequent_indent=" " * 6))
    return lines


def _has(one: Summary, search: str | None) -> bool:
    text = f"{one.name} {one.title} {one.summary}".casefold()
    return all(word in text for word in (search or "").casefold().split())
