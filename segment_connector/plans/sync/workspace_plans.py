"""Plans as the workspace holds them, read and written by the actions that ``plans.yaml`` names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...errors import InputError, SpecError, did_you_mean, known_names
from ...language.plan_records import PlanAction, PlanSpec
from ...language.specs import Specs
from ...result import Result
from ..plan import Plan, Rule, RuleId, plan_from, rule_from

Run = Callable[[str, Mapping[str, Any]], Result]
"""Calls an action by name with inputs; as ``Connector.run`` with a connection."""
Iterate = Callable[[str, Mapping[str, Any]], Iterator[Any]]
"""Every entry of an action's list; as ``Connector.iterate`` with a connection."""

_NOT_THERE = (400, 404)
_MOST_RULES = 200  # in a request, where the action does not say


def plan_spec(specs: Specs) -> PlanSpec:
    """What plans are at the service.

    :raises SpecError: when it has none.
    """
    if specs.plans is None:
        message = f"{specs.connector.title} has no tracking plans here: there is no plans.yaml beside connector.yaml"
        raise SpecError.at(specs.root, "no_plans", message, "add plans.yaml, which schemas/plans.schema.json describes")
    return specs.plans


class Workspace:
    """The plans of a workspace.

    :param run: calls an action; :param iterate: walks through a list.
    """

    def __init__(self, specs: Specs, run: Run, iterate: Iterate) -> None:
        self.spec = plan_spec(specs)
        self._specs, self._run, self._iterate = specs, run, iterate

    def listed(self) -> list[dict[str, Any]]:
        """What the workspace says of each of its plans.

        :raises CallFailed: when the service does not say.
        """
        return [one for one in self._iterate(self._role("plans").action, {}) if isinstance(one, dict)]

    def find(self, wanted: str) -> Plan:
        """A plan with its rules.

        :param wanted: its id, its name or its slug.
        :raises InputError: when there is none, or several of that name.
        :raises CallFailed: when the service does not say.
        """
        about = self._about(wanted)
        return self._with_rules(self._named(wanted) if about is None else about)

    def plan(self, id_: str, place: str) -> Plan:
        """The plan of an id, which was there before.

        :param place: the folder that names it, for messages.
        :raises InputError: when it is gone; :raises CallFailed: when the service does not say.
        """
        about = self._about(id_)
        if about is None:
            message = f"the workspace has no plan {id_}: it was deleted, or the token is for another workspace"
            hint = "use the token of the right workspace; to recreate the plan, create one and write its id here"
            raise InputError.of("plan_gone", message, hint, "id", place)
        return self._with_rules(about)

    @property
    def most(self) -> int:
        """How many rules a request may write."""
        role = self._role("update")
        schema = self._specs.action(role.action).parameters.get(role.rules or "", {})
        return int(schema.get("maxItems", _MOST_RULES))

    def update(self, plan: str, rules: Sequence[Rule], new_keys: Mapping[RuleId, str]) -> Result:
        """Write rules and leave the others.

        :param plan: id of the plan.
        :param new_keys: the names that some get in place of their keys.
        """
        form, role = self.spec.rule, self._role("update")
        written = []
        for rule in rules:
            members = {**self._key(rule), form.schema: dict(rule.schema)}
            if form.rename is not None and rule.id in new_keys:
                members[form.rename] = new_keys[rule.id]
            written.append(members)
        return self._run(role.action, {str(role.plan): plan, str(role.rules): written})

    def remove(self, plan: str, rules: Sequence[Rule]) -> Result:
        """Delete rules."""
        role = self._role("remove")
        return self._run(role.action, {str(role.plan): plan, str(role.rules): [self._key(rule) for rule in rules]})

    def change(self, plan: str, members: Mapping[str, Any]) -> Result:
        """Give a plan another name or description."""
        role = self._role("change")
        return self._run(role.action, {str(role.plan): plan, **members})

    @property
    def changeable(self) -> list[str]:
        """Members of a plan beside its rules that can be written."""
        role = self.spec.actions.get("change")
        return (
            [] if role is None else [name for name in self._specs.action(role.action).parameters if name != role.plan]
        )

    def sources(self, plan: str) -> Iterator[Any]:
        """The sources that follow a plan.

        :raises CallFailed: when the service does not say.
        """
        role = self._role("sources")
        return self._iterate(role.action, {str(role.plan): plan})

    def settings(self, source: str) -> Mapping[str, Any]:
        """What a source does about calls that are not as its plan says.

        :param source: its id.
        :raises CallFailed: when the service does not say.
        """
        role = self._role("settings")
        found = self._run(role.action, {str(role.source): source}).unwrap().get(str(role.gives))
        return found if isinstance(found, Mapping) else {}

    def _key(self, rule: Rule) -> dict[str, Any]:
        form = self.spec.rule
        key = {} if rule.key is None else {form.key: rule.key}
        return {form.type: rule.type, **key, form.version: rule.version}

    def _about(self, id_: str) -> dict[str, Any] | None:
        """What the workspace says of a plan; ``None`` when it has none of that id."""
        role = self._role("plan")
        result = self._run(role.action, {str(role.plan): id_})
        if result.error is not None and result.error.status in _NOT_THERE:
            return None
        found = result.unwrap().get(str(role.gives))
        return found if isinstance(found, dict) else None

    def _named(self, wanted: str) -> dict[str, Any]:
        texts = [(str(one.get("name")), one.get("slug"), one) for one in self.listed()]
        found = [one for name, slug, one in texts if wanted in (name, slug)]
        found = found or [one for name, _, one in texts if name.casefold() == wanted.casefold()]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(str(one.get("id")) for one in found)
            raise InputError.of("ambiguous", f"several plans are named '{wanted[:80]}'", f"name one by its id: {ids}")
        names = [name for name, _, _ in texts]
        hint = did_you_mean(wanted, names) or known_names(wanted, names)
        raise InputError.of("no_plan", f"the workspace has no tracking plan '{wanted[:80]}'", hint)

    def _with_rules(self, about: dict[str, Any]) -> Plan:
        members = {name: value for name, value in about.items() if name not in self.spec.rule.stamps}
        id_, name = str(members.pop("id")), members.pop("name", None)
        role = self._role("rules")
        found: dict[RuleId, Rule] = {}
        for data in self._iterate(role.action, {str(role.plan): id_}):
            rule = rule_from(data, self.spec, id_)
            found.setdefault(rule.id, rule)  # a list that changes while it is read shows an entry twice
        return plan_from(found.values(), id_, name, members, id_)

    def _role(self, name: str) -> PlanAction:
        role = self.spec.actions.get(name)
        if role is None:
            raise SpecError.at(
                self.spec.path, "missing_key", f"no action is named for '{name}'", "add it", field=f"actions.{name}"
            )
        return role
