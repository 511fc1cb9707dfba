"""What is done about calls that are not as a tracking plan says: told, refused, or treated as their source would."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

from ..call.step import Looked
from ..errors import InputError, Problem, known_names
from ..language.plan_records import Consequence, Control
from ..result import Warn
from ..values.paths import get, place_of
from .plan_judge import PlanJudge
from .verdict import Verdict, Violation

PlanMode = Literal["warn", "reject", "as-source"]
"""What is done: told and sent; refused where it certainly breaks the plan; what the source does, told."""
PLAN_MODES: tuple[PlanMode, ...] = get_args(PlanMode)

_BLOCKS, _OMITS = "the source blocks the event for it", "the source takes it out"
_LETS_THROUGH, _NOBODY_KNOWS = "the source lets it through", "what the source does about it is not known"


class PlanFor(Protocol):
    """The plan of calls."""

    doubt: Warn | None

    @property
    def at_hand(self) -> PlanJudge | None:
        """The plan, as far as it was read."""

    def judges(self, action: str) -> bool:
        """Whether plans say anything of calls of an action."""

    def judge(self, connection: Mapping[str, Any]) -> PlanJudge:
        """The plan for calls with a connection.

        :raises ConnectorError: when it cannot be read.
        """


class SettingsFor(Protocol):
    """The settings of the source that calls go to."""

    def settings(self, connection: Mapping[str, Any]) -> Mapping[str, Any]:
        """The settings for calls with a connection.

        :raises ConnectorError: when they cannot be had.
        """


class Enforcement:
    """A step of the runtime that holds every call to a plan.

    :param plan: gives the plan.
    :param mode: what is done about what is not as it says.
    :param source: gives the source's settings, which ``as-source`` needs.
    :raises InputError: when the mode is none.
    """

    def __init__(self, plan: PlanFor, mode: str, source: SettingsFor) -> None:
        if mode not in PLAN_MODES:
            raise InputError.of("plan_mode", f"'{mode}' is not a mode", known_names(str(mode), PLAN_MODES), "plan_mode")
        self.plan = plan
        self.mode = mode
        self.source = source

    def look(self, action: str, inputs: dict[str, Any], connection: Mapping[str, Any]) -> Looked | None:
        """As ``Step.look``."""
        if not self.plan.judges(action):
            return None
        judge = self.plan.judge(connection)
        doubt = self.plan.doubt
        if judge.accepts(action, inputs):
            return None if doubt is None else Looked([], [doubt])
        settings = self.source.settings(connection) if self.mode == "as-source" else {}
        looked = FixedEnforcement(judge, self.mode, settings).look(action, inputs)
        if doubt is not None:
            looked = looked or Looked()
            looked.warnings.insert(0, doubt)
        return looked

    def fixed(self, connection: Mapping[str, Any]) -> FixedEnforcement:
        """As ``Step.fixed``."""
        settings = self.source.settings(connection) if self.mode == "as-source" else {}
        return FixedEnforcement(self.plan.judge(connection), self.mode, settings)


@dataclass(frozen=True, slots=True)
class FixedEnforcement:
    """The same for a plan that does not change, and the settings of one source.

    :ivar settings: the settings, for ``as-source``.
    """

    judge: PlanJudge
    mode: str
    settings: Mapping[str, Any]

    def accepts(self, action: str, inputs: Mapping[str, Any]) -> bool:
        """As ``FixedStep.accepts``."""
        return self.judge.accepts(action, inputs)

    def accepts_all(self, by: str, calls: Sequence[Mapping[str, Any]]) -> bool:
        """As ``FixedStep.accepts_all``."""
        return self.judge.accepts_all(by, calls)

    def look(self, action: str, inputs: dict[str, Any]) -> Looked | None:
        """As ``Step.look``."""
        verdict = self.judge.verdict(action, inputs)
        if verdict.ok:
            return None
        if self.mode == "as-source":
            return as_source(self.judge, verdict, inputs, self.settings)
        refused = verdict.refused if self.mode == "reject" else ()
        warned = [one for one in verdict.violations if one not in refused]
        return Looked(
            [problem(one) for one in refused], [one.warning for one in warned], False, [one.about for one in warned]
        )


def problem(violation: Violation) -> Problem:
    """A violation as the reason for which a call is not sent."""
    return Problem(f"plan/{violation.kind}", violation.sentence, violation.cure, violation.place or None)


def as_source(judge: PlanJudge, verdict: Verdict, inputs: dict[str, Any], settings: Mapping[str, Any]) -> Looked:
    """What a source does about a call, by its settings.

    :param inputs: the call; what the source takes out is taken out of it.
    :param settings: as the service lists them.
    """
    spec = judge.spec
    call = spec.calls[verdict.action]
    controls = spec.controls.get(call.controls or "", ())
    own = [one for one in verdict.violations if "common_violation" not in one.faults]
    common = [one for one in verdict.violations if "common_violation" in one.faults]
    looked = Looked()
    taken: list[Violation] = []
    if not _apply(
        own, [one for one in controls if one.of != "common_violation"], settings, call.members, looked, taken
    ):
        looked.changed = _take_out(inputs, taken)
        if looked.changed and common:
            # The rules for every call see what the others left of it.
            common = judge.common_violations(verdict.action, inputs)
        rest = [one for one in controls if one.of == "common_violation"]
        taken = []
        _apply(common, rest, settings, call.members, looked, taken)
        looked.changed |= _take_out(inputs, taken)
    if looked.problems and (target := get(settings, spec.forwards.get("blocked", ""))):
        hint = f"{looked.problems[0].hint}; the source forwards what it blocks to {target}"
        first = looked.problems[0]
        looked.problems[0] = Problem(first.code, first.message, hint, first.field)
    return looked


def _apply(
    violations: Sequence[Violation], controls: Sequence[Control], settings: Mapping[str, Any], members: str | None,
    looked: Looked, taken: list[Violation],
) -> bool:  # fmt: skip
    """Tell what becomes of a call for violations, and collect what is taken out; true when it is blocked."""
    for violation in violations:
        does = _consequence(violation, controls, settings)
        if does == "omit" and not _can_be_taken_out(violation, members):
            does = None
        if does == "block":
            said = f"{violation.sentence}; {_BLOCKS}"
            looked.problems.append(Problem(f"plan/{violation.kind}", said, violation.cure, violation.place or None))
            continue
        if does == "omit":
            taken.append(violation)
        said = _OMITS if does == "omit" else _LETS_THROUGH if violation.certain else _NOBODY_KNOWS
        looked.warnings.append(Warn(f"{violation.sentence}; {said}", violation.cure, violation.place))
        looked.about.append(f"{violation.about} {does}")
    return bool(looked.problems)


def _consequence(
    violation: Violation, controls: Sequence[Control], settings: Mapping[str, Any]
) -> Consequence | None:  # fmt: skip
    for control in controls if violation.certain else ():
        value = get(settings, control.at)
        named = value if isinstance(value, str) else json.dumps(value)
        if control.of in violation.faults and named in control.does:
            return control.does[named]
    return None


def _can_be_taken_out(violation: Violation, members: str | None) -> bool:
    return members is not None and violation.kind != "required" and violation.place.startswith(f"{members}.")


def _take_out(inputs: dict[str, Any], taken: Sequence[Violation]) -> bool:
    # From behind, so that the indexes of what is left stay true; a value that is wrong twice goes once.
    for place in sorted({one.place for one in taken}, key=_order, reverse=True):
        *above, last = place_of(inputs, place)
        node: Any = inputs
        for part in above:
            node = node[part]
        if isinstance(node, list):
            del node[int(last)]
        else:
            node.pop(last, None)
    return bool(taken)


def _order(place: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in place.split(".")]
