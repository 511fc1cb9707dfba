"""What the commands for plans share: the folder, the workspace, and how failures are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..common import connection_from, connection_option, load_connector
from ..output import echo_hint, report, visible

if TYPE_CHECKING:
    from ...connector import Connector
    from ...plans.compare.plan_diff import RuleChange
    from ...plans.sync.workspace_plans import Workspace
    from ...result import Failure, Result

_Command = TypeVar("_Command", bound=Callable[..., Any])
FOUND = 3
"""Exit code: done, and something was found."""
_COLOURS = {"+": "green", "-": "red", "~": "yellow"}


def folder_argument(command: _Command) -> _Command:
    """Add ``DIR``, the folder of a plan."""
    kind = click.Path(file_okay=False, path_type=Path)
    return click.argument("folder", metavar="DIR", type=kind)(command)


def workspace_options(command: _Command) -> _Command:
    """Add ``--connection FILE`` and ``--sandbox``."""
    sandbox = click.option(
        "--sandbox", "in_sandbox", is_flag=True, help="Ask a local sandbox, started for this call only."
    )
    return connection_option(sandbox(command))


@contextmanager
def workspace_of(connection: str | None, *, in_sandbox: bool) -> Iterator[Workspace]:
    """The plans of the workspace that a connection leads to; a refusal of the service ends the command with 1.

    :param connection: the file that ``--connection`` names.
    """
    from ...plans.sync.workspace_plans import Workspace
    from ...result import CallFailed

    connector = load_connector()
    with given_connection(connector, connection, in_sandbox=in_sandbox) as given:

        def run(action: str, inputs: Mapping[str, Any]) -> Result:
            return connector.run(action, inputs, given)

        try:
            yield Workspace(connector.specs, run, lambda action, inputs: connector.iterate(action, inputs, given))
        except CallFailed as failed:
            if failed.result.error is not None:
                say_failure(failed.result.error)
            click.get_current_context().exit(1)


@contextmanager
def given_connection(connector: Connector, connection: str | None, *, in_sandbox: bool) -> Iterator[Mapping[str, Any]]:
    """The connection that the options of a command give."""
    if in_sandbox and connection:
        raise click.UsageError("--sandbox brings a connection of its own; leave out --connection")
    if in_sandbox:
        from ..arrivals import sandbox_connection

        with sandbox_connection(connector, "") as own:
            yield own
        return
    with connection_from(connector, connection) as given:
        yield given


def say_failure(error: Failure, what: str = "") -> None:
    """Write to stderr why the service, or the network, did not do something.

    :param what: what it was about, for the beginning of the line.
    """
    place = f"{what}: " if what else ""
    click.echo(visible(f"error: {place}{error.code}, {error.message}"), err=True)
    echo_hint(error.hint)


def echo_changes(changes: list[RuleChange] | tuple[RuleChange, ...], *, to_stderr: bool = False) -> None:
    """Write changes of rules, a line each, and what changed in a rule below it."""
    for change in changes:
        for line in change.lines():
            click.secho(visible(line), fg=_COLOURS.get(line[0]), err=to_stderr)


def id_of(about: Mapping[str, Any], folder: Path) -> str:
    """The id of the plan that a folder holds.

    :param about: what its ``plan.yaml`` says.
    """
    if not about.get("id"):
        message = f"{folder} names no plan of a workspace"
        raise click.UsageError(f"{message}; create one there, and write 'id: ...' with its id into {folder}/plan.yaml")
    return str(about["id"])


def refuse(problems: Any) -> None:
    """Write problems and end with 2."""
    report(problems)
    click.get_current_context().exit(2)
