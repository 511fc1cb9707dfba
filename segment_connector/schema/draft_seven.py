"""Hold values to JSON Schemas of draft 7 that others wrote: nothing is fetched, nothing runs on without end.

The words are those of ``validator``; the dialect is the one that services which judge by draft 7 agree on. Patterns are
run by an engine that takes time in proportion to the text, so there is no pattern that never ends; what such engines do
not have (looking ahead or behind, back references) is told and not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

import jsonschema_rs

from ..errors import Problem
from ..values.paths import Place, dotted
from .formats import CHECKERS
from .validator import NO_CURE, Validator

_DRAFT = "http://json-schema.org/draft-07/schema"
_MOST_SCHEMAS = 100_000  # that judge one value, each reference counted as what it names
_FORMATS = {"date-time": CHECKERS["date-time"]}
_LOOKS = ("(?=", "(?!", "(?<=", "(?<!")
# Keywords that hold one schema, a list of schemas, and schemas by name.
_ONE = ("additionalItems", "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then")
_MANY = ("allOf", "anyOf", "items", "oneOf")
_NAMED = ("definitions", "dependencies", "patternProperties", "properties")
# Those of them that judge the value itself, and none of its members.
_IN_PLACE = frozenset(("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependencies"))
_MORE_WORDS = {
    "not": "is a value that is not allowed",
    "contains": "holds no entry of the kind that is asked for",
    "dependencies": "lacks a property that another one requires",
}


class DraftSeven(Validator):
    """A JSON Schema of draft 7, whatever draft it names for itself.

    :param schema: the schema; patterns that cannot be judged are left out of it, and told by ``doubts``.
    :raises ValueError: when it cannot judge anything; ``fatal(schema)`` says why.
    :ivar doubts: what of it is not judged.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.doubts = [problem for _, problem in _bad_patterns(schema)]
        self.schema = _without_bad_patterns(schema) if self.doubts else schema
        self.rules = ()
        self.noun = "property"
        self.quick_yes = ask(self.schema)

    @cached_property
    def yes(self) -> Callable[[Any], bool]:
        """As ``quick_yes``, which leaves nothing out here."""
        return self.quick_yes

    @cached_property
    def _judge(self) -> Any:
        return _judge_of(self.schema)

    def _explain(self, error: Any) -> Iterator[Problem]:
        for problem in super()._explain(error):
            message, hint = problem.message, problem.hint
            if hint == NO_CURE:
                message, hint = _MORE_WORDS.get(problem.code, message), "see the JSON Schema of the rule"
            yield replace(problem, message=message, hint=hint)


def ask(schema: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Whether a value fits a schema.

    :raises ValueError: when it is none, refers to another document, or holds a pattern that cannot be judged.
    """
    # A checker in Python makes every question slower, whether it is called or not.
    formats = _FORMATS if any(part.get("format") in _FORMATS for _, part in schemas_in(schema)) else None
    held = {**schema, "$schema": _DRAFT + "#"} if "$schema" in schema else dict(schema)
    yes: Callable[[Any], bool] = jsonschema_rs.Draft7Validator(
        held, formats=formats, validate_formats=True, offline=True, pattern_options=jsonschema_rs.RegexOptions()
    ).is_valid
    return yes


def schema_faults(schema: Any) -> list[Problem]:
    """What is wrong with a schema: what it cannot judge by, and what it would be judged without.

    :returns: problems with a dotted place in the schema, those first that leave nothing to judge by.
    """
    stops = fatal(schema)
    return [*([stops] if stops else []), *(problem for _, problem in _bad_patterns(schema))]


def fatal(schema: Any) -> Problem | None:
    """Why a schema can judge nothing, or ``None`` when it can."""
    if not isinstance(schema, Mapping):
        return Problem("schema", "is not a JSON Schema", "write an object")
    try:
        for place, part in schemas_in(schema):
            reference = part.get("$ref")
            if isinstance(reference, str) and not reference.startswith("#") and not _is_draft(reference):
                message = f"refers to {reference[:80]}, which is not fetched"
                hint = "copy it into 'definitions', and refer to it by '#/definitions/name'"
                return Problem("reference", message, hint, dotted((*place, "$ref")))
        if (loop := _endless(schema)) is not None:
            hint = "put the reference below a property or an entry, so that it ends where the value does"
            return Problem("recursion", "refers to itself endlessly", hint, dotted((*loop, "$ref")))
        if _weight(schema) > _MOST_SCHEMAS:
            return Problem("too_large", "its references multiply beyond what can be judged", "refer to less")
        ask(_without_bad_patterns(schema))
    except RecursionError:
        return Problem("recursion", "is nested too deep to be judged", "flatten it")
    except ValueError as error:  # jsonschema_rs.ValidationError is one
        message = str(getattr(error, "message", error))[:200]
        where = dotted(getattr(error, "instance_path", ())) or None
        return Problem("schema", f"is not a JSON Schema of draft 7: {message}", "fix the schema", where)
    return None


def schemas_in(schema: Any, place: Place = ()) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """A schema of draft 7 and every schema in it, with its place; ``$ref`` is not followed."""
    if not isinstance(schema, Mapping):
        return
    yield place, schema
    for keyword, below in _below(schema):
        yield from schemas_in(below, (*place, *keyword))


def resolved(root: Mapping[str, Any], reference: str) -> Any:
    """What a reference within a document names; ``None`` when that is nothing."""
    node: Any = root
    for part in reference.removeprefix("#").split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        elif isinstance(node, Mapping):
            node = node.get(key)
        else:
            return None
    return node


def _below(schema: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    for keyword in _ONE:
        if isinstance(schema.get(keyword), Mapping):
            yield (keyword,), schema[keyword]
    for keyword in _MANY:
        if isinstance(schema.get(keyword), list):
            yield from (((keyword, index), part) for index, part in enumerate(schema[keyword]))
    for keyword in _NAMED:
        if isinstance(schema.get(keyword), Mapping):
            yield from (((keyword, name), part) for name, part in schema[keyword].items())


def _is_draft(reference: str) -> bool:
    return reference.rstrip("#") == _DRAFT


def _endless(root: Mapping[str, Any]) -> Place | None:
    """The place of a reference that leads back to itself without going into the value."""
    ends: set[str] = set()

    def leads_back(schema: Any, on_the_way: frozenset[str]) -> bool:
        if not isinstance(schema, Mapping):
            return False
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference in on_the_way:
                return True
            if reference in ends or not reference.startswith("#"):
                return False
            if leads_back(resolved(root, reference), on_the_way | {reference}):
                return True
            ends.add(reference)
            return False
        return any(leads_back(below, on_the_way) for keyword, below in _below(schema) if keyword[0] in _IN_PLACE)

    return next((place for place, one in schemas_in(root) if "$ref" in one and leads_back(one, frozenset())), None)


def _weight(root: Mapping[str, Any]) -> int:
    """How many schemas judge a value, with each reference as heavy as what it names; one on the way to itself is 1."""
    known: dict[str, int] = {}

    def weight(schema: Any) -> int:
        if not isinstance(schema, Mapping):
            return 1
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference not in known:
                known[reference] = 1
                known[reference] = weight(resolved(root, reference) if reference.startswith("#") else None)
            return known[reference]
        return 1 + sum(weight(below) for keyword, below in _below(schema) if keyword[0] != "definitions")

    return weight(root)


def _bad_patterns(schema: Any) -> list[tuple[Place, Problem]]:
    found: list[tuple[Place, Problem]] = []
    for place, part in schemas_in(schema):
        named: list[tuple[Place, Any]] = [((*place, "pattern"), part.get("pattern"))]
        if isinstance(part.get("patternProperties"), Mapping):
            named += [((*place, "patternProperties", name), name) for name in part["patternProperties"]]
        for at, pattern in named:
            if isinstance(pattern, str) and _pattern(pattern) is None:
                found.append((at, _pattern_problem(pattern, dotted(at))))
    return found


def _pattern_problem(pattern: str, place: str) -> Problem:
    shown = pattern if len(pattern) <= 80 else pattern[:80] + "..."
    if any(look in pattern for look in _LOOKS):
        message = f"the pattern {shown} looks ahead or behind, which the service does not support; it is not checked"
        return Problem("pattern", message, "say what must not match by 'not': {'not': {'pattern': ...}}", place)
    message = f"the pattern {shown} is not checked: it is not a regular expression that runs in bounded time"
    return Problem("pattern", message, "write it without back references, flags and very large repeats", place)


def _without_bad_patterns(schema: Any) -> Any:
    bad = {place for place, _ in _bad_patterns(schema)}

    def copy(node: Any, place: Place) -> Any:
        if isinstance(node, Mapping):
            return {key: copy(item, (*place, key)) for key, item in node.items() if (*place, key) not in bad}
        return [copy(item, (*place, index)) for index, item in enumerate(node)] if isinstance(node, list) else node

    return copy(schema, ()) if bad else schema


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> Callable[[Any], bool] | None:
    try:
        return ask({"pattern": pattern})
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _format(name: str) -> Callable[[Any], bool]:
    return ask({"format": name})


def judges(pattern: str) -> bool:
    """Whether a pattern can be judged here."""
    return _pattern(pattern) is not None


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern is in a text; one that cannot be judged is in none."""
    has = _pattern(pattern)
    return has is not None and has(text)


def _judge_of(schema: Mapping[str, Any]) -> Any:
    import jsonschema  # only a refusal needs its words

    def pattern(_judge: Any, wanted: str, value: Any, _schema: Any) -> Iterator[Any]:
        if isinstance(value, str) and not matches(wanted, value):
            yield jsonschema.ValidationError("no match")

    def formats(_judge: Any, name: str, value: Any, _schema: Any) -> Iterator[Any]:
        if not _format(name)(value):
            yield jsonschema.ValidationError("no such format")

    def by_pattern(judge: Any, patterns: Mapping[str, Any], value: Any, _schema: Any) -> Iterator[Any]:
        for wanted, below in patterns.items() if isinstance(value, dict) else ():
            for name in value:
                if matches(wanted, name):
                    yield from judge.descend(value[name], below, path=name, schema_path=wanted)

    def extras(judge: Any, below: Any, value: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
        if not isinstance(value, dict):
            return
        known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        found = [name for name in value if name not in known and not any(matches(one, name) for one in patterns)]
        if below is False and found:
            yield jsonschema.ValidationError("unknown")
        for name in found if below is not False else ():
            yield from judge.descend(value[name], below, path=name)

    kind = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
        jsonschema.Draft7Validator,
        {"pattern": pattern, "format": formats, "patternProperties": by_pattern, "additionalProperties": extras},
    )
    return kind({key: item for key, item in schema.items() if key != "$schema"})
