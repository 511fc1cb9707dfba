"""Make the workspace hold what a folder says: in parts, never by a replacement of the whole, never over others' work.

A rule is written or left; it is removed only when that was asked for. A push that was cut off is run again: what has
arrived is seen to be there, and only the rest is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ...errors import InputError
from ...result import Failure, Result
from ..compare.plan_diff import RuleChange, RuleMeanings, by_id
from ..plan import Plan, Rule, RuleId
from .pulled_state import PulledState, fingerprints, lock_name
from .workspace_plans import Workspace

_OF_THE_CONTENT = (400, 413, 422)
_MOST_REFUSED = 20  # rules, before any was taken: then it is not the rules that are wrong
_LONGEST_ADDRESS = 4_000  # bytes
_ADDRESS_OF_A_RULE = 80  # what names a rule there beside the letters of its key


@dataclass(frozen=True, slots=True)
class PushSteps:
    """What a push is going to do.

    :ivar plan: id of the plan.
    :ivar changes: how the workspace will differ from now, rule by rule.
    :ivar write: rules that are written; ``new_keys`` the names that some of them get by it.
    :ivar remove: rules that are deleted.
    :ivar kept: rules that only the workspace has, and keeps, as nobody said to delete them.
    :ivar about: members of the plan beside its rules that are written.
    :ivar foreign: what somebody else changed since the folder was pulled: from the folder to the workspace.
    :ivar foreign_about: the same of members beside the rules: what the workspace has now.
    :ivar unwritable: differences that the service does not take from outside.
    """

    plan: str
    changes: tuple[RuleChange, ...]
    write: tuple[Rule, ...]
    new_keys: Mapping[RuleId, str]
    remove: tuple[Rule, ...]
    kept: tuple[RuleChange, ...]
    about: Mapping[str, Any]
    foreign: tuple[RuleChange, ...]
    foreign_about: Mapping[str, Any]
    unwritable: tuple[RuleChange, ...]

    @property
    def is_overtaken(self) -> bool:
        """Whether it would write over, or beside, what somebody else changed."""
        return bool(self.foreign or self.foreign_about)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.write or self.remove or self.about)


@dataclass(slots=True)
class Pushed:
    """What a push did.

    :ivar written: rules that the workspace took; ``removed`` those that it deleted.
    :ivar refused: rules that it did not take, and why.
    :ivar failure: why the push ended early; ``left`` rules were not sent then.
    :ivar differ: rules that the workspace holds otherwise than they were sent.
    """

    written: list[Rule] = field(default_factory=list)
    removed: list[Rule] = field(default_factory=list)
    refused: list[tuple[Rule, Failure]] = field(default_factory=list)
    failure: Failure | None = None
    left: int = 0
    differ: list[RuleChange] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether all of it was done."""
        return not (self.refused or self.failure or self.differ)


def push_steps(
    local: Plan,
    remote: Plan,
    state: PulledState,
    meanings: RuleMeanings,
    changeable: Sequence[str],
    *,
    delete: bool = False,
    renames: Mapping[str, str] | None = None,
) -> PushSteps:
    """What has to be done for the workspace to hold a folder's plan.

    :param local: the plan of the folder, ``remote`` that of the workspace.
    :param state: what the workspace held when the folder was pulled.
    :param delete: whether rules are deleted that the folder does not have.
    :param renames: new names of events by their old ones.
    :raises InputError: when a rename does not fit the two plans.
    """
    mine, theirs = by_id(local), by_id(remote)
    renamed = dict(_renamed(mine, theirs, renames or {}))
    changes: list[RuleChange] = []
    write: list[Rule] = []
    removed: list[RuleChange] = []
    kept: list[RuleChange] = []
    fixed: list[RuleChange] = []
    for id_ in sorted({**mine, **theirs}):
        change = meanings.change(theirs.get(id_), mine.get(id_))
        if change is None or id_ in renamed.values():
            continue
        if change.kind == "removed":
            (removed if delete else kept).append(change)
        elif change.kind == "changed" and not change.details:
            fixed.append(change)
        elif id_ not in renamed:
            changes.append(change)
            write.append(change.rule)
    new_keys, moved = {}, []
    for new, old in renamed.items():
        rule = theirs[old]
        new_keys[old] = new[1]
        change = meanings.change(rule, mine[new])
        changes += [change] if change is not None else []
        moved.append(Rule(rule.type, rule.key, rule.version, mine[new].schema))
    about, foreign_about = _about(local, remote, state, changeable)
    return PushSteps(
        str(remote.id), (*changes, *removed), (*moved, *write), new_keys, tuple(one.rule for one in removed),
        tuple(kept), about, tuple(_foreign(mine, theirs, state, meanings)), foreign_about, tuple(fixed),
    )  # fmt: skip


def push(
    workspace: Workspace,
    steps: PushSteps,
    state: PulledState,
    meanings: RuleMeanings,
    on_part: Callable[[int, int], None] = lambda _done, _all: None,
) -> Pushed:
    """Do it. What is to be written is remembered first, so that what was is known for one's own when it is cut off.

    :param on_part: called after each request with how many rules are dealt with, and how many there are.
    :returns: what came of it; whatever the service or the network did is told by it, and nothing is raised.
    """
    done = Pushed()
    total, dealt = len(steps.write) + len(steps.remove), 0
    state.plan = state.plan or steps.plan
    state.begin([_after(rule, steps.new_keys) for rule in steps.write], meanings)
    if steps.about and (failure := _failure(workspace.change(steps.plan, steps.about))) is not None:
        done.failure, done.left = failure, total
        return done
    waiting = [("write", part) for part in _parts(steps.write, workspace.most)]
    waiting += [("remove", part) for part in _short(steps.remove)]
    while waiting:
        what, part = waiting.pop(0)
        failure = _sent(workspace, steps, what, part)
        if failure is None:
            (done.written if what == "write" else done.removed).extend(part)
        elif failure.status in _OF_THE_CONTENT or (failure.status is None and failure.field is not None):
            if len(part) > 1:
                # One of them is wrong, and the service does not say which: each half is tried by itself.
                half = len(part) // 2
                waiting[:0] = [(what, part[:half]), (what, part[half:])]
                continue
            done.refused.append((part[0], failure))
            if len(done.refused) == _MOST_REFUSED and not (done.written or done.removed):
                done.failure, done.left = failure, total - dealt - 1
                return done
        else:
            done.failure, done.left = failure, total - dealt
            return done
        dealt += len(part)
        on_part(dealt, total)
    return done


def settle(
    local: Plan, remote: Plan, done: Pushed, state: PulledState, meanings: RuleMeanings, about: list[str]
) -> None:
    """Remember what the workspace holds after a push, and tell what of it is not as it was sent.

    :param remote: the plan as the workspace holds it now.
    """
    theirs, refused = by_id(remote), {rule.id for rule, _ in done.refused}
    mine = by_id(local)
    for rule in done.written:
        sent = mine.get(rule.id)
        change = meanings.change(sent, theirs.get(rule.id)) if sent is not None and rule.id not in refused else None
        if change is not None and (change.details or change.kind != "changed"):
            done.differ.append(change)
    state.remember(remote, meanings, about)


def _sent(workspace: Workspace, steps: PushSteps, what: str, part: Sequence[Rule]) -> Failure | None:
    try:
        if what == "write":
            return _failure(workspace.update(steps.plan, part, steps.new_keys))
        return _failure(workspace.remove(steps.plan, part))
    except InputError as error:  # of a rule that is wrong as it stands: told like one that the service refuses
        problem = error.problems[0]
        return Failure(problem.code, problem.message, problem.hint, problem.field or "rules")


def _failure(result: Result) -> Failure | None:
    return result.error


def _parts(rules: Sequence[Rule], most: int) -> Iterator[Sequence[Rule]]:
    for start in range(0, len(rules), most):
        yield rules[start : start + most]


def _short(rules: Sequence[Rule]) -> Iterator[Sequence[Rule]]:
    """Parts of rules that can be named in the address of a request: nobody takes one that is too long."""
    part: list[Rule] = []
    room = _LONGEST_ADDRESS
    for rule in rules:
        size = len(quote(rule.key or "")) + _ADDRESS_OF_A_RULE
        if part and size > room:
            yield part
            part, room = [], _LONGEST_ADDRESS
        part.append(rule)
        room -= size
    if part:
        yield part


def _after(rule: Rule, new_keys: Mapping[RuleId, str]) -> Rule:
    return Rule(rule.type, new_keys.get(rule.id, rule.key), rule.version, rule.schema, other=rule.other)


def _about(
    local: Plan, remote: Plan, state: PulledState, changeable: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Members beside the rules that were changed in the folder, and those of them that somebody else changed too."""
    mine, theirs = {"name": local.name, **local.about}, {"name": remote.name, **remote.about}
    written, foreign = {}, {}
    for name in changeable:
        own, there, base = mine.get(name), theirs.get(name), state.about.get(name)
        if own in (None, there) or (state.is_known and own == base):
            continue
        written[name] = own
        if state.is_known and there != base:
            foreign[name] = there
    return written, foreign


def _renamed(
    mine: Mapping[RuleId, Rule], theirs: Mapping[RuleId, Rule], renames: Mapping[str, str]
) -> Iterator[tuple[RuleId, RuleId]]:
    """The rules that get another name: new and old id."""
    for old, new in renames.items():
        before = {id_ for id_ in theirs if id_[1] == old and id_ not in mine}
        after = {id_ for id_ in mine if id_[1] == new}
        found = [((kind, new, version), (kind, old, version)) for kind, _, version in sorted(before)]
        found = [(there, here) for there, here in found if there in after and there not in theirs]
        if not found and not any(id_ in theirs for id_ in after):
            message = f"nothing can be renamed from '{old[:80]}' to '{new[:80]}'"
            hint = "only the workspace may have the old name, and only the files the new one"
            raise InputError.of("rename", message, hint, "--rename")
        yield from found


def _foreign(
    mine: Mapping[RuleId, Rule], theirs: Mapping[RuleId, Rule], state: PulledState, meanings: RuleMeanings
) -> Iterator[RuleChange]:
    """What is in the workspace neither as it was pulled nor as the folder has it."""
    own, there = fingerprints(mine, meanings), fingerprints(theirs, meanings)
    names = {lock_name(id_): id_ for id_ in {**mine, **theirs}}
    for name in sorted({*names, *state.rules}):
        found = there.get(name)
        if state.is_own(name, found) or found == own.get(name) or (not state.is_known and found is None):
            continue
        id_ = names.get(name)
        change = None if id_ is None else meanings.change(mine.get(id_), theirs.get(id_))
        if change is not None:
            yield change
