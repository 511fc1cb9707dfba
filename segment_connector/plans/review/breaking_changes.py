"""Which changes of a plan make wrong what was right: senders that kept to the plan would break it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...language.plan_records import PlanSpec
from ..compare.plan_diff import RuleChange, RuleMeanings, evened, objects_of
from ..compare.schema_changes import SchemaChange, schema_changes
from ..compare.schema_meaning import members_of
from ..plan import Rule

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
# Words of which another value, or any where there was none, refuses what was let through.
_ANY_CHANGE = (
    "pattern", "format", "const", "multipleOf", "items", "contains", "allOf", "anyOf", "oneOf", "not", "if", "then",
    "else", "dependencies", "patternProperties", "propertyNames", "additionalItems", "$ref", "schema",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Break:
    """A change that breaks senders.

    :ivar rule: the rule that it is in.
    :ivar message: what it does to those who keep to the plan as it was.
    """

    rule: Rule
    message: str


def breaking_changes(changes: Iterable[RuleChange], spec: PlanSpec, meanings: RuleMeanings) -> list[Break]:
    """What breaks senders, of the changes between two plans."""
    return [Break(change.rule, text) for change in changes for text in _breaks(change, spec, meanings)]


def narrows(change: SchemaChange) -> bool:
    """Whether a change refuses a value that was let through."""
    word, before, after = change.word, change.before, change.after
    if word == "property":
        return after is None or (isinstance(after, Mapping) and after.get("required") is True)
    if word == "required":
        return bool(after)
    if word in ("type", "enum"):
        if after is None:
            return False
        return before is None or not _kinds(before, word) <= _kinds(after, word)
    if word in _LOWER_BOUNDS or word in _UPPER_BOUNDS:
        numbers = [isinstance(side, (int, float)) and not isinstance(side, bool) for side in (before, after)]
        if not all(numbers):
            return after is not None
        return bool(after > before if word in _LOWER_BOUNDS else after < before)
    if word == "additionalProperties":
        return after is not None
    if word == "uniqueItems":
        return after is True
    return word in _ANY_CHANGE and after is not None


def _breaks(change: RuleChange, spec: PlanSpec, meanings: RuleMeanings) -> Iterator[str]:
    if change.before is not None and change.after is None:
        if change.before.deprecated is None:
            yield "is no longer planned"
        return
    details: Iterable[SchemaChange] = change.details
    if change.before is None and change.after is not None:
        # An event that nobody planned breaks nothing; a rule for all calls of a kind judges those that are sent.
        if spec.types[change.after.type].named or change.after.version != 1:
            return
        details = schema_changes(*evened({}, meanings.of(change.after)["schema"], objects_of(spec)))
        details = [one for one in details if _demands(one)]
    for one in details:
        if narrows(one):
            yield str(one)


def _demands(change: SchemaChange) -> bool:
    """Whether a new rule asks for something that a call may lack."""
    below = [change.after]
    while below:
        node = below.pop()
        if isinstance(node, Mapping):
            if node.get("required"):
                return True
            below.extend(members_of(node).values())
    return False


def _kinds(value: Any, word: str) -> set[str]:
    names = {repr(one) for one in (value if isinstance(value, list) else [value])}
    return names | {repr("integer")} if word == "type" and repr("number") in names else names
