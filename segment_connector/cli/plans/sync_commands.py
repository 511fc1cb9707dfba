"""``plan diff`` and ``plan push``: what a folder and the workspace differ in, and how the workspace is made like it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..common import program
from ..output import echo_hint, visible, warn
from ..output_formats import emit, format_option
from .plan_options import FOUND, echo_changes, folder_argument, id_of, say_failure, workspace_of, workspace_options

if TYPE_CHECKING:
    from ...plans.plan import Plan
    from ...plans.sync.push import Pushed, PushSteps

_DIFF_EXAMPLES = """\b
Examples:
  <program> plan diff plans/shop
  <program> plan diff plans/drawn --against plans/shop
  <program> plan diff plans/shop --json | jq '.changes[].key'
"""


@click.command("diff", short_help="Show what a push would change.", epilog=_DIFF_EXAMPLES)
@folder_argument
@workspace_options
@click.option(
    "--against", "other", metavar="OTHER", type=click.Path(file_okay=False, path_type=Path),
    help="Another folder instead of the workspace: show what leads from it to DIR.",
)  # fmt: skip
@format_option()
def diff_command(*, folder: Path, connection: str | None, in_sandbox: bool, other: Path | None) -> None:
    """Show what a push would change in the workspace, and what somebody else changed there.

    Rules are compared by what they mean: the order of members, of 'required' and of 'enum' makes no difference. The
    exit code is 0 when both are the same, and 3 when they differ.
    """
    from ...plans.compare.plan_diff import RuleMeanings, compare
    from ...plans.files.plan_folder import PlanFolder
    from ...plans.sync.workspace_plans import plan_spec
    from ..common import load_specs

    spec = plan_spec(load_specs())
    local = PlanFolder(folder, spec).read()
    if other is not None:
        changes = compare(PlanFolder(other, spec).read(), local, RuleMeanings(spec))
        listed = [one.to_dict() for one in changes]
        if not emit({"same": not changes, "changes": listed}, lambda: listed):
            echo_changes(changes)
            if not changes:
                click.echo(f"{folder} and {other} are the same")
        click.get_current_context().exit(FOUND if changes else 0)
    with workspace_of(connection, in_sandbox=in_sandbox) as workspace:
        remote = workspace.plan(id_of({"id": local.id}, folder), str(folder))
        steps = _steps(folder, local, remote, workspace, delete=True)
    differs = not steps.is_empty or bool(steps.unwritable)
    listed = [one.to_dict() for one in (*steps.changes, *steps.unwritable)]
    whole = {
        "same": not differs, "plan": remote.id, "about": steps.about, "changes": listed,
        "changed_by_others": [one.to_dict() for one in steps.foreign],
    }  # fmt: skip
    if not emit(whole, lambda: listed):
        _echo_steps(steps, remote)
        if steps.is_overtaken:
            _say_foreign(steps, folder)
        if not differs:
            click.echo(f"{folder} and the workspace are the same")
    if differs:
        click.get_current_context().exit(FOUND)


_PUSH_EXAMPLES = """\b
Examples:
  <program> plan push plans/shop
  <program> plan push plans/shop --delete --yes
  <program> plan push plans/shop --rename "Order Completed=Order Placed"
"""


@click.command("push", short_help="Make the workspace hold what a folder says.", epilog=_PUSH_EXAMPLES)
@folder_argument
@workspace_options
@click.option("--delete", is_flag=True, help="Delete rules from the workspace that the folder does not have.")
@click.option(
    "--rename", "renames", multiple=True, metavar="OLD=NEW", help="An event has another name. Can be repeated."
)
@click.option("--overwrite", is_flag=True, help="Overwrite what somebody else changed since the pull.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def push_command(
    *,
    folder: Path,
    connection: str | None,
    in_sandbox: bool,
    delete: bool,
    renames: tuple[str, ...],
    overwrite: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Make the workspace hold what a folder says, after showing what will change and asking.

    Rules are written in parts and none is deleted unless --delete says so. What somebody else changed since the pull is
    shown and not overwritten. When a push is cut off, the same command does the rest.
    """
    from ...plans.files.plan_folder import PlanFolder
    from ...plans.review.plan_check import check_folder
    from ...plans.sync.workspace_plans import plan_spec
    from ..common import load_specs
    from .plan_options import refuse

    spec = plan_spec(load_specs())
    held = PlanFolder(folder, spec)
    if wrong := check_folder(held, spec).errors:
        refuse(wrong)
    local = held.read()
    with workspace_of(connection, in_sandbox=in_sandbox) as workspace:
        remote = workspace.plan(id_of({"id": local.id}, folder), str(folder))
        steps = _steps(folder, local, remote, workspace, delete=delete, renames=_pairs(renames))
        if steps.is_overtaken and not overwrite:
            _say_foreign(steps, folder, refused=True)
            click.get_current_context().exit(2)
        _echo_steps(steps, remote)
        if steps.is_empty:
            click.echo("nothing to push")
            return
        if dry_run:
            return
        _ask(steps, remote, yes=yes or in_sandbox)
        _push(folder, local, steps, workspace, remember=not in_sandbox)


def _push(folder: Path, local: Plan, steps: PushSteps, workspace: Any, *, remember: bool) -> None:
    from ...plans.compare.plan_diff import RuleMeanings
    from ...plans.files.plan_folder import counted
    from ...plans.sync.pulled_state import PulledState
    from ...plans.sync.push import push, settle

    meanings, state = RuleMeanings(workspace.spec), PulledState.load(folder)
    state.is_kept = remember

    total, dealt = len(steps.write) + len(steps.remove), 0

    def tell(done: int, _: int) -> None:
        nonlocal dealt
        dealt = done
        if total > workspace.most:
            click.echo(f"{done:,} of {total:,} rules", err=True)

    try:
        done = push(workspace, steps, state, meanings, tell)
    except KeyboardInterrupt:
        echo_hint(f"{dealt:,} of {total:,} rules are done; the same command does the rest")
        raise
    if done.failure is None:
        settle(local, workspace.plan(steps.plan, str(folder)), done, state, meanings, workspace.changeable)
    parts = [counted(len(done.written), "rule") + " written"]
    parts += [counted(len(done.removed), "rule") + " deleted"] if done.removed else []
    click.echo(", ".join(parts))
    _say_unfinished(done)
    if not done.ok:
        click.get_current_context().exit(1)


def _say_unfinished(done: Pushed) -> None:
    from ...plans.files.plan_folder import counted

    for rule, failure in done.refused:
        say_failure(failure, f"{rule.place or rule.name}: not written")
    if done.failure is not None:
        say_failure(done.failure)
        left = f"{counted(done.left, 'rule')} not sent" if done.left else "nothing else had to be sent"
        echo_hint(f"{left}; the same command does the rest")
    for change in done.differ:
        warn(f"{change.rule.name}: the workspace stores it differently from what was sent")
        echo_changes([change], to_stderr=True)


def _steps(folder: Path, local: Plan, remote: Plan, workspace: Any, **options: Any) -> PushSteps:
    from ...plans.compare.plan_diff import RuleMeanings
    from ...plans.sync.pulled_state import PulledState
    from ...plans.sync.push import push_steps

    state = PulledState.load(folder)
    return push_steps(local, remote, state, RuleMeanings(workspace.spec), workspace.changeable, **options)


def _echo_steps(steps: PushSteps, remote: Plan) -> None:
    known = {"name": remote.name, **remote.about}
    for name, value in steps.about.items():
        click.secho(visible(f"~ {name}: {known.get(name, 'nothing')} -> {value}"), fg="yellow")
    for old, new in steps.new_keys.items():
        click.secho(visible(f"~ {old[0]} '{old[1]}' is renamed to '{new}'"), fg="yellow")
    echo_changes(steps.changes)
    for change in steps.kept:
        warn(f"{change.rule.name} is in the workspace only, and stays there", "--delete removes it")
    for change in steps.unwritable:
        members = ", ".join(change.members)
        warn(f"{change.rule.name}: '{members}' differs, which cannot be written by this API", "change it in the app")


def _say_foreign(steps: PushSteps, folder: Path, *, refused: bool = False) -> None:
    from ...plans.sync.pulled_state import PulledState

    known = PulledState.load(folder).is_known
    what = "somebody else changed the plan since it was pulled" if known else f"{folder} was never pulled"
    click.echo(f"{'error' if refused else 'warning'}: {what}; the workspace differs from the files in this:", err=True)
    for name, value in steps.foreign_about.items():
        click.secho(visible(f"~ {name}: {steps.about[name]} -> {value}"), fg="yellow", err=True)
    echo_changes(steps.foreign, to_stderr=True)
    if refused:
        echo_hint(
            f"nothing was pushed; '{program()} plan pull -o {folder}' takes over what others changed and keeps "
            "your changes; --overwrite overwrites theirs"
        )


def _ask(steps: PushSteps, remote: Plan, *, yes: bool) -> None:
    from ...plans.files.plan_folder import counted

    if yes:
        return
    does = [f"write {counted(len(steps.write), 'rule')}"] if steps.write else []
    does += [f"DELETE {counted(len(steps.remove), 'rule')}"] if steps.remove else []
    does += ["change the plan's description"] if steps.about else []
    question = f"{' and '.join(does)} of the plan {remote.name or remote.id}?"
    question = question[0].upper() + question[1:]
    if not sys.stdin.isatty():
        raise click.UsageError(f"'plan push' asks for confirmation: {question} Add --yes to confirm in advance.")
    click.confirm(question, abort=True, err=True)


def _pairs(renames: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in renames:
        old, parted, new = text.partition("=")
        if not (parted and old and new):
            raise click.BadParameter("write OLD=NEW", param_hint="--rename")
        found[old] = new
    return found
