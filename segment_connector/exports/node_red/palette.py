"""The npm package of the nodes: what Node-RED asks for, filled from the specs."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...call.policy import question_of
from ...language.action_records import Action
from ...language.trigger_records import Trigger
from ...values.json_values import encode
from ..export import ExportOptions, json_file
from ..host_fields import fields_of, pagings_of, shapes_of
from ..package_tree import icon, shared_javascript, tree

if TYPE_CHECKING:
    from ...connector import Connector

_HERE = Path(__file__).parent
_SHARED = ("host_inputs", "pages", "service_client")
_EXAMPLES = {
    "written": "call-an-action-over-http",
    "listed": "read-a-list-over-its-pages",
    "trigger": "start-when-something-happens",
}
_USUAL_ICON = "bridge.svg"  # one that Node-RED has


def palette_files(connector: Connector, options: ExportOptions) -> Mapping[str, bytes]:
    """The files of the package, as ``Export.files`` says it."""
    spec = connector.spec
    package = f"node-red-contrib-{spec.name}-connector"
    picture = icon(connector.specs.root, spec.name)
    words = {
        "name": spec.name,
        "title": spec.title,
        "package": package,
        "service": options.service,
        "command": connector.specs.command,
        "icon": f"{spec.name}.svg" if picture else _USUAL_ICON,
    }
    words |= _shown(connector, options)
    words |= {f"{kind}_help": text for kind, text in _help(connector, options).items()}
    files = tree(_HERE / "package", words) | shared_javascript("lib", *_SHARED)
    for word, example in _EXAMPLES.items():
        if not words[word]:
            del files[f"examples/{example}.json"]
    files["package.json"] = json_file(_manifest(package, connector, options))
    files["resources/actions.json"] = catalogue(connector, options)
    if picture:
        files[f"nodes/icons/{spec.name}.svg"] = picture
    return files


def catalogue(connector: Connector, options: ExportOptions) -> bytes:
    """Actions and triggers with their fields as JSON, each on a line: read by the editor and by the nodes."""
    lists: dict[str, list[Any]] = {
        "groups": _groups(connector, options.actions),
        "actions": [_action(one) for one in options.actions],
        "triggers": [_trigger(one) for one in _triggers(connector, options)],
    }
    parts = [f'"{name}": [\n{_lines(entries)}\n]' for name, entries in lists.items()]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _lines(entries: Iterable[Any]) -> str:
    return ",\n".join(encode(entry).decode() for entry in entries)


def _groups(connector: Connector, actions: Iterable[Action]) -> list[dict[str, str]]:
    titles = connector.spec.groups
    used = dict.fromkeys(action.group for action in actions)
    return [{"name": name, "title": titles[name].title if name in titles else name} for name in used]


def _action(action: Action) -> dict[str, Any]:
    return {
        **_described(action),
        "effect": action.effect,
        "confirm": question_of(action),
        "paging": pagings_of(action),
    }


def _trigger(trigger: Trigger) -> dict[str, Any]:
    return {**_described(trigger), "kind": trigger.kind}


def _described(spec: Action | Trigger) -> dict[str, Any]:
    return {
        "name": spec.name,
        "group": spec.group,
        "title": spec.title,
        "summary": spec.summary,
        "description": spec.description,
        "keywords": list(spec.keywords),
        "docs": spec.docs,
        "fields": fields_of(spec),
        "outputs": [
            {"name": name, "type": one.type if isinstance(one.type, str) else " or ".join(one.type),
             "description": one.description}
            for name, one in spec.outputs.items()
        ],
        "parameters": shapes_of(spec),
    }  # fmt: skip


def _triggers(connector: Connector, options: ExportOptions) -> list[Trigger]:
    """The triggers of the groups that are wanted."""
    groups = options.policy.groups
    return [one for one in connector.triggers.values() if not groups or one.group in groups]


def _manifest(package: str, connector: Connector, options: ExportOptions) -> dict[str, Any]:
    spec = connector.spec
    return {
        "name": package,
        "version": options.version,
        "description": f"{spec.summary} Calls every action through the connector's own service.",
        "keywords": ["node-red", spec.name],
        "license": "MIT",
        "engines": {"node": ">=18"},
        "node-red": {
            "version": ">=3.1.0",
            "nodes": {f"{spec.name}-{kind}": f"nodes/{kind}.js" for kind in ("server", "action", "trigger")},
        },
    }


def _shown(connector: Connector, options: ExportOptions) -> dict[str, str]:
    """What the examples show: the writing action and the list that are used most, and the first trigger."""
    order = {name: place for place, name in enumerate(connector.spec.search.common)}
    actions = sorted(options.actions, key=lambda one: order.get(one.name, len(order)))
    candidates: dict[str, Iterable[Action | Trigger]] = {
        "written": (one for one in actions if one.effect == "write"),
        "listed": (one for one in actions if one.paging and not one.required),
        "trigger": _triggers(connector, options),
    }
    return {word: next((one.name for one in found), "") for word, found in candidates.items()}


def _help(connector: Connector, options: ExportOptions) -> dict[str, str]:
    """What the sidebar lists of actions and of triggers, as HTML."""
    titles = {one["name"]: one["title"] for one in _groups(connector, options.actions)}
    parts = []
    for group, title in titles.items():
        rows = _definitions(one for one in options.actions if one.group == group)
        parts.append(f"<details><summary>{html.escape(title)}</summary>{rows}</details>")
    return {"action": "\n".join(parts), "trigger": _definitions(_triggers(connector, options))}


def _definitions(specs: Iterable[Action | Trigger]) -> str:
    rows = [f"<dt>{html.escape(one.title)}</dt><dd>{html.escape(one.summary)}</dd>" for one in specs]
    return "<dl>" + "".join(rows) + "</dl>"
