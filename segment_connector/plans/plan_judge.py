"""Judge calls by a tracking plan, as the service would on arrival: which rules, of which version, in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from ..errors import Problem, did_you_mean
from ..language.plan_records import JudgedCall, PlanSpec
from ..values.paths import get
from .block_judge import BlockJudge
from .plan import Plan, Rule
from .rule_set import CompiledRule, RuleSet
from .verdict import Verdict, Violation

_WRONG = "wrong"  # a version that no rule has
_MOST_NAMES = 500  # of near names that are looked for; each costs as much as a thousand judgements


class PlanJudge:
    """A plan, ready to judge calls; each rule is compiled when it is first needed.

    :param plan: the plan.
    :param spec: what plans are at the service.
    """

    def __init__(self, plan: Plan, spec: PlanSpec) -> None:
        self.plan = plan
        self.spec = spec
        self._compiled: dict[int, CompiledRule] = {}
        self._versions = {rule.version for rule in plan.rules}
        self._common = [name for name, kind in spec.types.items() if kind.common]
        self._calls = {name: _Call(call, self) for name, call in spec.calls.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return PlanJudge, (self.plan, self.spec)  # what is compiled stays where it was

    @property
    def faults(self) -> list[Problem]:
        """What is wrong with the rules themselves, so that they are not judged, or not whole."""
        return [
            Problem(doubt.code, f"{rule.name}: {doubt.message}", doubt.hint, doubt.field, rule.place)
            for rule in self.plan.rules
            for doubt in self.compiled(rule).doubts
        ]

    def accepts(self, action: str, call: Mapping[str, Any]) -> bool:
        """Whether there is nothing to say of a call; what it does not accept has a ``verdict`` that may say nothing.

        :param action: the action that the call is of; calls of those that no plan judges are accepted.
        :param call: its inputs, checked and completed.
        """
        known = self._calls.get(action)
        return known is None or known.accepts(call)

    def accepts_all(self, by: str, calls: Iterable[Mapping[str, Any]]) -> bool:
        """Whether there is nothing to say of any of many calls; else each has to be asked about.

        :param by: the member of a call that names its action, which is one that plans judge.
        """
        return self._block.accepts(by, calls)

    @cached_property
    def _block(self) -> BlockJudge:
        first, *below = self._version_at
        names = {
            action: [key for rule in call.rules if rule.name_at for key in self.plan.keys(rule.type)]
            for action, call in self.spec.calls.items()
        }
        return BlockJudge(
            self.spec.calls, names, lambda call, name: self._calls[call.action].rules_of(name),
            (first, below[0] if below else None), self.spec.rule.labels,
        )  # fmt: skip

    def verdict(self, action: str, call: Mapping[str, Any]) -> Verdict:
        """All that the plan says of a call; the arguments are those of ``accepts``."""
        known = self._calls.get(action)
        return Verdict(action, None, ()) if known is None else known.verdict(call)

    def common_violations(self, action: str, call: Mapping[str, Any]) -> list[Violation]:
        """What the rules for every call say of it."""
        known = self._calls.get(action)
        return [] if known is None else known.rules(call).common_violations(known.payload(call))

    def compiled(self, rule: Rule) -> CompiledRule:
        """A rule of the plan, ready to judge."""
        known = self._compiled.get(id(rule))
        if known is None:
            known = self._compiled[id(rule)] = CompiledRule(rule)
        return known

    def rules_of(self, type_: str, key: str | None) -> list[Rule]:
        """The versions of a rule, the oldest first.

        :param key: the name of its event; ``None`` for all rules of the type, whatever they are called.
        """
        if key is not None:
            return list(self.plan.by_key.get((type_, key), ()))
        return sorted((rule for rule in self.plan.rules if rule.type == type_), key=lambda rule: rule.version)

    def version_of(self, call: Mapping[str, Any]) -> Any:
        """The version that a call asks for, ``None`` when it asks for none, or ``wrong``."""
        version = get(call, self._version_at)
        if version is None or (type(version) is int and version in self._versions):
            return version
        return _WRONG

    @cached_property
    def _version_at(self) -> tuple[str, ...]:
        return tuple(self.spec.version.at.split("."))

    @cached_property
    def version_in(self) -> str:
        """The member of a call that a version stands in, however deep."""
        return self._version_at[0]

    def common_rules(self, version: Any) -> list[CompiledRule]:
        """The rules for every call, in the version that is asked for, else the oldest."""
        return [self.compiled(picked(rules, version)) for name in self._common if (rules := self.rules_of(name, None))]

    @cached_property
    def near_name(self) -> Callable[[str, tuple[str, ...]], str | None]:
        """The sentence that offers the names that are near one that is not planned, as long as that is affordable."""
        return lru_cache(maxsize=_MOST_NAMES)(self._near_name)

    def _near_name(self, name: str, known: tuple[str, ...]) -> str | None:
        if self.near_name.cache_info().misses > _MOST_NAMES:  # type: ignore[attr-defined]
            return None
        return did_you_mean(name, known)


class _Call:
    """How the calls of one action are judged by one plan."""

    def __init__(self, call: JudgedCall, judge: PlanJudge) -> None:
        self._call = call
        self._judge = judge
        self._name_at = next((rule.name_at for rule in call.rules if rule.name_at), None)
        self._name = next((rule.name for rule in call.rules if rule.name), None)
        self._adds = tuple(call.adds)
        self._sets: dict[tuple[str | None, Any], RuleSet] = {}

    def accepts(self, call: Mapping[str, Any]) -> bool:
        rules = self.rules(call)
        for name in self._adds:
            if name not in call:
                call = {**self._call.adds, **call}
                break
        return rules.accepts(call)

    def verdict(self, call: Mapping[str, Any]) -> Verdict:
        rules = self.rules(call)
        names = tuple(one.rule.name for one in (*rules.standard, *rules.common))
        return Verdict(
            self._call.action, self._event(call) or self._name, names, tuple(rules.violations(self.payload(call)))
        )

    def payload(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        """The call as it arrives."""
        return {**self._call.adds, **call}

    def rules(self, call: Mapping[str, Any]) -> RuleSet:
        """The rules that judge a call."""
        name = call.get(self._name_at) if self._name_at is not None else None
        version = self._judge.version_of(call) if self._judge.version_in in call else None
        try:
            known = self._sets.get((name, version))
        except TypeError:  # a name that is not text
            name, known = None, None
        return known or self._made(name, version)

    def rules_of(self, name: str | None) -> RuleSet:
        """The rules that judge calls of a name that ask for no version."""
        return self._sets.get((name, None)) or self._made(name, None)

    def _event(self, call: Mapping[str, Any]) -> str | None:
        name = call.get(self._name_at) if self._name_at is not None else None
        return name if isinstance(name, str) else None

    def _made(self, name: Any, version: Any) -> RuleSet:
        judge = self._judge
        found: list[CompiledRule] = []
        doubts: list[Violation] = []
        for choice in self._call.rules:
            rules = judge.rules_of(choice.type, name if choice.name_at else choice.name)
            if not rules:
                continue
            rule = picked(rules, version)
            found.append(judge.compiled(rule))
            if version is not None and rule.version != version and not doubts:
                doubts.append(self._version_doubt(rule, rules))
        unplanned = not found and any(choice.name or choice.name_at for choice in self._call.rules)
        if unplanned:
            doubts = [self._unplanned(name)]
        made = RuleSet(found, judge.common_rules(version), self._call.members if found else None, doubts)
        if not unplanned:  # there is no end of names that are not planned
            self._sets[name, version] = made
        return made

    def _version_doubt(self, rule: Rule, rules: list[Rule]) -> Violation:
        known = ", ".join(str(one.version) for one in rules)
        message = f"names no version of the rule, so the oldest one applies, {rule.version}"
        cure = f"write a whole number: {known}" if len(rules) > 1 else f"leave it out, or write {known}"
        return Violation("version", self._judge.spec.version.at, message, cure, rule.name, False)

    def _unplanned(self, name: Any) -> Violation:
        judge = self._judge
        if self._name_at is None:
            message = f"the tracking plan has no '{self._name}', which such a call is checked as"
            return Violation("unplanned_event", "", message, "add it to the plan", None, faults=("unplanned_event",))
        types = [choice.type for choice in self._call.rules if choice.name_at]
        known = tuple(key for one in types for key in judge.plan.keys(one))
        near = judge.near_name(str(name), known)
        hint = (
            f"{near} names compare exactly, with case and blanks"
            if near
            else "add the event to the plan, or name a planned one"
        )
        message = f"'{str(name)[:80]}' is not an event of the tracking plan"
        return Violation("unplanned_event", self._name_at, message, hint, None, faults=("unplanned_event",))


def picked(rules: list[Rule], version: Any) -> Rule:
    """The rule of a version, else the oldest.

    :param rules: the versions of one rule, the oldest first; at least one.
    """
    return next((rule for rule in rules if rule.version == version), rules[0]) if version is not None else rules[0]
