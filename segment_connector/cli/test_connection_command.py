"""``segment-connector test-connection``: what can be verified of a connection, and what cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from .common import connection_from, connection_option, load_connector, program
from .output import echo_hint, table, visible
from .output_formats import emit, format_option


class _Command(click.Command):
    """Ends its help with the environment variables that the spec names."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        properties = load_connector().spec.connection.properties
        with formatter.section("Environment variables"):
            formatter.write_dl(list(_variables(properties)))


_EXAMPLES = """\b
Examples:
  <program> test-connection
  <program> test-connection --connection connection.json --json
"""


@click.command("test-connection", cls=_Command, epilog=_EXAMPLES)
@connection_option
@format_option()
def command(*, connection: str | None) -> None:
    """Say what can be verified of a connection, and what cannot.

    The connection is a JSON object with the region and the credentials, or the environment variables below; a file
    wins over all of them. Nothing is changed in the account. The exit code is 0 when nothing failed and at least one
    credential was given, else 1.
    """
    connector = load_connector()
    with connection_from(connector, connection) as given:
        report = connector.test_connection(given)
    whole = report.to_dict()
    if not emit(whole, lambda: whole["checks"]):
        source = connection or "the environment"
        asked = [f"region {report.region}"] if report.region else []
        asked += [f"{title} at {address}" for title, address in report.servers.items()]
        click.echo(visible(f"{', '.join(asked)}, connection from {source}"))
        rows = []
        for check in report.checks:
            hint = f" {check.hint}" if check.hint else ""
            rows.append((check.title, check.verdict.replace("_", " "), f"{check.message.rstrip('.')}.{hint}"))
        click.echo("\n".join(table(rows)))
    if all(check.verdict == "not_given" for check in report.checks):
        echo_hint(f"'{program()} test-connection --help' lists the variables that give a credential")
    if not report.ok:
        click.get_current_context().exit(1)


def _variables(properties: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for schema in properties.values():
        if "env" in schema:
            yield schema["env"], str(schema.get("title") or schema.get("description") or "")
        yield from _variables(schema.get("properties", {}))
