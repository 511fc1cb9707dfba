"""``segment-connector bulk``: deliver a file of events or rows, and say what came of it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from ..errors import ConnectorError
from .bulk_reading import reading_of, reading_options
from .bulk_summary import (
    NOT_VERIFIED,
    check_writable,
    exit_code,
    say,
    say_doubts,
    say_failure,
    say_how_to_go_on,
    write_report,
)
from .common import connection_from, connection_option, load_connector, service_in_sandbox
from .output import echo_json
from .plan_arguments import plan_options, tell_faults

if TYPE_CHECKING:
    from ..bulk.read.reading import Reading
    from ..connector import Connector

_PREVIEWED = 5  # rows, when no number is given

_EPILOG = """\b
Sources:
  .jsonl .ndjson   one event per line, with its type in the property "type"
  .json            the same, or lists of events, or objects with a list inside
  .csv .tsv        rows with a header; they need --as, and --map unless the
                   columns are named as the action's parameters
  .parquet .arrow .feather .orc, .xlsx, SQLite files: rows, likewise
  a URL such as postgresql+psycopg://user@host/name, with --query
  texts also as .gz .zst .zip; a folder, a pattern; '-' is standard input

\b
A mapping is YAML with the parameters of the action, for example
  event: Order Completed
  userId: "{{ row.customer_id }}"
  properties: {revenue: "{{ row.total | number }}"}

\b
Nothing is lost: what was accepted is recorded in SOURCE.checkpoint, so the
same command continues after Ctrl-C, a crash or an hour without network. What is
wrong goes to SOURCE.rejects.jsonl, with line, reason and fix. Every event has
an id that stays the same, so that none is counted twice.

\b
Examples:
  <program> bulk events.jsonl.gz --dry-run
  <program> bulk events.jsonl.gz --report run.html
  <program> bulk orders.csv --as <action> --suggest-map > orders.yaml
  <program> bulk orders.csv --as <action> --map orders.yaml --preview
  <program> bulk orders.csv --as <action> --map orders.yaml --workers 2
  <program> bulk users.parquet --as <action> --map users.yaml \\
    --max-events-per-second 5000
  <program> bulk "$DATABASE_URL" --query "select ..." --order-by id \\
    --as <action> --map orders.yaml
  <program> bulk exports/ --as <action> --map orders.yaml \\
    --engine dask --scheduler tcp://10.0.0.5:8786

\b
Exit codes:
  0    every event was accepted
  3    done, and some records were rejected: see the reject file
  1    failed before the end: the service, the network or the source; the same
       command continues
  2    bad input, mapping, connection or option; nothing was sent
  130  stopped by Ctrl-C or SIGTERM; the same command continues
"""


class _BulkCommand(click.Command):
    """Keeps what was typed, for the advice on how to go on, and lets the number of ``--preview`` be left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.obj = list(args)
        for index, arg in enumerate(args):
            # Without a number, the argument that follows is the source and not a number that is wrong.
            if arg == "--preview" and not "".join(args[index + 1 : index + 2]).isdigit():
                args[index] = f"--preview={_PREVIEWED}"
        return super().parse_args(ctx, args)


@click.command("bulk", cls=_BulkCommand, epilog=_EPILOG)
@click.argument("source", metavar="SOURCE")
@click.option("--as", "action", metavar="ACTION", help="What each row is, for example a track; see 'list'.")
@click.option("--map", "mapping", metavar="FILE", help="YAML file that says how a row becomes the action's parameters.")
@click.option("--from", "ready", metavar="TOOL", help="A ready mapping for what TOOL exports; a wrong name lists them.")
@click.option(
    "--preview", type=click.IntRange(min=1), metavar="[N]",
    help=f"Show the first N rows as events, and send nothing.  [{_PREVIEWED} if N is left out]",
)  # fmt: skip
@click.option("--suggest-map", is_flag=True, help="Print a mapping to start from, made from columns and values.")
@connection_option
@plan_options
@click.option("--sandbox", "in_sandbox", is_flag=True, help="Send to a local sandbox, started for this run only.")
@click.option(
    "--doubts", type=click.Choice(["tell", "reject"]), default="tell", show_default=True,
    help="What becomes of records with a doubtful value, such as the id 'undefined'.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Stop at the first invalid record.")
@click.option("--dry-run", is_flag=True, help="Read and check everything, and send nothing.")
@click.option("--checkpoint", metavar="FILE", help="Records what was accepted.  [SOURCE.checkpoint]")
@click.option("--no-checkpoint", is_flag=True, help="Record nothing: an interrupted run starts over.")
@click.option("--fresh", is_flag=True, help="Forget what an earlier run recorded, and start over.")
@click.option(
    "--rejects", metavar="FILE",
    help="Where rejected records go.  [SOURCE.rejects.jsonl; for standard input rejects-TIME.jsonl]",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes on this machine.")
@click.option("--connections", type=click.IntRange(min=1), default=16, show_default=True, help="Concurrent requests.")
@click.option(
    "--max-events-per-second", "events_per_second", type=click.FloatRange(min=0, min_open=True), metavar="R",
    help="Send no faster than R events a second, all workers together.",
)  # fmt: skip
@click.option(
    "--max-requests-per-second", "requests_per_second", type=click.FloatRange(min=0, min_open=True), metavar="R",
    help="Send no more than R requests a second, all workers together.",
)  # fmt: skip
@click.option("--gzip", is_flag=True, help="Compress requests: less network, more CPU.")
@reading_options
@click.option("--max-retries", type=click.IntRange(min=0), help="Retries after the first attempt; 0 for none.")
@click.option(
    "--engine", type=click.Choice(["local", "dask"]), default="local", show_default=True, help="What runs the workers."
)
@click.option("--scheduler", metavar="ADDRESS", help="Dask's scheduler; without it, a cluster on this machine.")
@click.option("--report", "report_file", metavar="FILE", help="Write an HTML page with charts of the run.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON document.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(
    *,
    source: str,
    action: str | None,
    mapping: str | None,
    ready: str | None,
    preview: int | None,
    suggest_map: bool,
    connection: str | None,
    in_sandbox: bool,
    report_file: str | None,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Deliver a file of events, or of rows that a mapping makes events of, however large it is.

    Each event is checked as a single call would check it, before it is sent. The summary goes to stdout, everything
    else to stderr.
    """
    from .arrivals import sandbox_connection
    from .interrupts import stopped_by_signal
    from .progress import display

    if in_sandbox and connection:
        raise click.UsageError("--sandbox brings a connection of its own; leave out --connection")
    if given["checkpoint"] and given["no_checkpoint"]:
        raise click.UsageError("take one of --checkpoint and --no-checkpoint")
    if action is None and mapping and not _says_what_rows_are(mapping):
        raise click.UsageError("--map needs --as ACTION: what each row is")
    if mapping and ready:
        raise click.UsageError("take one of --map and --from")
    connector = load_connector()
    tell_faults(connector)
    chosen: Mapping[str, Any]
    made: str | Mapping[str, Any] | None = mapping
    if not suggest_map:
        made = _ready(connector, source, action, mapping, ready, reading_of(given, source))
    if preview or suggest_map:
        from .bulk_preview import print_preview, print_suggestion

        if suggest_map:
            print_suggestion(connector, source, action, reading_of(given, source), ready)
            return
        with ExitStack() as stack:
            chosen = {}
            if connector.plan_step is not None and in_sandbox:
                chosen = stack.enter_context(sandbox_connection(connector, source))
            elif connector.plan_step is not None:
                chosen = stack.enter_context(connection_from(connector, connection))
            print_preview(
                connector, source, preview or _PREVIEWED, as_json=as_json,
                action=action, mapping=made, reading=reading_of(given, source), connection=chosen,
            )  # fmt: skip
        return
    options = _options(given, in_sandbox=in_sandbox)
    beside = [f"{source}{ending}" for ending in ("", ".checkpoint", ".rejects.jsonl")]
    check_writable(report_file, [*beside, mapping, given["checkpoint"], given["rejects"], connection])
    with ExitStack() as stack:
        if in_sandbox:
            connector = service_in_sandbox(connector)
            chosen = stack.enter_context(sandbox_connection(connector, ""))
        else:
            chosen = stack.enter_context(connection_from(connector, connection))
            connector = connector.serving(chosen)
        by = mapping or (ready and f"the ready mapping {ready}")
        facts = _facts(connector, chosen, source, action, by, options, in_sandbox=in_sandbox)
        shown = stack.enter_context(display(quiet=quiet))
        stop = threading.Event()
        stack.enter_context(stopped_by_signal(stop, shown.close))
        result = connector.bulk(source, chosen, action=action, mapping=made, on_progress=shown, stop=stop, **options)
    if report_file:
        write_report(report_file, result, facts)
    if as_json:
        echo_json(result.to_dict())
    else:
        say(result, facts)
        say_failure(result)
        say_doubts(result)
    say_how_to_go_on(result)
    click.get_current_context().exit(exit_code(result))


def _ready(
    connector: Connector, source: str, action: str | None, mapping: str | None, ready: str | None, reading: Reading
) -> str | Mapping[str, Any] | None:
    """The mapping of the run; where nobody says what rows are, and it is known whose they are, that is told.

    :raises InputError: when the ready mapping does not fit, or should have been named.
    """
    from ..bulk.suggest.suggestions import ready_mapping, tell_of_ready

    if ready is not None:
        return ready_mapping(connector.caller, ready, source, reading).document
    if action is None and mapping is None:
        tell_of_ready(connector.caller, source, reading)
    return mapping


def _says_what_rows_are(mapping: str) -> bool:
    """Whether a mapping's file names its actions itself; one that cannot be read does not."""
    from ..bulk.read.mapping import read_mapping
    from ..bulk.read.row_document import is_document

    try:
        return is_document(read_mapping(mapping))
    except ConnectorError:
        return False


def _options(given: Mapping[str, Any], *, in_sandbox: bool) -> dict[str, Any]:
    """The options by the names that ``Connector.bulk`` has for them."""
    options = dict(given)
    # What a sandbox took is gone with it; to remember it would keep the events from where they belong.
    forget = options.pop("no_checkpoint") or (in_sandbox and not given["checkpoint"])
    return {**options, "keep_checkpoint": not forget}


def _facts(
    connector: Connector,
    connection: Mapping[str, Any],
    source: str,
    action: str | None,
    mapping: str | None,
    options: Mapping[str, Any],
    *,
    in_sandbox: bool,
) -> dict[str, str]:
    """What is delivered, where to and how; name and value, for summary and report.

    :raises ConnectionConfigError: when the connection is wrong.
    """
    from ..bulk.read.database_url import shown_url
    from ..bulk.send.delivery import bulk_action

    api = connector.spec.apis[connector.specs.action(bulk_action(connector.specs)).api]
    checked = connector.caller.connections.check(connection)
    service = connector.spec.title_of(api)
    own = checked.own_server(api)
    place = own or urlsplit(checked.server(api)).netloc + (f", region {checked.region}" if checked.region else "")
    limits = [
        f"{options[f'{noun}_per_second']:,g} {noun} a second"
        for noun in ("events", "requests")
        if options[f"{noun}_per_second"]
    ]
    facts = {
        "source": "standard input" if source == "-" else shown_url(source),
        "sent to": f"the sandbox, in place of {service}"
        if in_sandbox
        else f"{place}, in place of {service}"
        if own and api.by_region
        else f"{service} at {place}",
        "started": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "each row": f"{action or 'what it says'} by {mapping}" if mapping else action or "",
        NOT_VERIFIED: "; ".join(connector.specs.unverified(bulk_action(connector.specs))),
        "at most": " and ".join(limits),
        "workers": f"{options['workers']:,}" if options["workers"] > 1 else "",
        "engine": options["engine"] if options["engine"] != "local" else "",
    }
    return {name: value for name, value in facts.items() if value}
