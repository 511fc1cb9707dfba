"""``segment-connector show``: everything a caller should know of one action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import click

from ..connector import Connector
from ..docs.call_forms import example_line
from ..docs.schema_words import facts, kind, limits
from ..language.action_records import Action
from ..markup.markdown import sentence
from .common import action_argument, load_connector, locale_option, program
from .output import paragraph, table, visible
from .output_formats import emit, format_option
from .trigger_listing import show_trigger

_EXAMPLES = """\b
Examples:
  <program> show <action>
  <program> show <action> --json
"""


@click.command("show", epilog=_EXAMPLES)
@action_argument
@locale_option
@format_option()
def command(*, action: str) -> None:
    """Describe an action: what it does, its parameters and rules, what it gives back, and an example to copy.

    As JSON or YAML it is the spec, with the inputs as a JSON Schema; as CSV it is the parameters.
    """
    connector = load_connector()
    if action not in connector.specs.paths and action in connector.triggers:
        show_trigger(connector, connector.triggers[action])
        return
    spec = connector.specs.action(action)
    if emit(_as_json(spec), lambda: _rows(spec)):
        return
    from ..schema.doubtful_values import warnings_of

    said = dict.fromkeys((spec.summary, spec.description))  # of a preset, one is the other
    click.echo("\n\n".join([f"{spec.name}: {spec.title}", *map(paragraph, said)]) + "\n")
    click.echo("\n".join(table(list(_facts(connector, spec)))))
    if spec.examples:
        click.echo(f"\nExample: {spec.examples[0].title}\n  {example_line(program(), spec.name, spec.examples[0])}")
    _section("Rules", [(rule.field, f"{rule.message}. {sentence(rule.hint)}") for rule in spec.rules])
    _section("Outputs", [(name, kind({"type": one.type}), one.description) for name, one in spec.outputs.items()])
    _section("Warnings", [_doubt(*said) for said in warnings_of(spec)])
    plain_ones = {name: schema for name, schema in spec.parameters.items() if not schema.get("advanced")}
    advanced = {name: schema for name, schema in spec.parameters.items() if schema.get("advanced")}
    _section("Parameters (* must be given)", list(_parameters(plain_ones, spec.required, "")))
    _section("Advanced parameters", list(_parameters(advanced, spec.required, "")))


def _doubt(field: str, warn: str, hint: str) -> tuple[str, str]:
    """What is doubted of a field; several fields, which are long together, stand in the words."""
    if ", " in field:
        return "other members", f"{field}: {warn}. {sentence(hint)}"
    return field, f"{warn}. {sentence(hint)}"


def _section(title: str, rows: list[tuple[str, ...]]) -> None:
    if rows:
        click.echo(f"\n{click.style(title, bold=True)}\n" + "\n".join(table(rows)))


def _facts(connector: Connector, spec: Action) -> Iterator[tuple[str, str]]:
    api = connector.spec.apis.get(spec.api)
    if spec.beneath:
        yield "preset of", f"{spec.beneath}; what is not as described here is a warning, and is sent"
    yield "request", f"{spec.endpoint.method} {spec.endpoint.path}"
    yield "API", api.title if api else spec.api
    for region, server in (api.by_region if api else {}).items():
        yield f"  {region or 'server'}", server
    again = "a repeat cannot count twice" if spec.idempotent else "a repeat may count twice"
    yield "effect", spec.effect if spec.effect == "read" else f"{spec.effect}; {again}"
    if spec.confirm:
        yield "asks", spec.confirm
    if spec.paging:
        yield "list", "comes in pages; 'run --all' follows it to the end"
    if spec.deprecated:
        yield "deprecated", f"since {spec.deprecated.since}: {spec.deprecated.use}"
    if spec.stability != "stable":
        yield "stability", spec.stability
    for limit in limits(spec):
        yield "limit", limit
    if api is not None and api.rate_limit:
        yield "limit", f"{api.rate_limit['requests']:,} requests in {api.rate_limit['seconds']:,} s for the whole API"
    if spec.docs:
        yield "docs", spec.docs


def _parameters(
    properties: Mapping[str, Mapping[str, Any]], required: tuple[str, ...] | list[str], indent: str
) -> Iterator[tuple[str, str, str]]:
    for name, schema in properties.items():
        words = [str(schema.get("description") or schema.get("title") or ""), _more(schema)]
        star = " *" if name in required else ""
        yield f"{indent}{name}{star}", kind(schema), " ".join(word for word in words if word)
        below = schema
        while isinstance(below.get("items"), Mapping) and "properties" not in below:
            below = below["items"]
        yield from _parameters(below.get("properties", {}), below.get("required", ()), indent + "  ")


def _more(schema: Mapping[str, Any]) -> str:
    return f"({visible('; '.join(said))})" if (said := facts(schema)) else ""


def _rows(spec: Action) -> Iterator[dict[str, Any]]:
    for name, schema in spec.parameters.items():
        told = str(schema.get("description") or schema.get("title") or "")
        yield {"parameter": name, "required": name in spec.required, "type": kind(schema), "description": told}


def _as_json(spec: Action) -> dict[str, Any]:
    members = asdict(spec)
    members.pop("path")  # where the spec lies is not what it says
    beneath = members.pop("beneath")
    del members["parameters"], members["required"], members["demands"]
    preset = {"preset_of": beneath} if beneath else {}
    return {**members, **preset, "input_schema": spec.input_schema}
