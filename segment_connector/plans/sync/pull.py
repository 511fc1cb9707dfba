"""Write a plan of the workspace into a folder, and keep what was changed there and not pushed yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
    :ivar about: the same of members beside the rules: the workspace's value and the folder's.
    """

    files: tuple[str, ...] = ()
    kept: tuple[RuleChange, ...] = ()
    conflicts: tuple[RuleChange, ...] = ()
    about: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the folder was brought up to date."""
        return not (self.conflicts or self.about)


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
        members, both = _own_about(plan, held, state, changeable)
        if conflicts or both:
            return Pulled(conflicts=tuple(conflicts), about=both)
        kept = [change for change, _ in own]
        wanted = _merged(plan, kept, members)
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


def _own_about(
    plan: Plan, held: Plan, state: PulledState, changeable: list[str]
) -> tuple[dict[str, Any], dict[str, tuple[Any, Any]]]:
    """Members beside the rules that only the folder changed, and those that both did."""
    mine, theirs = {"name": held.name, **held.about}, {"name": plan.name, **plan.about}
    only_here, both = {}, {}
    for name in changeable if state.is_known else ():
        own, there, base = mine.get(name), theirs.get(name), state.about.get(name)
        if own in (base, there):
            continue
        if there == base:
            only_here[name] = own
        else:
            both[name] = (there, own)
    return only_here, both


def _merged(plan: Plan, kept: list[RuleChange], members: Mapping[str, Any]) -> Plan:
    """The plan of the workspace with what only the folder changed."""
    rules = by_id(plan)
    for change in kept:
        if change.after is None:
            del rules[change.rule.id]
        else:
            rules[change.rule.id] = change.after
    about = {"name": plan.name, **plan.about, **members}
    title = about.pop("name", None)
    left = {name: value for name, value in about.items() if value is not None}
    return plan_from(rules.values(), plan.id, title, left, plan.place)
