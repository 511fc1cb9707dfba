"""The command line: one command a file, each imported only when it is called.

Only click is imported here, and ``--help`` is written from the table below, so that the program starts at once. The
program is ``segment-connector``; a connector for another service makes one of its own of ``Program``.
"""

from __future__ import annotations

import gc
import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import PROGRAM, __version__

if TYPE_CHECKING:
    from ..errors import ConnectorError

SUBJECT = "subject"
"""Under which name a context's ``meta`` holds what the command is about."""

# Name and short help; the module of 'test-connection' is test_connection_command.
_COMMANDS = {
    "list": "List the actions.",
    "show": "Describe an action: parameters, rules, outputs, an example.",
    "run": "Call an action.",
    "preview": "Show the request that 'run' would send; nothing is sent.",
    "bulk": "Deliver a file of events, however large; none is lost.",
    "listen": "Wait for what a trigger reports, and pass each item on.",
    "catalog": "Print the catalogue of a platform: what it lists, in its own shape.",
    "export": "Write a package for a host of another language: a low-code platform, a workflow builder.",
    "plan": "Keep a Tracking Plan as files: pull, diff, push, check; check events against it.",
    "check": "Check spec files for mistakes.",
    "docs": "Write the pages of documentation from the specs.",
    "test-connection": "Say what can be verified about a connection.",
    "login": "Store a connection under a name, its secrets in the system's keyring.",
    "logout": "Forget a connection that 'login' stored.",
    "completion": "Print the script that lets a shell complete what is typed.",
    "doctor": "Check this installation: what is missing, unreachable or wrong, and how to fix it.",
    "audit": "Check the workspace for what is broken, idle or unguarded.",
    "arrived": "Say whether events arrived, as far as the service knows.",
    "trace": "Trace the path of an event, gate by gate, without sending it.",
    "erase": "Delete or suppress everybody in a file, with a proof of what was requested.",
    "sandbox": "Serve a local stand-in for the service, to try actions without an account.",
    "serve": "Serve an HTTP API, a workbench for people and tools for agents.",
    "mcp": "Offer the actions to an AI agent as tools (MCP over standard input and output).",
}

# In the texts of help, <program> is what was typed to get here, <call> an action with inputs, <action> its name alone;
# to know an action, specs are read, which these first texts do without.
_OBJECTS = 100_000  # that are made before garbage is looked for, instead of 700

_HELP = """Call <title> through actions that are written as data.

Each action is checked before anything is sent. Look at one with 'show', see its request with 'preview', call it
with 'run'.
"""
_EPILOG = """\b
Examples:
  <program> list --search WORD
  <program> show ACTION
  <program> preview ACTION -p NAME=VALUE
  <program> run ACTION -p NAME=VALUE --sandbox

\b
The connection comes from --connection FILE, or from environment variables;
'<program> test-connection --help' names them.

\b
Exit codes:
  0    ok
  1    refused by the service, or a failure of the network
  2    bad input, connection or spec; nothing was sent
  3    'bulk' came to its end, and some records were rejected
  130  interrupted
"""


class _Formatter(click.HelpFormatter):
    """Writes help in which the program, the service and a call have the names that they have here."""

    def __init__(self, meaning: Callable[[str], str], **size: Any) -> None:
        super().__init__(**size)
        self._meaning = meaning

    def write_text(self, text: str) -> None:
        super().write_text(self._filled(text))

    def write_dl(self, rows: Any, *args: Any, **extra: Any) -> None:
        super().write_dl([(self._filled(first), self._filled(second)) for first, second in rows], *args, **extra)

    def _filled(self, text: str) -> str:
        return re.sub("<([a-z]+)>", lambda found: self._meaning(found[1]), text)


class _Context(click.Context):
    def make_formatter(self) -> click.HelpFormatter:
        root = self.find_root()
        assert isinstance(root.command, Program)
        meaning = partial(root.command.meaning, root)
        return _Formatter(meaning, width=self.terminal_width, max_width=self.max_content_width)


class _Group(click.Group):
    """Finds commands by the table, and turns the package's errors into lines on stderr and exit codes."""

    context_class = _Context

    def main(self, *args: Any, **extra: Any) -> Any:
        # What is imported stays: looking through it again and again for garbage is a twentieth of a short command.
        gc.set_threshold(_OBJECTS)
        for stream in (sys.stdout, sys.stderr):
            # Specs and answers are UTF-8 whatever the locale says; what is not text at all is shown escaped.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        extra.setdefault("prog_name", self.name)
        if f"_{str(self.name).replace('-', '_').upper()}_COMPLETE" in os.environ:
            from .shells import register

            register()
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":  # https://no-color.org
            extra.setdefault("color", False)
        return super().main(*args, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f".{cmd_name.replace('-', '_')}_command", __name__).command
        for one in (command, *getattr(command, "commands", {}).values()):
            one.context_class = _Context
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
        arguments = [*ctx._protected_args, *ctx.args]  # noqa: SLF001 - click's own subclasses read it so
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if _wants_json(arguments):
                from ..errors import InputError

                self._echo_failure(ctx, InputError.of("usage", error.format_message(), "see --help"))
            raise
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
            if _wants_json(arguments):
                self._echo_failure(ctx, error)
            report(error.problems)
            ctx.exit(2)

    def _echo_failure(self, ctx: click.Context, error: ConnectorError) -> None:
        """Print an error as JSON, in the shape that the result of a call has."""
        from ..result import as_result
        from .output import echo_json

        echo_json(as_result(ctx.meta.get(SUBJECT) or str(ctx.invoked_subcommand), error).to_dict())


def _wants_json(arguments: Sequence[str]) -> bool:
    return "--json" in arguments or "--format=json" in arguments or ("--format", "json") in pairwise(arguments)


class Program(_Group):
    """The command line of a connector, to be named as an entry point of the package that brings its specs.

    :param name: what is typed to start it.
    :param title: the service that is called.
    :param root: the folder with ``connector.yaml`` and ``actions/``, in the file system; by default the package's own.
    :ivar prefix: what the program's own environment variables begin with.
    """

    def __init__(self, name: str, title: str, root: Path | None = None) -> None:
        self.title, self.root, self._service = title, root, name.removesuffix("-connector")
        self.prefix = f"{self._service.replace('-', '_').upper()}_CONNECTOR_"
        variable = f"{self.prefix}SPECS"
        specs = click.Option(
            ["--specs"],
            metavar="DIR",
            is_eager=True,  # help names the connector that they describe
            envvar=variable,
            help="Folder with connector.yaml, actions/ and schemas/ to use instead of the package's own; "
            f"also the environment variable {variable}.",
        )
        own = "" if name == PROGRAM else f" ({PROGRAM} {__version__})"
        version = click.version_option(__version__, prog_name=name, message=f"%(prog)s %(version)s{own}")
        settings = {"help_option_names": ["-h", "--help"]}
        super().__init__(name, params=[specs], callback=_begun, help=_HELP, epilog=_EPILOG, context_settings=settings)
        version(self)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; without any, show how to begin."""
        if not args and not ctx.resilient_parsing:
            from .first_screen import first_screen

            named = os.environ.get(f"{self.prefix}SPECS")
            click.echo(first_screen(Path(named) if named else self.root, typed(ctx)), nl=False)
            ctx.exit()
        return super().parse_args(ctx, args)

    def meaning(self, root: click.Context, word: str) -> str:
        """What stands in help for a word in angle brackets.

        :param root: the context of the program as a whole.
        """
        # --help is dealt with before variables are looked at.
        given = root.params.get("specs") or os.environ.get(f"{self.prefix}SPECS")
        if word in ("call", "action") or (word == "title" and given):
            from .sample import sample

            call, title = sample(given or self.root)
            return {"call": call, "action": call.split()[0], "title": title}[word]
        known = {"program": typed(root), "service": self._service, "prefix": self.prefix, "title": self.title}
        return known.get(word, str(self.name))


def _begun(specs: str | None) -> None:
    del specs  # commands read it by common.specs_root()


def typed(ctx: click.Context) -> str:
    """What has to be typed for the program to do something with the specs that it has here."""
    root = ctx.find_root()
    words = [str(root.command.name)]
    if root.get_parameter_source("specs") is click.core.ParameterSource.COMMANDLINE:
        words += ["--specs", root.params["specs"]]
    return shlex.join(words)


main = Program(PROGRAM, "Twilio Segment")
