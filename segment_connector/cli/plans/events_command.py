"""``plan check-events``: judge a file of events by a plan, for people and for continuous integration."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from ..bulk_reading import reading_of, reading_options
from ..common import load_connector
from ..output import echo_json, visible
from ..output_formats import emit, form, format_option
from .plan_options import FOUND, workspace_of, workspace_options

if TYPE_CHECKING:
    from ...connector import Connector
    from ...plans.review.event_check import EventCheck, Record

_SHOWN = 50

_EXAMPLES = """\b
Examples:
  <program> plan check-events events.jsonl --plan plans/shop
  <program> plan check-events orders.csv --as track --map orders.yaml --plan plans/shop
  <program> plan check-events events.jsonl --plan plans/shop --format sarif > events.sarif

\b
Exit codes:
  0  no event violates the plan
  2  bad input: the file, the plan or an option
  3  some events violate the plan
"""


def source_options(command: Any) -> Any:
    """Add what says how a source is read: ``--as``, ``--map``, and the options of reading that ``bulk`` has."""
    command = reading_options(command, "--input-format")
    for option in (
        click.option("--map", "mapping", metavar="FILE", help="YAML file that says how a row becomes an event."),
        click.option("--as", "action", metavar="ACTION", help="What each row is, if events do not say so."),
    ):
        command = option(command)
    return command


@click.command("check-events", short_help="Check a file of events against a plan.", epilog=_EXAMPLES)
@click.argument("source", metavar="FILE")
@click.option("--plan", "wanted", metavar="PLAN", required=True, help="A folder of a plan, or the id or name of one.")
@source_options
@format_option("sarif", "junit")
@click.option("--strict", is_flag=True, help="Treat warnings as violations, such as properties that are not planned.")
@workspace_options
def check_events_command(
    *,
    source: str,
    wanted: str,
    strict: bool,
    connection: str | None,
    in_sandbox: bool,
    **reading: Any,
) -> None:
    """Judge events by a plan, as the service would on arrival; nothing is sent.

    FILE is whatever 'bulk' reads. Each event is also checked as a call of its own, as 'bulk --dry-run' does it.
    """
    from ...plans.kept_plan import read_plan
    from ...plans.review.event_check import check_events
    from ...plans.sync.workspace_plans import plan_spec

    connector = load_connector()
    spec = plan_spec(connector.specs)
    plan = read_plan(wanted, spec)
    if isinstance(plan, str):
        with workspace_of(connection, in_sandbox=in_sandbox) as workspace:
            plan = workspace.find(plan)
    found = check_events(records_of(connector, source, **reading), plan, spec)
    _print(found, source)
    if not found.ok or (strict and found.doubts):
        click.get_current_context().exit(FOUND)


def records_of(
    connector: Connector,
    source: str,
    *,
    action: str | None,
    mapping: str | None,
    **said: Any,
) -> Iterator[Record]:
    """The events of a source, with the records that make none.

    :param said: what the options of reading say.
    """
    from ...bulk.preview import preview
    from ...values.json_values import decode

    if mapping and action is None:
        raise click.UsageError("--map needs --as ACTION: what each row is")
    reading = reading_of(said, source)
    for one in preview(connector.caller, source, sys.maxsize, action=action, mapping=mapping, reading=reading):
        event = one.event
        if event is None and isinstance(one.record, str) and one.record.lstrip().startswith("{"):
            with contextlib.suppress(ValueError):
                event = decode(one.record.encode("utf-8", "surrogateescape"))
        yield one.line, event, one.problem


def _print_text(found: EventCheck, source: str) -> None:
    from ...plans.files.plan_folder import counted
    from ...plans.review.event_reports import headline

    event: str | None = ""
    for group in sorted(found.groups[:_SHOWN], key=lambda one: (one.event or "", one.severity, -one.count)):
        if group.event != event:
            event = group.event
            total, wrong = found.names.get(event or "", (0, 0))
            count = f" ({wrong:,} of {total:,})" if total else ""
            click.echo(visible(f"{event or 'records that make no event'}{count}"))
        colour = "red" if group.severity == "error" else "yellow"
        click.secho(visible(f"  {group.severity}: {headline(group)}"), fg=colour)
        if group.cure:
            click.echo(visible(f"    {group.cure}"))
    if len(found.groups) > _SHOWN:
        click.echo(f"and {len(found.groups) - _SHOWN:,} more kinds of violations; --format json shows all")
    fits = "all match the plan" if found.ok else f"{found.wrong:,} in violation of the plan"
    doubts = f", {counted(found.doubts, 'warning')}" if found.doubts else ""
    click.echo(visible(f"{source}: {counted(found.events, 'event')}, {fits}{doubts}"))


def _print(found: EventCheck, source: str) -> None:
    if (own := _PRINT.get(form() or "")) is not None:
        own(found, source)
        return
    names = {name: {"events": total, "wrong": wrong} for name, (total, wrong) in found.names.items()}
    faults = [group.to_dict() for group in found.groups]
    whole = {
        "ok": found.ok, "source": source, "events": found.events, "wrong": found.wrong, "names": names,
        "faults": faults,
    }  # fmt: skip
    if not emit(whole, lambda: faults):
        _print_text(found, source)


def _print_sarif(found: EventCheck, source: str) -> None:
    from ... import __version__
    from ...plans.review.event_reports import sarif

    name = click.get_current_context().find_root().command.name
    echo_json(sarif(found, source, str(name), __version__))


def _print_junit(found: EventCheck, source: str) -> None:
    from ...plans.review.event_reports import junit

    click.echo(junit(found, source), nl=False)


_PRINT: dict[str, Callable[[EventCheck, str], None]] = {"sarif": _print_sarif, "junit": _print_junit}
