"""The file of one event: its type, its name, and its rules by version.

A schema that YAML would not give back as it is (a number like ``1e22``, nesting without end) is written as JSON text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from ...errors import InputError, Problem, SpecError
from ...language import yaml_reader as yaml_loader
from ...language import yaml_writer
from ...language.plan_records import PlanSpec
from ..plan import Rule, rule_from

VERSIONS = "versions"
AS_JSON = "json"
"""Holds, as JSON text, members of a rule that YAML would not give back as they are."""
_RULES_HINT = "write 'versions:' with a list of rules, each with its version and its schema"


def event_text(rules: Sequence[Rule], spec: PlanSpec) -> str:
    """The text of the file of one event.

    :param rules: all of one type and key.
    """
    form, first = spec.rule, rules[0]
    head = {form.type: first.type, **({form.key: first.key} if first.key is not None else {})}
    ordered = sorted(rules, key=lambda rule: rule.version)
    plain = {**head, VERSIONS: [_members(rule, rule.other, dict(rule.schema), spec) for rule in ordered]}
    text = yaml_writer.dump(plain)
    if not any(AS_JSON in rule.other for rule in rules) and _reads_as(text, plain):
        return text
    return yaml_writer.dump({**head, VERSIONS: [_partly_json(rule, spec) for rule in ordered]})


def _members(rule: Rule, beside: Mapping[str, Any], schema: Any, spec: PlanSpec) -> dict[str, Any]:
    form = spec.rule
    deprecated = {} if rule.deprecated is None else {form.deprecated: rule.deprecated}
    return {form.version: rule.version, **deprecated, **beside, form.schema: schema}


def _partly_json(rule: Rule, spec: PlanSpec) -> dict[str, Any]:
    """The members of a rule, those that YAML would not give back as they are as JSON text."""
    lost = {name: value for name, value in rule.other.items() if name == AS_JSON or not _is_plain({name: value})}
    beside = {name: value for name, value in rule.other.items() if name not in lost}
    schema = dict(rule.schema)
    shown = schema if _is_plain(schema) else _json(schema)
    return _members(rule, {**beside, **({AS_JSON: _json(lost)} if lost else {})}, shown, spec)


def _is_plain(value: dict[str, Any]) -> bool:
    return _reads_as(yaml_writer.dump(value), value)


def _reads_as(text: str, value: dict[str, Any]) -> bool:
    """Whether a YAML text gives a value back as it is."""
    try:
        back = yaml_loader.parse(text, "")
    except SpecError:
        return False
    return bool(orjson.dumps(back) == orjson.dumps(value))


def _json(value: dict[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n"


class EventFile:
    """What the file of an event holds.

    :param path: the file.
    :param shown: its name in messages.
    :ivar rules: its rules; empty when ``problems`` is not.
    :ivar problems: what is wrong with it as a file.
    """

    def __init__(self, path: Path, shown: str, spec: PlanSpec) -> None:
        self.path, self.shown, self._spec = path, shown, spec
        self.rules: tuple[Rule, ...] = ()
        self.problems: list[Problem] = []
        try:
            data = yaml_loader.read(path)
            found = list(self._read(data))
        except SpecError as error:
            self.problems = [
                Problem(one.code, one.message, one.hint, one.field, shown, one.line) for one in error.problems
            ]
        else:
            if not self.problems:
                self.rules = tuple(found)

    def line(self, index: int, *place: str | int) -> int:
        """The 1-based line of a place in the rule at an index of the file."""
        return yaml_loader.line_of(self.path, (VERSIONS, index, *place))

    def _read(self, data: Any) -> Iterator[Rule]:
        form = self._spec.rule
        known = (form.type, form.key, VERSIONS)
        if not isinstance(data, dict):
            self._wrong("type", "the file contains no event", f"write '{form.type}:', and {_RULES_HINT[6:]}")
            return
        for name in data:
            if name not in known:
                hint = f"it has {', '.join(known)}; what belongs to a rule goes below '{VERSIONS}'"
                self._wrong("unknown_key", f"the file of an event has no '{name}'", hint, name)
        listed = data.get(VERSIONS)
        if not isinstance(listed, list) or not listed:
            self._wrong("missing_key", f"'{VERSIONS}' contains no rule", _RULES_HINT, VERSIONS)
            return
        head = {name: data[name] for name in (form.type, form.key) if data.get(name) is not None}
        for index, one in enumerate(listed):
            yield from self._rule(head, one, index)

    def _rule(self, head: Mapping[str, Any], one: Any, index: int) -> Iterator[Rule]:
        form = self._spec.rule
        if not isinstance(one, dict):
            self._wrong("type", "a rule must be a mapping", _RULES_HINT, VERSIONS, index)
            return
        members = dict(one)
        for name in (form.type, form.key):
            if name in members:
                self._wrong(
                    "unknown_key", f"'{name}' is already set at the head of the file", "remove it", VERSIONS, index
                )
                return
        for name in (form.schema, AS_JSON):
            if isinstance(members.get(name), str):
                try:
                    members[name] = orjson.loads(members[name])
                except ValueError:
                    hint = "write it as YAML, or fix the JSON"
                    self._wrong("json", f"'{name}' is text that is not valid JSON", hint, VERSIONS, index, name)
                    return
        lost = members.pop(AS_JSON, {})
        members = {**members, **(lost if isinstance(lost, dict) else {AS_JSON: lost})}
        try:
            yield rule_from({**head, **members}, self._spec, self.shown)
        except InputError as error:
            for problem in error.problems:
                member = (problem.field or "").removeprefix(f"{self.shown}.")
                place = (member,) if member in head else (VERSIONS, index, member)
                self._wrong(problem.code, f"'{member}' {problem.message}", problem.hint, *place)

    def _wrong(self, code: str, message: str, hint: str | None, *place: str | int) -> None:
        line = yaml_loader.line_of(self.path, place) if place else 1
        self.problems.append(Problem(code, message, hint, ".".join(map(str, place)) or None, self.shown, line))


def by_event(rules: Iterable[Rule]) -> dict[tuple[str, str], list[Rule]]:
    """Rules by what their file is for: type and key."""
    found: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        found.setdefault((rule.type, rule.key or ""), []).append(rule)
    return found
