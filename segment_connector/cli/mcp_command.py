"""``segment-connector mcp``: offer the actions to an AI agent as tools, over standard input and output."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from ..connector import Connector
from .common import (
    connection_from,
    connection_option,
    is_profile_named,
    load_connector,
    program,
    program_name,
    service_in_sandbox,
)
from .output import echo_hint
from .plan_arguments import plan_options, tell_faults

_EPILOG = """\b
Examples:
  <program> mcp --configuration --sandbox
  <program> mcp --sandbox
  <program> mcp --allow read --groups GROUP,GROUP
  <program> mcp --connection connection.json --tool <action>

\b
A client starts the program itself. --configuration prints what most of them
read, with the options that are given beside it; put it into the client's file.

\b
Shown are the tools that most jobs need, and three more that find, describe and
run every other action that is allowed. A few that erase data for good are
allowed with --tool only. '<program> serve' offers the same at /mcp.
"""


_CONFIGURATION = "--configuration"
_FILES = ("--connection", "--plan", "--plan-source")


def names(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Options that are given many times, or once with commas, or both."""
    return tuple(dict.fromkeys(name for one in given for part in one.split(",") if (name := part.strip())))


def offer_options(command: Any) -> Any:
    """Add ``--allow``, ``--groups``, ``--tool`` and ``--max-result``, which say what agents get."""
    for option in (
        click.option(
            "--max-result", type=click.IntRange(100, 1_000_000), metavar="TOKENS",
            help="The most that a tool returns, roughly; 8000 by default. Longer lists are cut and can be continued.",
        ),
        click.option(
            "--tool", "--tools", "tools", multiple=True, callback=names, metavar="ACTION,...",
            help="Show this action too, whatever its effect and group.",
        ),
        click.option(
            "--groups", multiple=True, callback=names, metavar="GROUP,...",
            help="Only actions of these groups, each as a tool of its own; 'list' shows the groups.",
        ),
        click.option(
            "--allow", multiple=True, callback=names, metavar="EFFECT,...",
            help="What actions may do: read, write, delete. By default, read and write.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


class _McpCommand(click.Command):
    """Keeps what was typed, for the configuration that starts the same."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.obj = list(args)
        return super().parse_args(ctx, args)


@click.command("mcp", cls=_McpCommand, epilog=_EPILOG)
@offer_options
@connection_option
@plan_options
@click.option("--sandbox", "in_sandbox", is_flag=True, help="Call a local sandbox, which lives as long as the server.")
@click.option(
    "--timeout", type=click.FloatRange(min=1, max=86400), metavar="SECONDS",
    help="How long a call may take; 50 by default, since many clients give up after 60.",
)  # fmt: skip
@click.option(_CONFIGURATION, is_flag=True, help="Print what a client's configuration needs to start this, and end.")
def command(
    *,
    allow: tuple[str, ...],
    groups: tuple[str, ...],
    tools: tuple[str, ...],
    max_result: int | None,
    connection: str | None,
    in_sandbox: bool,
    timeout: float | None,
    configuration: bool,
) -> None:
    """Offer the actions to an AI agent as tools, over standard input and output (Model Context Protocol).

    The credentials stay in this process: an agent can use the connection and cannot see it.
    """
    if in_sandbox and connection:
        raise click.UsageError("--sandbox brings a connection of its own; leave out --connection")
    from ..call.policy import USUAL
    from ..connection import Connections
    from ..hosts.mcp import Offer, serve_stdio

    connector = load_connector()
    tell_faults(connector)
    with ExitStack() as stack:
        given: Mapping[str, Any]
        if in_sandbox:
            from .arrivals import sandbox_connection

            served = service_in_sandbox(connector)
            given = stack.enter_context(sandbox_connection(served, ""))  # of no action more than of any other
        else:
            given = stack.enter_context(connection_from(connector, connection))
            Connections(connector.spec).check(given)
        if connector.plan_step is not None:
            connector.plan_step.plan.judge(given)  # its events are tools, so it has to be known
        offer = Offer(connector.specs, allow=allow or USUAL, groups=groups, tools=tools)
        if configuration:
            click.echo(json.dumps(_configuration(connector, connection, in_sandbox=in_sandbox), indent=2))
            return
        if sys.stdin is not None and sys.stdin.isatty():
            click.echo("waiting for an agent, which starts this program itself; Ctrl-C ends it", err=True)
            echo_hint(f"{program()} mcp {_CONFIGURATION} prints what its configuration needs")
        # The default handler would wait for a line of input before it ends the program.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        limits = {name: one for name, one in (("timeout", timeout), ("max_result", max_result)) if one is not None}
        serve_stdio(connector, lambda _: given, offer, masked=not in_sandbox, **limits)


def _configuration(connector: Connector, connection: str | None, *, in_sandbox: bool) -> dict[str, Any]:
    """What starts the program as it was started now, from any folder; credentials of the environment are left blank."""
    from ..hosts.agent_tools.client_configuration import blank_environment, client_configuration

    context = click.get_current_context()
    specs = context.find_root().params["specs"]
    words = [shutil.which(program_name()) or program_name()]
    words += ["--specs", str(Path(specs).resolve())] if specs else []
    words.append("mcp")
    before = ""
    for word in context.obj:
        if word != _CONFIGURATION:
            option, equals, value = word.partition("=")
            words.append(
                f"{option}={_from_anywhere(value)}"
                if equals and option in _FILES
                else _from_anywhere(word)
                if before in _FILES
                else word
            )
        before = word
    named = in_sandbox or connection is not None or is_profile_named()
    return client_configuration(connector.spec, words, {} if named else blank_environment(connector.spec))


def _from_anywhere(file: str) -> str:
    return str(Path(file).resolve()) if Path(file).exists() else file
