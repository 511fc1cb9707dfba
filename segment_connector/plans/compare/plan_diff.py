"""Which rules of two plans differ, and in what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ...language.plan_records import PlanSpec
from ..plan import Plan, Rule, RuleId
from .schema_changes import SchemaChange, schema_changes
from .schema_meaning import call_meaning, fingerprint, meaning, members_of

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that two plans do not have alike.

    :ivar kind: ``added`` (only the second plan has it), ``removed`` (only the first) or ``changed``.
    :ivar before: the rule of the first plan, ``after`` that of the second.
    :ivar details: what changed in its schema.
    :ivar members: what changed beside the schema: the first plan's value and the second's, by member.
    """

    kind: Literal["added", "removed", "changed"]
    before: Rule | None
    after: Rule | None
    details: tuple[SchemaChange, ...] = ()
    members: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def rule(self) -> Rule:
        """The rule, as the second plan has it where it has it."""
        rule = self.after or self.before
        assert rule is not None
        return rule

    def lines(self) -> list[str]:
        """The change in words, a line each: the rule, and what changed in it further in."""
        beside = (f"{name}: {_said(old)} -> {_said(new)}" for name, (old, new) in self.members.items())
        return [f"{_SIGNS[self.kind]} {self.rule.name}", *(f"    {one}" for one in (*self.details, *beside))]

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON values."""
        rule = self.rule
        return {
            "change": self.kind, "type": rule.type, "key": rule.key, "version": rule.version,
            "details": [one.to_dict() for one in self.details],
            "members": {name: {"before": old, "after": new} for name, (old, new) in self.members.items()},
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleMeanings:
    """Compares rules by what they mean; the meanings of rules are kept, as each is asked for several times.

    :param spec: what rules are.
    """

    spec: PlanSpec
    _kept: dict[int, tuple[Rule, Any]] = field(default_factory=dict)

    def of(self, rule: Rule) -> Any:
        """The meaning of a rule beside what singles it out: JSON values."""
        kept = self._kept.get(id(rule))
        if kept is None:
            found = {"schema": call_meaning(rule.schema, objects_of(self.spec))}
            self._kept[id(rule)] = kept = (rule, {**found, **meaning(self.beside(rule))})
        return kept[1]

    def beside(self, rule: Rule) -> dict[str, Any]:
        """What a rule says beside its schema."""
        return {**rule.other, self.spec.rule.deprecated: rule.deprecated}

    def fingerprint(self, rule: Rule) -> str:
        """A short text that is the same for rules that mean the same."""
        return fingerprint(self.of(rule))

    def same(self, one: Rule, other: Rule) -> bool:
        """Whether two rules mean the same."""
        return self.fingerprint(one) == self.fingerprint(other)

    def change(self, before: Rule | None, after: Rule | None) -> RuleChange | None:
        """What differs between two rules, or a rule and none; ``None`` when they mean the same."""
        if before is None or after is None:
            return RuleChange("removed" if after is None else "added", before, after)
        if self.same(before, after):
            return None
        old, new = self.of(before), self.of(after)
        beside = {
            name: (old.get(name), new.get(name))
            for name in {**old, **new}
            if name != "schema" and fingerprint(old.get(name)) != fingerprint(new.get(name))
        }
        details = schema_changes(*evened(old["schema"], new["schema"], objects_of(self.spec)))
        return RuleChange("changed", before, after, tuple(details), beside)


def objects_of(spec: PlanSpec) -> frozenset[str]:
    """Members of a call that are objects, whatever a schema says."""
    return frozenset({spec.version.at.partition(".")[0], *(one.members for one in spec.calls.values() if one.members)})


def evened(before: Any, after: Any, objects: Collection[str]) -> tuple[Any, Any]:
    """Two meanings of schemas, so that an object of a call which only one describes is in the other without contents.

    :param objects: the members of a call that are objects.
    """
    sides = []
    for one, other in ((before, after), (after, before)):
        lacking: dict[str, Any] = {name: {} for name in members_of(other) if name in objects}
        even = isinstance(one, Mapping) and lacking and isinstance(one.get("properties", {}), Mapping)
        sides.append({**one, "properties": {**lacking, **members_of(one)}} if even else one)
    return sides[0], sides[1]


def compare(before: Plan, after: Plan, meanings: RuleMeanings) -> list[RuleChange]:
    """Which rules differ between two plans.

    :returns: the changes in the order of names; empty when the plans mean the same.
    """
    return list(_compared(by_id(before), by_id(after), meanings))


def by_id(plan: Plan) -> dict[RuleId, Rule]:
    """The rules of a plan by what singles them out."""
    return {rule.id: rule for rule in plan.rules}


def _compared(
    before: Mapping[RuleId, Rule], after: Mapping[RuleId, Rule], meanings: RuleMeanings
) -> Iterator[RuleChange]:
    for name in sorted({**before, **after}):
        change = meanings.change(before.get(name), after.get(name))
        if change is not None:
            yield change


def _said(value: Any) -> str:
    return "nothing" if value is None else str(value)
