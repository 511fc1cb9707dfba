"""Judge many calls by few questions, where there is nothing to say of any of them.

Calls are sorted by action and name, so that a name is looked up and not compared with all others. Most rules say all
that they say of one member, so that only this member is asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ..language.plan_records import JudgedCall
from ..schema.draft_seven import ask
from ..schema.validator import quicker
from .rule_set import RuleSet

RulesFor = Callable[[JudgedCall, str | None], RuleSet]
"""Gives the rules for calls of an action and a name that ask for no version."""

# What a schema may say of a call as a whole without saying anything of other members than the one that is planned.
_SAYS_NOTHING = frozenset(("$schema", "$id", "$comment", "title", "description", "definitions", "examples", "default"))


class BlockJudge:
    """A plan, ready to accept many calls at once.

    :param calls: how calls are judged, by action.
    :param names: the names of events that the plan has, by action.
    :param rules_for: gives the rules of one of them; without a name, for an action whose calls have none.
    :param version_in: the member of a call that a version stands in, and the member below it.
    :param labels: the member of a schema that holds labels.
    """

    def __init__(
        self, calls: Mapping[str, JudgedCall], names: Mapping[str, Collection[str]], rules_for: RulesFor,
        version_in: tuple[str, str | None], labels: str,
    ) -> None:  # fmt: skip
        self._version_in = version_in
        self._places = {
            action: (next((rule.name_at for rule in call.rules if rule.name_at), ""), call.members or "")
            for action, call in calls.items()
        }
        # What is asked about whole calls, and what about one member of them, by action and name.
        self._rooted: set[tuple[str, str]] = set()
        self._may_lack: set[tuple[str, str]] = set()
        self._whole_numbers: dict[str, dict[str, list[str]]] = {action: {} for action in calls}
        self._deeper: dict[tuple[str, str], RuleSet] = {}
        by_call: dict[str, Any] = {}
        by_member: dict[str, Any] = {}
        for action, call in calls.items():
            name_at, member = self._places[action]
            of_calls: dict[str, Any] = {}
            of_members: dict[str, Any] = {}
            for name in names[action] if name_at else ("",):
                rules = rules_for(call, name or None)
                if (schema := rules.together) is None:
                    continue  # such calls are judged one by one
                below = _of_member(schema, member, labels)
                if below is None:
                    of_calls[name] = {"items": schema}
                    self._rooted.add((action, name))
                of_members[name] = {"items": below or {}}
                if below is None or member not in schema.get("required", ()):
                    self._may_lack.add((action, name))
                if rules.whole:
                    self._whole_numbers[action][name] = rules.whole
                if rules.deeper:
                    self._deeper[action, name] = rules
            by_call[action] = {"properties": of_calls, "additionalProperties": False}
            by_member[action] = {"properties": of_members, "additionalProperties": False}
        self._calls_right = ask(quicker({"properties": by_call})) if self._rooted else None
        self._members_right = ask(quicker({"properties": by_member}))

    def accepts(self, by: str, calls: Iterable[Mapping[str, Any]]) -> bool:
        """Whether there is nothing to say of any call; it may miss that, and never passes one that is not so.

        :param by: the member of a call that names its action, which is one that plans judge.
        """
        first, second = self._version_in
        rooted, deeper = self._rooted, self._deeper
        members: dict[str, Any] = {action: defaultdict(list) for action in self._places}
        whole: dict[str, Any] = {action: defaultdict(list) for action in self._places}
        known = {
            action: (*place, members[action], self._whole_numbers[action]) for action, place in self._places.items()
        }
        for call in calls:
            if (surroundings := call.get(first)) is not None and (second is None or second in surroundings):
                return False
            name_at, member, groups, numbers = known[call[by]]
            name = call.get(name_at, "")
            if (below := call.get(member)) is not None:
                groups[name].append(below)
                for number in numbers.get(name, ()):
                    if type(below.get(number)) is float:
                        return False
            elif (call[by], name) not in self._may_lack:
                return False
            if deeper and (rules := deeper.get((call[by], name))) is not None and rules.has_deep_float(call):
                return False
            if rooted and (call[by], name) in rooted:
                whole[call[by]][name].append(call)
        return self._members_right(members) and (self._calls_right is None or self._calls_right(whole))


def _of_member(schema: Mapping[str, Any], member: str, labels: str) -> Any:
    """What a schema says of one member of a call, where that is all that it says; else ``None``."""
    rest = schema.keys() - _SAYS_NOTHING - {"type", "properties", "required", labels}
    properties = schema.get("properties", {})
    others = [below for name, below in properties.items() if name != member]
    alone = not rest and all(below is True or below == {} for below in others)
    if alone and schema.get("type", "object") == "object" and set(schema.get("required", ())) <= {member}:
        return properties.get(member, {})
    return None
