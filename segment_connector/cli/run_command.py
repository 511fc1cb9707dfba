"""``segment-connector run``: call an action and say what came of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from ..connector import Connector
from ..docs.call_forms import assignment_text
from ..result import CallFailed
from .common import connection_from, connection_option, load_connector, service_in_sandbox
from .confirm import confirm
from .input_arguments import chosen_action, cured_by_spelling, input_options, read_inputs
from .list_table import ListTable
from .output import echo_error, echo_hint, echo_json, indented, plain, table, visible, warn
from .output_formats import TABLE, emit, form, format_option
from .plan_arguments import plan_options

if TYPE_CHECKING:
    from ..http.attempts import Pause
    from ..result import Result


_EXAMPLES = """\b
Examples:
  <program> run <call>
  <program> run <action> -p NAME.MEMBER:=14.99 -p NAME.OTHER=0815
  <program> run <action> --input inputs.json --connection connection.json
  echo '{"NAME": "VALUE"}' | <program> run <action> --input -
  <program> run <call> --sandbox
  <program> run ACTION --preset NAME -p NAME.MEMBER=VALUE
  <program> run LIST_ACTION --all | jq .id
  <program> run LISTED_NAME --as PLATFORM -p NAME=VALUE --sandbox
"""


@click.command("run", epilog=_EXAMPLES)
@input_options
@connection_option
@plan_options
@click.option("--sandbox", "in_sandbox", is_flag=True, help="Call a local sandbox, started for this call only.")
@click.option("--max-retries", type=click.IntRange(min=0), help="Retries after the first attempt; 0 for none.")
@click.option("--all", "every", is_flag=True, help="Follow a list to its end; one line of JSON for each entry.")
@click.option("--max-items", type=click.IntRange(min=1), help="Like --all, but at most this many entries.")
@click.option("--as", "platform", metavar="PLATFORM", help="Call it as a platform lists it; see 'catalog'.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation before a delete or a replacement.")
@click.option("--confirm", "confirming", is_flag=True, help="Then say whether it arrived, as far as that is known.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=90,
    show_default=True,
    metavar="SECONDS",
    help="With --confirm: look again for this long.",
)
@format_option()
def command(
    *,
    action: str,
    preset: str | None,
    params: tuple[str, ...],
    source: str | None,
    connection: str | None,
    in_sandbox: bool,
    max_retries: int | None,
    every: bool,
    max_items: int | None,
    platform: str | None,
    yes: bool,
    confirming: bool,
    wait: float,
) -> None:
    """Call an action. The inputs are checked first; nothing is sent when one of them is wrong.

    A parameter is given as NAME=TEXT, which is always text, or as NAME:=JSON for numbers, true, false, null, lists and
    objects. What came back goes to stdout, everything else to stderr.
    """
    if in_sandbox and connection:
        raise click.UsageError("--sandbox brings a connection of its own; leave out --connection")
    if platform and preset:
        raise click.UsageError("--as calls what the platform lists; leave out --preset")
    if confirming and (platform or every or max_items):
        raise click.UsageError("--confirm is for one call of an action; leave out --as, --all and --max-items")
    if platform and (every or max_items):
        raise click.UsageError("--as gives the answer in the platform's envelope; leave out --all and --max-items")
    try:
        inputs = read_inputs(params, source)
        connector = load_connector(max_retries=max_retries)
        if not platform:
            action = chosen_action(connector.specs, action, preset)
        with ExitStack() as stack:
            if in_sandbox:
                from .arrivals import sandbox_connection

                connector = service_in_sandbox(connector)
                given = stack.enter_context(sandbox_connection(connector, action))
            else:
                given = stack.enter_context(connection_from(connector, connection))
                connector = connector.serving(given)
            if platform:
                from .run_as import run_as

                run_as(connector, platform, action, inputs, given, yes=yes or in_sandbox, on_wait=_say_wait)
                return
            compiled = connector.caller.compiled(action)
            confirm(compiled.action, yes=yes or in_sandbox)
            begun = connector.caller.clock.timestamp()
            if confirming:
                connector.check_confirms(action)
            with cured_by_spelling(inputs, compiled.validator):
                if every or max_items:
                    from .run_all import walk

                    walk(connector, action, inputs.values, given, max_items)
                    return
                result = connector.run(action, inputs.values, given, on_wait=_say_wait)
            arrival = None
            if confirming and result.ok:
                from .confirmation import Arrival

                arrival = Arrival(connector, result, inputs.values, given, begun, 0 if in_sandbox else wait)
    except CallFailed as failed:  # of one page; what came before it is printed
        _say_failure(connector, failed.result)
        click.get_current_context().exit(1)
    whole = {**result.to_dict(), **({"arrival": arrival.to_dict()} if arrival else {})}
    listed = ListTable(compiled.action, result.outputs)
    if not emit(whole, lambda: listed.rows if listed.is_list else [result.outputs]):
        _say(connector, result, listed, in_sandbox=in_sandbox)
        if arrival:
            arrival.say()
    if not result.ok:
        click.get_current_context().exit(1)


def _say_wait(pause: Pause) -> None:
    asked = ", asked by the server" if pause.directed else ""
    seconds = f"{pause.seconds:.1f}".removesuffix(".0")
    click.echo(f"waiting {seconds} s before attempt {pause.attempt + 1} ({pause.reason}{asked})", err=True)


def _say(connector: Connector, result: Result, listed: ListTable, *, in_sandbox: bool) -> None:
    for one in result.meta.warnings:
        warn(one.said, one.hint)
    # Who reads a list through a pipe is a program, which the words for people would only be in the way of.
    is_piped = form() is None and listed.is_list and not sys.stdout.isatty()
    if result.ok:
        click.echo(_accepted(connector, result, in_sandbox=in_sandbox), err=is_piped)
    if is_piped:
        echo_json(result.outputs)
    else:
        for line in (*listed.lines(), *output_lines(listed.others)):
            click.echo(line)
    if listed.has_more and form() in (None, TABLE):
        echo_hint("there are more; --all follows the list to its end")
    if result.error is not None:
        _say_failure(connector, result)


def _accepted(connector: Connector, result: Result, *, in_sandbox: bool) -> str:
    spec, meta = connector.spec, result.meta
    api = spec.apis.get(connector.specs.action(result.action).api)
    by = spec.title_of(api) if api else spec.title
    if in_sandbox:
        return f"accepted by the sandbox, in place of {by} (HTTP {meta.status})"
    # What carries an id of its own is delivered further on; for the rest the answer is the whole story.
    further = "; delivery to destinations is not known" if meta.message_ids else ""
    if meta.server and api and not api.by_region:
        return f"accepted by {by} at {meta.server} (HTTP {meta.status}){further}"
    if meta.server:  # whether it is the service's own, nobody knows
        return f"accepted at {meta.server}, in place of {by} (HTTP {meta.status}){further}"
    region = f", region {meta.region}" if meta.region else ""
    return f"accepted by {by}{region} (HTTP {meta.status}){further}"


def output_lines(outputs: Mapping[str, Any]) -> list[str]:
    """Outputs as an aligned list; objects and lists as indented JSON below their name."""
    flat = {name: value for name, value in outputs.items() if not value or not isinstance(value, (dict, list))}
    lines = table([(name, plain(value)) for name, value in flat.items()])
    for name, value in outputs.items():
        if name not in flat:
            lines.append(f"  {name}")
            lines.extend(f"    {line}" for line in indented(value))
    return lines


def _say_failure(connector: Connector, result: Result) -> None:
    error, meta = result.error, result.meta
    assert error is not None
    said = [error.code, *([error.field] if error.field else []), error.message]
    echo_error(": ".join(said))
    echo_hint(error.hint)
    if meta.attempts > 1:
        click.echo(f"  gave up after {meta.attempts} attempts and {meta.waited:.0f} s of waiting", err=True)
    if meta.request_id:
        click.echo(visible(f"  request id: {meta.request_id}"), err=True)
    if error.details not in (None, {}, [], ""):
        click.echo("  details:", err=True)
        for line in indented(error.details):
            click.echo(f"    {line}", err=True)
    if meta.delivery == "unknown":
        names = connector.caller.compiled(result.action).message_ids
        again = " ".join(assignment_text((name,), value) for name, value in zip(names, meta.message_ids, strict=False))
        # With its id given, a repeat is the same event and not a second one.
        echo_hint(f"it may have arrived anyway; to repeat it without counting twice, add {again}" if again else None)
