"""``segment-connector serve``: the HTTP API, the workbench and the tools, in one process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..errors import InputError, Problem
from .common import load_connector, prefix, program, stored_profiles
from .mcp_command import offer_options
from .output import report
from .plan_arguments import plan_options, read_plan_now, tell_faults

if TYPE_CHECKING:
    from ..service.run_file import RunFiles
    from ..service.settings import Settings

_PORT = 8766
_EXAMPLES = """\b
Examples:
  <program> serve
  <program> serve --port 0 --connections connections.yaml
  <program> serve --link
  <program> serve --named-only --no-workbench
  <program> serve --host 0.0.0.0 --allow-remote --token-file token --allow-host connector.example.com

\b
The file of --connections maps names to connections, and only you may read it:
  production:
    MEMBER: ...

\b
Call it, with the token that the start-up link holds:
  curl http://127.0.0.1:8766/v1/actions/<action>/run \\
    -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' \\
    -d '{"connection": "sandbox", "inputs": {"NAME": "VALUE"}}'
"""


# Name, kind of number, default, unit, and what it is.
_LIMITS: tuple[tuple[str, Any, float, str | None, str], ...] = (
    ("--timeout", click.FloatRange(1, 3600), 50, "SECONDS", "How long one call may take, retries included."),
    (
        "--concurrency", click.IntRange(1, 10_000), 256, None,
        "Calls that may run or wait at once; further ones are asked to come back later.",
    ),
    ("--max-body", click.IntRange(1000), 5_000_000, "BYTES", "The largest body of a request."),
    (
        "--max-connections", click.IntRange(1, 100_000), 1000, None,
        "Connections that may be open at once; an idle one makes room for the next.",
    ),
    (
        "--max-remembered", click.IntRange(0), 32_000_000, "BYTES",
        "How much may be kept to answer a repeated Idempotency-Key.",
    ),
    ("--history-limit", click.IntRange(0, 100_000), 1000, None, "Calls that the workbench keeps; the oldest go first."),
    ("--grace", click.FloatRange(0, 600), 10, "SECONDS", "How long running calls have to finish when it is stopped."),
)  # fmt: skip


def _limit_options(command: Any) -> Any:
    for name, kind, default, unit, said in reversed(_LIMITS):
        option = click.option(name, type=kind, default=default, show_default=True, metavar=unit, help=said)
        command = option(command)
    return command


@click.command("serve", epilog=_EXAMPLES)
@click.option("--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0 takes any free port.")
@click.option(
    "--link",
    is_flag=True,
    help="Print another link to sign in by, which works once, to the service that you run on this machine already;"
    " --port says which, where there are several.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--allow-remote", is_flag=True, help="Let others reach it: for a --host that is not this machine's own.")
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A name, beside addresses and localhost, by which it may be called. Can be repeated.",
)
@click.option(
    "--allow-server",
    "servers",
    multiple=True,
    metavar="HOST",
    help="A name, address or network that a connection may name as its server: with --allow-remote there are no others"
    " for what clients bring or save. Can be repeated.",
)
@click.option(
    "--token-file",
    metavar="FILE",
    help="The token that programs send; without it, the variable <prefix>TOKEN, else one is made at each start.",
)
@click.option("--connections", metavar="FILE", help="YAML or JSON file of connections by name; edits go back into it.")
@click.option(
    "--named-only",
    is_flag=True,
    help="Accept no connections from clients, only the names of the server's own, and let nobody change those.",
)
@_limit_options
@click.option(
    "--inbox",
    metavar="FILE | redis://HOST:PORT/N",
    help="Keep triggers and their items in this file or Redis; otherwise they end with the service.",
)
@click.option(
    "--public-url", metavar="URL", help="The address at which the service reaches this one, for its webhooks."
)
@click.option(
    "--history",
    metavar="FILE | off",
    help="Where the workbench keeps people's calls; by default beside the file of --connections, else in memory.",
)
@click.option(
    "--sandbox-file", metavar="FILE", help="Keep the sandbox's events and data in this file for the next start."
)
@click.option("--no-workbench", is_flag=True, help="Without the pages for people.")
@click.option("--no-mcp", is_flag=True, help="Without the tools for agents.")
@plan_options
@offer_options
def command(
    *, link: bool, token_file: str | None, connections: str | None, named_only: bool, no_workbench: bool, no_mcp: bool,
    sandbox_file: str | None, hosts: tuple[str, ...], servers: tuple[str, ...], **numbers: Any,
) -> None:  # fmt: skip
    """Serve an HTTP API, a workbench for people and tools for agents, until Ctrl-C.

    It listens on this machine only and prints a link, which works once: it lets your browser in. Programs send the
    token of the link as 'Authorization: Bearer TOKEN'. /docs shows the API, /openapi.json describes it to other
    programs, /mcp is for agents, /metrics for Prometheus.

    A call brings a connection, or names one of the server's: 'sandbox' is always there and needs no account,
    'environment' is made of environment variables ('<program> test-connection --help' names them), the others
    come from --connections. Nobody who names one sees its credentials.

    --allow, --groups and --tool hold for whoever calls. Without --allow, programs and people may call what deletes,
    agents may not.
    """
    try:
        if link:
            chosen = click.get_current_context().get_parameter_source("port") is not ParameterSource.DEFAULT
            click.echo(_further_link(numbers["port"] if chosen else None))
            return
        from ..service.settings import Settings

        settings = Settings(
            hosts=hosts, servers=servers, inline=not named_only, workbench=not no_workbench, mcp=not no_mcp,
            token=_token(token_file), **numbers,
        )  # fmt: skip
        _serve(settings, Path(connections) if connections else None, Path(sandbox_file) if sandbox_file else None)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("segment_connector"):
            raise
        raise InputError.of(
            "missing_extra", f"the service needs {missing.name}", "pip install 'segment-connector[service]'"
        ) from None


def _token(file: str | None) -> str | None:
    if file is None:
        return os.environ.get(f"{prefix()}TOKEN") or None
    from ..service.connection_file import read_private

    try:
        token = read_private(Path(file)).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is not text"
        raise InputError.of("unreadable", f"the file cannot be read: {said}", "check its name", path=file) from None
    return token


def _serve(settings: Settings, connections: Path | None, sandbox_file: Path | None) -> None:
    from ..service.app import create_app
    from ..service.backend import Backend
    from ..service.server import Service, listen, url_of
    from ..service.sessions import Sessions

    try:
        listener = listen(settings)
    except OSError as error:
        report([Problem("serve", f"port {settings.port} of {settings.host} cannot be used: {error.strerror}",
                        "stop what uses it, or choose another with --port")])  # fmt: skip
        raise click.exceptions.Exit(2) from None
    with listener:
        connector = load_connector()
        read_plan_now(connector)
        tell_faults(connector)
        backend = Backend(
            connector, connections_file=connections, environ=os.environ, max_remembered=settings.max_remembered,
            history=settings.history_for(connections), sandbox_file=sandbox_file,
        )  # fmt: skip
        if sandbox_file is not None:
            _ = backend.sandbox  # a file that cannot be used is refused now, and not when somebody needs the sandbox
        sessions = Sessions(settings.token)
        try:
            app = create_app(backend, settings, sessions)
            app.state.triggers.open()
            with _run_files().kept(url := url_of(listener), sessions.owner_secret) as kept:
                said = _greeting(url, sessions, settings, connector.spec.title, kept)
                Service(app, settings, _say(said)).run(sockets=[listener])
        finally:
            backend.close()
    click.echo("stopped")


def _say(text: str) -> Callable[[], None]:
    def say() -> None:
        click.echo(text)
        sys.stdout.flush()

    return say


def _run_files() -> RunFiles:
    from ..service.run_file import RunFiles

    return RunFiles(stored_profiles().folder / "services", program())


def _further_link(port: int | None) -> str:
    """A link of a service that runs already.

    :raises InputError: when there is none, or it does not answer as one.
    """
    from ..http.transport import NoAnswer, Transport
    from ..language.connector_records import Timeout
    from ..service.http.sign_in import NEW_LINK
    from ..values.json_values import decode

    files = _run_files()
    url, secret = files.read(port)
    transport = Transport()
    try:
        timeout = Timeout(connect=5, read=10, total=20)
        answer = transport("POST", url + NEW_LINK, {"Authorization": f"Bearer {secret}"}, b"", timeout, 10_000)
        if answer.status == 200:
            return f"{url}/?token={decode(answer.body)['token']}"
    except NoAnswer as none:
        if none.kind == "proxy":
            raise InputError.of("proxy", f"a proxy is asked for {url}", "set NO_PROXY=127.0.0.1") from None
        if none.kind != "connection":
            raise InputError.of("no_answer", f"the service at {url} does not answer", "try again in a minute") from None
    finally:
        transport.close()
    files.forget(url, secret)
    message = f"the service that you started at {url} does not run any more"
    raise InputError.of("no_service", message, f"start it again: {program()} serve", field="--link")


def _greeting(url: str, sessions: Any, settings: Settings, title: str, has_more_links: bool) -> str:
    own = settings.token is not None
    opens = "Open" if settings.workbench else "Open in a browser"
    lines = [
        f"The {title} connector serves at {url}",
        "",
        f"  {opens} (this link works once):  {url}/?token={sessions.link_token}",
        *([f"  Another link: {_link_command(url)}"] if has_more_links else []),
        f"  HTTP API:   {url}/docs",
        *([f"  Agents:     {url}/mcp"] if settings.mcp else []),
        f"  Programs send:  Authorization: Bearer {'the token that you gave' if own else 'the token of the link'}",
        "",
        "To stop:  Ctrl-C",
        "",
    ]
    return "\n".join(lines)


def _link_command(url: str) -> str:
    port = url.rpartition(":")[2]
    return f"{program()} serve --link" + ("" if port == str(_PORT) else f" --port {port}")
