"""What the credential of the node asks for: the connection, or the address and the token of a service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ...http.auth import schemes_of
from ...language.connector_records import ConnectorSpec
from ..javascript.javascript_connector import SIGNS
from .node_properties import plain, title_case

_REGION = "$credentials.region || ''"
JOINT = "__"
"""What stands between the names of an object and its member, as fields of n8n are flat."""


def direct_fields(spec: ConnectorSpec) -> list[dict[str, Any]]:
    """The members of the connection, but for those that only serve what JavaScript cannot sign with."""
    schemes = schemes_of(spec).values()
    signing = {need.partition(".")[0] for one in schemes for need in one.needs if one.type in SIGNS}
    others = {need.partition(".")[0] for one in schemes for need in one.needs if one.type not in SIGNS} - signing
    return list(_fields(spec, spec.connection.properties, "", others | {"server"}))


def _fields(
    spec: ConnectorSpec, properties: Mapping[str, Any], above: str, left_out: Iterable[str]
) -> Iterable[dict[str, Any]]:
    for name, schema in properties.items():
        if name in left_out:
            continue
        if schema.get("type") == "object":
            unsigned = [api.name for api in spec.apis.values() if not api.auth]
            yield from _fields(spec, schema.get("properties", {}), f"{above}{name}{JOINT}", unsigned)
        else:
            yield _field(f"{above}{name}", schema)


def _field(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"displayName": title_case(schema.get("title", name)), "name": name}
    description = plain(" ".join(one for one in (schema.get("description"), schema.get("help")) if one))
    if "enum" in schema:
        choices = [{"name": str(value).upper(), "value": value} for value in sorted(schema["enum"])]
        made |= {"type": "options", "options": choices, "default": schema.get("default", schema["enum"][0])}
    elif schema.get("type") == "boolean":
        made |= {"type": "boolean", "default": bool(schema.get("default"))}
        description = f"Whether this is on: {description}"
    else:
        made |= {"type": "string", "default": ""}
        if schema.get("secret"):
            made["typeOptions"] = {"password": True}
        if "placeholder" in schema and not schema.get("secret"):
            made["placeholder"] = schema["placeholder"]
    return {**made, "description": description}


def service_fields(spec: ConnectorSpec, address: str) -> list[dict[str, Any]]:
    """Where the service is, what lets in there, and which of its connections is used."""
    return [
        {
            "displayName": "Address",
            "name": "address",
            "type": "string",
            "default": address,
            "required": True,
            "description": f"Where {spec.command} serve listens",
        },
        {
            "displayName": "Token",
            "name": "token",
            "type": "string",
            "typeOptions": {"password": True},
            "default": "",
            "description": "What the service prints when it starts, or is given by --token-file",
        },
        {
            "displayName": "Connection",
            "name": "connection",
            "type": "string",
            "default": "",
            "placeholder": "e.g. sandbox",
            "description": "The name of a connection of the service; without one, that of its environment",
        },
    ]


def test_request(spec: ConnectorSpec) -> dict[str, Any]:
    """What n8n asks to try a credential: of the connector's own tests the first that can be verified.

    It is one expression, as only a part of the fields may be filled in.
    """
    tests = [one for one in spec.connection.test if one.api and one.path and _is_plain(spec, one.needs)]
    tests.sort(key=lambda one: not one.verified_by)
    url = "''"
    for one in reversed(tests):
        needs = " && ".join(f"$credentials.{need}" for need in one.needs)
        url = f"({needs}) ? {_address(spec, one.api or '', one.path or '')} : {url}"
    errors = {"ignore": True, "except": [401, 403, 429, 500, 502, 503, 504]}
    return {"request": {"url": f"={{{{ {url} }}}}", "method": "GET", "ignoreHttpStatusErrors": errors}}


def _is_plain(spec: ConnectorSpec, needs: Iterable[str]) -> bool:
    return all(spec.connection.properties.get(need, {}).get("type") == "string" for need in needs)


def _address(spec: ConnectorSpec, api: str, path: str) -> str:
    servers = spec.apis[api].by_region
    known = json.dumps(dict(servers))
    base = f"($credentials.servers{JOINT}{api} || {known}[{_REGION}])"
    parts = re.split(r"\{\{\s*connection\.(\w+)\s*\}\}", path)
    texts = [f"$credentials.{part}" if index % 2 else json.dumps(part) for index, part in enumerate(parts) if part]
    return " + ".join([base, *texts])
