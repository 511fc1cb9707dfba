"""The rules that judge one call together: those of its event and those for every call, compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from ..errors import Problem, did_you_mean
from ..language.plan_records import Fault
from ..schema.draft_seven import DraftSeven, ask, fatal, schemas_in
from ..schema.validator import quicker
from ..values.paths import Place, dotted
from .plan import Rule
from .planned_names import Names, closed, names_in
from .verdict import Violation

_EXACTLY = "names compare exactly"


class CompiledRule:
    """One rule, ready to judge.

    :ivar fault: why it cannot judge anything, or ``None``.
    :ivar doubts: what of it is not judged.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.fault = fatal(rule.schema)
        self._validator = DraftSeven(rule.schema) if self.fault is None else None

    @property
    def doubts(self) -> Sequence[Problem]:
        """What of it is not judged."""
        if self._validator is None:
            assert self.fault is not None
            return (self.fault,)
        return self._validator.doubts

    @property
    def schema(self) -> Mapping[str, Any]:
        """What it judges by."""
        return self._validator.schema if self._validator is not None else {}

    @cached_property
    def whole_numbers(self) -> list[Place]:
        """The places where it wants a whole number."""
        return whole_numbers(self.schema)

    def violations(self, call: Mapping[str, Any], fault: Fault) -> Iterator[Violation]:
        """What of a call breaks it.

        :param fault: what that is to the settings of a source.
        """
        name = self.rule.name
        for doubt in self.doubts:
            place = f"{doubt.field}: " if doubt.field else ""
            yield Violation(
                "rule", "", f"the rule cannot be checked fully: {place}{doubt.message}", _cure(doubt), name, False
            )
        try:
            problems = self._validator.problems(call) if self._validator is not None else []
        except RecursionError:
            yield Violation("rule", "", "the call is nested too deep for the rule", "flatten it", name, False)
            return
        for problem in problems:
            place = problem.field or ""
            certain = not (problem.code == "format" and _is_like_an_instant(_at(call, place)))
            yield Violation(problem.code, place, problem.message, _cure(problem), name, certain, (fault,))


class RuleSet:
    """The rules that judge a call.

    :param standard: the rules of its event, or of its kind.
    :param common: the rules for every call.
    :param members: the member of the call whose own members are planned by name, or ``None``.
    :param doubts: what is told of every call that these rules judge.
    """

    def __init__(
        self, standard: Sequence[CompiledRule], common: Sequence[CompiledRule], members: str | None,
        doubts: Sequence[Violation] = (),
    ) -> None:  # fmt: skip
        self.standard = standard
        self.common = common
        self._members = members
        self._doubts = doubts

    @cached_property
    def names(self) -> Names | None:
        """What the rules of the event plan by name."""
        return names_in((one.schema for one in self.standard), self._members) if self._members is not None else None

    def accepts(self, call: Mapping[str, Any]) -> bool:
        """Whether there is nothing to say of a call; it may miss one, and never passes one that is not so."""
        for yes in self._quick:
            if not yes(call):
                return False
        whole, deeper = self._whole
        if whole:
            members = call.get(self._members or "")
            if isinstance(members, dict):
                for name in whole:
                    if type(members.get(name)) is float:
                        return False
        return not deeper or not self.has_deep_float(call)

    def violations(self, call: Mapping[str, Any]) -> list[Violation]:
        """What is wrong with a call, the rules of its event first."""
        found = list(self._doubts)
        for compiled in self.standard:
            found += compiled.violations(call, "violation")
        found += [self._maybe(place, compiled) for compiled in self.standard for place in _floats(call, compiled)]
        found = list(self._with_unplanned(call, found))
        return found + self.common_violations(call)

    def common_violations(self, call: Mapping[str, Any]) -> list[Violation]:
        """What the rules for every call find."""
        found: list[Violation] = []
        for compiled in self.common:
            found += compiled.violations(call, "common_violation")
            found += [self._maybe(place, compiled) for place in _floats(call, compiled)]
        return found

    def _with_unplanned(self, call: Mapping[str, Any], found: list[Violation]) -> Iterator[Violation]:
        """The violations with the members that are not planned; of what a rule refuses as well, once."""
        unplanned: dict[str, Violation] = {}
        if self.names is not None and self._members is not None:
            rule = self.standard[0].rule.name if self.standard else None
            value = call.get(self._members)
            for place, names in self.names.unplanned(value, (self._members,), at_least=True):
                near = did_you_mean(str(place[-1]), names.known)
                cure = f"{near} {_EXACTLY}" if near else "add it to the plan, or leave it out"
                unplanned[dotted(place)] = Violation(
                    "unplanned_property", dotted(place), "is not planned", cure, rule, faults=("unplanned_member",)
                )
        for violation in found:
            known = unplanned.get(violation.place) if violation.kind == "unknown" else None
            if known is None:
                yield violation
                continue
            message = "is not planned, and the rule allows no other names"
            faults: tuple[Fault, ...] = ("unplanned_member", "violation")
            unplanned[violation.place] = Violation(
                known.kind, known.place, message, known.cure, violation.rule, faults=faults
            )
        yield from unplanned.values()

    @staticmethod
    def _maybe(place: str, compiled: CompiledRule) -> Violation:
        message = "may violate the plan: it is a number with a decimal point, and a whole number is planned"
        return Violation("type", place, message, "write it without the point", compiled.rule.name, False)

    @property
    def together(self) -> dict[str, Any] | None:
        """The schema of calls of which there is nothing to say; ``None`` where one schema cannot tell."""
        schemas = self._schemas
        if schemas is None or any(map(_refers, schemas)):
            return None
        together = [_embedded(schema) for schema in schemas]
        return {"allOf": together} if len(together) > 1 else together[0] if together else {}

    @cached_property
    def _schemas(self) -> list[Mapping[str, Any]] | None:
        """The schemas of calls of which there is nothing to say; ``None`` where something is said of all."""
        if self._doubts or any(one.doubts for one in (*self.standard, *self.common)):
            return None
        schemas: list[Mapping[str, Any]] = [one.schema for one in (*self.standard, *self.common)]
        if self.names is None or (closing := self.names.closing(at_least=True)) is True:
            return schemas
        if len(self.standard) == 1 and self._members and (one := closed(schemas[0], self._members)) is not None:
            return [one, *schemas[1:]]
        return [*schemas, {"properties": {self._members: closing}}]

    @cached_property
    def _quick(self) -> list[Callable[[Any], bool]]:
        if self._schemas is None:
            return [lambda _: False]
        together = self.together
        return [ask(quicker(schema)) for schema in ([together] if together is not None else self._schemas)]

    @property
    def whole(self) -> list[str]:
        """The planned members that are to be whole numbers; ``deeper`` tells whether others are."""
        return self._whole[0]

    @property
    def deeper(self) -> bool:
        """Whether whole numbers are wanted elsewhere too."""
        return bool(self._whole[1])

    def has_deep_float(self, call: Mapping[str, Any]) -> bool:
        """Whether one of those is written with a point."""
        return any(_is_float(call, place) for place in self._whole[1])

    @cached_property
    def _whole(self) -> tuple[list[str], list[Place]]:
        """Where whole numbers are wanted: the names of those that most rules have, and the places of others."""
        places = [place for one in (*self.standard, *self.common) for place in one.whole_numbers]
        near = [place for place in places if len(place) == 2 and place[0] == self._members and place[1] != "$"]
        return [str(place[1]) for place in near], [place for place in places if place not in near]


def whole_numbers(schema: Mapping[str, Any]) -> list[Place]:
    """The places where a schema wants a whole number; ``$`` stands for every entry of a list.

    JSON Schema takes 3.0 for one, and other judges may not.
    """
    found = []
    for place, part in schemas_in(schema):
        kinds = part.get("type")
        wanted = {kinds} if isinstance(kinds, str) else set(kinds) if isinstance(kinds, list) else set()
        if "integer" in wanted and "number" not in wanted and (at := _instance_place(place)) is not None:
            found.append(at)
    return found


def _instance_place(place: Place) -> Place | None:
    """Where the value is that a schema at a place judges; ``None`` where that is told by more than properties."""
    found: list[str | int] = []
    rest = list(place)
    while rest:
        keyword = rest.pop(0)
        if keyword == "properties" and rest:
            found.append(rest.pop(0))
        elif keyword == "items":
            found.append("$")
        elif keyword == "allOf" and rest:
            rest.pop(0)
        else:
            return None
    return tuple(found)


def _floats(call: Mapping[str, Any], compiled: CompiledRule) -> list[str]:
    """The places of numbers with a point where a rule wants whole ones."""
    return [dotted(at) for place in compiled.whole_numbers for at in _floats_at(call, place, ())]


def _floats_at(value: Any, place: Place, before: Place) -> Iterator[Place]:
    if not place:
        if isinstance(value, float) and value.is_integer():
            yield before
    elif place[0] == "$":
        for index, entry in enumerate(value if isinstance(value, list) else ()):
            yield from _floats_at(entry, place[1:], (*before, index))
    elif isinstance(value, Mapping) and place[0] in value:
        yield from _floats_at(value[place[0]], place[1:], (*before, place[0]))


def _is_float(value: Any, place: Place) -> bool:
    for depth, part in enumerate(place):
        if part == "$":
            return any(_is_float(entry, place[depth + 1 :]) for entry in (value if isinstance(value, list) else ()))
        if not isinstance(value, dict):
            return False
        value = value.get(part)
    return isinstance(value, float)


def _refers(schema: Mapping[str, Any]) -> bool:
    return any("$ref" in part for _, part in schemas_in(schema))


def _embedded(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without references, as a part of another one."""
    return {key: item for key, item in schema.items() if key not in ("$schema", "$id", "definitions")}


def _cure(problem: Problem) -> str:
    return problem.hint or ("give it" if problem.code == "required" else "send what is planned, or change the plan")


def _at(call: Any, place: str) -> Any:
    for part in place.split("."):
        if isinstance(call, list) and part.isdigit() and int(part) < len(call):
            call = call[int(part)]
        elif isinstance(call, Mapping):
            call = call.get(part)
        else:
            return None
    return call


def _is_like_an_instant(value: Any) -> bool:
    """Whether a text is a date, or an instant without a zone, of ISO 8601, which is more than JSON Schema takes."""
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
