"""The parts of the OpenAPI document that are the same for every connector: general paths, problems, responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ...language import yaml_reader
from ..connections import NAME


@cache
def parts() -> Mapping[str, Any]:
    """What stands in ``openapi_parts.yaml``: ``schemas`` of answers by name, and what a status means."""
    return yaml_reader.read(Path(__file__).with_name("openapi_parts.yaml"))  # type: ignore[no-any-return]


def responses() -> dict[str, Any]:
    """The responses other than success, by the name that ``failures`` refers to."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        f"Problem{status}": {"description": said, "content": {"application/problem+json": {"schema": schema}}}
        for status, said in parts()["failures"].items()
    }


def failures(kind: str) -> dict[str, Any]:
    """The responses other than success that a kind of operation has, by status."""
    statuses = sorted((*parts()["everywhere"], *parts()["more"][kind]))
    return {status: {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}


def general_paths(actions: list[str], groups: list[str], *, needs_connection: bool) -> dict[str, Any]:
    """The operations that are not actions, by path.

    :param actions: the names of the actions that may be called; ``groups`` those of their groups.
    :param needs_connection: whether every call has to say by which connection.
    """
    required = ("connection",) if needs_connection else ()
    connection = {"$ref": "#/components/schemas/ConnectionOrName"}
    inputs = {"type": "object", "description": "The action's parameters by name."}
    action = _parameter("name", "path", {"type": "string", "enum": actions}, "The action.")
    name = _parameter("name", "path", {"type": "string", "pattern": f"^{NAME}$"}, "The connection.")
    versions = parts()["versions"]
    of_options = [
        action,
        _parameter("parameter", "path", {"type": "string", "minLength": 1}, "The parameter, dotted."),
        _parameter("search", "query", {"type": "string"}, "Only entries that hold this text."),
        {
            "name": "cursor",
            "in": "query",
            "description": "'next' of the part before.",
            "content": {"application/json": {"schema": {}}},
        },
    ]
    put = {"connection": {"type": "object"}, "keep": {"type": "boolean", "default": True}}
    return {
        "/v1/actions": {
            "get": _operation(
                "listActions", "List the actions", "plain", _object(
                    {"total": {"type": "integer"}, "groups": {"type": "array", "items": {"type": "object"}},
                     "actions": {"type": "array", "items": {"$ref": "#/components/schemas/ActionSummary"}}}),
                [
                    _parameter("search", "query", {"type": "string"}, "Words that name, title or summary all have."),
                    _parameter("group", "query", {"enum": groups}, "Only actions of this group."),
                    _parameter("effect", "query", {"enum": ["read", "write", "delete"]}, "Only this effect."),
                ],
            )
        },
        "/v1/actions/{name}": {
            "get": _operation("describeAction", "Describe an action: schemas, hints for forms, a sample", "named",
                              {"type": "object"}, [action])
        },
        "/v1/actions/{name}/preview": {
            "post": _operation(
                "previewAction", "Show the request that a call would send; nothing is sent", "body",
                {"$ref": "#/components/schemas/Preview"}, [action], {"inputs": inputs, "connection": connection},
                required,
            )
        },
        "/v1/actions/{name}/options/{parameter}": {
            "get": _operation(
                "listOptions", "List the values that a parameter may have", "asked",
                {"$ref": "#/components/schemas/Options"},
                [*of_options,
                 {**_parameter("connection", "query", {"$ref": "#/components/schemas/ConnectionName"},
                               "A connection of the server's own."), "required": needs_connection},
                 {"name": "inputs", "in": "query", "description": "What is filled in so far.",
                  "content": {"application/json": {"schema": inputs}}}],
            ),
            "post": _operation(
                "listOptionsWith", "List the values that a parameter may have, by a connection of your own", "asked",
                {"$ref": "#/components/schemas/Options"}, of_options, {"inputs": inputs, "connection": connection},
                required,
            ),
        },
        "/v1/catalog": {
            "get": _operation("listPlatforms", "List the platforms", "plain",
                              _object({"platforms": {"type": "array", "items": {"type": "object"}}}))
        },
        "/v1/catalog/{platform}": {
            "get": _operation("getCatalog", "The catalogue of a platform, in its own shape", "named", {},
                              [_parameter("platform", "path", {"type": "string"}, "The platform.")])
        },
        "/v1/connections": {
            "get": _operation("listConnections", "List the server's connections, without credentials", "plain",
                              _object({"connections": {"type": "array",
                                                       "items": {"$ref": "#/components/schemas/NamedConnection"}}}))
        },
        "/v1/connections/test": {
            "post": _operation(
                "testConnection", "Say what can be verified of a connection", "asked",
                {"$ref": "#/components/schemas/ConnectionReport"}, [], {"connection": connection}, required,
            )
        },
        "/v1/connections/{name}": {
            "get": _operation("getConnection", "Describe a connection, without credentials", "named",
                              {"$ref": "#/components/schemas/NamedConnection"}, [name]),
            "put": _operation(
                "putConnection", "Add a connection, or replace one; credentials that are absent are kept", "edited",
                {"$ref": "#/components/schemas/NamedConnection"}, [name, *versions], put, ("connection",),
                ("200", "201"),
            ),
            "delete": _operation("removeConnection", "Remove a connection", "edited", None, [name, *versions],
                                 success=("204",)),
        },
        "/healthz": {
            "get": {**_operation("health", "Say that the service is there", "plain",
                                 _object({"status": {"type": "string"}})), "security": []}
        },
        "/metrics": {
            "get": {**_operation("metrics", "What is counted, for Prometheus", "plain", None),
                    "responses": {"200": {"description": "The text format of Prometheus.",
                                          "content": {"text/plain": {"schema": {"type": "string"}}}},
                                  **failures("plain")}}
        },
    }  # fmt: skip


def _parameter(name: str, where: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    required = {"required": True} if where == "path" else {}
    return {"name": name, "in": where, **required, "schema": schema, "description": description}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _operation(
    name: str, summary: str, kind: str, schema: Mapping[str, Any] | None, parameters: Iterable[Mapping[str, Any]] = (),
    body: Mapping[str, Any] | None = None, required: Iterable[str] = (), success: Iterable[str] = ("200",),
) -> dict[str, Any]:  # fmt: skip
    content = {} if schema is None else {"content": {"application/json": {"schema": schema}}}
    operation: dict[str, Any] = {
        "operationId": name,
        "tags": ["service"],
        "summary": summary,
        "parameters": list(parameters),
        "responses": {**{status: {"description": "Done.", **content} for status in success}, **failures(kind)},
    }
    if body is not None:
        schema = {"type": "object", "properties": body, "required": list(required), "additionalProperties": False}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation
