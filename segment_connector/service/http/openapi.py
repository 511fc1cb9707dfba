"""The OpenAPI 3.1 document: one operation an action, so that importers and code generators can read the connector.

It is made of the specs once, and again only when the names of the server's connections change.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ... import __version__
from ...call.policy import question_of
from ...platforms.catalog import Catalog
from ...values.json_values import encode
from ..backend import Backend
from ..settings import Settings
from .openapi_paths import RESPONSES, SCHEMAS, failures, general_paths
from .openapi_schemas import Schemas


class Document:
    """The document of one service.

    :param catalog: the connector's own catalogue, which lists every action.
    """

    def __init__(self, backend: Backend, catalog: Catalog, settings: Settings) -> None:
        self._backend = backend
        self._catalog = catalog
        self._settings = settings
        self._lock = threading.Lock()
        self._made_for: tuple[int, int] | None = None
        self._text = b""

    def text(self) -> bytes:
        """The document as JSON."""
        with self._lock:
            changes = (self._backend.connections.changes, self._catalog.specs.edition)
            if self._made_for != changes:
                self._text = encode(self.document())
                self._made_for = changes
            return self._text

    def document(self) -> dict[str, Any]:
        """The document as JSON values."""
        spec, schemas = self._catalog.specs.connector, Schemas(self._catalog.specs)
        names_of_connections, connection = self._connections(schemas)
        names = list(self._catalog)
        paths = {f"/v1/actions/{name}/run": {"post": self._operation(name, schemas)} for name in names}
        groups = list(dict.fromkeys(self._catalog.listed(name).action.group for name in names))
        general = general_paths(names, groups, needs_connection="connection" in self._required(False))
        return {
            "openapi": "3.1.0",
            "info": {
                "title": f"{spec.title} connector",
                "version": __version__,
                "summary": spec.summary,
                "description": f"{spec.description}\n\n{_ABOUT}",
            },
            "servers": [{"url": "/"}],
            "security": [{"token": []}],
            "tags": [*self._tags(groups), {"name": "service", "description": "The service itself."}],
            "paths": {**paths, **general},
            "components": {
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer", "description": "The token of the service."}
                },
                "schemas": {
                    "ConnectionName": names_of_connections,
                    "ConnectionOrName": connection,
                    **SCHEMAS,
                    **schemas.components,
                },
                "responses": RESPONSES,
                "parameters": {"IdempotencyKey": _KEY},
            },
        }

    def _operation(self, name: str, schemas: Schemas) -> dict[str, Any]:
        listed, answers = self._catalog.listed(name), self._catalog.answers(name)
        action = listed.action
        inputs: dict[str, Any] = schemas.shown(listed.input_schema)
        if listed.rules:
            inputs = {**inputs, "allOf": [schemas.shown(rule.schema) for rule in listed.rules]}
        asks = f"\n\n{action.confirm}" if action.confirm else ""
        again = "" if action.idempotent else "\n\nA repeat may count twice; send an Idempotency-Key."
        operation: dict[str, Any] = {
            "operationId": name,
            "tags": [action.group],
            "summary": listed.title,
            "description": f"{listed.description}{asks}{again}",
            "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": self._body(inputs, question_of(action)), **self._examples(name)}
                },
            },
            "responses": {
                "200": {
                    "description": "The service behind accepted the call.",
                    "content": {"application/json": {"schema": schemas.promised(answers.schema)}},
                },
                **failures("called"),
            },
        }
        if action.deprecated:
            operation["deprecated"] = True
        if action.docs:
            operation["externalDocs"] = {"url": action.docs}
        return operation

    def _body(self, inputs: Mapping[str, Any], question: str | None) -> dict[str, Any]:
        confirm: dict[str, Any] = {"type": "boolean", "description": "Is asked of what deletes or replaces only."}
        if question is not None:
            confirm = {"type": "boolean", "const": True, "description": f"Says yes to: {question}"}
        required = self._required(bool(inputs.get("required") or inputs.get("allOf")))
        return {
            "type": "object",
            "properties": {
                "inputs": inputs,
                "connection": {"$ref": "#/components/schemas/ConnectionOrName"},
                "confirm": confirm,
            },
            "required": required if question is None else [*required, "confirm"],
            "additionalProperties": False,
        }

    def _required(self, needs_inputs: bool) -> list[str]:
        has_default = "environment" in self._backend.connections.own
        return [*(["inputs"] if needs_inputs else []), *([] if has_default else ["connection"])]

    def _examples(self, name: str) -> dict[str, Any]:
        examples = self._catalog.listed(name).action.examples
        if not examples:
            return {}
        listed = self._catalog.listed(name)
        confirm = {} if question_of(listed.action) is None else {"confirm": True}
        shown = {
            f"example{number}": {
                "summary": one.title,
                "value": {"inputs": listed.sample(one.input), "connection": "sandbox", **confirm},
            }
            for number, one in enumerate(examples, start=1)
        }  # fmt: skip
        return {"examples": shown}

    def _connections(self, schemas: Schemas) -> tuple[dict[str, Any], dict[str, Any]]:
        """The schemas of a connection's name, and of what a call may give in its place."""
        names = {
            "type": "string",
            "enum": self._backend.connections.names(),
            "title": "Name",
            "description": "A connection of the server's own; its credentials are never shown.",
        }
        by_name = {"$ref": "#/components/schemas/ConnectionName"}
        if not self._settings.inline:
            return names, by_name
        own: dict[str, Any] = schemas.shown(self._catalog.specs.connector.connection.schema)
        own = {**own, "title": "Connection", "description": "A connection for this call only."}
        return names, {"anyOf": [by_name, own]}

    def _tags(self, used: Iterable[str]) -> Iterator[dict[str, str]]:
        groups = self._catalog.specs.connector.groups
        for name in used:
            known = groups.get(name)
            yield {"name": name, "description": f"{known.title}. {known.summary}" if known else name}


_ABOUT = (
    "Every action is one operation: `inputs` are its parameters, `connection` is the name of one of the server's "
    "connections, or a connection for this call. A list comes in pages: the cursor of an answer goes into the next "
    "call. Whatever does not succeed is answered as RFC 9457 problem details; 4xx means that the same request would be "
    "refused again (but for 408 and 409), 5xx that it may succeed later."
)
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same body gives the same answer again, and nothing is sent twice. A UUID.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
