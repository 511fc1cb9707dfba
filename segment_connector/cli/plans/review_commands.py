"""``plan check``: judge the files of a plan, and what a change of them breaks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..output import echo_hint, visible
from ..output_formats import emit, format_option
from .plan_options import FOUND, folder_argument

if TYPE_CHECKING:
    from ...errors import Problem
    from ...language.specs import Specs
    from ...plans.files.plan_folder import PlanFolder
    from ...plans.review.breaking_changes import Break

_CHECK_EXAMPLES = """\b
Examples:
  <program> plan check plans/shop
  <program> plan check plans/shop --strict
  <program> plan check plans/shop --base origin/main
"""


@click.command("check", short_help="Check the files of a plan, offline.", epilog=_CHECK_EXAMPLES)
@folder_argument
@click.option("--base", metavar="REF", help="Also report what breaks senders, compared with this git revision.")
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@format_option()
def check_command(*, folder: Path, base: str | None, strict: bool) -> None:
    """Judge the files of a plan; nothing is asked of the workspace, and no credential is needed.

    Each schema must be a JSON Schema of draft 7 that the service takes; events, names and types are compared with each
    other. The exit code is 0 when nothing is wrong (doubts are told), 2 when something is, and 3 when all is well but
    senders would break against --base.
    """
    from ...plans.files.plan_folder import PlanFolder, counted
    from ...plans.review.plan_check import check_folder
    from ...plans.sync.workspace_plans import plan_spec
    from ..common import load_specs

    specs = load_specs()
    held = PlanFolder(folder, plan_spec(specs))
    found = check_folder(held, plan_spec(specs), call_members(specs))
    is_wrong = bool(found.errors or (strict and found.warnings))
    breaks = None if base is None or found.errors else _breaks(held, base, specs)
    findings = [{"severity": one.severity, **one.problem.to_dict()} for one in found.findings]
    broken = None if breaks is None else [{"rule": one.rule.name, "message": one.message} for one in breaks]
    whole = {"ok": not is_wrong and not breaks, "rules": found.rules, "findings": findings, "breaking": broken}
    if not emit(whole, lambda: findings):
        for one in found.findings:
            _echo_finding(one.severity, one.problem)
        for broken_one in breaks or ():
            click.secho(visible(f"breaking: {broken_one.rule.name}: {broken_one.message}"), fg="red")
        parts = [counted(found.rules, "rule"), counted(len(found.errors), "error")]
        parts += [counted(len(found.warnings), "warning")] if found.warnings else []
        parts += [f"{counted(len(breaks), 'breaking change')} since {base}"] if breaks is not None else []
        click.echo(", ".join(parts))
        if breaks:
            echo_hint("keep the old version of the rule and add a new one, or change the senders first")
    if is_wrong:
        click.get_current_context().exit(2)
    if breaks:
        click.get_current_context().exit(FOUND)


def call_members(specs: Specs) -> frozenset[str]:
    """The names that calls which are judged by plans can have at their top."""
    calls = specs.plans.calls if specs.plans else {}
    added = {name for call in calls.values() for name in call.adds}
    return frozenset(added.union(*(specs.action(name).parameters for name in calls)))


def _breaks(held: PlanFolder, base: str, specs: Specs) -> Sequence[Break]:
    from ...plans.compare.plan_diff import RuleMeanings, compare
    from ...plans.files.plan_folder import PlanFolder
    from ...plans.review.breaking_changes import breaking_changes
    from ...plans.review.git_folder import folder_at
    from ...plans.sync.workspace_plans import plan_spec

    spec = plan_spec(specs)
    meanings = RuleMeanings(spec)
    with folder_at(held.path, base) as before:
        old = None if before is None else PlanFolder(before, spec)
        if old is None or not old.is_there:
            return []
        return breaking_changes(compare(old.read(), held.read(), meanings), spec, meanings)


def _echo_finding(severity: str, problem: Problem) -> None:
    text = f"{problem.path}:{problem.line}: " if problem.line else f"{problem.path}: " if problem.path else ""
    name: Any = f"{problem.field}: " if problem.field else ""
    click.secho(
        visible(f"{text}{severity}: {name}{problem.message} [{problem.code}]"),
        fg="red" if severity == "error" else "yellow",
    )
    if problem.hint:
        click.echo(visible(f"  hint: {problem.hint}"))
