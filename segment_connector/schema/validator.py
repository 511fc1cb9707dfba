"""Judge values by their JSON Schema and say in plain words what is wrong.

``jsonschema`` is the judge and ``jsonschema-rs`` may only say yes first: what it accepts is not looked at again, what
it refuses is judged by jsonschema, whose errors are put into words here. Patterns are ECMA's, as JSON Schema says, and
Python's differ (``$`` matches before a line break), so the judge asks jsonschema-rs about those. jsonschema's own
messages hold the value, which may be a secret; these hold it only when it is short and nothing around it is ``secret``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

import jsonschema_rs

from ..errors import MOST_PROBLEMS, Problem, SpecError, bounded, did_you_mean
from ..language.action_records import Rule
from ..redact import has_secret
from .doubtful_values import beyond_doubt, is_of_another_type, with_doubts
from .formats import CHECKERS, HINTS, QUICK, SCHEMA_FORMAT

_SHOWN = 40
_LONGEST_NAME = 80  # characters
_ENOUGH = MOST_PROBLEMS + 1
_LONG = 50  # members, of which the quick judge picks out those that are wrong
NO_CURE = "see the action's description"
"""The hint where nothing better is known."""
_NOUNS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


class Validator:
    """A JSON Schema (2020-12) and the rules beside it, compiled once.

    :param schema: schema of the whole value.
    :param rules: schemas with messages of their own, judged after ``schema``.
    :param noun: what a member of the value is called in messages (``parameter``, ``property``).
    :param path: the file that the schema stands in, for errors.
    :raises SpecError: when the schema or a rule is not a JSON Schema, or refers to another document.
    """

    def __init__(
        self, schema: Mapping[str, Any], rules: Sequence[Rule] = (), noun: str = "parameter", path: str | None = None
    ) -> None:
        self.schema = schema
        self.rules = rules
        self.noun = noun
        try:
            self.quick_yes = asker(self.plainest)
        except (ValueError, RecursionError) as error:  # jsonschema_rs.ValidationError is a ValueError
            place = ".".join(str(part) for part in getattr(error, "instance_path", ()))
            raise SpecError.of(
                "schema",
                f"this is not a JSON Schema: {str(getattr(error, 'message', error))[:200]}",
                "fix the schema; '$ref' takes file#name only",
                field=place or None,
                path=path,
            ) from error

    def problems(self, value: Any) -> list[Problem]:
        """What is wrong with a JSON value, nearest to the root first, cut as by ``bounded``; empty when it is valid."""
        if self.accepts(value):
            return []
        wrong = (error for error in self._judge.iter_errors(value) if not _is_doubt(error))
        errors = _sorted(islice(wrong, _ENOUGH))
        found = list(islice(_distinct(problem for error in errors for problem in self._explain(error)), _ENOUGH))
        named = {problem.field for problem in found}
        for rule, judge in zip(self.rules, self._rule_judges, strict=True):
            if rule.field not in named and not judge.is_valid(value):
                found.append(Problem("rule", rule.message, rule.hint, field=rule.field))
        empty = {problem.field for problem in found if problem.code == "minLength"}
        return bounded(problem for problem in found if problem.code != "pattern" or problem.field not in empty)

    def accepts(self, value: Any) -> bool:
        """Whether nothing is wrong with a JSON value."""
        return self.quick_yes(value) or self.yes(value)

    @cached_property
    def plainest(self) -> dict[str, Any]:
        """The schema and the rules as one schema, without doubtful values, in the form that is answered soonest."""
        return quicker(self._with_rules(beyond_doubt(self.schema)))

    def _with_rules(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**schema, "allOf": [rule.schema for rule in self.rules]} if self.rules else schema

    @cached_property
    def yes(self) -> Callable[[Any], bool]:
        """Whether a value is valid; ``quick_yes`` may miss one that is, and passes none that is not, or is doubtful."""
        return asker(self.whole)

    @cached_property
    def whole(self) -> Mapping[str, Any]:
        """The schema and the rules as one schema; it takes doubtful values."""
        return self._with_rules(with_doubts(self.schema))

    @cached_property
    def _judge(self) -> Any:
        return _judge_of(self.schema)

    @cached_property
    def _rule_judges(self) -> list[Any]:
        return [_judge_of(rule.schema) for rule in self.rules]

    def _explain(self, error: Any) -> Iterator[Problem]:
        place = [str(part)[:_LONGEST_NAME] for part in error.absolute_path]
        schema = error.schema if isinstance(error.schema, Mapping) else {}
        keyword = error.validator
        if keyword == "required":
            # jsonschema reports each missing name apart; all are read from the schema at once and doubles dropped.
            for name in error.validator_value:
                if name not in error.instance:
                    member = schema.get("properties", {}).get(name, {})
                    yield Problem("required", "is required", _cure(member), field=".".join([*place, name]))
            return
        if keyword in ("additionalProperties", "unevaluatedProperties"):
            known = schema.get("properties", {})
            noun = "property" if place else self.noun
            for name in error.instance:
                if name not in known:
                    yield Problem(
                        "unknown",
                        f"there is no such {noun}",
                        did_you_mean(name, known) or f"known: {', '.join(known)}",
                        field=".".join([*place, name[:_LONGEST_NAME]]),
                    )
            return
        field = ".".join(place) or None
        if keyword in ("anyOf", "oneOf") and error.context:
            # Of the forms that a value may have, the one it comes closest to: the error that lies deepest.
            nearest = max(error.context, key=lambda below: (len(below.absolute_path), below.validator != "type"))
            kinds = [form.get("type") for form in error.validator_value if isinstance(form, Mapping)]
            if nearest.validator == "type" and all(isinstance(kind, str) for kind in kinds) and not nearest.path:
                message, hint = _words("type", kinds, error.instance, schema, shown=self._shown(error))
                own = _type_cure(kinds, error.instance, self._shown(error), schema)
                yield Problem(keyword, message, own or schema.get("hint") or hint, field=field)
                return
            for problem in self._explain(nearest):
                yield replace(problem, hint=schema.get("hint") or problem.hint)
            return
        shown = self._shown(error)
        message, hint = _words(keyword, error.validator_value, error.instance, schema, shown=shown)
        own = _type_cure(error.validator_value, error.instance, shown, schema) if keyword == "type" else None
        yield Problem(keyword or "unknown", message, own or schema.get("hint") or hint, field=field)

    def _shown(self, error: Any) -> str:
        """The value with a space before it, or nothing when it is long, no scalar, or ``secret`` at any level."""
        node: Any = self.schema
        for part in error.absolute_schema_path:
            if isinstance(node, Mapping) and node.get("secret"):
                return ""
            node = node.get(part) if isinstance(node, Mapping) else node[part] if isinstance(node, list) else None
        # What was given in place of the whole, or of a part that holds secrets, is likely one of them.
        holds_secrets = isinstance(error.schema, Mapping) and has_secret(error.schema)
        if isinstance(error.instance, (dict, list)) or not error.absolute_path or holds_secrets:
            return ""
        text = json.dumps(error.instance, ensure_ascii=False)
        # An address with a user or a query may hold a password or a key.
        secretive = "://" in text and ("@" in text or "?" in text)
        return f" {text}" if len(text) <= _SHOWN and not secretive else ""


def quicker(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that is never more generous, with patterns for formats: a checker in Python costs as much as the rest.

    Parts are replaced only where a stricter part makes the whole stricter: not below ``not``, ``if`` and the like.
    """
    found = dict(schema)
    name = schema.get("format")
    if isinstance(name, str) and name in QUICK and "pattern" not in schema:
        found["pattern"] = QUICK[found.pop("format")]
    if schema.get("pattern") == r"\S" and found.get("minLength") == 1:
        del found["minLength"]  # what is not blank is not empty
    for word in ("properties", "patternProperties"):
        if isinstance(schema.get(word), dict):
            found[word] = {key: quicker(part) if isinstance(part, dict) else part for key, part in schema[word].items()}
    for word in ("items", "additionalProperties", "then", "else"):
        if isinstance(schema.get(word), dict):
            found[word] = quicker(schema[word])
    for word in ("allOf", "anyOf", "prefixItems"):
        if isinstance(schema.get(word), list):
            found[word] = [quicker(part) if isinstance(part, dict) else part for part in schema[word]]
    return found


def asker(schema: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Whether a value fits a schema, by jsonschema-rs.

    :raises ValueError: when it is not a JSON Schema, or refers to another document.
    """
    yes: Callable[[Any], bool] = jsonschema_rs.Draft202012Validator(
        dict(schema), formats=dict(CHECKERS), validate_formats=True, retriever=_no_document,
        keywords={"format": _AnyFormat} if _takes_schemas(schema) else None,
    ).is_valid  # fmt: skip
    return yes


class _AnyFormat:
    """``format`` of values of any type, for jsonschema-rs, which by itself asks about texts only."""

    def __init__(self, _parent: Any, name: str, _place: Any) -> None:
        self._is = CHECKERS.get(name, lambda _: True)

    def validate(self, value: Any) -> None:
        """Refuse a value.

        :raises ValueError: when it does not have the format.
        """
        if not self._is(value):
            raise ValueError


def _takes_schemas(schema: Any) -> bool:
    if isinstance(schema, Mapping):
        return schema.get("format") == SCHEMA_FORMAT or any(map(_takes_schemas, schema.values()))
    return isinstance(schema, list) and any(map(_takes_schemas, schema))


def _no_document(address: str) -> Any:
    raise ValueError(f"{address} is not opened")


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Any:
    return jsonschema_rs.Draft202012Validator({"pattern": pattern})


def _judge_of(schema: Mapping[str, Any]) -> Any:
    # Only a refusal needs the judge's words, and its import costs more than everything else in a call.
    import jsonschema

    def matches(_judge: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Any]:
        if isinstance(value, str) and not _pattern(pattern).is_valid(value):
            yield jsonschema.ValidationError("no match")

    checker = jsonschema.FormatChecker(formats=())
    for name, function in CHECKERS.items():
        checker.checks(name)(function)

    def formats(judge: Any, name: str, value: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
        if name != SCHEMA_FORMAT or not isinstance(value, dict):
            yield from plain_formats(judge, name, value, schema)
            return
        told = islice(jsonschema.Draft7Validator(jsonschema.Draft7Validator.META_SCHEMA).iter_errors(value), _ENOUGH)
        first = next(told, None)
        yield from plain_formats(judge, name, value, schema) if first is None else (first, *told)

    plain_formats = jsonschema.Draft202012Validator.VALIDATORS["format"]

    def items(judge: Any, each: Any, value: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
        if isinstance(value, list):
            first = len(schema.get("prefixItems", ()))
            yield from below(judge, each, list(enumerate(value[first:], first)))

    def extras(judge: Any, each: Any, value: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
        if not isinstance(value, dict):
            return
        known, patterns = schema.get("properties", {}), [_pattern(one) for one in schema.get("patternProperties", {})]
        found = (name for name in value if name not in known)
        if patterns:
            found = (name for name in found if not any(one.is_valid(name) for one in patterns))
        if each is not False:
            yield from below(judge, each, [(name, value[name]) for name in found])
        elif next(found, None) is not None:
            yield jsonschema.ValidationError("unknown")  # jsonschema's own words name all of them, sorted

    def below(judge: Any, each: Any, members: list[tuple[Any, Any]]) -> Iterator[Any]:
        """The errors of members; of many, jsonschema does not look at those that are right."""
        right = asker(each) if len(members) > _LONG and isinstance(each, dict) else None
        wrong = (member for member in members if right is None or not right(member[1]))
        yield from islice((error for key, one in wrong for error in judge.descend(one, each, path=key)), _ENOUGH)

    kind = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
        jsonschema.Draft202012Validator,
        {"pattern": matches, "format": formats, "items": items, "additionalProperties": extras},
    )
    return kind(schema, format_checker=checker)


def _is_doubt(error: Any) -> bool:
    """Whether a value that has not the type of its schema is one of those that are doubtful, and taken."""
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    others = (doubt for doubt in schema.get("doubts", ()) if is_of_another_type(doubt, schema))
    return any(asker(doubt["values"])(error.instance) for doubt in others)


def _distinct(problems: Iterable[Problem]) -> Iterator[Problem]:
    seen = set()
    for problem in problems:
        if problem not in seen:
            seen.add(problem)
            yield problem


def _sorted(errors: Iterable[Any]) -> list[Any]:
    return sorted(errors, key=lambda error: (len(error.absolute_path), [str(part) for part in error.absolute_path]))


def _words(keyword: str, rule: Any, value: Any, schema: Mapping[str, Any], *, shown: str) -> tuple[str, str | None]:
    """Message and cure for one keyword of JSON Schema; ``shown`` is the value as far as it may be shown."""
    if keyword == "type":
        wanted = " or ".join(_NOUNS[kind] for kind in ([rule] if isinstance(rule, str) else rule))
        plain = shown and (value is None or isinstance(value, bool))
        return f"must be {wanted}, not{shown if plain else f' {_NOUNS[_type(value)]}{shown}'}", _cure(schema)
    if keyword == "enum":
        names = [json.dumps(item) if not isinstance(item, str) else item for item in rule]
        return f"must be one of {', '.join(names)}{', not' + shown if shown else ''}", (
            did_you_mean(value, names) if isinstance(value, str) else None
        ) or "take one of the values listed"
    if keyword == "const":
        return f"must be {json.dumps(rule)}", None
    if keyword in ("minLength", "minItems", "minProperties") and rule == 1:
        return "must not be empty", _cure(schema)
    if keyword in ("minLength", "maxLength"):
        bound = "at least" if keyword == "minLength" else "at most"
        return f"must have {bound} {rule:,} characters; it has {len(value):,}", None
    if keyword == "pattern":
        return ("must not be blank" if rule == r"\S" else f"does not match the pattern {rule}{shown}"), _cure(schema)
    if keyword == "format":
        return f"is not a valid {rule}{shown}", HINTS.get(rule)
    if keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        bound = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than"}.get(keyword, "less than")
        return f"must be {bound} {rule}{', not' + shown if shown else ''}", None
    if keyword in ("minItems", "maxItems"):
        bound = "at least" if keyword == "minItems" else "at most"
        return f"must have {bound} {rule:,} entries; it has {len(value):,}", None
    if keyword in ("minProperties", "maxProperties"):
        bound = "at least" if keyword == "minProperties" else "at most"
        return f"must have {bound} {rule:,} properties; it has {len(value):,}", None
    if keyword == "uniqueItems":
        return "must not hold the same entry twice", "remove the duplicates"
    if keyword == "multipleOf":
        return f"must be a multiple of {rule}{', not' + shown if shown else ''}", None
    return "is not allowed here", NO_CURE


def _type_cure(rule: Any, value: Any, shown: str, schema: Mapping[str, Any]) -> str | None:
    """The cure for a value that says what is meant, and only has another type; ``None`` where it does not say it.

    :param schema: what it would have to fit then.
    """
    kinds = {rule} if isinstance(rule, str) else set(rule)
    if "string" in kinds and isinstance(value, (bool, int, float)):
        text = json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)
        if not asker(schema)(text):
            return None
        return f'write it as text: "{text}"' if shown else "write it as text"
    if isinstance(value, str) and (meant := _meant(value.strip(), kinds)) is not None:
        return f"write {meant} without quotes" if shown else "write it without quotes"
    if kinds - {"null"} == {"array"} and isinstance(value, (str, bool, int, float)):
        return f"write it as a list: [{shown.strip()}]" if shown else "write it as a list"
    return None


def _meant(text: str, kinds: set[str]) -> str | None:
    """The number, or the true or false, that a text says."""
    if "boolean" in kinds and text.casefold() in ("true", "false"):
        return text.casefold()
    exact = r"-?(0|[1-9][0-9]*)" + (r"(\.[0-9]+)?" if "number" in kinds else "")
    return text if {"number", "integer"} & kinds and re.fullmatch(exact, text) else None


def _cure(schema: Mapping[str, Any]) -> str | None:
    if "hint" in schema:
        return str(schema["hint"])
    examples = schema.get("examples")
    return f"for example {json.dumps(examples[0], ensure_ascii=False)}" if examples else None


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    kinds = ((str, "string"), (int, "integer"), (float, "number"), (dict, "object"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "array")
