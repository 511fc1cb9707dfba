"""The description of the node: a resource for each group of actions, an operation for each action, and their fields."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...language.action_records import Action
from ...language.connector_records import ConnectorSpec
from ..export import ExportOptions
from .node_properties import COLLECTION, CONFIRMED, LIMIT, RETURN_ALL, Field, fields_of, plain, shown_for, title_case


def node_description(spec: ConnectorSpec, options: ExportOptions, name: str) -> dict[str, Any]:
    """The node's description, but for what is a function."""
    actions = options.actions
    fields = {action.name: fields_of(action) for action in actions}
    return {
        "displayName": f"{spec.title} Connector",
        "name": name[:1].lower() + name[1:],
        "icon": {"light": "file:icon.light.svg", "dark": "file:icon.dark.svg"},
        "group": ["output"],
        "version": 1,
        "subtitle": '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
        "description": plain(spec.summary),
        "defaults": {"name": f"{spec.title} Connector"},
        "usableAsTool": True,
        "inputs": ["main"],
        "outputs": ["main"],
        "credentials": [{"name": f"{name[:1].lower()}{name[1:]}Api", "required": True}],
        "requestDefaults": {"url": "/"},
        "properties": [
            _resources(spec, actions),
            *_operations(actions),
            *_merged(_required(actions, fields)),
            *_merged(_of_lists(actions)),
            *_confirmed(actions),
            *_collections(actions, fields),
        ],
        "forms": _forms(fields),
    }


def _resources(spec: ConnectorSpec, actions: Sequence[Action]) -> dict[str, Any]:
    groups = {action.group: spec.groups.get(action.group) for action in actions}
    choices = []
    for name, group in groups.items():
        title = group.title if group else name.replace("_", " ")
        about = {"description": plain(group.summary)} if group else {}
        choices.append({"name": title_case(title), "value": name, **about})
    return {
        "displayName": "Resource",
        "name": "resource",
        "type": "options",
        "noDataExpression": True,
        "options": _sorted(choices),
        "default": next(iter(groups), ""),
    }


def _operations(actions: Sequence[Action]) -> Iterable[dict[str, Any]]:
    groups: defaultdict[str, list[Action]] = defaultdict(list)
    for action in actions:
        groups[action.group].append(action)
    for group, members in groups.items():
        choices = [
            {
                "name": title_case(action.title),
                "value": action.name,
                "action": action.title,
                "description": plain(action.summary),
            }
            for action in members
        ]
        choices = _sorted(choices)
        made = {"displayName": "Operation", "name": "operation", "type": "options", "noDataExpression": True}
        made = shown_for(made, resource=[group])
        yield {**made, "options": choices, "default": choices[0]["value"]}


def _sorted(choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(choices, key=lambda one: str(one["name"]).casefold())


def _required(
    actions: Sequence[Action], fields: Mapping[str, list[Field]]
) -> Iterable[tuple[Action, dict[str, Any], dict[str, Any]]]:
    for action in actions:
        for field in fields[action.name]:
            if field.required:
                yield action, field.made, {}


def _of_lists(actions: Sequence[Action]) -> Iterable[tuple[Action, dict[str, Any], dict[str, Any]]]:
    returning = {
        "displayName": "Return All",
        "name": RETURN_ALL,
        "type": "boolean",
        "default": False,
        "description": "Whether to return all results or only up to a given limit",
    }
    limit = {
        "displayName": "Limit",
        "name": LIMIT,
        "type": "number",
        "typeOptions": {"minValue": 1},
        "default": 50,
        "description": "Max number of results to return",
    }
    paged = [action for action in actions if action.paging]
    yield from ((action, returning, {}) for action in paged)
    yield from ((action, limit, {RETURN_ALL: [False]}) for action in paged)


def _confirmed(actions: Sequence[Action]) -> Iterable[dict[str, Any]]:
    """A field for each question that an action asks before it is sent."""
    return _merged((action, _question(action), {}) for action in actions if action.confirm)


def _question(action: Action) -> dict[str, Any]:
    return {
        "displayName": "Confirm",
        "name": CONFIRMED,
        "type": "boolean",
        "default": False,
        "description": f"Whether your answer to this question is yes. {action.confirm}",
    }


def _merged(fields: Iterable[tuple[Action, dict[str, Any], dict[str, Any]]]) -> list[dict[str, Any]]:
    """Each property once, for all actions that have it; of what they show, in the order of the first."""
    shared: dict[str, tuple[dict[str, Any], dict[str, Any], list[Action]]] = {}
    for action, made, show in fields:
        key = json.dumps([made, show], sort_keys=True)
        shared.setdefault(key, (made, show, []))[2].append(action)
    return [
        shown_for(
            made,
            resource=sorted({action.group for action in actions}),
            operation=[action.name for action in actions],
            **show,
        )
        for made, show, actions in shared.values()
    ]


def _collections(actions: Sequence[Action], fields: Mapping[str, list[Field]]) -> Iterable[dict[str, Any]]:
    for action in actions:
        optional = [field.made for field in fields[action.name] if not field.required]
        if optional:
            made = {
                "displayName": "Additional Fields",
                "name": COLLECTION,
                "type": "collection",
                "placeholder": "Add Field",
                "default": {},
            }
            own = sorted(optional, key=lambda one: str(one["displayName"]).casefold())
            yield {**shown_for(made, resource=[action.group], operation=[action.name]), "options": own}


def _forms(fields: Mapping[str, list[Field]]) -> dict[str, Any]:
    """By action: its parameters that have a field of their own, with its name, and how values of others are read."""
    return {
        name: {
            "required": {one.name: one.made["name"] for one in own if one.required},
            "read": {one.name: one.form for one in own if one.form},
        }
        for name, own in fields.items()
    }
