"""A plan drawn from real events: what is sent, as it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...language.plan_records import JudgedCall, PlanSpec
from ..compare.plan_diff import objects_of
from ..plan import Plan, Rule, plan_from
from ..review.event_check import action_of
from .observed_values import InferOptions, Observed, members_of

_DRAFT_7 = "http://json-schema.org/draft-07/schema#"
_MOST_EVENTS = 2_000


@dataclass(slots=True)
class Inferred:
    """A plan, and what was seen for it.

    :ivar counts: how many events there were, by type and name of the rule.
    :ivar doubts: by rule, what the plan does not tell of the events.
    :ivar skipped: events that no rule of a plan is for; ``left_out`` those of ever other names.
    """

    plan: Plan
    counts: dict[str, int] = field(default_factory=dict)
    doubts: dict[str, list[str]] = field(default_factory=dict)
    skipped: int = 0
    left_out: int = 0


def infer_plan(
    events: Iterable[Mapping[str, Any]], spec: PlanSpec, name: str | None, options: InferOptions
) -> Inferred:
    """Draw a plan from events.

    :param events: read one after the other; memory grows with the different events and properties only.
    :param name: of the plan.
    """
    seen: dict[tuple[str, str], tuple[JudgedCall, Observed, list[int]]] = {}
    skipped = left_out = 0
    for event in events:
        action = action_of(event, spec)
        call = spec.calls.get(action or "")
        named = None if call is None else _rule_of(call, event)
        if call is None or named is None:
            skipped += 1
            continue
        if named not in seen:
            if len(seen) >= _MOST_EVENTS:
                left_out += 1
                continue
            seen[named] = (call, Observed(), [0])
        _, observed, count = seen[named]
        count[0] += 1
        members = event.get(call.members or "")
        observed.add(members if isinstance(members, Mapping) else {}, options.most_values)
    rules, done = [], Inferred(plan_from((), None, name), skipped=skipped, left_out=left_out)
    for (kind, key), (call, observed, count) in sorted(seen.items()):
        doubts: list[str] = []
        found = members_of(observed, options, call.members or "", doubts, count[0])
        rule = Rule(kind, key or None, 1, _schema(call, found, spec))
        rules.append(rule)
        done.counts[rule.name] = count[0]
        if doubts:
            done.doubts[rule.name] = doubts
    done.plan = plan_from(rules, None, name)
    return done


def _schema(call: JudgedCall, members: Mapping[str, Any], spec: PlanSpec) -> dict[str, Any]:
    """The schema of a whole call from what its properties, or traits, are."""
    inner = {"type": "object", **members}
    # The service writes every object of a call into its schemas; so a first push and a pull are the same.
    others: dict[str, Any] = {name: {} for name in sorted(objects_of(spec)) if name != call.members}
    return {"$schema": _DRAFT_7, "type": "object", "properties": {**others, str(call.members): inner}}


def _rule_of(call: JudgedCall, event: Mapping[str, Any]) -> tuple[str, str] | None:
    """Type and name of the rule that is drawn from an event: the first that judges it."""
    for choice in call.rules:
        if choice.name_at is not None:
            name = event.get(choice.name_at)
            return (choice.type, name) if isinstance(name, str) and name else None
        return choice.type, choice.name or ""
    return None
