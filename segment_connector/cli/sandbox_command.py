"""``segment-connector sandbox``: serve the stand-in, see what arrived, ask for faults."""

from __future__ import annotations

import datetime as dt
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import known_names
from .common import load_specs, program
from .output import shortened, visible
from .output_formats import LineWriter, format_option, is_asked_for
from .sandbox_client import PAGE, PORT, WAIT, call, counted, fail, until_stopped, url_option, value_of
from .sandbox_scene_commands import deliver, deliveries, delivery_line, play, settle

if TYPE_CHECKING:
    from ..language.specs import Specs
    from ..sandbox import Sandbox

_SHOWN = 120
_COLOURS = {"accepted": "green", "dropped": "red", "duplicate": "yellow"}


_EXAMPLES = """\b
Examples:
  <program> sandbox
  <program> sandbox --server NAME
  <program> sandbox events --follow --status dropped
  <program> sandbox fault --status 429 --retry-after 2 --times 3
  <program> sandbox play
  <program> sandbox deliver --signature wrong
"""


@click.group("sandbox", invoke_without_command=True, epilog=_EXAMPLES)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes any free port.")
@click.option(
    "--credential",
    "credentials",
    multiple=True,
    metavar="NAME=VALUE",
    help="A valid credential in place of the sandbox's own, for example apiKey=abc. Can be repeated.",
)
@click.option("--server", metavar="NAME", help="Stand in for another service that accepts the same calls.")
@click.option(
    "--file",
    "kept",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep events and what the APIs have in this file for the next start; faults and deliveries are not kept.",
)
@format_option()
@click.pass_context
def command(ctx: click.Context, port: int, credentials: tuple[str, ...], server: str | None, kept: Path | None) -> None:
    """Serve a local stand-in for the service, until Ctrl-C.

    It answers as the service does. Where that is a good answer to nearly everything, it tells what the service keeps
    quiet: each event is listed as accepted, dropped (with the reason) or a duplicate. Where the service is strict, so
    is the sandbox, with a small workspace that remembers what is created, changed and deleted (GET /state shows it).
    A webhook that is created there is sent what arrives, on this machine.
    It needs no account and listens on 127.0.0.1 only.
    """
    ctx.obj = f"http://127.0.0.1:{port}"
    if ctx.invoked_subcommand is None:
        _serve(port, _pairs(credentials), server, kept)


@command.command()
@url_option
@click.option("--follow", "-f", is_flag=True, help="Continue with each event that arrives, until Ctrl-C.")
@click.option("--status", type=click.Choice(list(_COLOURS)), help="Only events with this status.")
@click.option("--since", type=click.IntRange(0), default=0, metavar="NUMBER", help="Only events after this number.")
@format_option()
def events(url: str, follow: bool, status: str | None, since: int) -> None:
    """Show the events that arrived, and what became of each; as JSON, one object per line."""
    query = f"&status={status}" if status else ""
    wait = WAIT if follow else 0
    nothing = "no such event yet" if status or since else "no event yet"
    shown, lines = 0, LineWriter(_line)
    with until_stopped():
        while True:
            page = call(url, "GET", f"/events?since={since}&limit={PAGE}&wait={wait}{query}", wait=wait)
            for event in page["events"]:
                lines.write(event)
            shown += len(page["events"])
            since = page["next"]
            if not follow and len(page["events"]) < PAGE:
                break
    if not shown and not is_asked_for() and not follow:
        click.echo(nothing, err=True)


@command.command()
@url_option
@click.option("--status", type=int, help="Answer with this HTTP status; the events of the request do not count.")
@click.option("--retry-after", metavar="SECONDS|DATE", help="Header Retry-After of the answer.")
@click.option("--delay", type=float, metavar="SECONDS", help="Answer later.")
@click.option("--reset", is_flag=True, help="Reset the connection; the events of the request do not count.")
@click.option("--truncate", is_flag=True, help="Cut the answer off; with --reset, by a reset.")
@click.option("--close", is_flag=True, help="Close the connection after the answer, without announcing it.")
@click.option("--stall", type=float, metavar="SECONDS", help="Stall in the middle of the answer.")
@click.option("--body", help="Body of the answer: JSON, or any text.")
@click.option("--content-type", help="Content-Type of the answer.")
@click.option("--deliver", is_flag=True, help="Let the events count anyway: only the answer is lost.")
@click.option("--times", type=int, help="For this many requests.  [default: 1]")
@click.option("--path", metavar="PREFIX", help="Only for requests to paths that start with this, for example /v1.")
def fault(url: str, **options: Any) -> None:
    """Let the next requests fail."""
    names = {"retry_after": "retryAfter", "content_type": "contentType"}
    wanted = {
        names.get(name, name): value for name, value in options.items() if value is not None and value is not False
    }
    for name in ("retryAfter", "body"):
        if name in wanted:
            wanted[name] = value_of(wanted[name])
    asked = call(url, "POST", "/faults", wanted)
    click.echo(f"asked for: {json.dumps(asked, ensure_ascii=False)}")


@command.command()
@url_option
def clear(url: str) -> None:
    """Forget all events and deliveries, and the faults that are still to come."""
    gone = [call(url, "DELETE", path)["cleared"] for path in ("/events", "/faults", "/deliveries")]
    sent = f", {counted(gone[2], 'delivery', 'deliveries')}" if gone[2] else ""
    click.echo(f"cleared: {counted(gone[0], 'event')}, {counted(gone[1], 'fault')}{sent}")


for _more in (deliveries, deliver, settle, play):
    command.add_command(_more)


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise click.BadParameter("write NAME=VALUE, for example apiKey=abc", param_hint="--credential")
        pairs[name] = value
    return pairs


def _serve(port: int, credentials: Mapping[str, str], server: str | None, kept: Path | None) -> None:
    from ..sandbox import Sandbox

    specs = _served(load_specs(), server)
    try:
        sandbox = Sandbox(specs, port, credentials=credentials, file=kept)
    except OSError as error:
        fail(f"port {port} cannot be used: {error.strerror}", "stop what uses it, or choose another with --port", 2)
    count, events, deliveries_sent = 0, LineWriter(_line), LineWriter(lambda one: _sent_line(one["delivery"]))
    with sandbox, until_stopped():
        LineWriter(lambda _: _greeting(sandbox, specs.connector.title)).write(sandbox.index())
        since = change = 0
        while True:
            arrived, since = sandbox.wait(since, 1)
            count += len(arrived)
            for event in arrived:
                events.write(event)
            sent, change = sandbox.delivery_changes(change, 0)
            for one in sent:
                deliveries_sent.write({"delivery": one})
    if not is_asked_for():
        click.echo(f"stopped after {counted(count, 'event')}")


def _served(specs: Specs, server: str | None) -> Specs:
    """The specs as a service takes them.

    :raises click.BadParameter: when there is none of that name.
    """
    if server is None or server == specs.connector.name:
        return specs
    from ..language.served_specs import SERVER, served, server_paths

    names = server_paths(specs.root)
    if server not in names:
        hint = known_names(server, names) if names else "there is none"
        raise click.BadParameter(f"there is no service '{server[:80]}': {hint}", param_hint="--server")
    return served(specs, {SERVER: server})


def _greeting(sandbox: Sandbox, title: str) -> str:
    shown = sandbox.shown_environment
    lines = [f"The sandbox stands in for {title} at {sandbox.url}", "To send to it from another terminal:", ""]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in shown.items()]
    lines += [f"# {name}: as you gave it" for name in sandbox.environment if name not in shown]
    option = "" if sandbox.url.endswith(f":{PORT}") else f" --url {sandbox.url}"
    lines += [
        "",
        f"To see what arrived:  {program()} sandbox events --follow{option}",
        f"To see what is sent:  {program()} sandbox deliveries --follow{option}",
        f"To let calls fail:    {program()} sandbox fault --status 429 --retry-after 2{option}",
        "To stop:              Ctrl-C",
        "",
    ]
    return "\n".join(lines)


def _sent_line(one: Mapping[str, Any]) -> str:
    return f">{delivery_line(one)[1:]}"


def _line(event: Mapping[str, Any]) -> str:
    """One event on one line; colours are taken out again by ``click.echo`` where no terminal is."""
    at = dt.datetime.fromisoformat(event["receivedAt"].replace("Z", "+00:00")).astimezone()
    status = click.style(f"{event['status']:<9}", fg=_COLOURS[event["status"]])
    retry = f"retry {event['retryCount']}  " if event["retryCount"] else ""
    reason = ""
    if event["reason"]:
        place = f"{event['field']}: " if event["field"] else ""
        cure = f" ({event['hint']})" if event["hint"] else ""
        reason = f"{place}{event['reason']}{cure}  "
    body = "" if event["body"] is None else json.dumps(event["body"], ensure_ascii=False, separators=(",", ":"))
    told = visible(f"{event['action']:<8}  {retry}{reason}{shortened(body, _SHOWN)}").rstrip()
    return f"{event['number']:>4}  {at:%H:%M:%S}  {status}  {told}"
