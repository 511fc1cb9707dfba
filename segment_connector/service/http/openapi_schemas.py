"""JSON Schemas of the specs as OpenAPI 3.1 takes them: without the words of forms, and with shared parts named once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...language.specs import Specs
from ...schema.form_hints import plain_schema

_WORTH = 300  # characters of JSON; what is smaller is read more easily where it stands
_LITERAL = ("default", "enum", "const", "examples")


class Schemas:
    """Turns schemas into those of a document, and collects the components that they refer to.

    :param specs: whose shared definitions become components.
    :ivar components: by name; complete when every schema of the document went through ``shown``.
    """

    def __init__(self, specs: Specs) -> None:
        self.components: dict[str, Any] = {}
        self._names: dict[str, str] = {}
        for reference, definition in specs.types.items():
            whole = _ready(_whole(definition, specs.types))
            name = reference.partition("#")[2]
            text = json.dumps(whole, sort_keys=True)
            if whole.get("type") == "object" and len(text) > _WORTH:
                self._names.setdefault(text, name[0].upper() + name[1:])

    def shown(self, schema: Mapping[str, Any]) -> Any:
        """The schema for the document."""
        return self._named(_ready(schema))

    def promised(self, schema: Mapping[str, Any]) -> Any:
        """The schema of an answer for the document: its outermost members are promised, those within them are not.

        A service that leaves out a member which it used to give has not failed, and a strict client would throw the
        whole answer away.
        """
        shown: dict[str, Any] = self._named(_ready(schema))
        members = {name: _unpromised(member) for name, member in shown.get("properties", {}).items()}
        return {**shown, "properties": members} if members else shown

    def _named(self, node: Any, *, inside: bool = False) -> Any:
        if isinstance(node, list):
            return [self._named(item) for item in node]
        if not isinstance(node, dict):
            return node
        if not inside and node.get("type") == "object":
            name = self._names.get(json.dumps(node, sort_keys=True))
            if name is not None:
                if name not in self.components:
                    self.components[name] = {}  # a definition does not hold itself, but others may hold it
                    self.components[name] = self._named(node, inside=True)
                return {"$ref": f"#/components/schemas/{name}"}
        return {word: value if word in _LITERAL else self._named(value) for word, value in node.items()}


def _unpromised(node: Any) -> Any:
    if isinstance(node, list):
        return [_unpromised(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {word: value for word, value in node.items() if word != "required" or not isinstance(value, list)}
    return {word: value if word in _LITERAL else _unpromised(value) for word, value in kept.items()}


def _ready(schema: Mapping[str, Any]) -> Any:
    return plain_schema(_with_passwords(schema))


def _with_passwords(node: Any) -> Any:
    """Mark what is secret as OpenAPI does, so that generated forms hide it."""
    if isinstance(node, list):
        return [_with_passwords(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    copy = {word: value if word in _LITERAL else _with_passwords(value) for word, value in node.items()}
    if node.get("secret") is True and node.get("type") == "string":
        copy.setdefault("format", "password")
    return copy


def _whole(node: Any, types: Mapping[str, Any]) -> Any:
    """The definition in which each ``$ref: file#name`` is what it names; members beside it win."""
    if isinstance(node, list):
        return [_whole(item, types) for item in node]
    if not isinstance(node, Mapping):
        return node
    target = _whole(types[str(node["$ref"])], types) if "$ref" in node else {}
    return {**target, **{word: _whole(value, types) for word, value in node.items() if word != "$ref"}}
