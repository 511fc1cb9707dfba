"""Commands that carry out an investigation: their arguments are its parameters, as its file describes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import ConnectorError, InputError
from ..result import CallFailed, as_result
from .common import connection_from, load_connector, root_of
from .json_arguments import read_json_object
from .output import echo_json, paragraph, report, table, visible

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
            self._parameters = [*_parameters(spec), *([_wait(spec)] if spec.wait else [])]
        return [*self._parameters, *super().get_params(ctx)]

    def _spec(self, ctx: click.Context) -> Investigation:
        from ..language.investigation_records import read_investigation
        from ..language.specs import default_root

        return read_investigation(root_of(ctx) or default_root(), str(self.name))

    def _carry_out(
        self, *, connection: str | None, in_sandbox: bool, requests: int | None, html: str | None, strict: bool,
        as_json: bool, wait: float | None = None, **given: Any,
    ) -> None:  # fmt: skip
        if in_sandbox and connection:
            raise click.UsageError("--sandbox brings a connection of its own; leave out --connection")
        context = click.get_current_context()
        name = str(self.name)
        connector = load_connector()
        try:
            inputs = _inputs(self._spec(context), given)
            with ExitStack() as stack:
                if in_sandbox:
                    from ..sandbox import Sandbox

                    used: Mapping[str, Any] = stack.enter_context(Sandbox(connector.specs)).connection
                else:
                    used = stack.enter_context(connection_from(connector, connection))
                found = connector.investigate(
                    name, inputs, used, most_requests=requests, wait=wait, on_wait=say_wait
                )  # fmt: skip
        except CallFailed as error:
            if as_json:
                echo_json(error.result.to_dict())
            else:
                report(error.problems)
            context.exit(1)
        except ConnectorError as error:
            if as_json:
                echo_json(as_result(name, error).to_dict())
            raise
        if html is not None:
            from ..investigations.findings_page import page_of

            Path(html).write_text(page_of(found), encoding="utf-8")
            click.echo(f"written: {html}", err=True)
        if as_json:
            echo_json(found.to_dict())
        else:
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
        click.Option(
            ["--connection"], metavar="FILE",
            help="JSON file with the connection; without it, the environment variables that "
            "'<program> test-connection --help' lists are read.",
        ),
        click.Option(["--sandbox", "in_sandbox"], is_flag=True, help="Ask a local stand-in, started for this only."),
        click.Option(["--requests"], type=click.IntRange(min=1), help="Make at most so many requests."),
        click.Option(["--html"], metavar="FILE", help="Write what was found as a page too."),
        click.Option(["--strict"], is_flag=True, help=f"Exit code {NOT_BEST} unless everything stands at its best."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print what was found as one JSON document."),
    ]  # fmt: skip


def _wait(spec: Investigation) -> click.Option:
    assert spec.wait is not None
    return click.Option(
        ["--wait"], type=click.FloatRange(min=0), metavar="SECONDS",
        help=f"Ask again every {spec.wait.every:g} s until it is settled, for so long; {spec.wait.most:g} is enough.",
    )  # fmt: skip


def _parameters(spec: Investigation) -> Iterator[click.Parameter]:
    for name, schema in spec.parameters.items():
        if name == spec.argument:
            needed = name in spec.required
            yield click.Argument(
                [name], required=needed, metavar=_metavar(schema) if needed else f"[{_metavar(schema)}]"
            )
            continue
        kind: click.ParamType[Any] = _KINDS.get(schema.get("type", ""), click.STRING)
        if "enum" in schema:
            kind = click.Choice([str(one) for one in schema["enum"]])
        metavar = None if "enum" in schema else "FILE|JSON" if schema.get("type") == "object" else None
        yield click.Option(
            [f"--{_dashed(name)}", name], type=kind, multiple=schema.get("type") == "array", metavar=metavar,
            help=str(schema.get("description", "")), required=name in spec.required,
        )  # fmt: skip


def _metavar(schema: Mapping[str, Any]) -> str:
    return str(schema.get("title", "VALUE")).upper().replace(" ", "_")


def _dashed(name: str) -> str:
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in name)


def _inputs(spec: Investigation, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs as JSON values, without those that were not given."""
    inputs: dict[str, Any] = {}
    names = {name.lower(): name for name in spec.parameters}  # click writes the names of arguments small
    for key, value in given.items():
        if value is None or value == ():
            continue
        name = names[key.lower()]
        is_object = spec.parameters[name].get("type") == "object"
        inputs[name] = _object(name, value) if is_object else list(value) if isinstance(value, tuple) else value
    return inputs


def _object(name: str, text: str) -> dict[str, Any]:
    what = 'one JSON object, {"name": "value"}'
    if not text.lstrip().startswith("{"):
        return read_json_object(Path(text).read_bytes, text, what)
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InputError.of("json", f"is no JSON: {error}", f"write {what}", field=f"--{_dashed(name)}") from None
    assert isinstance(value, dict)
    return value


def say_wait(seconds: float, found: Report) -> None:
    """Tell that it is not settled yet."""
    click.echo(visible(f"not settled yet: {found.verdict} Asking again in {seconds:.0f} s."), err=True)
