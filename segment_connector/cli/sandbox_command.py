"""``segment-connector sandbox``: serve the stand-in, see what arrived, ask for faults."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ..errors import Problem, known_names
from .common import load_specs, program
from .output import report, shortened, visible

if TYPE_CHECKING:
    from ..language.specs import Specs
    from ..sandbox import Sandbox

_PORT = 8765
_PAGE = 200
_WAIT = 20  # seconds that one request of --follow waits for events
_MOST_BYTES = 200_000_000
_SHOWN = 120
_COLOURS = {"accepted": "green", "dropped": "red", "duplicate": "yellow"}


_EXAMPLES = """\b
Examples:
  <program> sandbox
  <program> sandbox --server NAME
  <program> sandbox events --follow --status dropped
  <program> sandbox fault --status 429 --retry-after 2 --times 3
"""


@click.group("sandbox", invoke_without_command=True, epilog=_EXAMPLES)
@click.option("--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0 takes any free port.")
@click.option(
    "--credential",
    "credentials",
    multiple=True,
    metavar="NAME=VALUE",
    help="A right credential in place of the sandbox's own, for example apiKey=abc. Can be repeated.",
)
@click.option("--server", metavar="NAME", help="Stand in for another service that takes the same calls.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line: the sandbox, then each event.")
@click.pass_context
def command(ctx: click.Context, port: int, credentials: tuple[str, ...], server: str | None, as_json: bool) -> None:
    """Serve a local stand-in for the service, until Ctrl-C.

    It answers as the service does. Where that is a good answer to nearly everything, it tells what the service keeps
    quiet: each event is listed as accepted, dropped (with the reason) or a duplicate. Where the service is strict, so
    is the sandbox, with a small workspace that remembers what is created, changed and deleted (GET /state shows it).
    It needs no account and listens on 127.0.0.1 only.
    """
    ctx.obj = f"http://127.0.0.1:{port}"
    if ctx.invoked_subcommand is None:
        _serve(port, _pairs(credentials), server, as_json=as_json)


def _url_option(function: Any) -> Any:
    return click.option(
        "--url",
        callback=_checked_url,
        metavar="URL",
        help=f"Where the sandbox is.  [default: http://127.0.0.1:{_PORT}]",
    )(function)


def _checked_url(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    from ..schema.formats import HINTS, base_url

    url = value if value is not None else str(ctx.obj)
    if not base_url(url):
        raise click.BadParameter(f"this is no address of a server; {HINTS['base-url']}")
    return url.rstrip("/")


@command.command()
@_url_option
@click.option("--follow", "-f", is_flag=True, help="Go on with each event that arrives, until Ctrl-C.")
@click.option("--status", type=click.Choice(list(_COLOURS)), help="Only events that this became of.")
@click.option("--since", type=click.IntRange(0), default=0, metavar="NUMBER", help="Only events after this number.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def events(url: str, follow: bool, status: str | None, since: int, as_json: bool) -> None:
    """Show the events that arrived, and what became of each."""
    query = f"&status={status}" if status else ""
    wait = _WAIT if follow else 0
    nothing = "no such event yet" if status or since else "no event yet"
    shown = 0
    with _until_stopped():
        while True:
            page = _call(url, "GET", f"/events?since={since}&limit={_PAGE}&wait={wait}{query}", wait=wait)
            for event in page["events"]:
                click.echo(json.dumps(event, ensure_ascii=False) if as_json else _line(event))
            shown += len(page["events"])
            since = page["next"]
            if not follow and len(page["events"]) < _PAGE:
                break
    if not shown and not as_json and not follow:
        click.echo(nothing, err=True)


@command.command()
@_url_option
@click.option("--status", type=int, help="Answer with this HTTP status; the events of the request do not count.")
@click.option("--retry-after", metavar="SECONDS|DATE", help="Header Retry-After of the answer.")
@click.option("--delay", type=float, metavar="SECONDS", help="Answer later.")
@click.option("--reset", is_flag=True, help="Reset the connection; the events of the request do not count.")
@click.option("--truncate", is_flag=True, help="Break the answer off; with --reset by a reset.")
@click.option("--close", is_flag=True, help="End the connection after the answer, without a word of it.")
@click.option("--stall", type=float, metavar="SECONDS", help="Fall silent in the middle of the answer.")
@click.option("--body", help="Body of the answer: JSON, or any text.")
@click.option("--content-type", help="Content-Type of the answer.")
@click.option("--deliver", is_flag=True, help="Let the events count all the same: only the answer is lost.")
@click.option("--times", type=int, help="For so many requests.  [default: 1]")
@click.option("--path", metavar="PREFIX", help="Only for requests to paths that begin so, for example /v1.")
def fault(url: str, **options: Any) -> None:
    """Let the next requests fail."""
    names = {"retry_after": "retryAfter", "content_type": "contentType"}
    wanted = {
        names.get(name, name): value for name, value in options.items() if value is not None and value is not False
    }
    for name in ("retryAfter", "body"):
        if name in wanted:
            wanted[name] = _value(wanted[name])
    asked = _call(url, "POST", "/faults", wanted)
    click.echo(f"asked for: {json.dumps(asked, ensure_ascii=False)}")


@command.command()
@_url_option
def clear(url: str) -> None:
    """Forget all events, and the faults that are still to come."""
    gone = [_call(url, "DELETE", path)["cleared"] for path in ("/events", "/faults")]
    click.echo(f"cleared: {_count(gone[0], 'event')}, {_count(gone[1], 'fault')}")


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise click.BadParameter("write NAME=VALUE, for example apiKey=abc", param_hint="--credential")
        pairs[name] = value
    return pairs


def _serve(port: int, credentials: Mapping[str, str], server: str | None, *, as_json: bool) -> None:
    from ..sandbox import Sandbox

    specs = _served(load_specs(), server)
    try:
        sandbox = Sandbox(specs, port, credentials=credentials)
    except OSError as error:
        _fail(f"port {port} cannot be used: {error.strerror}", "stop what uses it, or choose another with --port", 2)
    count = 0
    with sandbox, _until_stopped():
        click.echo(json.dumps(sandbox.index()) if as_json else _greeting(sandbox, specs.connector.title))
        since = 0
        while True:
            arrived, since = sandbox.wait(since, 1)
            count += len(arrived)
            for event in arrived:
                click.echo(json.dumps(event, ensure_ascii=False) if as_json else _line(event))
    if not as_json:
        click.echo(f"stopped after {_count(count, 'event')}")


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
    option = "" if sandbox.url.endswith(f":{_PORT}") else f" --url {sandbox.url}"
    lines += [
        "",
        f"To see what arrived:  {program()} sandbox events --follow{option}",
        f"To let calls fail:    {program()} sandbox fault --status 429 --retry-after 2{option}",
        "To stop:              Ctrl-C",
        "",
    ]
    return "\n".join(lines)


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


@contextlib.contextmanager
def _until_stopped() -> Iterator[None]:
    """Leave the block at Ctrl-C or SIGTERM, in good order.

    A shell starts programs in the background with SIGINT ignored, so both are set here and not left to Python.
    """

    def stop(_number: int, _frame: Any) -> NoReturn:
        raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)} if main else {}
    try:
        yield
    except KeyboardInterrupt:
        if sys.stderr.isatty():  # the terminal has written ^C
            click.echo(err=True)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _call(url: str, method: str, path: str, body: Any = None, *, wait: float = 0) -> Any:
    """Ask a sandbox; whatever is not its answer ends the program with a message."""
    from ..http.transport import NoAnswer, Transport, host_of
    from ..language.connector_records import Timeout
    from ..values.json_values import decode, encode

    transport = Transport()
    content = None if body is None else encode(body)
    try:
        timeout = Timeout(connect=5, read=wait + 10, total=wait + 60)
        answer = transport(method, url + path, {"Content-Type": "application/json"}, content, timeout, _MOST_BYTES)
    except NoAnswer as none:
        cure = f"start one in another terminal: {program()} sandbox"
        if not url.endswith(f":{_PORT}"):
            cure += f" --port {host_of(url).rpartition(':')[2]}"
        if none.kind == "proxy":
            cure = "set NO_PROXY=127.0.0.1, so that the proxy is not asked"
        _fail(f"no sandbox answers at {url}: {none.reason}", cure, 1)
    finally:
        transport.close()
    try:
        value = decode(answer.body)
    except ValueError:
        value = None
    if isinstance(value, dict) and answer.status in (200, 201):
        return value
    problem = value.get("error") if isinstance(value, dict) else None
    if not isinstance(problem, dict) or not problem.keys() >= {"code", "message"}:
        _fail(f"what answers at {url} is no sandbox (HTTP {answer.status})", "name the sandbox's address with --url", 1)
    report([Problem(problem["code"], problem["message"], problem.get("hint"), problem.get("field"))])
    raise click.exceptions.Exit(2)


def _fail(message: str, hint: str, code: int) -> NoReturn:
    report([Problem("sandbox", message, hint)])
    raise click.exceptions.Exit(code)


def _value(text: str) -> Any:
    """The JSON value of a text, or the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
