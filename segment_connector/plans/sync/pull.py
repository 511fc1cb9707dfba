"""Write a plan of the workspace into a folder, and keep what was changed there and not pushed yet."""

from __future__ import annotations

from dataclasses import dataclass

from ..compare.plan_diff import RuleChange, RuleMeanings, by_id
from ..files.plan_folder import PlanFolder
from ..plan import Plan, plan_from
from .pulled_state import PulledState, fingerprints, lock_name


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did.

    :ivar files: those that were written or removed.
    :ivar kept: rules that were changed in the folder and not in the workspace, and stay so until they are pushed.
    :ivar conflicts: what both changed, from the workspace to the folder; then nothing was written.
    """

    files: tuple[str, ...] = ()
    kept: tuple[RuleChange, ...] = ()
    conflicts: tuple[RuleChange, ...] = ()


def pull(
    plan: Plan, folder: PlanFolder, meanings: RuleMeanings, changeable: list[str], *, overwrite: bool = False
) -> Pulled:
    """Make a folder hold a plan of the workspace, with the changes that were made in the folder since the last pull.

    :param plan: the plan as the workspace has it.
    :param changeable: members of a plan beside its rules that can be written.
    :param overwrite: whether changes in the folder that were not pushed may be lost.
    :raises InputError, SpecError: when what is in the folder cannot be read, or not be written.
    """
    state, kept = PulledState.load(folder.path), []
    wanted = plan
    if folder.is_there and not overwrite:
        held = folder.read()
        own = _own_changes(plan, held, state, meanings)
        conflicts = [change for change, only_here in own if not only_here]
        if conflicts:
            return Pulled(conflicts=tuple(conflicts))
        kept = [change for change, _ in own]
        wanted = _merged(plan, held, kept, state, changeable)
    files = folder.write(wanted, meanings)
    state.remember(plan, meanings, changeable)
    return Pulled(tuple(files), tuple(kept))


def _own_changes(plan: Plan, held: Plan, state: PulledState, meanings: RuleMeanings) -> list[tuple[RuleChange, bool]]:
    """What was changed in the folder since it was pulled, and whether the workspace still has it as it was."""
    mine, theirs = by_id(held), by_id(plan)
    own, there = fingerprints(mine, meanings), fingerprints(theirs, meanings)
    base = state.rules if state.plan == plan.id else {}
    found = []
    for id_ in sorted({**mine, **theirs}):
        name = lock_name(id_)
        if own.get(name) not in (there.get(name), base.get(name)):
            change = meanings.change(theirs.get(id_), mine.get(id_))
            if change is not None:
                found.append((change, state.is_own(name, there.get(name))))
    return found


def _merged(plan: Plan, held: Plan, kept: list[RuleChange], state: PulledState, changeable: list[str]) -> Plan:
    """The plan of the workspace with what only the folder changed."""
    rules = by_id(plan)
    for change in kept:
        if change.after is None:
            del rules[change.rule.id]
        else:
            rules[change.rule.id] = change.after
    mine, theirs = {"name": held.name, **held.about}, {"name": plan.name, **plan.about}
    about = dict(theirs)
    for name in changeable:
        if state.is_known and mine.get(name) != state.about.get(name) == theirs.get(name):
            about[name] = mine.get(name)
    title = about.pop("name", None)
    left = {name: value for name, value in about.items() if value is not None}
    return plan_from(rules.values(), plan.id, title, left, plan.place)
