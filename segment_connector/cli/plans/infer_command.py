"""``plan infer``: draw a plan from real events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..common import load_connector, program
from ..output import echo_hint, visible, warn
from .events_command import records_of, source_options

_EXAMPLES = """\b
Examples:
  <program> plan infer events.jsonl -o plans/shop --name Shop
  <program> plan infer events.jsonl.gz -o plans/shop --required 0.98 --enum-values 0
"""


@click.command("infer", short_help="Create a plan from real events.", epilog=_EXAMPLES)
@click.argument("source", metavar="FILE")
@click.option(
    "-o", "--output", "folder", metavar="DIR", required=True, type=click.Path(file_okay=False, path_type=Path),
    help="A new folder for the plan.",
)  # fmt: skip
@click.option("--name", metavar="TEXT", help="Name of the plan.  [the folder's]")
@source_options
@click.option(
    "--required", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True,
    help="A property is required when at least this share of an event's calls has it.",
)  # fmt: skip
@click.option(
    "--least", type=click.IntRange(min=1), default=5, show_default=True,
    help="Calls of an event needed before any property is required, or an enum.",
)  # fmt: skip
@click.option(
    "--enum-values", "most_values", type=click.IntRange(min=0), default=8, show_default=True,
    help="The most different texts that are still taken as a list of allowed values; 0 for no such lists.",
)  # fmt: skip
@click.option(
    "--rare", type=click.FloatRange(0, 1), default=0.01, show_default=True,
    help="A type with a smaller share of a property's values is reported and left out.",
)  # fmt: skip
def infer_command(
    *,
    source: str,
    folder: Path,
    name: str | None,
    required: float,
    least: int,
    most_values: int,
    rare: float,
    **reading: Any,
) -> None:
    """Draw a plan from real events; nothing is sent.

    FILE is whatever 'bulk' reads. What an event always has is required, types are those that were seen, and a few texts
    that come again and again are an enum. Doubts are told: look through them, and through the files, before you push.
    """
    from ...plans.compare.plan_diff import RuleMeanings
    from ...plans.files.plan_folder import PlanFolder, counted
    from ...plans.make.inferred_plan import infer_plan
    from ...plans.make.observed_values import InferOptions
    from ...plans.sync.workspace_plans import plan_spec

    connector = load_connector()
    spec = plan_spec(connector.specs)
    held = PlanFolder(folder, spec)
    if held.is_there or held.files():
        raise click.UsageError(f"{folder} already contains a plan; use another folder, and compare the two")
    read = wrong = 0

    def events() -> Any:
        nonlocal read, wrong
        for _, event, problem in records_of(connector, source, **reading):
            read += 1
            wrong += problem is not None
            if event is not None:
                yield event

    found = infer_plan(events(), spec, name or folder.name, InferOptions(required, least, most_values, rare))
    if not found.plan.rules:
        raise click.UsageError(
            f"{source} contains no event that a plan could be made from; it has {counted(read, 'record')}"
        )
    files = held.write(found.plan, RuleMeanings(spec))
    for rule in found.plan.rules:
        click.echo(visible(f"{rule.name}: {counted(found.counts[rule.name], 'event')}"))
        for doubt in found.doubts.get(rule.name, []):
            click.secho(visible(f"    {doubt}"), fg="yellow")
    click.echo(
        visible(f"{counted(read, 'record')}, {counted(len(found.plan.rules), 'rule')}: {len(files)} files in {folder}")
    )
    if wrong:
        warn(f"'bulk' would reject {counted(wrong, 'record')}; what could be read there is in the plan all the same")
    if found.skipped:
        warn(f"left out: {counted(found.skipped, 'event')} of types that plans do not cover")
    if found.left_out:
        warn(f"left out: {counted(found.left_out, 'event')} of further names; a plan with so many helps nobody")
    echo_hint(
        f"'{program()} plan check {folder}' checks it; to push it,  write 'id:' of a plan into {folder}/plan.yaml"
    )
