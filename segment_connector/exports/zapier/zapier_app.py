"""The files of the app: what is the same for all connectors, and its operations drawn from the specs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...redact import has_secret
from ..export import DIRECT, ExportOptions, json_file
from ..javascript.javascript_connector import as_json, javascript_files
from ..package_tree import shared_javascript, tree
from .zap_operations import Operations

if TYPE_CHECKING:
    from ...connector import Connector

_HERE = Path(__file__).parent
_PLATFORM = "19.1.0"
_SHARED = ("host_inputs", "pages", "service_client")


def app_files(connector: Connector, options: ExportOptions) -> Mapping[str, bytes]:
    """The files of the app, as ``Export.files`` says it."""
    spec, direct = connector.spec, options.mode == DIRECT
    name = f"{spec.name}-connector"
    words = {"title": spec.title, "name": name, "mode": options.mode, "command": connector.specs.command}
    files = tree(_HERE / "package", words)
    if direct:
        made = javascript_files(connector.caller, [one.name for one in options.actions])
        files |= {f"lib/{path}": content for path, content in made.items()}
        del files["lib/service_caller.js"]
    else:
        files |= shared_javascript("lib", *_SHARED)
        del files["lib/direct_caller.js"]
    operations = Operations(connector, options)
    files["lib/operations.json"] = as_json(
        {
            "mode": options.mode,
            "authentication": _connection_fields(connector) if direct else _service_fields(connector, options),
            "tests": _tests(connector, operations) if direct else [],
            **operations.all(),
        }
    )
    files["package.json"] = json_file(
        {
            "name": name,
            "version": options.version,
            "description": spec.summary,
            "private": True,
            "license": "MIT",
            "main": "index.js",
            "dependencies": {"zapier-platform-core": _PLATFORM},
        }
    )
    return files


def _service_fields(connector: Connector, options: ExportOptions) -> list[dict[str, Any]]:
    command = f"{connector.specs.command} serve"
    return [
        {"key": "url", "label": "Address of the service", "type": "string", "required": True,
         "placeholder": options.service, "helpText": f"Where `{command}` is reached from outside, by https."},
        {"key": "token", "label": "Token", "type": "password", "required": True,
         "helpText": "The token of the service, as its `--token-file` has it."},
        {"key": "connection", "label": "Connection", "type": "string", "required": False,
         "helpText": "The name of one of the service's connections. Without one: that of its environment."},
    ]  # fmt: skip


def _connection_fields(connector: Connector) -> list[dict[str, Any]]:
    """A field for each plain member of the connection; members with members of their own are for other hosts."""
    connection = connector.spec.connection
    found = []
    for key, schema in connection.properties.items():
        if schema.get("type") == "object":
            continue
        field: dict[str, Any] = {
            "key": key,
            "label": schema.get("title", key),
            "type": "password" if has_secret(schema) else "boolean" if schema.get("type") == "boolean" else "string",
            "required": key in connection.required,
            "helpText": str(schema.get("help") or schema.get("description") or key)[:1000],
        }
        if "enum" in schema:
            field["choices"] = list(schema["enum"])
        if "default" in schema:
            field["default"] = str(schema["default"])
        found.append(field)
    return found


def _tests(connector: Connector, operations: Operations) -> list[dict[str, Any]]:
    """What proves a connection: reading actions that need nothing filled in, one for each credential that they need."""
    found: dict[tuple[str, ...], str] = {}
    for action in operations.actions:
        if action.effect == "read" and not action.required:
            found.setdefault(tuple(connector.caller.compiled(action.name).request.connection), action.name)
    return [{"needs": list(needs), "action": name} for needs, name in found.items() if needs]
