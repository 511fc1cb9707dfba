"""The parts of the OpenAPI document that are the same for every connector: general paths, problems, responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..connections import NAME

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details: the place, the rule and the cure.",
    "properties": {
        "type": {"type": "string", "description": "A name of the problem, a URN."},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong, in one sentence."},
        "code": {"type": "string", "description": "A stable name of the rule, for programs."},
        "message": {"type": "string", "description": "The same as detail."},
        "hint": {"type": "string", "description": "How to mend it."},
        "field": {"type": "string", "description": "The place: a parameter, dotted, or a header."},
        "problems": {
            "type": "array",
            "description": "Everything that is wrong, the most important first.",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("code", "message", "hint", "field")},
                "required": ["code", "message"],
            },
        },
        "idempotency_key": {"type": "string", "description": "The key with which a repeat is the same call."},
        "retryable": {"type": "boolean", "description": "Whether the same call may succeed later."},
        "service_status": {"type": "integer", "description": "The HTTP status of the service behind."},
        "details": {"description": "What the service behind said of it."},
        "outputs": {"type": "object", "description": "What is known of the outputs all the same."},
        "meta": {"type": "object", "description": "How the call went, as in the answer of a success."},
    },
    "required": ["type", "title", "status", "detail", "code", "message"],
}
_CONNECTION = {
    "type": "object",
    "description": "What may be known of a named connection; never its credentials.",
    "properties": {
        "name": {"type": "string"},
        "version": {"type": "integer", "description": "Changes with each change; 0 when it cannot be edited."},
        "editable": {"type": "boolean"},
        "region": {"type": ["string", "null"]},
        "has": {"type": "array", "items": {"type": "string"}, "description": "The credentials that are set."},
        "public": {"type": "object", "description": "Everything else that is set."},
    },
    "required": ["name", "version", "editable", "region", "has", "public"],
    "additionalProperties": False,
}
_REPORT = {
    "type": "object",
    "properties": {
        "ok": {"type": "boolean", "description": "Nothing failed, and at least one credential was given."},
        "region": {
            "type": ["string", "null"],
            "description": "Whose servers were asked; null when the connection names all of them itself.",
        },
        "servers": {
            "type": "object",
            "description": "The addresses that the connection names, by the title of their API.",
            "additionalProperties": {"type": "string"},
        },
        "checks": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "verdict": {"enum": ["verified", "failed", "unverifiable", "not_given"]},
                    "message": {"type": "string"},
                    "hint": {"type": ["string", "null"]},
                },
                "required": ["title", "verdict", "message", "hint"],
            },
        },
    },
    "required": ["ok", "region", "servers", "checks"],
}
_SUMMARY = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "group": {"type": "string"},
        "title": {"type": "string"},
        "summary": {"type": "string"},
        "api": {"type": "string"},
        "effect": {"enum": ["read", "write", "delete"]},
        "idempotent": {"type": "boolean"},
        "stability": {"type": "string"},
        "docs": {"type": "string"},
        "confirm": {"type": "string", "description": "What to ask a person before it is called."},
    },
    "required": ["name", "group", "title", "summary", "effect"],
}
_PREVIEW = {
    "type": "object",
    "properties": {
        "request": {
            "type": "object",
            "description": "Method, URL, headers and body; credentials are masked.",
            "properties": {
                "method": {"type": "string"}, "url": {"type": "string"}, "headers": {"type": "object"}, "body": {},
            },
            "required": ["method", "url", "headers", "body"],
        },
        "sent_as": {"type": "integer", "description": "How many requests the limits make of it."},
        "warnings": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["request", "sent_as", "warnings"],
}  # fmt: skip
_OPTIONS = {
    "type": "object",
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"value": {}, "label": {"type": "string"}},
                "required": ["value", "label"],
            },
        },
        "next": {"type": ["string", "null"], "description": "Give it as 'cursor' to get what follows."},
    },
    "required": ["items", "next"],
}
SCHEMAS: Mapping[str, Any] = {
    "Problem": _PROBLEM, "NamedConnection": _CONNECTION, "ConnectionReport": _REPORT, "ActionSummary": _SUMMARY,
    "Preview": _PREVIEW, "Options": _OPTIONS,
}  # fmt: skip
_SAID = {
    "400": "The request cannot be read.",
    "401": "A token is needed, or it is wrong.",
    "403": "The page of another site asks, or the service does not offer this: an action, a server, a change.",
    "404": "There is nothing of this name.",
    "405": "The path does not take this method.",
    "408": "The body did not come in time.",
    "409": "The call with this Idempotency-Key is under way, or was done and what it gave is not kept.",
    "412": "Somebody else changed it first.",
    "413": "The body is too large.",
    "415": "The body is no JSON.",
    "421": "The service does not have the name by which it was called.",
    "422": "Inputs, connection or key were refused; nothing was sent.",
    "424": "The call did not succeed, and a repeat would not, or might count twice.",
    "428": "Say which version is changed.",
    "500": "The service made a mistake, or its file of connections is broken.",
    "502": "The call did not succeed; a repeat may.",
    "503": "Too many calls for now; Retry-After says when to come again.",
    "504": "There was no answer in time.",
}
RESPONSES: Mapping[str, Any] = {
    f"Problem{status}": {
        "description": said,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, said in _SAID.items()
}
_EVERYWHERE = ("400", "401", "403", "405", "421", "500", "503", "504")
_MORE = {
    "plain": (),
    "named": ("404",),
    "body": ("404", "408", "413", "415", "422"),
    "called": ("404", "408", "409", "413", "415", "422", "424", "502"),
    "asked": ("404", "408", "413", "415", "422", "424", "502"),
    "edited": ("404", "408", "412", "413", "415", "422", "428"),
}


def failures(kind: str) -> dict[str, Any]:
    """The responses other than success that a kind of operation has, by status."""
    return {
        status: {"$ref": f"#/components/responses/Problem{status}"} for status in sorted((*_EVERYWHERE, *_MORE[kind]))
    }


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
                {"$ref": "#/components/schemas/NamedConnection"}, [name, *_VERSIONS], put, ("connection",),
                ("200", "201"),
            ),
            "delete": _operation("removeConnection", "Remove a connection", "edited", None, [name, *_VERSIONS],
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


_VERSIONS = (
    {
        "name": "If-Match",
        "in": "header",
        "schema": {"type": "string", "pattern": '^"?[0-9]{1,15}"?$'},
        "description": "The ETag of the version that is changed.",
    },
    {
        "name": "If-None-Match",
        "in": "header",
        "schema": {"type": "string", "enum": ["*"]},
        "description": "* to add a connection that is not there yet.",
    },
)


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
