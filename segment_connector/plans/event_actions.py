"""The events of a tracking plan as actions, each with its name settled and its properties as fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..language.action_records import Action
from ..language.plan_records import JudgedCall, PlanSpec
from ..language.specs import Specs
from ..language.typed_action import TypedAction, slug, typed_action
from ..schema.draft_seven import fatal, resolved
from .plan import Plan, Rule

_MOST_DEPTH = 12
_LONGEST = 44  # characters, as names of tools may have


def event_actions(plan: Plan, spec: PlanSpec, specs: Specs) -> list[TypedAction]:
    """Every event of a plan as an action, in the order of the plan; those without names after them.

    :param specs: where the actions are that send them.
    """
    found = [one for call in spec.calls.values() for one in _of_call(call, plan, spec, specs)]
    taken: dict[str, int] = {}
    named = []
    for one in found:
        taken[one.name] = count = taken.get(one.name, 0) + 1
        ending = "" if count == 1 else f"_{count}"
        name = f"{one.name[: _LONGEST - len(ending)]}{ending}"
        named.append(TypedAction(name, one.action, one.fixed))
    return named


def _of_call(call: JudgedCall, plan: Plan, spec: PlanSpec, specs: Specs) -> Iterator[TypedAction]:
    if call.action not in specs.paths:
        return
    action = specs.action(call.action)
    elsewhere = {choice.name for other in spec.calls.values() for choice in other.rules if choice.name}
    for choice in call.rules:
        if choice.name_at is None:
            continue
        for key in plan.keys(choice.type):
            if key in elsewhere:  # another action sends it
                continue
            for index, rule in enumerate(plan.by_key[choice.type, key]):
                fixed: dict[str, Any] = {choice.name_at: key}
                if index:  # the oldest needs no version
                    fixed[spec.version.at] = rule.version
                ending = f" (version {rule.version})" if index else ""
                yield _typed(action, call, [rule], f"{key}{ending}", fixed)
    unnamed = [choice for choice in call.rules if choice.name_at is None]
    rules = [
        rule
        for choice in unnamed
        for rule in plan.rules
        if rule.type == choice.type
        and choice.name in (None, rule.key)
        and rule == plan.by_key[rule.type, rule.key or ""][0]
    ]
    if rules:
        yield _typed(action, call, rules, action.title, {})


def _typed(
    action: Action, call: JudgedCall, rules: list[Rule], title: str, fixed: Mapping[str, Any]
) -> TypedAction:  # fmt: skip
    parts = [_expanded(rule.schema, rule.schema, 0) for rule in rules if fatal(rule.schema) is None]
    schema = _expanded({"allOf": parts}, {}, 0)
    members = schema.get("properties", {})
    name = "_".join(part for part in (call.action, slug(title) if fixed else "") if part)
    said = next((rule.description for rule in rules if rule.description), None)
    return typed_action(
        action, name, title=title, description=said, fixed=fixed,
        members={call.members: members.get(call.members, {})} if call.members is not None else {},
        required=tuple(one for one in schema.get("required", ()) if isinstance(one, str)),
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
