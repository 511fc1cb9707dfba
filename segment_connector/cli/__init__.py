"""The command line ``segment-connector``: one command a file, each imported only when it is called.

Only click is imported here, and ``--help`` is written from the table below, so that the program starts at once.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from .. import __version__

# Name and short help; the module of 'test-connection' is test_connection_command.
_COMMANDS = {
    "list": "List the actions.",
    "show": "Describe an action: parameters, rules, outputs, an example.",
    "run": "Call an action.",
    "preview": "Show the request that 'run' would send; nothing is sent.",
    "bulk": "Deliver a file of events, however large; none is lost.",
    "catalog": "Print the catalogue of a platform: what it lists, in its own shape.",
    "check": "Check spec files for mistakes.",
    "docs": "Write the pages of documentation from the specs.",
    "test-connection": "Say what can be verified of a connection.",
    "sandbox": "Serve a local stand-in for the service, to try actions without an account.",
    "serve": "Serve an HTTP API, a workbench for people and tools for agents.",
    "mcp": "Offer the actions to an AI agent as tools (MCP over standard input and output).",
}

_EPILOG = """\b
Examples:
  segment-connector list --search event
  segment-connector show track
  segment-connector preview track -p event='Order Completed' -p userId=u-1
  segment-connector run track -p event='Order Completed' -p userId=u-1 --sandbox

\b
The connection comes from --connection FILE, or from environment variables;
'segment-connector test-connection --help' names them.

\b
Exit codes:
  0    ok
  1    refused by the service, or a failure of the network
  2    bad input, connection or spec; nothing was sent
  3    'bulk' came to its end, and some records were rejected
  130  interrupted
"""


class _Group(click.Group):
    """Finds commands by the table, and turns the package's errors into lines on stderr and exit codes."""

    def main(self, *args: Any, **extra: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            # Specs and answers are UTF-8 whatever the locale says; what is no text at all is shown escaped.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        return super().main(*args, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f".{cmd_name.replace('-', '_')}_command", __name__).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not args[0].startswith("-"):
            from ..errors import did_you_mean

            ctx.fail(f"no such command '{args[0]}'; {did_you_mean(args[0], _COMMANDS) or 'see --help'}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(130)
        except BrokenPipeError:
            # The reader went away. What is still buffered must not fail again when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(141)
        except Exception as error:
            from ..errors import ConnectorError
            from .output import report

            if not isinstance(error, ConnectorError):
                raise
            report(error.problems)
            ctx.exit(2)


@click.group(cls=_Group, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--specs",
    metavar="DIR",
    envvar="SEGMENT_CONNECTOR_SPECS",
    help="Folder with connector.yaml, actions/ and schemas/ to use instead of the package's own; "
    "also the environment variable SEGMENT_CONNECTOR_SPECS.",
)
@click.version_option(__version__, prog_name="segment-connector", message="%(prog)s %(version)s")
def main(specs: str | None) -> None:
    """Call Twilio Segment by actions that are written as data.

    Each action is checked before anything is sent. Look at one with 'show', see its request with 'preview', call it
    with 'run'.
    """
    del specs  # commands read it by common.specs_root()
