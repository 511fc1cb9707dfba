"""Judge many events by a plan, and put alike what is wrong in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import Problem
from ...language.plan_records import PlanSpec
from ..plan import Plan
from ..plan_judge import PlanJudge
from .finding import Severity

_MOST_KEPT = 200  # places of one fault that are remembered, of however many
_MOST_GROUPS = 5_000

Record = tuple["int | None", "Mapping[str, Any] | None", "Problem | None"]
"""The line of a record where it has one, its event as far as it is one, and why it would not be sent."""


@dataclass(slots=True)
class Occurrence:
    """Where a fault was met.

    :ivar line: 1-based line, or ``None``; ``number`` the 1-based number of the record.
    :ivar place: dotted place in the event.
    """

    line: int | None
    number: int
    place: str
    message: str


@dataclass(slots=True)
class FaultGroup:
    """What is wrong in the same way with one or more events of a name.

    :ivar event: name of the event, or of its kind of call; ``None`` for records that make no event.
    :ivar kind: stable name of the fault: a keyword of JSON Schema, ``unplanned_event``, ``unplanned_property`` ...
    :ivar place: dotted, with ``$`` for every entry of a list.
    :ivar severity: ``error`` for what the plan has something against, ``warning`` for what is doubtful.
    :ivar count: how often; ``first`` are the first of them.
    """

    event: str | None
    kind: str
    place: str
    severity: Severity
    cure: str | None
    rule: str | None
    count: int = 0
    first: list[Occurrence] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The group as JSON values."""
        first = self.first[0]
        return {
            "severity": self.severity, "event": self.event, "kind": self.kind, "place": self.place,
            "message": first.message, "cure": self.cure, "rule": self.rule, "count": self.count,
            "lines": [one.line if one.line is not None else one.number for one in self.first[:20]],
        }  # fmt: skip


@dataclass(slots=True)
class EventCheck:
    """What came of judging events.

    :ivar events: how many records there were; ``wrong`` how many of them the plan has something against.
    :ivar names: how many there were of each event, and how many of those are wrong.
    :ivar groups: what is wrong, errors first, the most frequent first.
    """

    events: int = 0
    wrong: int = 0
    names: dict[str, list[int]] = field(default_factory=dict)
    groups: list[FaultGroup] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether no event is against the plan."""
        return self.wrong == 0

    @property
    def doubts(self) -> int:
        """How many doubts there are."""
        return sum(one.count for one in self.groups if one.severity == "warning")


def check_events(records: Iterable[Record], plan: Plan, spec: PlanSpec) -> EventCheck:
    """Judge events by a plan.

    :param records: read one after the other; memory does not grow with them.
    """
    judge, done = PlanJudge(plan, spec), EventCheck()
    groups: dict[tuple[str | None, str, str], FaultGroup] = {}
    for number, (line, event, problem) in enumerate(records, 1):
        done.events += 1
        is_wrong = problem is not None
        name: str | None = None
        told: set[str] = set()
        if event is not None:
            action = action_of(event, spec)
            name = name_of(event, action, spec)
            if action is not None and not judge.accepts(action, event):
                for one in judge.verdict(action, event).violations:
                    told.add(one.place)
                    is_wrong = is_wrong or one.refused
                    severity: Severity = "error" if one.refused else "warning"
                    key = (name, one.kind, one.name)
                    _add(groups, key, severity, one.cure, one.rule, line, number, one.place, one.message)
            counts = done.names.setdefault(name, [0, 0])
            counts[0] += 1
            counts[1] += is_wrong
        if problem is not None and (place := problem.field or "") not in told:
            _add(groups, (name, problem.code, place), "error", problem.hint, None, line, number, place, problem.message)
        done.wrong += is_wrong
    done.groups = sorted(groups.values(), key=lambda one: (one.severity, -one.count))
    return done


def action_of(event: Mapping[str, Any], spec: PlanSpec) -> str | None:
    """The action that an event is a call of; ``None`` where no plan judges such events."""
    for name, call in spec.calls.items():
        if call.adds and all(event.get(member) == value for member, value in call.adds.items()):
            return name
    return None


def name_of(event: Mapping[str, Any], action: str | None, spec: PlanSpec) -> str:
    """What people call an event: its name, else the name that the plan has for its kind, else the kind."""
    if action is None:
        return "other"
    for choice in spec.calls[action].rules:
        if choice.name_at is not None:
            return str(event.get(choice.name_at))[:200]
        if choice.name is not None:
            return choice.name
    return action


def _add(
    groups: dict[tuple[str | None, str, str], FaultGroup],
    key: tuple[str | None, str, str],
    severity: Severity,
    cure: str | None,
    rule: str | None,
    line: int | None,
    number: int,
    place: str,
    message: str,
) -> None:
    group = groups.get(key)
    if group is None:
        if len(groups) >= _MOST_GROUPS:  # names without end, such as ids in names of events
            key = (None, "more", "")
            group = groups.get(key)
            message = "more faults in events of many other names, not listed one by one"
            place = ""
        if group is None:
            group = groups[key] = FaultGroup(*key, severity, cure, rule)
    group.count += 1
    if len(group.first) < _MOST_KEPT:
        group.first.append(Occurrence(line, number, place, message))
