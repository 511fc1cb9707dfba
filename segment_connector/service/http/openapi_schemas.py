"""JSON Schemas of the specs as OpenAPI takes them: said plainly for machines, and with shared parts named once.

Importers and code generators read a small part of JSON Schema, and break or leave operations out at the rest. So words
for forms are taken off (a ``title`` becomes the name of a class, and two of them collide), a place has one type, and
rules between parameters are told in descriptions; the service judges by the whole schema anyway. Values that differ in
type are ``oneOf``, of which generators make a union: of ``anyOf`` some make an object with the members of all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ...language.specs import Specs
from ...schema.form_hints import plain_schema

_WORTH = 300  # characters of JSON; what is smaller is read more easily where it stands
_NAMED, _LISTED, _ONE = (
    ("properties", "patternProperties"),
    ("anyOf", "allOf", "oneOf"),
    ("items", "additionalProperties"),
)
_NULL = {"type": "null"}
_SCALAR = frozenset(("string", "number", "boolean"))
_OF_ANY = ("type", "description", "default", "examples", "enum", "const", "anyOf", "oneOf", "deprecated", "$ref")
_OF_TYPE = {
    "object": ("properties", "additionalProperties", "required", "minProperties", "maxProperties"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
_WORDS = {**dict.fromkeys(_OF_ANY, ""), **{word: kind for kind, words in _OF_TYPE.items() for word in words}}
"""The words of JSON Schema that machines read, by the type of the values that they are for, if it is one."""

Change = Callable[[dict[str, Any]], dict[str, Any]]


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

    def shown(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema for the document."""
        return self._named(_ready(schema))

    def promised(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema of an answer for the document: its outermost members are promised, those within them are not.

        A service that leaves out a member which it used to give has not failed, and a strict client would throw the
        whole answer away.
        """
        shown = self.shown(schema)
        members = {name: everywhere(member, _unpromised) for name, member in shown.get("properties", {}).items()}
        return {**shown, "properties": members} if members else shown

    def _named(self, schema: dict[str, Any], *, inside: bool = False) -> dict[str, Any]:
        name = self._names.get(json.dumps(schema, sort_keys=True)) if schema.get("type") == "object" else None
        if name is None or inside:
            return below(schema, self._named)
        if name not in self.components:
            self.components[name] = {}  # a definition does not hold itself, but others may hold it
            self.components[name] = self._named(schema, inside=True)
        return {"$ref": f"#/components/schemas/{name}"}


def below(schema: dict[str, Any], change: Change) -> dict[str, Any]:
    """A copy in which each schema directly below has been changed; values such as ``default`` are not schemas."""

    def changed(one: Any) -> Any:
        return change(one) if isinstance(one, dict) else one  # true and false are schemas as well

    return {
        word: {name: changed(one) for name, one in value.items()} if word in _NAMED
        else [changed(one) for one in value] if word in _LISTED
        else changed(value) if word in _ONE
        else value
        for word, value in schema.items()
    }  # fmt: skip


def everywhere(schema: dict[str, Any], change: Change) -> dict[str, Any]:
    """A copy in which the schema and each below it have been changed, the inmost first."""
    return change(below(schema, lambda one: everywhere(one, change)))


def older(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as OpenAPI 3.0 has it, which knows neither the type null nor words beside ``$ref``."""
    return everywhere(schema, _older)


def _ready(schema: Mapping[str, Any]) -> dict[str, Any]:
    hidden: dict[str, Any] = plain_schema(everywhere(dict(schema), _with_password))
    return everywhere(hidden, _plainly)


def _unpromised(schema: dict[str, Any]) -> dict[str, Any]:
    return {word: value for word, value in schema.items() if word != "required"}


def _with_password(schema: dict[str, Any]) -> dict[str, Any]:
    """Mark what is secret as OpenAPI does, so that generated forms hide it."""
    is_secret = schema.get("secret") is True and schema.get("type") == "string"
    return {"format": "password", **schema} if is_secret else schema


def _plainly(schema: dict[str, Any]) -> dict[str, Any]:
    said = {word: value for word, value in schema.items() if word in _WORDS}
    if "patternProperties" in schema:
        said.pop("additionalProperties", None)  # it is for members that the other word says nothing of
    if "const" in said:
        said["enum"] = [said.pop("const")]
    if any(isinstance(value, bool) for value in said.get("enum", ())):
        del said["enum"]  # clients compare true with the text "true", and refuse it
    kinds = [kind for kind in _kinds(said) if kind != "null"]
    if len(kinds) > 1 and not _SCALAR.issuperset(kinds):
        # A client would write an object of which nothing is known as {}, had it to choose between types.
        return {word: value for word, value in said.items() if word != "type" and not _WORDS[word]}
    if len(kinds) > 1:
        ways = [{"type": kind, **{word: value for word, value in said.items() if _WORDS[word] == kind}}
                for kind in _kinds(said)]  # fmt: skip
        return {**{word: value for word, value in said.items() if word != "type" and not _WORDS[word]}, "oneOf": ways}
    if "array" in kinds:
        said.setdefault("items", {})
    if "anyOf" in said:
        # What is any of any of them is any of all.
        said["anyOf"] = [one for each in said["anyOf"] for one in (each["anyOf"] if set(each) == {"anyOf"} else [each])]
    return said


def _older(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    said = {
        word: value for word, value in schema.items()
        if word != "examples" and (word != "required" or value)
    }  # fmt: skip
    if schema.get("examples"):
        said["example"] = schema["examples"][0]
    for word, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if word in said:
            said |= {bound: said[word], word: True}
    kinds = _kinds(schema)
    if "null" in kinds and len(kinds) > 1:
        said |= {"type": next(kind for kind in kinds if kind != "null"), "nullable": True}
    for word in ("anyOf", "oneOf"):
        if _NULL in schema.get(word, ()):
            first, *others = (one for one in schema[word] if one != _NULL)
            del said[word]
            said |= {word: [_nullable(first), *others]} if others else {**_nullable(first), **said}
    return said


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, or null; 3.0 asks for a type beside ``nullable``, and what ``$ref`` names here is an object."""
    return {"type": "object", "allOf": [schema], "nullable": True} if "$ref" in schema else {**schema, "nullable": True}


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _whole(node: Any, types: Mapping[str, Any]) -> Any:
    """The definition in which each ``$ref: file#name`` is what it names; members beside it win."""
    if isinstance(node, list):
        return [_whole(item, types) for item in node]
    if not isinstance(node, Mapping):
        return node
    target = _whole(types[str(node["$ref"])], types) if "$ref" in node else {}
    return {**target, **{word: _whole(value, types) for word, value in node.items() if word != "$ref"}}
