"""The OpenAPI document: one operation an action, so that importers and code generators can read the connector.

It is made of the specs once for each part and version that is asked for, and again only when the names of the server's
connections change.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ... import __version__
from ...call.policy import question_of
from ...language.investigation_records import investigation_paths
from ...language.locales import locale_titles
from ...language.profiles import profile_paths
from ...language.trigger_files import Triggers
from ...platforms.catalog import Catalog
from ...platforms.platform import Platform
from ...values.json_values import encode
from ..backend import Backend
from ..settings import Settings
from .discovery import hold_to
from .openapi_paths import failures, general_paths, parts, problem_responses
from .openapi_schemas import Schemas, older

_VERSIONS = {"3.1": "3.1.0", "3.0": "3.0.3"}
_SERVICE = "service"
_ADDRESS = "https://address.invalid"  # what is kept is the same for all addresses by which the service is asked
_MOST_KEPT = 12  # documents; a whole one takes about 1 MB


@dataclass(frozen=True, slots=True)
class Part:
    """Which document is asked for.

    :ivar group: only the operations of this group of actions, or only the service's own for ``service``.
    :ivar platform: only the actions that this platform lists; they are called by their own names all the same.
    :ivar openapi: the version, ``3.1`` or ``3.0``.
    :ivar webhooks: ``true`` for what callbacks are sent too (3.1 only). Generators of clients take it for a call of
        theirs and write code that is none, so they get the document without.
    """

    group: str | None = None
    platform: str | None = None
    openapi: str = "3.1"
    webhooks: str = "false"


class Document:
    """The document of one service; safe to share between threads.

    :param catalog: the connector's own catalogue, which lists every action that may be called.
    """

    def __init__(self, backend: Backend, catalog: Catalog, settings: Settings) -> None:
        self._backend = backend
        self._catalog = catalog
        self._settings = settings
        self._lock = threading.Lock()
        self._made_for: tuple[int, int] | None = None
        self._texts: OrderedDict[Part, bytes] = OrderedDict()

    def text(self, part: Part = Part(), address: str = "/") -> bytes:
        """The document as JSON.

        :param address: where the service was asked, without a slash at the end.
        :raises Refusal: when there is no such group, platform or version.
        """
        with self._lock:
            changes = (self._backend.connections.changes, self._catalog.specs.edition)
            if self._made_for != changes:
                self._texts.clear()
                self._made_for = changes
            text = self._texts.pop(part, None) or encode(self.document(part))
            self._texts[part] = text
            if len(self._texts) > _MOST_KEPT:
                self._texts.popitem(last=False)
        return text.replace(_ADDRESS.encode(), address.encode(), 1)

    def document(self, part: Part) -> dict[str, Any]:
        """The document as JSON values, but for the address of the service.

        :raises Refusal: as ``text``.
        """
        hold_to("openapi", part.openapi, list(_VERSIONS))
        spec, schemas = self._catalog.specs.connector, Schemas(self._catalog.specs)
        names = list(self._catalog)
        groups = self._groups(names)
        triggers, asks = list(Triggers(self._catalog.specs)), "connection" in self._required(False)
        investigations = list(investigation_paths(self._catalog.specs.root))
        families = self._catalog.specs.presets.families
        locales = list(locale_titles(self._catalog.specs.root))
        general = general_paths(
            names, groups, triggers, investigations, families, locales=locales, needs_connection=asks
        )
        hold_to("webhooks", part.webhooks, ["true", "false"])
        wanted = part.webhooks == "true" and triggers and part.group in (None, _SERVICE)
        webhooks = parts()["webhooks"] if wanted else {}
        listed = self._listed(names, part.platform)
        hold_to("group", part.group, [*self._groups(listed), _SERVICE])
        paths = {
            f"/v1/actions/{name}/run": {"post": self._operation(name, schemas)} for name in listed
            if part.group in (None, self._catalog.listed(name).action.group)
        } | (general if part.group in (None, _SERVICE) else {})  # fmt: skip
        known = parts()["components"]
        components = {
            **known,
            "schemas": {**self._connections(schemas), **known["schemas"], **schemas.components},
            "responses": problem_responses(),
        }
        tags = {tag for path in paths.values() for operation in path.values() for tag in operation["tags"]}
        made: dict[str, Any] = {
            "openapi": _VERSIONS[part.openapi],
            "info": {
                "title": f"{spec.title} connector",
                "version": __version__,
                "summary": spec.summary,
                "description": f"{spec.description}\n\n{parts()['about']}",
            },
            "servers": [{"url": _ADDRESS}],
            "security": [{"token": []}],
            "tags": [one for one in self._tags(groups) if one["name"] in tags],
            "paths": paths,
            **({"webhooks": webhooks} if webhooks else {}),
            "components": _needed(components, paths | webhooks),
        }
        return made if part.openapi == "3.1" else _in_3_0(made)

    def _groups(self, names: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(self._catalog.listed(name).action.group for name in names))

    def _listed(self, names: list[str], platform: str | None) -> list[str]:
        """Those of the actions that a platform lists."""
        if platform is None:
            return names
        specs = self._catalog.specs
        hold_to("platform", platform, list(profile_paths(specs.root)))
        own = {entry.action for entry in Platform(specs, platform, self._backend.policy).entries.values()}
        return [name for name in names if name in own]

    def _operation(self, name: str, schemas: Schemas) -> dict[str, Any]:
        listed, answers = self._catalog.listed(name), self._catalog.answers(name)
        action = listed.action
        inputs = schemas.shown(listed.input_schema)
        rules = "".join(f"\n- {rule.field}: {rule.message}; {rule.hint}" for rule in listed.rules)
        held = f"\n\nRules:\n{rules}" if rules else ""
        asks = f"\n\n{action.confirm}" if action.confirm else ""
        again = "" if action.idempotent else "\n\nA repeat may count twice; send an Idempotency-Key."
        operation: dict[str, Any] = {
            "operationId": name,
            "tags": [action.group],
            "summary": listed.title,
            "description": f"{listed.description}{held}{asks}{again}",
            "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": self._body(inputs, question_of(action), bool(listed.required or listed.rules)),
                        **self._examples(name),
                    }
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

    def _body(self, inputs: Mapping[str, Any], question: str | None, needs_inputs: bool) -> dict[str, Any]:
        confirm: dict[str, Any] = {"type": "boolean", "description": "Only needed for what deletes or replaces."}
        if question is not None:
            # Plainly a boolean: of a constant true, clients are made that take the text "true" only.
            confirm = {"type": "boolean", "description": f"Must be true; it says yes to: {question}"}
        required = self._required(needs_inputs)
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

    def _connections(self, schemas: Schemas) -> dict[str, Any]:
        """The schemas of a connection's name, and of what a call may give in its place."""
        names = {
            "type": "string",
            "enum": self._backend.connections.names(),
            "description": "A connection of the server's own; its credentials are never shown.",
        }
        by_name = {"$ref": "#/components/schemas/ConnectionName"}
        if not self._settings.inline:
            return {"ConnectionName": names, "ConnectionOrName": by_name}
        own = schemas.shown(self._catalog.specs.connector.connection.schema)
        return {
            "ConnectionName": names,
            "ConnectionOrName": {"oneOf": [by_name, {"$ref": "#/components/schemas/Connection"}]},
            "Connection": {**own, "description": "A connection for this call only."},
        }

    def _tags(self, used: Iterable[str]) -> Iterator[dict[str, str]]:
        groups = self._catalog.specs.connector.groups
        for name in used:
            known = groups.get(name)
            yield {"name": name, "description": f"{known.title}. {known.summary}" if known else name}
        yield {"name": _SERVICE, "description": "The service itself."}


def _needed(components: Mapping[str, Mapping[str, Any]], paths: Mapping[str, Any]) -> dict[str, Any]:
    """The components that paths refer to, directly or by others; those that are not referred to by ``$ref`` as well."""
    found: set[str] = set()
    left: list[Any] = [paths]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            place = node.get("$ref")
            if isinstance(place, str) and place.startswith("#/components/") and place not in found:
                found.add(place)
                _, _, kind, name = place.split("/")
                left.append(components[kind][name])
            left.extend(node.values())
        elif isinstance(node, list):
            left.extend(node)
    return {
        kind: {name: one for name, one in members.items()
               if kind == "securitySchemes" or f"#/components/{kind}/{name}" in found}
        for kind, members in components.items()
    }  # fmt: skip


def _in_3_0(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as OpenAPI 3.0 has it."""
    components = {
        kind: {name: older(one) if kind == "schemas" else _with_older(one) for name, one in members.items()}
        for kind, members in document["components"].items()
    }
    info = {name: value for name, value in document["info"].items() if name != "summary"}
    document = {name: value for name, value in document.items() if name != "webhooks"}
    return {**document, "info": info, "paths": _with_older(document["paths"]), "components": components}


def _with_older(node: Any) -> Any:
    """Paths, or a part of them, with each schema as OpenAPI 3.0 has it."""
    if isinstance(node, list):
        return [_with_older(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        word: older(value) if word == "schema" else value if word == "examples" else _with_older(value)
        for word, value in node.items()
    }
