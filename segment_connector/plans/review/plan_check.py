"""Judge the files of a plan: each rule by itself, and all of them together."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import ConnectorError, Problem
from ...language.plan_records import PlanSpec
from ..compare.plan_diff import objects_of
from ..compare.schema_meaning import meaning
from ..files.event_file import EventFile
from ..files.plan_folder import PlanFolder
from ..plan import Rule, RuleId
from .finding import Finding, Found
from .schema_check import schema_findings

_SEVERAL_SHOWN = 3


@dataclass(frozen=True, slots=True)
class PlanCheck:
    """What was found in a plan.

    :ivar findings: in the order of files and lines.
    :ivar rules: how many rules there are, in how many ``files``.
    """

    findings: tuple[Finding, ...]
    rules: int
    files: int

    @property
    def errors(self) -> list[Problem]:
        """What is wrong."""
        return [one.problem for one in self.findings if one.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """What is doubtful."""
        return [one.problem for one in self.findings if one.severity == "warning"]


@dataclass(frozen=True, slots=True)
class _Place:
    """A rule and where it stands."""

    rule: Rule
    file: EventFile
    index: int

    def finding(self, found: Found, schema: str) -> Finding:
        place = (schema, *found.place) if found.place else ()
        line = self.file.line(self.index, *place)
        return Finding(
            found.severity, Problem(found.code, found.message, found.hint, self.rule.name, self.file.shown, line)
        )


def check_folder(folder: PlanFolder, spec: PlanSpec, members: Collection[str] = ()) -> PlanCheck:
    """Judge a plan.

    :param members: the names that a call can have at its top, where they are known.
    """
    findings: list[Finding] = []
    try:
        folder.about()
    except ConnectorError as error:
        findings += [Finding("error", problem) for problem in error.problems]
    files = folder.files()
    places = [_Place(rule, file, index) for file in files for index, rule in enumerate(file.rules)]
    findings += [Finding("error", problem) for file in files for problem in file.problems]
    for place in places:
        found = [*_of_rule(place.rule, spec, members), *schema_findings(place.rule.schema)]
        found += _of_event(place.rule, spec) if place.index == 0 else ()
        findings += [place.finding(one, spec.rule.schema) for one in found]
    findings += [*_doubles(places, spec), *_near_doubles(places, spec), *_two_types(places, spec)]
    findings.sort(key=lambda one: (one.problem.path or "", one.problem.line or 0))
    return PlanCheck(tuple(findings), len(places), len(files))


def _of_event(rule: Rule, spec: PlanSpec) -> Iterator[Found]:
    """What is wrong with the name of an event."""
    kind = spec.types[rule.type]
    if kind.named and not rule.key:
        yield Found("error", "name", f"a rule of {rule.type} needs '{spec.rule.key}', the name of its event", "add it")
    if rule.key and not kind.named:
        message = f"'{spec.rule.key}' has no meaning in a rule of {rule.type}, which is for all such calls"
        yield Found("warning", "name", message, "remove it")
    if rule.key and rule.key != " ".join(rule.key.split()):
        message = f"the name '{rule.key}' has an extra blank; names are compared letter by letter"
        yield Found("warning", "blank", message, f"write '{' '.join(rule.key.split())}', as it is sent")


def _of_rule(rule: Rule, spec: PlanSpec, members: Collection[str]) -> Iterator[Found]:
    kind = spec.types[rule.type]
    if rule.version < 1 or rule.version != int(rule.version):
        yield Found(
            "error", "version", f"version {rule.version} is not a whole number of 1 or more", "count versions from 1"
        )
    if rule.labels and not kind.labels:
        able = ", ".join(one.name for one in spec.types.values() if one.labels)
        yield Found("warning", "labels", f"labels of {rule.type} are not kept; those of {able} are", "remove them")
    top = rule.schema.get("properties")
    if members and isinstance(top, Mapping):
        known = {*members, *objects_of(spec)}
        strange = [name for name in top if name not in known]
        if strange:
            inside = next((one.members for one in spec.calls.values() if one.members), "properties")
            hint = f"the schema is of the whole call: did you mean '{inside}.{strange[0]}'?"
            yield Found("warning", "member", f"a call has no property '{strange[0]}'", hint, ("properties", strange[0]))


def _doubles(places: list[_Place], spec: PlanSpec) -> Iterator[Finding]:
    first: dict[RuleId, _Place] = {}
    for place in places:
        other = first.setdefault(place.rule.id, place)
        if other is not place:
            where = f"{other.file.shown}:{other.file.line(other.index)}"
            message = f"there is a second rule of this name and version, in {where}"
            yield place.finding(Found("error", "duplicate_rule", message, "keep one, or give it another version"), "")
    heads: dict[tuple[str, str], EventFile] = {}
    for place in places:
        held = heads.setdefault((place.rule.type, place.rule.key or ""), place.file)
        if held is not place.file and place.index == 0:
            message = f"the event has two files, this one and {held.shown}"
            found = Found("error", "two_files", message, f"put all its {spec.rule.version}s into one file")
            yield place.finding(found, "")


def _near_doubles(places: list[_Place], spec: PlanSpec) -> Iterator[Finding]:
    """Events of which the names differ by case, blanks and the like only."""
    by_letters: dict[tuple[str, str], dict[str, _Place]] = defaultdict(dict)
    for place in places:
        if place.rule.key and spec.types[place.rule.type].named:
            letters = re.sub(r"[\W_]+", "", place.rule.key.casefold())
            by_letters[place.rule.type, letters or place.rule.key].setdefault(place.rule.key, place)
    for alike in by_letters.values():
        first, *others = sorted(alike)
        for key in others:
            message = f"'{key}' and '{first}' are two events to the service; their names differ by case or blanks only"
            yield alike[key].finding(Found("warning", "near_duplicate", message, "keep the one that is sent"), "")


def _two_types(places: list[_Place], spec: PlanSpec) -> Iterator[Finding]:
    """Properties that one event has as another type than the others."""
    kinds: dict[str, dict[str, list[tuple[_Place, tuple[str, ...]]]]] = defaultdict(lambda: defaultdict(list))
    for place in places:
        for name, kind, where in _typed(place.rule, objects_of(spec)):
            kinds[name][kind].append((place, where))
    for name, by_kind in kinds.items():
        if len(by_kind) < 2:
            continue
        counts = Counter({kind: len(found) for kind, found in by_kind.items()})
        usual, most = counts.most_common(1)[0]
        for kind, found in by_kind.items():
            if kind == usual:
                continue
            for place, where in found[:_SEVERAL_SHOWN]:
                example = min(other.rule.name for other, _ in by_kind[usual])
                message = f"'{name}' is {kind} here and {usual} in {example}"
                message += f" and {most - 1} more" if most > 1 else ""
                hint = "one name with two types becomes two columns, or none, in a warehouse; settle on one"
                yield place.finding(Found("warning", "two_types", message, hint, where), spec.rule.schema)


def _typed(rule: Rule, objects: Collection[str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The properties of a rule right below the objects of a call: name, type, and place in the schema."""
    top = rule.schema.get("properties")
    if not isinstance(top, Mapping):
        return
    for holder in objects:
        inner: Any = top.get(holder)
        members = inner.get("properties") if isinstance(inner, Mapping) else None
        for name, one in members.items() if isinstance(members, Mapping) else ():
            kind = _kind(meaning(one))
            if kind is not None:
                yield f"{holder}.{name}", kind, ("properties", holder, "properties", name)


def _kind(schema: Any) -> str | None:
    """The type that a property has when it has one, numbers being of one kind."""
    found = schema.get("type") if isinstance(schema, Mapping) else None
    names = [found] if isinstance(found, str) else found or []
    kinds = {"number" if name == "integer" else str(name) for name in names if name != "null"}
    return next(iter(kinds)) if len(kinds) == 1 else None
