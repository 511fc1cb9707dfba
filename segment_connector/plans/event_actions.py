"""The events of a tracking plan as actions, each with its name settled and its properties as fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ..language.action_records import Action
from ..language.plan_records import JudgedCall, PlanSpec
from ..language.preset_records import PresetSummary
from ..language.specs import Specs
from ..language.typed_action import TypedAction, slug, typed_action
from ..schema.draft_seven import fatal, resolved
from .plan import Plan, Rule

_MOST_DEPTH = 12
_FAMILY = "Tracking plan"
_PLANNED = "planned"  # begins the name of an event that has none of its own
_LONGEST = 44  # characters, as names of tools may have


@dataclass(frozen=True, slots=True)
class _Event:
    """One event of a plan, before an action is made of it.

    :ivar rules: those of it that judge together.
    :ivar fixed: what is settled of the inputs, by dotted place.
    """

    call: JudgedCall
    rules: Sequence[Rule]
    title: str
    fixed: Mapping[str, Any]


class EventActions:
    """The events of a plan, each made an action when it is asked for.

    :param specs: where the actions are that send them.
    """

    def __init__(self, plan: Plan, spec: PlanSpec, specs: Specs) -> None:
        self._plan, self._spec, self._specs = plan, spec, specs
        self._made: dict[str, Action] = {}

    @cached_property
    def summaries(self) -> Mapping[str, PresetSummary]:
        """What a listing shows of each, by the name that it is called by: those with names in the order of the plan."""
        family = f"{_FAMILY} {self._plan.name or self._plan.id or ''}".strip()
        return {
            name: PresetSummary(
                name=name, family=family, title=one.title, action=one.call.action,
                summary=_said(one.rules) or self._specs.action(one.call.action).summary,
            )
            for name, one in self._events.items()
        }  # fmt: skip

    def action(self, name: str) -> Action:
        """An event as an action that is called by its own name.

        What is demanded is what the action beneath demands: the plan judges the call by itself.
        """
        known = self._made.get(name)
        if known is None:
            known = self._made[name] = self._callable(self.typed(name))
        return known

    def typed(self, name: str) -> TypedAction:
        """The same with what is settled left out of what is asked for."""
        event = self._events[name]
        return _typed(self._specs.action(event.call.action), name, event)

    @cached_property
    def _events(self) -> dict[str, _Event]:
        found: dict[str, _Event] = {}
        for call in self._spec.calls.values():
            for event in self._of_call(call) if call.action in self._specs.paths else ():
                stem = f"{call.action}_{slug(event.title)}".rstrip("_") if event.fixed else f"{_PLANNED}_{call.action}"
                name, count = stem[:_LONGEST].rstrip("_"), 1
                while name in found:
                    count += 1
                    name = f"{stem[: _LONGEST - len(str(count)) - 1].rstrip('_')}_{count}"
                found[name] = event
        return found

    def _of_call(self, call: JudgedCall) -> Iterator[_Event]:
        plan, spec = self._plan, self._spec
        elsewhere = {choice.name for other in spec.calls.values() for choice in other.rules if choice.name}
        for choice in call.rules:
            for key in plan.keys(choice.type) if choice.name_at is not None else ():
                if key in elsewhere:  # another action sends it
                    continue
                for index, rule in enumerate(plan.by_key[choice.type, key]):
                    fixed: dict[str, Any] = {str(choice.name_at): key}
                    if index:  # the oldest needs no version
                        fixed[spec.version.at] = rule.version
                    yield _Event(call, [rule], f"{key} (version {rule.version})" if index else key, fixed)
        rules = [
            rules[0]
            for choice in call.rules
            for (kind, key), rules in plan.by_key.items()
            if choice.name_at is None and kind == choice.type and choice.name in (None, key)
        ]
        if rules:
            yield _Event(call, rules, self._specs.action(call.action).title, {})

    def _callable(self, one: TypedAction) -> Action:
        beneath = self._specs.action(one.action.name)
        settled = {name: _settled(beneath.parameters[name], value) for name, value in one.tops.items()}
        required = [name for name in beneath.required if name not in settled]
        return replace(
            one.action, name=one.name, path=self._plan.place or beneath.path, beneath=beneath.name, doubted=False,
            parameters={**one.action.parameters, **settled}, required=tuple(required), keywords=(),
            demands={
                **beneath.input_schema, "properties": {**beneath.parameters, **settled}, "required": required,
            },
        )  # fmt: skip


def _settled(parameter: Mapping[str, Any], value: Any) -> dict[str, Any]:
    said = "leave it out; the action that you call fills it in"
    if isinstance(value, dict):  # a part of an object, which may have more
        return {**parameter, "default": value}
    return {**parameter, "const": value, "default": value, "advanced": True, "hint": said}


def _said(rules: Sequence[Rule]) -> str | None:
    return next((rule.description for rule in rules if rule.description), None)


def _typed(action: Action, name: str, event: _Event) -> TypedAction:
    parts = [_expanded(rule.schema, rule.schema, 0) for rule in event.rules if fatal(rule.schema) is None]
    schema = _expanded({"allOf": parts}, {}, 0)
    member = event.call.members
    return typed_action(
        action, name, title=event.title, fixed=event.fixed,
        members={member: schema.get("properties", {}).get(member, {})} if member is not None else {},
        required=tuple(one for one in schema.get("required", ()) if isinstance(one, str)),
        description=_said(event.rules) or (f"{event.title}, as the tracking plan has it." if event.fixed else None),
    )  # fmt: skip


def _expanded(schema: Any, root: Mapping[str, Any], depth: int) -> Any:
    """A schema with what its references name, and what all of its parts say together, down to a depth."""
    if not isinstance(schema, Mapping) or depth > _MOST_DEPTH:
        return {}
    if isinstance(reference := schema.get("$ref"), str):
        return _expanded(resolved(root, reference), root, depth + 1)
    found = dict(schema)
    for part in schema["allOf"] if isinstance(schema.get("allOf"), list) else ():
        below = _expanded(part, root, depth + 1)
        members = {**found.get("properties", {}), **below.get("properties", {})}
        needed = list(dict.fromkeys((*found.get("required", ()), *below.get("required", ()))))
        found = {
            **below,
            **found,
            **({"properties": members} if members else {}),
            **({"required": needed} if needed else {}),
        }
    if isinstance(found.get("properties"), Mapping):
        found["properties"] = {name: _expanded(one, root, depth + 1) for name, one in found["properties"].items()}
    if isinstance(found.get("items"), Mapping):
        found["items"] = _expanded(found["items"], root, depth + 1)
    return found
