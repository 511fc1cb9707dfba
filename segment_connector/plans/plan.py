"""A tracking plan and its rules as they are held in memory, whatever they were read from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..errors import InputError
from ..language.plan_records import PlanSpec, RuleForm
from ..values.json_values import copy_json

RuleId = tuple[str, str, int | float]
"""Type, key (empty where the type has none) and version: what singles out a rule of a plan."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a plan says of one event, or of one kind of call.

    :ivar type: kind of rule, one of ``PlanSpec.types``.
    :ivar key: name of the event, or ``None``.
    :ivar version: a whole number, from 1.
    :ivar schema: JSON Schema (draft 7) of the whole call, as the service holds it.
    :ivar labels: by name; empty where there are none.
    :ivar description: what the rule is for, or ``None``.
    :ivar deprecated: instant at which it was deprecated, RFC 3339, or ``None``.
    :ivar stamps: what the service says of it itself, such as when it was changed.
    :ivar other: members that this package knows nothing of, kept as they are.
    :ivar place: where it was read from, for messages.
    """

    type: str
    key: str | None
    version: int | float
    schema: Mapping[str, Any]
    labels: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None
    deprecated: str | None = None
    stamps: Mapping[str, Any] = field(default_factory=dict)
    other: Mapping[str, Any] = field(default_factory=dict)
    place: str | None = None

    @property
    def id(self) -> RuleId:
        """What singles it out in its plan."""
        return self.type, self.key or "", self.version

    @property
    def name(self) -> str:
        """What people call it: ``TRACK 'Order Completed', version 2``."""
        key = f" '{self.key}'" if self.key else ""
        return f"{self.type}{key}" + (f", version {self.version}" if self.version != 1 else "")


@dataclass(frozen=True)
class Plan:
    """A tracking plan.

    :ivar id: the service's name for it, or ``None`` where it has none yet.
    :ivar name: what people call it, or ``None``.
    :ivar rules: in the order in which they were read.
    :ivar about: what else is known of it: description, type, instants, and members that nobody knows here.
    :ivar place: the folder, or the id, that it was read from, for messages.
    """

    id: str | None
    name: str | None
    rules: tuple[Rule, ...]
    about: Mapping[str, Any] = field(default_factory=dict)
    place: str | None = None

    @cached_property
    def by_key(self) -> Mapping[tuple[str, str], Sequence[Rule]]:
        """The rules by type and key, the oldest version first."""
        found: dict[tuple[str, str], list[Rule]] = {}
        for rule in self.rules:
            found.setdefault((rule.type, rule.key or ""), []).append(rule)
        return {key: sorted(rules, key=lambda rule: rule.version) for key, rules in found.items()}

    def keys(self, type_: str) -> list[str]:
        """The names of events that the rules of a type are for, in the order of the plan, each once."""
        return list(dict.fromkeys(rule.key for rule in self.rules if rule.type == type_ and rule.key))


def rule_from(data: Mapping[str, Any], spec: PlanSpec, place: str | None = None) -> Rule:
    """A rule from the members that the service gives and takes.

    :param data: the members; they are copied.
    :param place: where they stand, for messages.
    :raises InputError: when one of them cannot be what it should be.
    """
    form = spec.rule
    members = dict(copy_json(data))
    kind, key, version, schema = (members.pop(name, None) for name in (form.type, form.key, form.version, form.schema))
    _refuse(
        (isinstance(kind, str) and kind in spec.types, form.type, f"must be one of {', '.join(spec.types)}"),
        (key is None or isinstance(key, str), form.key, "must be text, the name of an event"),
        (_is_number(version), form.version, "must be a number, 1 for the first"),
        (isinstance(schema, dict), form.schema, "must be a JSON Schema, an object"),
        place=place,
    )  # fmt: skip
    deprecated = members.pop(form.deprecated, None)
    labels = members.get(form.labels) or schema.get(form.labels) or {}
    said = schema.get(form.description)
    return Rule(
        str(kind), key or None, int(version) if version == int(version) else version, schema,
        labels if isinstance(labels, dict) else {},
        said if isinstance(said, str) else None,
        None if _is_never(deprecated, form.never) else deprecated,
        {name: members.pop(name) for name in form.stamps if name in members},
        members, place,
    )  # fmt: skip


def rule_data(rule: Rule, form: RuleForm) -> dict[str, Any]:
    """The members of a rule as the service takes them: without stamps, and without what it does not have."""
    members: dict[str, Any] = {form.type: rule.type}
    if rule.key is not None:
        members[form.key] = rule.key
    return {**members, form.version: rule.version, form.schema: dict(rule.schema), **rule.other}


def plan_from(
    rules: Iterable[Rule], id_: str | None = None, name: str | None = None, about: Mapping[str, Any] | None = None,
    place: str | None = None,
) -> Plan:  # fmt: skip
    """A plan from its rules.

    :raises InputError: when two rules are of one type, key and version.
    """
    found: dict[RuleId, Rule] = {}
    for rule in rules:
        other = found.setdefault(rule.id, rule)
        if other is not rule:
            message = f"the plan has two rules {rule.name} of version {rule.version}"
            where = f"; the other is {other.place}" if other.place else ""
            raise InputError.of("duplicate_rule", message, f"keep one, or give one another version{where}", rule.place)
    return Plan(id_, name, tuple(found.values()), about or {}, place)


def _is_never(instant: Any, never: str | None) -> bool:
    """Whether an instant is of the day that stands for none, however it is written."""
    return never is not None and isinstance(instant, str) and instant[:10] == never[:10]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _refuse(*held: tuple[bool, str, str], place: str | None) -> None:
    for right, member, message in held:
        if not right:
            where = f"{place}.{member}" if place else member
            raise InputError.of("rule", message, "fix the rule", where)
