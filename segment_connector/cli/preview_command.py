"""``segment-connector preview``: the request that ``run`` would send, without a socket and without a credential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import click

from ..call.request import Request
from ..clock import machine_clock
from ..connector import Connector
from ..http.auth import Scheme
from ..redact import MASK, redact
from .common import connection_from, connection_option, load_connector
from .input_arguments import chosen_action, cured_by_spelling, input_options, read_inputs
from .output import indented, plain, shortened, table, visible, warn
from .output_formats import emit, format_option, is_asked_for
from .plan_arguments import plan_options
from .preview_fields import request_fields

_VALUE = 60  # characters of a value that the table shows; the whole of it stands in the body above
_LEFT_OUT = "(not given, left out)"


_EXAMPLES = """\b
Examples:
  <program> preview <call>
  <program> preview <action> --input inputs.json --json
  <program> preview <action> --input inputs.json --curl
  <program> preview <action> --input inputs.json --python
"""


@click.command("preview", epilog=_EXAMPLES)
@input_options
@connection_option
@plan_options
@format_option()
@click.option("--curl", "as_curl", is_flag=True, help="Print a curl command, with variables in place of secrets.")
@click.option("--python", "as_python", is_flag=True, help="Print a Python program that makes the call.")
def command(
    *,
    action: str,
    preset: str | None,
    params: tuple[str, ...],
    source: str | None,
    connection: str | None,
    as_curl: bool,
    as_python: bool,
) -> None:
    """Show the request that 'run' would send. Nothing is sent, and no credential is needed.

    Inputs are checked and given as for 'run'. The table at the end tells which template of the spec made which part of
    the request.
    """
    if sum((is_asked_for(), as_curl, as_python)) > 1:
        raise click.UsageError("take one of --json or --format, --curl and --python")
    inputs = read_inputs(params, source)
    # One instant for the whole preview, so that the table shows what the request holds.
    instant = datetime.now(timezone.utc)
    connector = load_connector(clock=replace(machine_clock(), now=lambda: instant))
    action = chosen_action(connector.specs, action, preset)
    with connection_from(connector, connection) as given:
        connector = connector.serving(given)
        caller = connector.caller
        compiled = caller.compiled(action)
        with cured_by_spelling(inputs, compiled.validator):
            request = caller.plan(action, inputs.values, given, need_credential=False)
        public = caller.connections.check(given).public
    for doubt in request.warnings:
        warn(doubt.said, doubt.hint)
    _say_size(connector, request)
    scheme = caller.schemes[request.scheme] if request.scheme else None
    if as_python:
        _print_program(connector, action, inputs.values)
        return
    shown = request.to_dict(scheme.shown() if scheme else None)
    if emit(shown):
        return
    api = connector.spec.apis[request.api]
    if as_curl:
        from ..call.curl import curl_command

        # Without a credential in the connection, the plainest way to sign is the one to show.
        plainest = caller.schemes[api.auth[-1]] if api.auth else None
        curl = curl_command(connector.spec, request, scheme or plainest)
        click.echo(curl)
        if MASK in curl:
            warn("a secret in the inputs is masked in this command", "put it back before you use the command")
        return
    _say_request(shown, request)
    if scheme is None and api.auth:
        _say_credential(connector, caller.schemes[api.auth[-1]], api.title)
    fields = request_fields(compiled, request, inputs.values, public, caller.clock.timestamp())
    rows = [("FIELD", "<- TEMPLATE", "<- VALUE")]
    for one in fields:
        value = plain(redact(one.value, request.secrets))
        said = f"{shortened(value, _VALUE)}{f'  ({one.origin})' if one.origin else ''}" if one.given else _LEFT_OUT
        rows.append((one.place, f"<- {one.template}" if one.template else "", f"<- {said}"))
    click.echo("\n" + "\n".join(table(rows, indent="")))


def _print_program(connector: Connector, action: str, inputs: Mapping[str, Any]) -> None:
    """A program with the same call; of a list that comes page by page, one that follows it to its end."""
    from ..docs.call_forms import python_call, python_loop

    form = python_loop if len(connector.specs.action(action).paging) == 1 else python_call
    click.echo(form(connector.spec, action, inputs))


def _say_request(shown: Mapping[str, Any], request: Request) -> None:
    click.echo(visible(f"{shown['method']} {shown['url']}"))
    for name, value in shown["headers"].items():
        click.echo(visible(f"{name}: {value}"))
    if shown["body"] is not None:
        click.echo()
        form = request.form_of(shown["body"])
        for line in indented(shown["body"]) if form is None else [visible(form)]:
            click.echo(line)


def _say_size(connector: Connector, request: Request) -> None:
    split = connector.specs.action(request.action).split
    if split is not None and request.sent_as > 1:
        warn(
            f"{split.parameter}: this is shown as one request, and is sent as {request.sent_as:,}",
            f"one request takes {split.max_items:,} entries and {split.max_bytes:,} bytes",
        )


def _say_credential(connector: Connector, scheme: Scheme, title: str) -> None:
    needs = [connector.spec.variable_of(name) or name for name in scheme.needs]
    warn(
        f"the {title} needs a credential, which the connection does not have",
        f"before 'run', set {' and '.join(needs)}, or name a file with --connection",
    )
