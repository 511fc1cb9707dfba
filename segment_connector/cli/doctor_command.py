"""``segment-connector doctor``: what of an installation is missing, unreachable or wrong, each with its cure."""

from __future__ import annotations

import click

from .common import connection_from, connection_option, load_connector
from .installation_checks import Finding, installation_findings, reach_findings
from .output import table, visible
from .output_formats import emit, format_option

_COLOURS = {"ok": "green", "note": "cyan", "warning": "yellow", "problem": "red"}
_EXAMPLES = """\b
Examples:
  <program> doctor
  <program> doctor --profile eu-prod
  <program> doctor --offline --json
"""


@click.command("doctor", epilog=_EXAMPLES)
@connection_option
@click.option("--offline", is_flag=True, help="Ask nothing of the network.")
@format_option()
def command(*, connection: str | None, offline: bool) -> None:
    """Check this installation: Python, packages, extras, specs, connection, proxy, the service's servers and the clock.

    Nothing is changed in the account, and no secret is shown. The exit code is 0 when there is no problem, else 1.
    """
    found = list(installation_findings())
    connector = load_connector()
    found.append(Finding("specs", "ok", f"{len(connector.specs.paths)} actions in {connector.specs.root}"))
    from ..errors import ConnectorError

    try:
        with connection_from(connector, connection) as given:
            found += reach_findings(connector, given, offline=offline)
    except ConnectorError as error:
        for one in error.problems:
            place = ": ".join(part for part in (one.path, one.field) if part)
            found.append(Finding("connection", "problem", f"{place}: {one.message}", one.hint))
    rows = [one.to_dict() for one in found]
    if not emit({"ok": all(one.verdict != "problem" for one in found), "checks": rows}, lambda: rows):
        _say(found)
    if any(one.verdict == "problem" for one in found):
        click.get_current_context().exit(1)


def _say(found: list[Finding]) -> None:
    rows = []
    for one in found:
        told = f"{one.message} ({one.hint})" if one.hint else one.message
        rows.append((click.style(one.verdict, fg=_COLOURS[one.verdict]), one.title, visible(told)))
    click.echo("\n".join(table(rows)))
    counts = {kind: sum(one.verdict == kind for one in found) for kind in ("problem", "warning")}
    click.echo(", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items()))
