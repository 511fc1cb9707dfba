"""``segment-connector list``: the actions by group, read from the heads of their files only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from ..errors import UnknownActionError, known_names
from ..language.action_records import Summary
from .common import load_specs, locale_option
from .output import EFFECT_COLOURS, table, width
from .output_formats import emit, format_option
from .trigger_listing import list_triggers

if TYPE_CHECKING:
    from ..language.specs import Specs

_ROOM = 50  # columns beside the names that effect and summary need to be read at a glance

_EXAMPLES = """\b
Examples:
  <program> list
  <program> list --effect read
  <program> list --search "in your own words"
  <program> list --presets
  <program> list --triggers
  <program> list --locale es
  <program> list --json
"""


@click.command("list", epilog=_EXAMPLES)
@click.option("--effect", type=click.Choice(["read", "write", "delete"]), help="Only actions with this effect.")
@click.option("--group", metavar="GROUP", help="Only actions of this group.")
@click.option("--search", metavar="TEXT", help="What the action is for, in words of your own; the best match first.")
@click.option("--presets", is_flag=True, help="List the events with known fields instead; --group is their family.")
@click.option("--triggers", is_flag=True, help="List what can start a workflow instead.")
@locale_option
@format_option()
def command(*, effect: str | None, group: str | None, search: str | None, presets: bool, triggers: bool) -> None:
    """List the actions by group: name, effect (read, write or delete) and summary."""
    specs = load_specs()
    if triggers:
        if effect is not None or presets:
            raise click.UsageError("triggers are not actions; leave out --effect and --presets")
        list_triggers(specs, group, search)
        return
    if presets:
        if effect is not None:
            raise click.UsageError("presets send events; leave out --effect")
        _list_presets(specs, group, search)
        return
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
    if emit(chosen, lambda: _csv_rows(chosen)):
        return
    if not chosen:
        click.echo(f"none of {len(every)} actions is like that", err=True)
        return
    if search is not None and search.strip():
        click.echo("\n".join(_rows(chosen)))
        return
    shown = [(name, [one for one in chosen if one.group == name]) for name in groups]
    click.echo("\n\n".join("\n".join([_heading(name), *_rows(actions)]) for name, actions in shown if actions))


def _list_presets(specs: Specs, family: str | None, search: str | None) -> None:
    every = list(specs.presets.summaries())
    families = dict.fromkeys(one.family for one in every)
    if family is not None and family not in families:
        hint = known_names(family, families) if families else "there are no presets"
        raise UnknownActionError.of("unknown_group", f"there is no family '{family[:80]}'", hint, field="--group")
    chosen = [one for one in every if family in (None, one.family)]
    if search is not None:
        from ..language.preset_search import preset_ranking

        chosen = preset_ranking(every, specs.connector).find(search, chosen.__contains__)
    if emit(chosen, lambda: _csv_rows(chosen)):
        return
    if not chosen:
        click.echo(f"none of {len(every)} presets is like that", err=True)
        return
    if search is not None and search.strip():
        click.echo("\n".join(table([(one.name, one.summary) for one in chosen])))
        return
    shown = [(name, [(one.name, one.summary) for one in chosen if one.family == name]) for name in families]
    click.echo("\n\n".join("\n".join([_heading(name), *table(rows)]) for name, rows in shown if rows))


def _rows(actions: list[Summary]) -> list[str]:
    """Actions as lines, the summaries below the names where the terminal is too narrow."""
    most, columns = max(len(one.name) for one in actions), width()
    if columns is None or columns - most >= _ROOM:
        return table([(one.name, _coloured(one.effect), one.summary) for one in actions])
    lines = []
    for one in actions:
        lines.append(f"  {one.name}  {_coloured(one.effect)}")
        lines.extend(wrap(one.summary, columns, initial_indent=" " * 6, subsequent_indent=" " * 6))
    return lines


def _heading(text: str) -> str:
    return click.style(text, bold=True)


def _coloured(effect: str) -> str:
    return click.style(effect, fg=EFFECT_COLOURS[effect])


def _csv_rows(listed: Sequence[Any]) -> list[dict[str, Any]]:
    """What a spreadsheet has of a listing: its plain values."""
    members = [asdict(one) for one in listed]
    return [{name: value for name, value in one.items() if isinstance(value, str)} for one in members]
