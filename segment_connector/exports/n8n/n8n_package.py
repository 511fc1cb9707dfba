"""The npm package for n8n: descriptions from the specs, beside JavaScript that is the same for every connector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...language.connector_records import ConnectorSpec
from ..export import DIRECT, ExportOptions, json_file
from ..javascript.javascript_connector import as_json, input_data, javascript_files, runtime_files
from .credential_fields import direct_fields, service_fields, test_request
from .node_description import node_description
from .trigger_description import trigger_data, trigger_description

if TYPE_CHECKING:
    from ...connector import Connector
    from ...language.trigger_records import Trigger

_STATIC = Path(__file__).parent / "static"
_LIB = "dist/lib"


def package_files(connector: Connector, options: ExportOptions) -> Mapping[str, bytes]:
    """Every file of the package by its path."""
    spec, names = connector.spec, _Names(connector.spec)
    files = _library(connector, options)
    node = f"dist/nodes/{names.node}"
    nodes = [names.node]
    if triggers := _triggers(connector, options):
        folder = f"dist/nodes/{names.trigger}"
        nodes.append(names.trigger)
        described = trigger_description(spec, triggers, names.node, names.trigger)
        files |= {
            f"{folder}/{names.trigger}.node.js": _script("trigger.js", names),
            f"{folder}/{names.trigger}.node.json": _codex(spec, names, "trigger"),
            f"{folder}/description.json": as_json(described),
            f"{_LIB}/triggers.json": as_json(trigger_data(triggers)),
        }
    files |= {
        f"{node}/{names.node}.node.js": _script("node.js", names),
        f"{node}/{names.node}.node.json": _codex(spec, names, "node"),
        f"{node}/description.json": as_json(node_description(spec, options, names.node)),
        f"dist/credentials/{names.credential}.credentials.js": _script("credential.js", names),
        "dist/credentials/properties.json": json_file(_credential(connector, options)),
        "package.json": json_file(_package(spec, options, names, nodes)),
        "README.md": _readme(spec, options, names),
        "index.js": b"'use strict';\n",
    }
    for folder in (*(f"dist/nodes/{name}" for name in nodes), "dist/credentials"):
        for shade in ("light", "dark"):
            files[f"{folder}/icon.{shade}.svg"] = (_STATIC / f"icon.{shade}.svg").read_bytes()
    return {path: files[path] for path in sorted(files)}


class _Names:
    """What is called how: ``SegmentConnector`` and the like."""

    def __init__(self, spec: ConnectorSpec) -> None:
        self.node = "".join(part.capitalize() for part in spec.name.split("_")) + "Connector"
        self.trigger = f"{self.node}Trigger"
        self.credential = f"{self.node}Api"
        self.package = f"n8n-nodes-{spec.name.replace('_', '-')}-connector"
        self.credential_name = _camel(self.credential)
        self.title = spec.title
        self.docs = spec.docs or spec.website or ""


def _script(name: str, names: _Names) -> bytes:
    text = (_STATIC / name).read_text(encoding="utf-8")
    for word in ("node", "trigger", "credential_name", "credential", "title", "docs"):
        text = text.replace(f"__{word.upper()}__", getattr(names, word))
    return text.encode()


def _library(connector: Connector, options: ExportOptions) -> dict[str, bytes]:
    """What the nodes share: the runtime, and what it has to know of the actions."""
    names = [action.name for action in options.actions]
    if options.mode == DIRECT:
        files = javascript_files(connector.caller, names)
    else:
        spec = {"connection": {}, "auth": {}, "apis": {}, "actions": input_data(connector.specs.action, names)}
        files = {**runtime_files(), "actions.json": as_json(spec), "templates.js": _NO_TEMPLATES}
    way = {"way.js": (_STATIC / f"{options.mode}.js").read_bytes()}
    if options.mode == DIRECT:
        way["test.json"] = json_file(test_request(connector.spec))
    else:
        way |= {name: (_STATIC / name).read_bytes() for name in ("service_call.js", "listening.js")}
    shared = {path.name: path.read_bytes() for path in sorted((_STATIC / "lib").glob("*.js"))}
    return {f"{_LIB}/{name}": content for name, content in {**files, **shared, **way}.items()}


_NO_TEMPLATES = b"'use strict';\n\nmodule.exports = { apis: {}, actions: {} };\n"


def _triggers(connector: Connector, options: ExportOptions) -> list[Trigger]:
    """The triggers that the package has: those of a service, which keeps what happened until n8n has taken it."""
    if options.mode == DIRECT:
        return []
    groups = {action.group for action in options.actions}
    return [one for one in connector.triggers.values() if one.group in groups]


def _credential(connector: Connector, options: ExportOptions) -> list[dict[str, Any]]:
    return direct_fields(connector.spec) if options.mode == DIRECT else service_fields(connector.spec, options.service)


def _package(spec: ConnectorSpec, options: ExportOptions, names: _Names, nodes: Iterable[str]) -> dict[str, Any]:
    return {
        "name": names.package,
        "version": options.version,
        "description": f"n8n nodes for {spec.title}: {_start(spec.summary)}",
        "license": "MIT",
        "homepage": spec.website or spec.docs or "",
        "author": {"name": f"{spec.name}-connector", "email": "noreply@example.com"},
        "repository": {"type": "git", "url": f"https://example.com/{names.package}.git"},
        "keywords": ["n8n-community-node-package", spec.name],
        "main": "index.js",
        "files": ["dist"],
        "n8n": {
            "n8nNodesApiVersion": 1,
            "strict": True,
            "credentials": [f"dist/credentials/{names.credential}.credentials.js"],
            "nodes": [f"dist/nodes/{name}/{name}.node.js" for name in nodes],
        },
        "peerDependencies": {"n8n-workflow": "*"},
    }


def _start(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def _codex(spec: ConnectorSpec, names: _Names, kind: str) -> bytes:
    """What n8n's search goes by."""
    links = [{"url": url} for url in (spec.docs,) if url]
    return json_file(
        {
            "node": f"{names.package}.{_camel(getattr(names, kind))}",
            "nodeVersion": "1.0",
            "codexVersion": "1.0",
            "categories": _categories(spec.categories),
            "resources": {"primaryDocumentation": links, "credentialDocumentation": links},
            "alias": _aliases(spec),
        }
    )


def _categories(own: Iterable[str]) -> list[str]:
    known = {
        "Analytics",
        "Communication",
        "Data & Storage",
        "Development",
        "Finance & Accounting",
        "Marketing",
        "Sales",
    }
    return sorted(known & set(own)) or ["Miscellaneous"]


def _aliases(spec: ConnectorSpec) -> list[str]:
    return sorted({spec.title, *spec.categories})


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _readme(spec: ConnectorSpec, options: ExportOptions, names: _Names) -> bytes:
    way = "calls its APIs itself" if options.mode == DIRECT else f"calls them through {options.service}"
    text = (
        f"# {names.package}\n\n{spec.description}\n\n"
        f"This package was written by `{spec.command} export n8n --mode {options.mode}`; the node {way}. Do\n"
        "not change it by hand: change the specs and write it anew.\n\n"
        f'```sh\nnpm install --prefix ~/.n8n/nodes "$(realpath .)"\n```\n'
    )
    return text.encode()
