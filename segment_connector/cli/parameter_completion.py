"""What can stand behind ``-p``: names of parameters, and the values of those that have a list of them.

Ids are asked of the service, when there is a connection for it; whatever goes wrong then completes nothing, since a
shell has no place for an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem, split_arg_string

from .common import kept_connection, root_of
from .output import json_line

if TYPE_CHECKING:
    from ..language.action_records import Action

_HELP = 60  # characters
_OPTION = ("-p", "--param")


def complete_parameter(ctx: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """The completions of a ``-p`` that was begun."""
    try:
        return list(_found(ctx, begun))
    except Exception:  # noqa: BLE001 - the next key asks again; a traceback would tear the line that is typed
        return []


def _found(ctx: click.Context, begun: str) -> Iterator[CompletionItem]:
    from ..language.specs import Specs

    params = _typed_before(ctx)
    name = params.get("preset") or params.get("action")
    if not name:
        return
    specs = Specs(root_of(ctx))
    action = specs.action(str(name))
    others = [str(one) for one in params.get("params") or ()]
    place, equals, _ = begun.partition("=")
    if not equals:
        yield from _names(action, begun, {one.partition("=")[0].removesuffix(":") for one in others})
        return
    name = place.removesuffix(":")
    for value, told in _values(ctx, specs.root, action, name, others):
        is_text = isinstance(value, str) and not place.endswith(":")
        written = f"{place}={value if is_text else json_line(value)}"
        if written.startswith(begun) and is_text == (not place.endswith(":")):
            yield CompletionItem(written, help=told)


def _typed_before(ctx: click.Context) -> Mapping[str, Any]:
    """What was typed before it. An option whose value is still missing keeps click from reading the arguments."""
    if ctx.params.get("action") or ctx.info_name is None:
        return ctx.params
    words = split_arg_string(os.environ.get("COMP_LINE") or os.environ.get("COMP_WORDS", ""))
    words = words[words.index(ctx.info_name) + 1 :]
    last = max(index for index, word in enumerate(words) if word in _OPTION)
    again = ctx.command.make_context(ctx.info_name, words[:last], parent=ctx.parent, resilient_parsing=True)
    return again.params


def _names(action: Action, begun: str, given: set[str]) -> Iterator[CompletionItem]:
    above, dot, _ = begun.rpartition(".")
    top: Mapping[str, Any] = {"properties": action.parameters, "required": action.required}
    held = _schema_at(action, above) if dot else top
    for name, schema in held.get("properties", {}).items():
        place = f"{above}{dot}{name}"
        if not place.startswith(begun) or place in given:
            continue
        kinds = schema.get("type", "string")
        is_text = "string" in ([kinds] if isinstance(kinds, str) else kinds)
        told = str(schema.get("title") or schema.get("description") or "")
        must = "required: " if name in held.get("required", ()) else ""
        help_text = f"{must}{told}"[:_HELP]
        if schema.get("properties"):
            yield CompletionItem(f"{place}.", help=help_text)
        else:
            yield CompletionItem(f"{place}{'=' if is_text else ':='}", help=help_text)


def _schema_at(action: Action, place: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = {"properties": action.parameters}
    for part in place.split("."):
        schema = schema.get("properties", {}).get(part, {})
    return schema


def _values(
    ctx: click.Context, root: Any, action: Action, place: str, others: Sequence[str]
) -> Iterator[tuple[Any, str | None]]:
    schema = _schema_at(action, place)
    items = schema.get("items") if schema.get("type") == "array" else None
    for value in schema.get("enum", ()) or (items or {}).get("enum", ()):
        yield value, None
    if schema.get("type") == "boolean":
        yield from ((True, None), (False, None))
    if "options" not in schema:
        return
    from ..connector import Connector

    connector = Connector.load(root, max_retries=0)
    connection = _connection(ctx, connector)
    pairs = [one.partition("=") for one in others]
    given = {name: text for name, _, text in pairs if not name.endswith(":")}
    for option in connector.options(action.name, place, connection, inputs=given).items:
        yield option.value, option.label


def _connection(ctx: click.Context, connector: Any) -> Mapping[str, Any]:
    with ctx.scope(cleanup=False):
        connection, _ = kept_connection(connector)
    return connection
