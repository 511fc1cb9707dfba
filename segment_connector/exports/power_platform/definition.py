"""What all definitions have: their head, and the parts of an operation that are written as Microsoft asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ...language.action_records import Action
from ...language.connector_records import ConnectorSpec
from ..export import ADDRESS, ExportOptions
from .swagger_schemas import identifier, sentences

LONGEST_TITLE = 30
_LONGEST_SUMMARY = 80
_JSON = ["application/json"]


def address(options: ExportOptions) -> SplitResult:
    """Where the service is, in the eyes of Microsoft's cloud: an address of this machine would be nowhere."""
    return urlsplit(options.service if options.service != ADDRESS else "https://connector.example.com")


def title_of(spec: ConnectorSpec, group: str) -> str:
    """The name of a connector, within Microsoft's 30 characters; whole words of it where it is longer."""
    known = spec.groups.get(group)
    title = f"{spec.title} {known.title if known else group}"
    while len(title) > LONGEST_TITLE and " " in title:
        title = title.rpartition(" ")[0].removesuffix(" and")
    return title[:LONGEST_TITLE]


def head(spec: ConnectorSpec, group: str, version: str) -> dict[str, Any]:
    """The beginning of a definition."""
    known = spec.groups.get(group)
    about = f"{known.summary} {spec.summary}" if known else spec.summary
    info = {"title": title_of(spec, group), "description": sentences(about), "version": version}
    return {"swagger": "2.0", "info": info}


def operation(action: Action, told: Iterable[str] = ()) -> dict[str, Any]:
    """What an operation says of an action, but for parameters and responses.

    :param told: more sentences for its description.
    """
    rules = [f"{rule.message}; {rule.hint}" for rule in action.rules]
    asks = [action.confirm] if action.confirm else []
    stage = [] if action.stability == "stable" else [f"This is {action.stability}: it may change"]
    description = " ".join(map(sentences, [action.description, *rules, *asks, *stage, *told]))
    made: dict[str, Any] = {
        "operationId": identifier(action.name),
        "summary": action.title[:_LONGEST_SUMMARY].rstrip("."),
        "description": description,
        "consumes": _JSON,
        "produces": _JSON,
    }
    if action.effect == "read":
        made["x-ms-safe-operation"] = True
    if action.deprecated:
        made["deprecated"] = True
    return made


def dropdown(
    call: str, given: Mapping[str, Any], references: Mapping[str, str], collection: str, value: str, label: str
) -> dict[str, Any]:
    """The words of a member whose values another operation lists, in the old form and in the new.

    :param call: the operation that lists them.
    :param given: its parameters that are the same each time.
    :param references: its other parameters, with the place of what fills them among those of the operation that has the
        dropdown: ``body/inputs/a``.
    :param collection: where the list stands in its answer, and ``value`` and ``label`` where in an entry.
    """
    named = {name: place.rpartition("/")[2] for name, place in references.items()}
    old = {**given, **{name: {"parameter": place} for name, place in named.items()}}
    new = {
        **{name: {"value": one} for name, one in given.items()},
        **{name: {"parameterReference": place} for name, place in references.items()},
    }
    return {
        "x-ms-dynamic-values": {
            "operationId": call,
            **({"parameters": old} if old else {}),
            "value-collection": collection,
            "value-path": value,
            "value-title": label,
        },
        "x-ms-dynamic-list": {
            "operationId": call,
            **({"parameters": new} if new else {}),
            "itemsPath": collection,
            "itemValuePath": value,
            "itemTitlePath": label,
        },
    }


def listed(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every schema at or below a place whose values an action lists."""
    if isinstance(schema, Mapping):
        options = schema.get("options")
        if isinstance(options, Mapping) and "action" in options:
            yield schema
        for one in schema.values():
            yield from listed(one)
    elif isinstance(schema, list):
        for one in schema:
            yield from listed(one)
