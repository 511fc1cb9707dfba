"""A definition of operations of the service's own API, for the actions whose requests a definition can describe.

A custom connector fills places of a request and computes nothing. So an action is left out when its address is
computed, or when another one has the same; and a member that is computed, such as the instant of sending, is left to
the service.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ...language.action_records import Action
from ...language.connector_records import Api
from ...language.specs import Specs
from ..export import ExportOptions
from .definition import dropdown, head, listed, operation
from .swagger_schemas import given_back, identifier, member

_LONE = re.compile(r"\{\{\s*(input|connection)\.([\w.]+)\s*\}\}")
_JOINED = re.compile(r"\{\{\s*input\.(\w+)\s*\|\s*join\(','\)\s*\}\}\Z")
_ANSWER = re.compile(r"\{\{\s*response\.body((?:\.\w+)*)\s*\}\}\Z")
_ENTRIES = 5  # of a list in a query whose entries are counted: 'a.0', 'a.1'


@dataclass
class Definition:
    """What came of the actions: the definition, and the names of the actions that it cannot have."""

    swagger: dict[str, Any]
    left_out: list[str] = field(default_factory=list)


def direct_definition(specs: Specs, options: ExportOptions, group: str, actions: Iterable[Action]) -> Definition:
    """The definition of one connector.

    :param group: the group that it is named after.
    :param actions: of one API.
    """
    actions = list(actions)
    api = specs.connector.apis[actions[0].api]
    scheme, host, base = address_of(api)
    made = Definition(
        {
            **head(specs.connector, group, options.version),
            "host": host,
            "basePath": "/",
            "schemes": [scheme],
            "consumes": ["application/json"],
            "produces": ["application/json"],
            "paths": {},
            "definitions": {},
            **_security(specs, api),
        }
    )
    paths, known = made.swagger["paths"], {action.name for action in actions}
    wanted, hidden = list(actions), set[str]()
    for action in wanted:
        path = _path(action, base)
        method = action.endpoint.method.lower()
        same = None if path is None else _same(paths, path)
        if path is None or method in paths.get(same or path, {}):
            if action.name not in hidden:
                made.left_out.append(action.name)
            continue
        found = _Request(specs, api, action).operation()
        if action.name in hidden:
            found["x-ms-visibility"] = "internal"
        paths.setdefault(path, {})[method] = found
        for lister in _listers(action):
            if lister not in known and specs.action(lister).api == actions[0].api:
                known.add(lister)
                hidden.add(lister)
                wanted.append(specs.action(lister))
    return made


def address_of(api: Api) -> tuple[str, str, str]:
    """Scheme and host of the first region, and the path that stands before those of actions."""
    first = urlsplit(next(iter(api.by_region.values())))
    return first.scheme, first.netloc, first.path.rstrip("/")


def _same(paths: Mapping[str, Any], path: str) -> str | None:
    """A path that differs in the names of its parameters only; none may stand beside it."""
    folded = re.sub(r"\{.*?\}", "{}", path)
    return next((one for one in paths if re.sub(r"\{.*?\}", "{}", one) == folded and one != path), None)


def _path(action: Action, base: str) -> str | None:
    path = _LONE.sub(lambda found: "{" + found[2].replace(".", "_") + "}", action.endpoint.path)
    return None if "{{" in path or "{{" in action.endpoint.method else base + path


def _listers(action: Action) -> Iterator[str]:
    yield from (schema["options"]["action"] for schema in listed(action.input_schema))


def _security(specs: Specs, api: Api) -> dict[str, Any]:
    scheme, _ = signing(specs, api)
    if scheme is None:
        return {}
    said = (
        {"type": "basic"} if scheme["type"] == "basic" else {"type": "apiKey", "in": "header", "name": "Authorization"}
    )
    if scheme["type"] == "apiKey":
        said |= {"in": scheme["in"], "name": scheme["name"]}
    return {"securityDefinitions": {"key": said}, "security": [{"key": []}]}


def signing(specs: Specs, api: Api) -> tuple[Mapping[str, Any] | None, str]:
    """The first way to sign requests that a connector can have, as it stands in the specs; ``None`` without one.

    :returns: it, and the member of the connection that it signs with.
    """
    for name in api.auth:
        scheme = specs.connector.auth[name]
        member_of = {"basic": "username", "bearer": "token", "apiKey": "key"}.get(scheme["type"])
        if member_of is not None and scheme.get("in", "header") in ("header", "query"):
            return scheme, scheme[member_of]
    return None, ""


class _Request:
    """Writes the operation of one action."""

    def __init__(self, specs: Specs, api: Api, action: Action) -> None:
        self._specs = specs
        self._api = api
        self._action = action
        self._computed: list[str] = []

    def operation(self) -> dict[str, Any]:
        parameters = [*self._in_path(), *self._media_type(), *self._in_query(), *self._in_body()]
        left = ", ".join(sorted(self._computed))
        told = [f"{left} cannot be made by this connector and is left to the service"] if left else []
        if self._action.paging and (paging := self._action.paging[0]).next:
            told.append(
                f"The list comes in pages: for the next one, call again with {paging.position} as {paging.next} has it"
            )
        answers = {"200": {"description": "Accepted.", **self._answer()}, "default": {"description": "Refused."}}
        return {**operation(self._action, told), "parameters": parameters, "responses": answers}

    def _in_path(self) -> Iterator[dict[str, Any]]:
        for kind, name in _LONE.findall(self._action.endpoint.path):
            schema = self._schema(kind, name)
            yield self._parameter(name.replace(".", "_"), "path", schema, required=True)

    def _media_type(self) -> Iterator[dict[str, Any]]:
        media = self._api.media_types.get(self._action.stability)
        if media and media != "application/json":
            yield {
                "name": "Accept", "in": "header", "required": True, "type": "string", "default": media,
                "x-ms-summary": "Accept", "x-ms-visibility": "internal", "description": "The version of the API.",
            }  # fmt: skip

    def _in_query(self) -> Iterator[dict[str, Any]]:
        query = self._action.endpoint.query
        for name, value in query.items() if isinstance(query, Mapping) else ():
            if not isinstance(value, str):
                continue
            if (joined := _JOINED.match(value)) is not None:
                schema = self._schema("input", joined[1])
                yield {**self._parameter(name, "query", schema), "collectionFormat": "csv"}
            elif (lone := _LONE.fullmatch(value)) is not None:
                yield from self._flat(name, self._schema(lone[1], lone[2]), lone[2] in self._action.required)
            else:
                self._computed.append(name)

    def _flat(self, name: str, schema: Mapping[str, Any], required: bool) -> Iterator[dict[str, Any]]:
        """A member of a query; those of an object are dotted."""
        if "properties" in schema:
            needed = schema.get("required", ()) if required else ()
            for below, one in schema["properties"].items():
                yield from self._flat(f"{name}.{below}", one, below in needed)
        elif schema.get("type") == "array" and not self._commas():
            for number in range(_ENTRIES):
                one = {"title": f"{schema.get('title', name)} {number + 1}", **schema.get("items", {})}
                one = {**one, "advanced": number > 0, "description": str(schema.get("description", ""))}
                yield from self._flat(f"{name}.{number}", one, required and number == 0)
        else:
            found = self._parameter(name, "query", schema, required=required)
            yield {**found, "collectionFormat": "csv"} if found["type"] == "array" else found

    def _commas(self) -> bool:
        return (self._action.endpoint.style or self._api.style) == "form"

    def _parameter(self, name: str, place: str, schema: Mapping[str, Any], *, required: bool = False) -> dict[str, Any]:
        said = member(name, schema, lambda *_: self._dropdown(schema), required=required)
        said = {word: value for word, value in said.items() if word not in ("properties", "example")}
        kind = said.get("type")
        if kind not in ("string", "number", "integer", "boolean", "array"):
            said["type"] = "string"
        if kind == "array":
            said["items"] = {"type": said["items"].get("type", "string")}
        return {"name": name, "in": place, "required": required, **said}

    def _in_body(self) -> Iterator[dict[str, Any]]:
        body = self._action.body
        if body is None:
            return
        schema = self._tree(body, "")
        if schema is not None:
            yield {"name": "body", "in": "body", "required": True, "schema": schema}

    def _tree(self, tree: Any, place: str) -> dict[str, Any] | None:
        """The schema of what a template makes; ``None`` for what is computed."""
        if isinstance(tree, str) and (lone := _LONE.fullmatch(tree)) is not None:
            schema = self._schema(lone[1], lone[2])
            return member(lone[2], schema, self._nested, lone[2], required=lone[2] in self._action.required)
        if isinstance(tree, Mapping):
            members = {str(name): self._tree(one, str(name)) for name, one in tree.items()}
            known = {name: one for name, one in members.items() if one is not None}
            needed = [name for name, one in known.items() if one.get("x-ms-visibility") in ("important", "internal")]
            return {"type": "object", "properties": known, **({"required": needed} if needed else {})}
        if (isinstance(tree, str) and "{{" in tree) or isinstance(tree, list):
            self._computed.append(place)
            return None
        kind = {bool: "boolean", int: "integer", float: "number", str: "string"}.get(type(tree))
        return {**({"type": kind} if kind else {}), "default": tree, "x-ms-visibility": "internal"}

    def _nested(self, _: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._dropdown(schema)

    def _schema(self, kind: str, name: str) -> Mapping[str, Any]:
        found = self._specs.connector.connection.properties if kind == "connection" else self._action.parameters
        return found.get(name, {"type": "string"})

    def _dropdown(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        options = schema.get("options")
        if not (isinstance(options, Mapping) and "action" in options and "each" not in options):
            return {}
        lister = self._specs.action(options["action"])
        items = lister.outputs.get(lister.paging[0].items) if lister.paging else None
        place = _ANSWER.match(str(items.value)) if items is not None else None
        sources = options.get("inputs", {})
        if not {"value", "label"} <= set(options):
            return {}  # of a list of texts nothing can be told apart
        if place is None or lister.api != self._action.api or not set(sources.values()) <= set(self._action.parameters):
            return {}
        value, label = (options[word].replace(".", "/") for word in ("value", "label"))
        inside = place[1].lstrip(".").replace(".", "/")
        return dropdown(identifier(lister.name), {}, dict(sources), inside, value, label)

    def _answer(self) -> dict[str, Any]:
        whole: dict[str, Any] = {}
        for name, one in self._action.outputs.items():
            place = _ANSWER.match(str(one.value))
            if place is None:
                continue
            schema = given_back(name, one)
            names = place[1].lstrip(".").split(".")
            if names == [""]:
                return {"schema": schema}
            node = whole
            for step in names[:-1]:
                node = node.setdefault(step, {"type": "object", "properties": {}})["properties"]
            node[names[-1]] = schema
        return {"schema": {"type": "object", "properties": whole}} if whole else {}
