"""Judge the schema of one rule: a JSON Schema of draft 7, of the part of it that the service takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ...errors import Problem
from ...schema.draft_seven import judges, resolved
from ...schema.formats import SCHEMA_FORMAT
from ...schema.validator import Validator
from ..compare.schema_meaning import BY_NAME, ONE, SEVERAL
from .finding import Found
from .pattern_risk import has_negative_look_ahead, may_never_end

_DRAFT = re.compile(r"https?://json-schema\.org/draft-07/schema#?\Z")
# What later drafts brought, which a judge of draft 7 passes over, and what says the same in draft 7.
_LATER = {
    "$defs": "definitions", "dependentRequired": "dependencies", "dependentSchemas": "dependencies",
    "maxContains": "contains", "minContains": "contains", "prefixItems": "items, with a list of schemas",
    "unevaluatedItems": "additionalItems", "unevaluatedProperties": "additionalProperties",
    "nullable": "type, with 'null' in its list",
}  # fmt: skip
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "number": (int, float), "integer": (int, float), "boolean": (bool,), "null": (type(None),),
    "array": (list,), "object": (dict,),
}  # fmt: skip
_RANGES = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minimum", "maximum"))


def schema_findings(schema: Mapping[str, Any]) -> Iterator[Found]:
    """What is wrong with the schema of a rule, or doubtful.

    :param schema: the schema of a whole call.
    """
    draft = schema.get("$schema")
    if draft is not None and not (isinstance(draft, str) and _DRAFT.match(draft)):
        message = f"'$schema' names another draft than 7: {str(draft)[:80]}"
        yield Found(
            "error", "draft", message, "write http://json-schema.org/draft-07/schema# or leave it out", ("$schema",)
        )
    broken = _meta().problems({name: value for name, value in schema.items() if name != "$schema"})
    for problem in broken:
        yield _broken(problem)
    if not broken:
        yield from _walk(schema, schema, ())


@cache
def _meta() -> Validator:
    return Validator({"type": "object", "format": SCHEMA_FORMAT})


def _broken(problem: Problem) -> Found:
    place = tuple((problem.field or "").split(".")) if problem.field else ()
    message = f"this is not a JSON Schema of draft 7: {'.'.join(place)} {problem.message}".replace(":  ", ": ")
    return Found("error", "schema", message, problem.hint, place)


def _walk(node: Any, root: Mapping[str, Any], place: tuple[str | int, ...]) -> Iterator[Found]:
    if not isinstance(node, Mapping):
        return
    yield from _keywords(node, root, place)
    for word, rule in node.items():
        here = (*place, word)
        if word in BY_NAME and isinstance(rule, Mapping):
            for name, one in rule.items():
                yield from _walk(one, root, (*here, name))
        elif word in (*SEVERAL, "items") and isinstance(rule, list):
            for index, one in enumerate(rule):
                yield from _walk(one, root, (*here, index))
        elif word in ONE:
            yield from _walk(rule, root, here)


def _keywords(node: Mapping[str, Any], root: Mapping[str, Any], place: tuple[str | int, ...]) -> Iterator[Found]:
    if "$ref" in node:
        yield from _reference(node["$ref"], root, (*place, "$ref"))
    patterns = [node["pattern"]] if isinstance(node.get("pattern"), str) else []
    for pattern in (*patterns, *node.get("patternProperties", {})):
        yield from _pattern(pattern, (*place, "pattern" if pattern in patterns else "patternProperties"))
    known = node.get("properties", {})
    for name in node.get("required", ()):
        if (
            name not in known
            and not _matched(name, node)
            and not (place and place[-1] in ("if", "then", "else", "not"))
        ):
            message = f"'{_dotted(place, name)}' is required and not declared"
            hint = "declare it below 'properties', or take it out of 'required'"
            yield Found("error", "required_undeclared", message, hint, (*place, "required"))
    for word in _LATER.keys() & node.keys():
        hint = f"draft 7 has {_LATER[word]}"
        yield Found("warning", "keyword", f"'{word}' is not a keyword of draft 7 and is ignored", hint, (*place, word))
    yield from _impossible(node, place)


def _matched(name: str, node: Mapping[str, Any]) -> bool:
    """Whether a property is described by a pattern, by another schema beside, or in general."""
    if any(word in node for word in (*SEVERAL, "$ref")) or isinstance(node.get("additionalProperties"), Mapping):
        return True
    try:
        return any(re.search(pattern, name) for pattern in node.get("patternProperties", {}))
    except re.error:
        return True


def _reference(reference: Any, root: Mapping[str, Any], place: tuple[str | int, ...]) -> Iterator[Found]:
    text = str(reference)
    if not text.startswith("#"):
        message = f"'$ref' leads to another document, {text[:80]}, which is not opened"
        yield Found("error", "remote_reference", message, "write the schema out here", place)
        return
    if resolved(root, text) is None:
        yield Found("error", "reference", f"'$ref' leads nowhere: {text[:80]}", "name a schema of this rule", place)
        return
    if _leads_back(root, text):
        message = f"'$ref' leads back to itself: {text[:80]}"
        hint = "a plan has no schemas that hold themselves; write out as many levels as events have"
        yield Found("error", "recursive", message, hint, place)


def _leads_back(root: Mapping[str, Any], start: str) -> bool:
    """Whether what a reference leads to holds, by whatever way, the same reference again, or itself."""
    waiting, seen = [start], set()
    while waiting:
        node = resolved(root, waiting.pop())
        for reference in _references(node):
            if reference == start or (node is not None and resolved(root, reference) is node) or reference == "#":
                return True
            if reference not in seen:
                seen.add(reference)
                waiting.append(reference)
    return start == "#"


def _references(node: Any) -> Iterator[str]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            if isinstance(one.get("$ref"), str):
                yield one["$ref"]
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _pattern(pattern: str, place: tuple[str | int, ...]) -> Iterator[Found]:
    if has_negative_look_ahead(pattern):
        message = f"the pattern {pattern[:60]} looks ahead for what must not follow, which the service does not support"
        yield Found("error", "look_ahead", message, "say it by 'not' with a pattern of what is wrong", place)
    elif may_never_end(pattern):
        message = f"the pattern {pattern[:60]} repeats a repetition: on some texts it would never finish"
        yield Found("error", "endless_pattern", message, "repeat once, for example a+ in place of (a+)+", place)
    elif not judges(pattern):
        message = f"the pattern {pattern[:60]} can only be checked by the service: it looks ahead or refers back"
        yield Found("warning", "unjudged_pattern", message, "write it without look-ahead and back references", place)


def _impossible(node: Mapping[str, Any], place: tuple[str | int, ...]) -> Iterator[Found]:
    """What no value can fulfil."""
    kinds = node.get("type")
    names = [kinds] if isinstance(kinds, str) else kinds or []
    values = node.get("enum")
    if names and isinstance(values, list):
        wrong = [one for one in values if not any(_is(one, kind) for kind in names)]
        if wrong:
            message = f"'enum' lists {wrong[0]!r}, which is not of the type {' or '.join(names)}"
            yield Found("warning", "enum_type", message, "write it as that type, or add its type", (*place, "enum"))
    for low, high in _RANGES:
        least, most = node.get(low), node.get(high)
        if isinstance(least, (int, float)) and isinstance(most, (int, float)) and least > most:
            yield Found("error", "range", f"'{low}' is above '{high}': no value fits", "swap them", (*place, low))


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _KINDS.get(kind, (object,)))


def _dotted(place: tuple[str | int, ...], name: str) -> str:
    """A property's place in a call, from its place in the schema."""
    found, is_name = [], False
    for part in place:
        if is_name:
            found.append(str(part))
            is_name = False
        elif part == "properties":
            is_name = True
        elif part == "items":
            found.append("$")
    return ".".join([*found, name])
