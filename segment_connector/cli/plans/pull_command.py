"""``plan pull``: write plans of the workspace into folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..output import echo_hint, visible
from .plan_options import echo_changes, id_of, workspace_of, workspace_options

if TYPE_CHECKING:
    from ...plans.plan import Plan
    from ...plans.sync.workspace_plans import Workspace

_EXAMPLES = """\b
Examples:
  <program> plan pull Shop -o plans/shop
  <program> plan pull -o plans/shop
  <program> plan pull --all -o plans
"""


@click.command("pull", short_help="Write a plan of the workspace into a folder.", epilog=_EXAMPLES)
@click.argument("wanted", metavar="[PLAN]", required=False)
@click.option(
    "-o", "--output", "folder", metavar="DIR", required=True, type=click.Path(file_okay=False, path_type=Path),
    help="The folder that holds the plan; with --all, the one that holds a folder for each.",
)  # fmt: skip
@click.option("--all", "every", is_flag=True, help="Every plan of the workspace, each in a folder of its own.")
@workspace_options
@click.option("--overwrite", is_flag=True, help="Discard changes in the folder that were not pushed.")
def pull_command(
    *, wanted: str | None, folder: Path, every: bool, connection: str | None, in_sandbox: bool, overwrite: bool
) -> None:
    """Write a plan of the workspace into a folder: one YAML file an event.

    PLAN is its id, its name or its slug; left out, it is the plan that the folder holds already. What has not changed
    keeps its bytes, and so does what you changed and did not push yet; where both changed a rule, nothing is written.
    """
    from ...plans.files.plan_folder import PlanFolder
    from ...plans.sync.workspace_plans import plan_spec
    from ..common import load_specs

    if every and wanted:
        raise click.UsageError("name a plan, or take --all")
    about: dict[str, Any] = {}
    if not wanted and not every:
        about = PlanFolder(folder, plan_spec(load_specs())).about()
        id_of(about, folder)
    with workspace_of(connection, in_sandbox=in_sandbox) as workspace:
        if every:
            done = [
                _pull(workspace, workspace.find(id_), at, overwrite=overwrite) for id_, at in _places(workspace, folder)
            ]
        elif wanted:
            done = [_pull(workspace, workspace.find(wanted), folder, overwrite=overwrite)]
        else:
            done = [_pull(workspace, workspace.plan(id_of(about, folder), str(folder)), folder, overwrite=overwrite)]
    if not all(done):
        click.get_current_context().exit(2)


def _pull(workspace: Workspace, plan: Plan, folder: Path, *, overwrite: bool) -> bool:
    """Whether a plan could be written into its folder."""
    from ...plans.compare.plan_diff import RuleMeanings
    from ...plans.files.plan_folder import PlanFolder, counted
    from ...plans.sync.pull import pull

    held = PlanFolder(folder, workspace.spec)
    if held.is_there and held.about().get("id") not in (None, plan.id) and not overwrite:
        message = f"{folder} contains another plan, {held.about().get('name') or held.about()['id']}"
        raise click.UsageError(f"{message}; take another folder, or add --overwrite")
    done = pull(plan, held, RuleMeanings(workspace.spec), workspace.changeable, overwrite=overwrite)
    title = visible(f"{plan.name or plan.id}: {counted(len(plan.rules), 'rule')}")
    if not done.ok:
        what = f"nothing is written to {folder}: this was changed in the workspace and in the files:"
        click.echo(f"error: {what}", err=True)
        for name, (there, own) in done.about.items():
            click.echo(visible(f"~ {name}: {there} -> {own}"), err=True)
        echo_changes(done.conflicts, to_stderr=True)
        echo_hint("correct the files, and push with --overwrite; or add --overwrite here to discard the changes")
        return False
    if done.kept:
        click.echo(f"not pushed yet, and kept: {counted(len(done.kept), 'change')}")
        echo_changes(done.kept)
    did = f"{counted(len(done.files), 'file')} changed" if done.files else "nothing has changed"
    click.echo(f"{title}, {did} in {folder}")
    return True


def _places(workspace: Workspace, folder: Path) -> list[tuple[str, Path]]:
    """The plans of a workspace by their ids, and the folder of each: the one that holds it already, or a new one."""
    from ...plans.files.file_names import folder_names
    from ...plans.files.plan_folder import PLAN_FILE, PlanFolder

    held = {}
    for path in sorted(folder.glob(f"*/{PLAN_FILE}")):
        held[PlanFolder(path.parent, workspace.spec).about().get("id")] = path.parent
    names = {str(one.get("id")): str(one.get("name") or one.get("id")) for one in workspace.listed()}
    made = folder_names(names)
    return [(id_, held.get(id_) or folder / made[id_]) for id_ in names]
