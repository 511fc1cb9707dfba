"""Commands that carry out an investigation: their arguments are its parameters, as its file describes them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..result import CallFailed
from .common import connection_from, connection_options, load_connector, root_of
from .output import echo_json, paragraph, report, table, visible
from .output_formats import JSON, emit, form, format_options
from .parameter_options import given_inputs, parameter_options, told_by_option

if TYPE_CHECKING:
    from ..investigations.findings import Finding, Report
    from ..language.investigation_records import Investigation

_KINDS: Mapping[str, click.ParamType[Any]] = {"integer": click.INT, "number": click.FLOAT, "boolean": click.BOOL}
NOT_BEST = 3
"""The exit code of ``--strict`` for anything that does not stand at its best."""


class InvestigationCommand(click.Command):
    """A command named after an investigation.

    :param name: the investigation's.
    """

    def __init__(self, name: str, epilog: str) -> None:
        self._parameters: list[click.Parameter] | None = None
        super().__init__(name, callback=self._carry_out, params=_options(), epilog=epilog)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The investigation's parameters before the options that all of them have."""
        if self._parameters is None:
            spec = self._spec(ctx)
            self.help = f"{spec.summary}\n\n{spec.description}"
            self._parameters = [
                *parameter_options(spec.parameters, spec.required, spec.argument),
                *([_wait(spec)] if spec.wait else []),
            ]
        return [*self._parameters, *super().get_params(ctx)]

    def _spec(self, ctx: click.Context) -> Investigation:
        from ..language.investigation_records import read_investigation
        from ..language.specs import default_root

        return read_investigation(root_of(ctx) or default_root(), str(self.name))

    def _carry_out(
        self, *, connection: str | None, in_sandbox: bool, requests: int | None, html: str | None, strict: bool,
        wait: float | None = None, **given: Any,
    ) -> None:  # fmt: skip
        if in_sandbox and connection:
            raise click.UsageError("--sandbox brings a connection of its own; leave out --connection")
        context = click.get_current_context()
        name = str(self.name)
        connector = load_connector()
        try:
            inputs = given_inputs(self._spec(context).parameters, given)
            with ExitStack() as stack:
                if in_sandbox:
                    from ..sandbox import Sandbox

                    used: Mapping[str, Any] = stack.enter_context(Sandbox(connector.specs)).connection
                else:
                    used = stack.enter_context(connection_from(connector, connection))
                with told_by_option(self._spec(context).parameters):
                    found = connector.investigate(
                        name, inputs, used, most_requests=requests, wait=wait, on_wait=say_wait
                    )  # fmt: skip
        except CallFailed as error:
            if form() == JSON:
                echo_json(error.result.to_dict())
            else:
                report(error.problems)
            context.exit(1)
        if html is not None:
            from ..investigations.findings_page import page_of

            Path(html).write_text(page_of(found), encoding="utf-8")
            click.echo(f"written: {html}", err=True)
        whole = found.to_dict()
        if not emit(whole, lambda: whole["findings"]):
            say(found)
        best = next(iter(found.states))
        if strict and any(state != best for state in (found.state, *(branch.state for branch in found.branches))):
            context.exit(NOT_BEST)


def say(found: Report) -> None:
    """Write what was found as tables."""
    for line in _table(found.findings, found.states):
        click.echo(line)
    group = None
    for branch in found.branches:
        if branch.group != group:
            group = branch.group
            click.echo(f"\n{group}")
        click.echo(visible(f"  {found.states[branch.state]} {branch.name}"))
        for line in _table(branch.findings, found.states, "      "):
            click.echo(line)
    click.echo("\n" + paragraph(visible(found.verdict)))
    for text in found.not_seen:
        click.echo(paragraph(visible(f"  not seen: {text}")))
    plural = "" if found.requests == 1 else "s"
    click.echo(f"  ({found.requests} request{plural}, {found.seconds:.1f} s)", err=True)


def _table(findings: list[Finding], states: Mapping[str, str], indent: str = "  ") -> list[str]:
    rows = []
    for one in findings:
        cure = f" ({one.cure})" if one.cure else ""
        mark = states[one.state] if one.decides else "·"
        rows.append((mark, visible(one.title), visible(f"{one.why}{cure}")))
        rows += [("", f"  {visible(part.title)}", visible(part.why)) for part in one.parts if part.title != one.title]
    return table(rows, indent)


def _options() -> list[click.Parameter]:
    return [
        *connection_options(),
        click.Option(["--sandbox", "in_sandbox"], is_flag=True, help="Ask a local sandbox, started for this run only."),
        click.Option(["--requests"], type=click.IntRange(min=1), help="Make at most this many requests."),
        click.Option(["--html"], metavar="FILE", help="Write what was found as a page too."),
        click.Option(["--strict"], is_flag=True, help=f"Exit code {NOT_BEST} unless everything is in the best state."),
        *format_options(),
    ]  # fmt: skip


def _wait(spec: Investigation) -> click.Option:
    assert spec.wait is not None
    return click.Option(
        ["--wait"], type=click.FloatRange(min=0), metavar="SECONDS",
        help=f"Ask again every {spec.wait.every:g} s until it is settled, for this long; {spec.wait.most:g} is enough.",
    )  # fmt: skip


def say_wait(seconds: float, found: Report) -> None:
    """Tell that it is not settled yet."""
    click.echo(visible(f"not settled yet: {found.verdict} Asking again in {seconds:.0f} s."), err=True)
