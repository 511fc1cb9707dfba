"""A definition of operations that ``serve`` carries out: calls, dropdowns of any parameter, and triggers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...call.policy import question_of
from ...language.action_records import Action
from ...language.specs import Specs
from ...language.trigger_records import Trigger
from ..export import ExportOptions
from .definition import address, dropdown, head, listed, operation
from .swagger_schemas import Hints, given_back, identifier, sentences, swagger, title_case

_VALUES, _CONNECTIONS, _UNSUBSCRIBE = "ServiceListValues", "ServiceListConnections", "ServiceUnsubscribe"
_PROBLEM = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "x-ms-summary": "Title", "description": "The status in words."},
        "status": {"type": "integer", "x-ms-summary": "Status", "description": "The HTTP status."},
        "detail": {"type": "string", "x-ms-summary": "Detail", "description": "What is wrong, in one sentence."},
        "hint": {"type": "string", "x-ms-summary": "Hint", "description": "How to fix it."},
        "field": {"type": "string", "x-ms-summary": "Field", "description": "The place: a parameter, dotted."},
        "code": {"type": "string", "x-ms-summary": "Code", "description": "A stable name of the rule."},
    },
}
_WRONG = {
    "description": "Something is wrong: the place, the rule and the fix.",
    "schema": {"$ref": "#/definitions/Problem"},
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "type": "string",
    "x-ms-summary": "Idempotency Key",
    "x-ms-visibility": "advanced",
    "description": "The same key gives the same answer again, and nothing is sent twice. Give it what is the same when "
    "the step is repeated, and different otherwise, such as the id of an order.",
}


def service_definition(
    specs: Specs, options: ExportOptions, group: str, actions: Iterable[Action], triggers: Iterable[Trigger]
) -> dict[str, Any]:
    """The definition of one connector.

    :param group: the group that it is named after.
    """
    reached = address(options)
    actions, triggers = list(actions), list(triggers)
    paths: dict[str, Any] = {f"/v1/actions/{action.name}/run": {"post": _call(action)} for action in actions}
    for trigger in triggers:
        paths[f"/v1/triggers/{trigger.name}/subscriptions"] = _subscribe(trigger)
    if triggers:
        paths["/v1/triggers/{trigger}/subscriptions/{id}"] = {"delete": _unsubscribe()}
    paths["/v1/connections"] = {"get": _connections()}
    sources = sorted(
        {place for action in actions for schema in listed(action.input_schema)
         for place in schema["options"].get("inputs", {}).values()}
    )  # fmt: skip
    paths["/v1/actions/{action}/options/{parameter}"] = {"get": _values(sources)}
    return {
        **head(specs.connector, group, options.version),
        "host": reached.netloc,
        "basePath": "/",
        "schemes": [reached.scheme],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "paths": paths,
        "definitions": {"Problem": _PROBLEM},
        "securityDefinitions": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        "security": [{"token": []}],
    }


def _hints(owner: str) -> Hints:
    def hints(place: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        options = schema.get("options")
        if not isinstance(options, Mapping) or "action" not in options or "*" in place:
            return {}
        given = {"action": owner, "parameter": place}
        needed = {
            f"inputs.{source}": f"body/inputs/{source.replace('.', '/')}"
            for source in options.get("inputs", {}).values()
        }
        return dropdown(_VALUES, given, {"connection": "body/connection", **needed}, "items", "value", "label")

    return hints


def _connection() -> dict[str, Any]:
    values = dropdown(_CONNECTIONS, {}, {}, "connections", "name", "name")
    said = "The account: a connection of the service, by its name. Left out, it is that of the service's environment."
    return {
        "type": "string",
        "x-ms-summary": "Connection",
        "x-ms-visibility": "important",
        "description": said,
        **values,
    }


def _body(properties: Mapping[str, Any], required: list[str]) -> list[dict[str, Any]]:
    schema = {"type": "object", "properties": properties, **({"required": required} if required else {})}
    return [{"name": "body", "in": "body", "required": True, "schema": schema}]


def _call(action: Action) -> dict[str, Any]:
    inputs = {"x-ms-summary": "Inputs", **swagger(action.input_schema, _hints(action.name))}
    properties = {"connection": _connection(), "inputs": inputs}
    required = ["inputs"] if action.required else []
    if (question := question_of(action)) is not None:
        properties["confirm"] = {
            "type": "boolean",
            "x-ms-summary": "Confirm",
            "x-ms-visibility": "important",
            "description": sentences(f"Yes, to: {question}"),
        }
        required.append("confirm")
    outputs = {name: given_back(name, one) for name, one in action.outputs.items()}
    answer = {
        "type": "object",
        "properties": {
            "ok": {"type": "boolean", "x-ms-summary": "Ok", "description": "Whether the call was accepted."},
            "outputs": {"type": "object", "x-ms-summary": "Outputs", "properties": outputs},
            "meta": {"type": "object", "x-ms-summary": "Meta", "description": "How the call went."},
        },
    }
    return {
        **operation(action, _paged(action)),
        "parameters": [_KEY, *_body(properties, required)],
        "responses": {"200": {"description": "Accepted.", "schema": answer}, "default": _WRONG},
    }


def _paged(action: Action) -> list[str]:
    return [
        f"The list comes in pages: for the next one, call again with {title_case(one.position.split('.')[-1])} "
        f"({one.position}) as the output {one.next} has it"
        for one in action.paging[:1] if one.next
    ]  # fmt: skip


def _connections() -> dict[str, Any]:
    named = {"type": "object", "properties": {"name": {"type": "string", "x-ms-summary": "Name"}}}
    names = {"type": "object", "properties": {"connections": {"type": "array", "items": named}}}
    return {
        "operationId": _CONNECTIONS,
        "summary": "List the connections of the service",
        "description": "The names of the connections, without credentials.",
        "x-ms-visibility": "internal",
        "parameters": [],
        "responses": {"200": {"description": "The names.", "schema": names}, "default": _WRONG},
    }


def _values(sources: Iterable[str]) -> dict[str, Any]:
    def text(name: str, place: str, said: str) -> dict[str, Any]:
        needed = {"required": True} if place == "path" else {}
        return {
            "name": name, "in": place, **needed, "type": "string", "description": said,
            "x-ms-summary": title_case(name.rpartition(".")[2]),
        }  # fmt: skip

    item = {
        "type": "object",
        "properties": {
            "value": {"x-ms-summary": "Value", "description": "What is sent."},
            "label": {"type": "string", "x-ms-summary": "Label", "description": "What is shown."},
        },
    }
    values = {"type": "object", "properties": {"items": {"type": "array", "items": item}}}
    return {
        "operationId": _VALUES,
        "summary": "List the values that a parameter may have",
        "description": "The entries of a dropdown.",
        "x-ms-visibility": "internal",
        "parameters": [
            text("action", "path", "The action."),
            text("parameter", "path", "The parameter, dotted."),
            text("connection", "query", "A connection of the service."),
            *(text(f"inputs.{source}", "query", "What is filled in so far.") for source in sources),
        ],
        "responses": {"200": {"description": "The values.", "schema": values}, "default": _WRONG},
    }


def _subscribe(trigger: Trigger) -> dict[str, Any]:
    data = {name: given_back(name, one) for name, one in trigger.outputs.items()}
    item = {
        "type": "object",
        "properties": {
            "id": {"type": "string", "x-ms-summary": "Id", "description": "The same when an item is told twice."},
            "at": {"type": "string", "x-ms-summary": "At", "description": "When it happened."},
            "title": {"type": "string", "x-ms-summary": "Title", "description": "What happened, for people."},
            "data": {"type": "object", "x-ms-summary": "Data", "properties": data},
        },
    }
    url = {
        "type": "string", "x-ms-summary": "Callback URL", "x-ms-visibility": "internal", "x-ms-notification-url": True,
        "description": "Where items are sent.",
    }  # fmt: skip
    callback = {"type": "object", "properties": {"url": url}, "required": ["url"], "x-ms-visibility": "internal"}
    inputs = {"x-ms-summary": "Inputs", **swagger(trigger.input_schema)}
    properties = {"connection": _connection(), "inputs": inputs, "callback": callback}
    rules = [f"{rule.message}; {rule.hint}" for rule in trigger.rules]
    return {
        "x-ms-notification-content": {"description": sentences(trigger.summary), "schema": item},
        "post": {
            "operationId": f"When{identifier(trigger.name)}",
            "summary": trigger.title,
            "description": " ".join(map(sentences, [trigger.description, *rules])),
            "x-ms-trigger": "single",
            "x-ms-trigger-hint": sentences(trigger.summary),
            "parameters": _body(properties, ["callback"]),
            "responses": {"201": {"description": "Subscribed; Location says what ends it."}, "default": _WRONG},
        },
    }


def _unsubscribe() -> dict[str, Any]:
    needed = {"in": "path", "required": True, "type": "string"}
    return {
        "operationId": _UNSUBSCRIBE,
        "summary": "End a subscription",
        "description": "Called when the flow is switched off or deleted.",
        "x-ms-visibility": "internal",
        "parameters": [
            {"name": "trigger", "x-ms-summary": "Trigger", "description": "The trigger.", **needed},
            {"name": "id", "x-ms-summary": "Id", "description": "The subscription.", **needed},
        ],
        "responses": {"204": {"description": "It has ended."}, "default": _WRONG},
    }
