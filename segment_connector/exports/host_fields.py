"""The fields of a form, drawn from parameters: what hosts of other languages show, and how they read what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..call.paging import link_parameter
from ..language.action_records import Action, Paging
from ..language.trigger_records import Trigger
from ..redact import has_secret
from ..schema.form_hints import types_of

_PAGING = ("kind", "items", "cursor", "next", "page", "first", "offset", "more", "total", "size", "default_size")
_SHOWN = ("enum", "format", "placeholder", "default", "minimum", "maximum", "pattern")


def field(name: str, schema: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    """One field as JSON values.

    :param schema: of the parameter.
    :returns: ``name``, ``title``, ``type`` (as ``type_of``), and what else is known: ``description``, ``required``,
        ``advanced``, ``secret``, ``enum``, ``example``, ``options`` (the names of the inputs that a dropdown depends
        on), ``many`` (values to choose some of) ...
    """
    items = schema.get("items")
    entry: Mapping[str, Any] = items if isinstance(items, Mapping) else {}
    dropdown = schema.get("options") or entry.get("options")
    examples: list[Any] = list(schema.get("examples", ()))
    flags = {"required": required, "advanced": bool(schema.get("advanced")), "secret": has_secret(schema)}
    found = {
        "name": name,
        "title": schema.get("title", name),
        "type": type_of(schema),
        "description": schema.get("description"),
        **{flag: True for flag, holds in flags.items() if holds},
        **{word: schema[word] for word in _SHOWN if word in schema},
        "example": examples[0] if examples else None,
        "options": None if dropdown is None else list(dropdown.get("inputs", {}).values()),
    }
    if "enum" in entry:
        found["many"] = entry["enum"]
    return {word: value for word, value in found.items() if value is not None}


def fields_of(spec: Action | Trigger) -> list[dict[str, Any]]:
    """The fields of an action or a trigger: those that are required first, advanced ones last."""
    found = [field(name, schema, required=name in spec.required) for name, schema in spec.parameters.items()]
    return sorted(found, key=lambda one: (not one.get("required"), bool(one.get("advanced"))))


def type_of(schema: Mapping[str, Any]) -> str:
    """The one JSON type of a value beside null, or ``any``."""
    kinds = [kind for kind in types_of(schema) if kind != "null"]
    return kinds[0] if len(kinds) == 1 else "any"


def shapes_of(spec: Action | Trigger) -> dict[str, Any]:
    """What of the parameters' schemas tells how values are read, as ``javascript/host_inputs.js`` takes it."""
    return {name: _shape(schema) for name, schema in spec.parameters.items()}


def _shape(schema: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {word: schema[word] for word in ("enum", "minLength", "entries") if word in schema}
    if kinds := types_of(schema):
        found["type"] = kinds
    if "properties" in schema:
        found["properties"] = {name: _shape(member) for name, member in schema["properties"].items()}
    if isinstance(items := schema.get("items"), Mapping):
        found["items"] = _shape(items)
    return found


def pagings_of(action: Action) -> list[dict[str, Any]]:
    """How an action's lists are walked through, as ``javascript/pages.js`` takes it."""
    return [_paging(action, one) for one in action.paging]


def _paging(action: Action, paging: Paging) -> dict[str, Any]:
    found = {name: value for name in _PAGING if (value := getattr(paging, name)) is not None}
    if paging.kind == "link":
        found["link_parameter"] = link_parameter(action, paging)
    return found
