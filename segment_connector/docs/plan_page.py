"""A tracking plan as a page that people read: every event with its properties."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..language.plan_records import PlanSpec
from ..markup import markdown as md
from ..plans.plan import Plan, Rule
from ..values.json_values import encode
from . import schema_words
from .schema_rows import rows

_HEAD = ("Property", "Type", "Required", "Description")
_MOST_TEXT = 200  # characters of a label or of an own member


def plan_text(plan: Plan, spec: PlanSpec) -> str:
    """The page of a plan, in Markdown.

    :param spec: what plans are at the service.
    """
    return "\n\n".join(part for part in _parts(plan, spec) if part) + "\n"


def _parts(plan: Plan, spec: PlanSpec) -> Iterator[str]:
    yield f"# {md.text(plan.name or 'Tracking plan')}"
    description = plan.about.get("description")
    yield md.text(description) if isinstance(description, str) else ""
    by_type = {name: [rule for rule in plan.rules if rule.type == name] for name in spec.types}
    yield md.table(("Event", "Description"), _index(by_type, spec))
    for name, found in by_type.items():
        if not found:
            continue
        yield f"## {md.text(spec.types[name].title)}"
        if not spec.types[name].named:
            for rule in sorted(found, key=lambda one: one.version):
                yield from _rule(rule, several=len(found) > 1, level=3)
            continue
        keys = sorted({rule.key or "" for rule in found})
        for key in keys:
            versions = sorted((rule for rule in found if (rule.key or "") == key), key=lambda one: one.version)
            yield f"### {md.text(key)}"
            for rule in versions:
                yield from _rule(rule, several=len(versions) > 1, level=4)


def _index(by_type: Mapping[str, list[Rule]], spec: PlanSpec) -> Iterator[tuple[str, str]]:
    for name, found in by_type.items():
        heads: dict[str, list[Rule]] = {}
        for rule in sorted(found, key=lambda one: (one.key or "", -one.version)):
            heads.setdefault(rule.key or spec.types[name].title, []).append(rule)
        for title, versions in heads.items():
            deprecated = "Deprecated. " if all(one.deprecated for one in versions) else ""
            said = next((one.description for one in versions if one.description), "")
            yield md.link(md.text(title), f"#{md.slug(title)}"), f"{deprecated}{md.text(said)}".strip()


def _rule(rule: Rule, *, several: bool, level: int) -> Iterator[str]:
    if several:
        yield f"{'#' * level} Version {rule.version}"
    if rule.deprecated:
        yield md.quote(f"Deprecated since {md.text(rule.deprecated[:10])}.")
    yield md.text(rule.description or "")
    yield md.bullets(f"{md.code(str(name))}: {md.text(_short(value))}" for name, value in rule.labels.items())
    schema = as_objects(rule.schema)
    listed = rows(schema.get("properties", {}), schema.get("required", ()))
    # An object of the call that says nothing further is no news to anybody.
    told = (row for row in listed if "." in row.path or row.required or row.schema.keys() - {"type"} - {"properties"})
    yield md.table(
        _HEAD,
        ([md.code(row.path), _type(row.schema), "yes" if row.required else "", _words(row.schema)] for row in told),
    )


def _type(schema: Mapping[str, Any]) -> str:
    return md.text(schema_words.kind(schema))


def _words(schema: Mapping[str, Any]) -> str:
    said = schema.get("description")
    found = [md.sentence(md.text(said))] if isinstance(said, str) and said.strip() else []
    facts = [md.text(_short(one)) for one in schema_words.facts(schema)]
    if isinstance(schema.get("pattern"), str):
        facts.append(f"pattern {md.code(schema['pattern'])}")
    for word, title in (("minLength", "at least {} characters"), ("minItems", "at least {} entries")):
        if schema.get(word):
            facts.append(title.format(schema[word]))
    return " ".join([*found, *([md.sentence("; ".join(facts))] if facts else [])])


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else encode(value).decode()
    return text if len(text) <= _MOST_TEXT else f"{text[: _MOST_TEXT - 3]}..."


def as_objects(schema: Any) -> dict[str, Any]:
    """A schema of which every part is an object: ``true`` says nothing, and ``false`` that nothing fits.

    What is not a JSON Schema is left out.
    """
    if not isinstance(schema, Mapping):
        return {"description": "Nothing fits."} if schema is False else {}
    found = {word: rule for word, rule in schema.items() if _FORMS.get(word, lambda _: True)(rule)}
    if "properties" in found:
        found["properties"] = {name: as_objects(one) for name, one in found["properties"].items()}
    for word in ("items", "additionalProperties"):
        if isinstance(found.get(word), Mapping):
            found[word] = as_objects(found[word])
    if "anyOf" in found:
        found["anyOf"] = [as_objects(one) for one in found["anyOf"]]
    return found


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


_FORMS: Mapping[str, Callable[[Any], bool]] = {
    "properties": lambda value: isinstance(value, Mapping),
    "required": _is_names,
    "type": lambda value: isinstance(value, str) or _is_names(value),
    "enum": lambda value: isinstance(value, list),
    "examples": lambda value: isinstance(value, list),
    "anyOf": lambda value: isinstance(value, list),
}
