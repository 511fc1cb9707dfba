"""Write a plan of the workspace into a folder, unless that would lose what was changed there."""

from __future__ import annotations

from dataclasses import dataclass

from ..compare.plan_diff import RuleChange, RuleMeanings, by_id
from ..files.plan_folder import PlanFolder
from ..plan import Plan
from .pulled_state import PulledState, fingerprints, lock_name


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did.

    :ivar files: those that were written or removed.
    :ivar lost: changes in the folder that it would have overwritten; then nothing was written.
    """

    files: tuple[str, ...]
    lost: tuple[RuleChange, ...] = ()


def pull(
    plan: Plan, folder: PlanFolder, meanings: RuleMeanings, changeable: list[str], *, overwrite: bool = False
) -> Pulled:
    """Make a folder hold a plan of the workspace.

    :param plan: the plan as the workspace has it.
    :param changeable: members of a plan beside its rules that can be written.
    :param overwrite: whether changes in the folder that were not pushed may be lost.
    :raises InputError, SpecError: when what is in the folder cannot be read, or not be written.
    """
    state = PulledState.load(folder.path)
    if folder.is_there and not overwrite:
        lost = _lost(plan, folder.read(), state, meanings)
        if lost:
            return Pulled((), tuple(lost))
    files = folder.write(plan, meanings)
    state.remember(plan, meanings, changeable)
    return Pulled(tuple(files))


def _lost(plan: Plan, held: Plan, state: PulledState, meanings: RuleMeanings) -> list[RuleChange]:
    """What the folder has otherwise than the workspace, and otherwise than it was pulled."""
    mine, theirs = by_id(held), by_id(plan)
    own, there = fingerprints(mine, meanings), fingerprints(theirs, meanings)
    base = state.rules if held.id == plan.id else {}
    found = []
    for id_ in sorted({**mine, **theirs}):
        name = lock_name(id_)
        if own.get(name) not in (there.get(name), base.get(name)):
            change = meanings.change(theirs.get(id_), mine.get(id_))
            if change is not None:
                found.append(change)
    return found
