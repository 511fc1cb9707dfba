"""The description of the trigger node: which trigger, and the fields of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...language.connector_records import ConnectorSpec
from ...language.trigger_records import Trigger
from ..javascript.javascript_connector import checked_schema
from .node_properties import COLLECTION, Field, plain, property_of, shown_for, title_case

CHOICE = "trigger"


def trigger_description(spec: ConnectorSpec, triggers: Iterable[Trigger], node: str, name: str) -> dict[str, Any]:
    """The trigger node's description, but for what is a function.

    :param node: what the class of the node beside it is called, and ``name`` that of this one.
    """
    found = list(triggers)
    fields = {one.name: _fields_of(one) for one in found}
    title = f"{spec.title} Connector Trigger"
    return {
        "displayName": title,
        "name": name[:1].lower() + name[1:],
        "icon": {"light": "file:icon.light.svg", "dark": "file:icon.dark.svg"},
        "group": ["trigger"],
        "version": 1,
        "subtitle": f'={{{{ $parameter["{CHOICE}"] }}}}',
        "description": f"Starts the workflow when something happens in {spec.title}",
        "defaults": {"name": title},
        "inputs": [],
        "outputs": ["main"],
        "credentials": [{"name": f"{node[:1].lower()}{node[1:]}Api", "required": True}],
        "webhooks": [{"name": "default", "httpMethod": "POST", "responseMode": "onReceived", "path": "webhook"}],
        "properties": [_choice(found), *_properties(found, fields)],
        "forms": {
            one: {
                "required": {field.name: field.made["name"] for field in own if field.required},
                "read": {field.name: field.form for field in own if field.form},
            }
            for one, own in fields.items()
        },
    }


def trigger_data(triggers: Iterable[Trigger]) -> dict[str, Any]:
    """What JavaScript has to know of triggers: their parameters."""
    return {
        one.name: {
            "name": one.name,
            "parameters": {name: checked_schema(schema) for name, schema in one.parameters.items()},
            "required": list(one.required),
        }
        for one in triggers
    }


def _fields_of(trigger: Trigger) -> list[Field]:
    names = sorted(trigger.parameters, key=lambda name: name not in trigger.required)
    return [Field(name, property_of(trigger, name, dropdowns=True), name in trigger.required) for name in names]


def _choice(triggers: list[Trigger]) -> dict[str, Any]:
    choices = [
        {"name": title_case(one.title), "value": one.name, "description": plain(one.summary)} for one in triggers
    ]
    return {
        "displayName": "Trigger On",
        "name": CHOICE,
        "type": "options",
        "noDataExpression": True,
        "required": True,
        "options": sorted(choices, key=lambda one: one["name"].casefold()),
        "default": triggers[0].name if triggers else "",
    }


def _properties(triggers: list[Trigger], fields: Mapping[str, list[Field]]) -> Iterable[dict[str, Any]]:
    for one in triggers:
        own = fields[one.name]
        yield from (shown_for(field.made, **{CHOICE: [one.name]}) for field in own if field.required)
        optional = [field.made for field in own if not field.required]
        if optional:
            made: dict[str, Any] = {"displayName": "Additional Fields", "name": COLLECTION, "type": "collection"}
            made |= {"placeholder": "Add Field", "default": {}}
            options = sorted(optional, key=lambda field: str(field["displayName"]).casefold())
            yield {**shown_for(made, **{CHOICE: [one.name]}), "options": options}
