"""``segment-connector show``: everything a caller should know of one action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import click

from ..connector import Connector
from ..specs.model import Action, Example
from .common import action_argument, load_connector
from .inputs import assignment_text
from .output import echo_json, paragraph, plain, table

_NOUNS = {"string": "text", "integer": "whole number", "boolean": "true/false", "array": "list"}
# Keywords of JSON Schema that are worth a word to a caller, with the word.
_FACTS = {
    "enum": "one of {}",
    "const": "always {}",
    "format": "format {}",
    "default": "default {}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} entries",
    "maxProperties": "at most {} members",
}
_GENERATED = {"now": "the moment of the call", "uuid4": "a new one for each call"}
_SHORT = 60  # characters of an example that still help in a table
_ANY = 6  # types of JSON that a value can have
_LINE = 4  # members that an object of an example may have before it is written as JSON and not as dotted names


_EXAMPLES = """\b
Examples:
  segment-connector show track
  segment-connector show track --json
"""


@click.command("show", epilog=_EXAMPLES)
@action_argument
@click.option("--json", "as_json", is_flag=True, help="Print the spec as JSON, inputs as a JSON Schema.")
def command(*, action: str, as_json: bool) -> None:
    """Describe an action: what it does, its parameters and rules, what it gives back, and an example to copy."""
    connector = load_connector()
    spec = connector.specs.action(action)
    if as_json:
        echo_json(_as_json(spec))
        return
    click.echo(f"{spec.name}: {spec.title}\n\n{paragraph(spec.summary)}\n\n{paragraph(spec.description)}\n")
    click.echo("\n".join(table(list(_facts(connector, spec)))))
    if spec.examples:
        click.echo(f"\nExample: {spec.examples[0].title}\n  {example_line(spec.name, spec.examples[0])}")
    _section("Rules", [(rule.field, f"{rule.message}. {_sentence(rule.hint)}") for rule in spec.rules])
    _section("Outputs", [(name, _kind({"type": one.type}), one.description) for name, one in spec.outputs.items()])
    _section("Warnings", [(doubt.field, f"{doubt.warn}. {_sentence(doubt.hint)}") for doubt in spec.checks])
    plain_ones = {name: schema for name, schema in spec.parameters.items() if not schema.get("advanced")}
    advanced = {name: schema for name, schema in spec.parameters.items() if schema.get("advanced")}
    _section("Parameters (* must be given)", list(_parameters(plain_ones, spec.required, "")))
    _section("Advanced parameters", list(_parameters(advanced, spec.required, "")))


def example_line(action: str, example: Example) -> str:
    """The command that makes the call of an example, quoted for a shell."""
    parts = [assignment_text(path, value) for path, value in _assignments((), example.input)]
    return " ".join(["segment-connector run", action, *parts])


def _assignments(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping) and (not path or (0 < len(value) <= _LINE and all(value))):
        for name, item in value.items():
            yield from _assignments((*path, name), item)
    else:
        yield path, value


def _section(title: str, rows: list[tuple[str, ...]]) -> None:
    if rows:
        click.echo(f"\n{title}\n" + "\n".join(table(rows)))


def _facts(connector: Connector, spec: Action) -> Iterator[tuple[str, str]]:
    api = connector.spec.apis.get(spec.api)
    yield "request", f"{spec.endpoint.method} {spec.endpoint.path}"
    yield "API", api.title if api else spec.api
    for region, server in (api.servers if api else {}).items():
        yield f"  {region}", server
    again = "a repeat cannot count twice" if spec.idempotent else "a repeat may count twice"
    yield "effect", spec.effect if spec.effect == "read" else f"{spec.effect}; {again}"
    if spec.stability != "stable":
        yield "stability", spec.stability
    for limit in _limits(spec):
        yield "limit", limit
    if api is not None and api.rate_limit:
        yield "limit", f"{api.rate_limit['requests']:,} requests in {api.rate_limit['seconds']:,} s for the whole API"
    if spec.docs:
        yield "docs", spec.docs


def _limits(spec: Action) -> Iterator[str]:
    limits, split = spec.limits, spec.split
    if limits.body_bytes is not None:
        yield f"{limits.body_bytes:,} bytes for the body"
    if limits.requests is not None:
        yield f"{limits.requests:,} requests in {limits.seconds or 1:,} s"
    if limits.note:
        yield limits.note
    if split is not None:
        yield f"{split.item_bytes:,} bytes for an entry of '{split.parameter}'"
        yield f"{split.max_items:,} entries or {split.max_bytes:,} bytes a request; more is sent in several requests"


def _parameters(
    properties: Mapping[str, Mapping[str, Any]], required: tuple[str, ...] | list[str], indent: str
) -> Iterator[tuple[str, str, str]]:
    for name, schema in properties.items():
        words = [str(schema.get("description") or schema.get("title") or ""), _more(schema)]
        star = " *" if name in required else ""
        yield f"{indent}{name}{star}", _kind(schema), " ".join(word for word in words if word)
        below = schema
        while isinstance(below.get("items"), Mapping) and "properties" not in below:
            below = below["items"]
        yield from _parameters(below.get("properties", {}), below.get("required", ()), indent + "  ")


def _kind(schema: Mapping[str, Any]) -> str:
    named = schema.get("type", "any")
    kinds = [named] if isinstance(named, str) else list(named)
    if len(kinds) >= _ANY:
        return "any value"
    words = [_NOUNS.get(kind, kind) for kind in kinds]
    items = schema.get("items")
    if "array" in kinds and isinstance(items, Mapping) and isinstance(items.get("type"), str):
        words[kinds.index("array")] = f"list of {_kind(items)}"
    return " or ".join(words)


def _more(schema: Mapping[str, Any]) -> str:
    facts = []
    if "generate" in schema:
        facts.append(f"if left out: {_GENERATED.get(schema['generate'], schema['generate'])}")
    for keyword, words in _FACTS.items():
        if keyword in schema:
            value = schema[keyword]
            facts.append(words.format(", ".join(map(plain, value)) if keyword == "enum" else plain(value)))
    if schema.get("secret"):
        facts.append("secret")
    elif schema.get("examples") and len(example := plain(schema["examples"][0])) <= _SHORT:
        facts.append(f"for example {example}")
    return f"({'; '.join(facts)})" if facts else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _as_json(spec: Action) -> dict[str, Any]:
    members = asdict(spec)
    members.pop("path")  # where the spec lies is not what it says
    del members["parameters"], members["required"]
    return {**members, "input_schema": spec.input_schema}
