"""``segment-connector login``: keep a connection under a name, its secrets in the system's keyring."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import ConnectionConfigError, InputError
from ..values.paths import put
from .common import load_connector, program, stored_profiles, with_server
from .json_arguments import read_json_object
from .output import echo_hint, paragraph, table, visible
from .stored_profiles import DEFAULT, check_name

if TYPE_CHECKING:
    from ..connector import Connector

_EXAMPLES = """\b
Examples:
  <program> login
  <program> login --profile eu-prod
  <program> login --profile eu-prod --from connection.json
  <program> login --list
  <program> run <call> --profile eu-prod
  <program> logout --profile eu-prod
"""


@click.command("login", epilog=_EXAMPLES)
@click.option(
    "--profile", "name", metavar="NAME", default=DEFAULT, show_default=True, help="The name to keep it under."
)
@click.option("--from", "file", metavar="FILE", help="Take the connection from a JSON file, '-' for stdin; do not ask.")
@click.option("--from-environment", is_flag=True, help="Take it from the environment variables; do not ask.")
@click.option("--all", "every", is_flag=True, help="Ask for what most people do not need too.")
@click.option("--plain", is_flag=True, help="Keep it in a file that only you can read, in place of the keyring.")
@click.option("--no-test", is_flag=True, help="Do not ask the service whether the connection is right.")
@click.option("--list", "listing", is_flag=True, help="List the profiles that there are, without secrets.")
def command(
    *, name: str, file: str | None, from_environment: bool, every: bool, plain: bool, no_test: bool, listing: bool
) -> None:
    """Keep a connection under a name, so that no command needs it again.

    You are asked for the region and the credentials. Secrets go into the system's keyring (Keychain, Credential Locker,
    Secret Service), for which the extra 'keyring' is needed. The profile 'default' is used by every command that is
    given no other connection; others are named by --profile.
    """
    profiles = stored_profiles()
    if listing:
        rows = [(one, visible(profiles.where(one))) for one in profiles.names]
        click.echo("\n".join(table(rows)) if rows else f"no profiles yet; '{program()} login' makes one")
        return
    check_name(name)
    if file and from_environment:
        raise click.UsageError("take one of --from and --from-environment")
    connector = load_connector()
    given = _given(connector, file, from_environment=from_environment, every=every)
    _check(connector, given)
    profiles.save(name, given, plain=plain)
    click.echo(f"stored in {profiles.where(name)} as '{name}'")
    if not no_test:
        report = connector.test_connection(with_server(given))
        given_ones = [one for one in report.checks if one.verdict != "not_given"]
        verdicts = [(one.title, one.verdict.replace("_", " "), visible(one.message)) for one in given_ones]
        click.echo("\n".join(table(verdicts)))
    option = "" if name == DEFAULT else f" --profile {name}"
    echo_hint(f"use it: {program()} test-connection{option}")


def _given(connector: Connector, file: str | None, *, from_environment: bool, every: bool) -> dict[str, Any]:
    import os

    if from_environment:
        found = connector.connection_from_environment(os.environ)
        if not found:
            hint = f"'{program()} test-connection --help' lists the variables"
            raise ConnectionConfigError.of("environment", "no environment variable gives a connection", hint)
        return found
    if file is not None:
        read = sys.stdin.buffer.read if file == "-" else Path(file).read_bytes
        try:
            return read_json_object(read, file, 'a connection, for example {"region": "eu"}')
        except InputError as error:
            raise ConnectionConfigError(error.problems) from None
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is there to be asked; add --from FILE or --from-environment")
    return _asked(connector, every=every)


def _check(connector: Connector, given: Mapping[str, Any]) -> None:
    checked = connector.caller.connections.check(given)
    if not checked.secrets:
        hint = "give at least one of the credentials"
        raise ConnectionConfigError.of("missing_credential", "there is no credential in it; nothing was stored", hint)


def _asked(connector: Connector, *, every: bool) -> dict[str, Any]:
    """Ask on the terminal for the members of a connection, one by one."""
    click.echo(paragraph("Press Enter to leave out what you do not have."), err=True)
    given: dict[str, Any] = {}
    for place, schema in _questions(connector.spec.connection.properties, "", every=every):
        if told := schema.get("help") or schema.get("description"):
            click.echo("\n" + paragraph(visible(str(told))), err=True)
        value = click.prompt(
            str(schema.get("title") or place),
            default=schema.get("default", ""),
            show_default="default" in schema,
            hide_input=bool(schema.get("secret")),
            value_proc=partial(_read, schema),
            err=True,
        )
        if value != "":
            given = put(given, place, value)
    return given


def _read(schema: Mapping[str, Any], text: str) -> Any:
    """What was typed, as the schema means it; empty for what is left out."""
    text = str(text).strip()
    if text and "enum" in schema:
        return click.Choice(schema["enum"]).convert(text, None, None)
    return click.BOOL.convert(text, None, None) if text and schema.get("type") == "boolean" else text


def _questions(properties: Mapping[str, Any], before: str, *, every: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, schema in properties.items():
        if schema.get("advanced") and not every:
            continue
        if "properties" in schema:
            yield from _questions(schema["properties"], f"{before}{name}.", every=every)
        elif schema.get("type") != "object":
            yield f"{before}{name}", schema
