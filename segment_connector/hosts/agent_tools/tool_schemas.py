"""The JSON Schemas that clients see: the part of the language that every vendor of models takes, and short.

What a client lists is a sketch in the words that OpenAI, Google, Anthropic and VS Code share: one type a place, each
list with its items, no composition at the top. The inputs are judged by the action's whole schema in any case, which
``describe_action`` tells, so a sketch refuses nothing that the action takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...language.action_records import Action
from ...language.list_tables import list_of
from ...language.typed_action import SPREAD
from ...schema.form_hints import plain_schema, types_of

MAX_ITEMS = "max_items"
"""The argument by which a tool follows a list over its pages; no action has a parameter of that name."""
MOST_ITEMS = 1000
SKIP = "skip"
"""The argument by which a tool goes on in a list that was cut; no action has a parameter of that name."""
FIELDS = "fields"
"""The argument that chooses members of what a tool gives; no action has a parameter of that name."""
REPEAT_ID = "repeat_id"
"""The argument by which the repeat of a long list counts no entry twice; no action has a parameter of that name."""
WARNINGS = "warnings"

_MOST_OUTPUT_DEPTH = 2
_MOST_NAMES = 20  # members of an open object that are told
_TYPES = ("object", "string", "number", "boolean")
_BOUNDS = ("minimum", "maximum", "minItems", "maxItems")
_SENTENCE = re.compile(r".+?[.?!;](?=\s|$)", re.DOTALL)


def input_schema(action: Action, *, whole: bool = False) -> dict[str, Any]:
    """The arguments of a tool.

    :param whole: everything that is known of them, in all words of JSON Schema.
    """
    if whole:
        made: dict[str, Any] = plain_schema(action.input_schema)
    else:
        made = {"type": "object", "properties": {}}
        # What is settled already is not asked for.
        made["properties"] = {name: _told(one) for name, one in action.parameters.items() if "const" not in one}
        if action.required:
            made["required"] = list(action.required)
    made["properties"].update(_own_arguments(action))
    return made


def sketched_inputs(parameters: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    """The arguments of a tool that is not an action, in the words that every vendor takes."""
    made: dict[str, Any] = {"type": "object", "properties": {name: _told(one) for name, one in parameters.items()}}
    return {**made, "required": list(required)} if required else made


def _own_arguments(action: Action) -> dict[str, Any]:
    """The schemas of the arguments that a tool has beside the action's parameters."""
    made: dict[str, Any] = {}
    if follows_pages(action):
        made[MAX_ITEMS] = {"type": "integer", "description": f"Entries at most, over pages, to {MOST_ITEMS}."}
    if list_of(action) is not None:
        made[SKIP] = {"type": "integer", "description": "Entries to pass over."}
        made[FIELDS] = {"type": "array", "items": {"type": "string"}, "description": "Only these properties."}
    if takes_repeat_id(action):
        made[REPEAT_ID] = {
            "type": "string",
            "description": "Only to repeat a call that failed: the value that its error gave.",
        }
    return made


def output_schema(action: Action, *, whole: bool = False) -> dict[str, Any]:
    """What a tool gives: the action's outputs, none of which must be there, and warnings if there are any.

    Only kinds of values are promised. A service that adds a state to a list of states has not failed, and a client
    would throw its whole answer away.

    :param whole: with descriptions, and the members of outputs down to a depth.
    """
    properties: dict[str, Any] = {}
    for name, output in action.outputs.items():
        schema = {**output.schema, "type": output.type, "description": output.description}
        properties[name] = _kinds(schema, _MOST_OUTPUT_DEPTH) if whole else _promised(schema)
    if whole:
        said = "Warnings about an accepted call, and where a result was cut."
        properties.setdefault(WARNINGS, {"type": "array", "items": {"type": "string"}, "description": said})
    return {"type": "object", "properties": properties}


def follows_pages(action: Action) -> bool:
    """Whether a tool can follow an action's list by itself: it has one list, which is an output."""
    if len(action.paging) != 1:
        return False
    output = action.outputs.get(action.paging[0].items)
    return output is not None and output.type == "array"


def takes_repeat_id(action: Action) -> bool:
    """Whether an action sends a list, whose entries have ids of their own."""
    return action.split is not None


def _told(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter's sketch, with its first sentence and the names of members that all may be left out."""
    made, told = _sketched(schema), []
    if said := _SENTENCE.match(schema.get("description", "")):
        told.append(said[0].replace(";", "."))
    members = schema.get("properties", {}) if made.get("type") == "object" and not schema.get("advanced") else {}
    if "properties" not in made and 0 < len(members) <= _MOST_NAMES:
        told.append(f"Members: {', '.join(members)}.")
    return {**made, "description": " ".join(told)} if told else made


def _sketched(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema in the words that all share, without descriptions; an object is open but for members it must have."""
    kinds = [kind for kind in types_of(schema) if kind != "null"]
    if len(kinds) != 1:
        return _any(kinds or _TYPES)
    made: dict[str, Any] = {"type": kinds[0]}
    made.update((word, schema[word]) for word in _BOUNDS if word in schema)
    if schema.get("format") == "date-time":
        made["format"] = "date-time"
    if kinds == ["string"] and "enum" in schema:
        made["enum"] = [value for value in schema["enum"] if isinstance(value, str)]
    if kinds == ["array"]:
        made["items"] = _entry(schema)
    if kinds == ["object"] and schema.get(SPREAD):
        made["properties"] = {name: _told(below) for name, below in schema["properties"].items()}
    elif kinds == ["object"] and schema.get("required") and not schema.get("advanced"):
        made["properties"] = {name: _sketched(below) for name, below in schema["properties"].items()}
    if "properties" in made and schema.get("required"):
        made["required"] = list(schema["required"])
    return made


def _entry(schema: Mapping[str, Any]) -> dict[str, Any]:
    calls = schema.get("entries")
    if calls is not None:
        kinds = {"type": "string", "enum": list(calls["actions"])}
        return {"type": "object", "properties": {calls["by"]: kinds}, "required": [calls["by"]]}
    items = schema.get("items")
    return _sketched(items if isinstance(items, Mapping) else {})


def _any(kinds: Sequence[str]) -> dict[str, Any]:
    """One of several types: each in a place of its own."""
    return {"anyOf": [{"type": kind, **({"items": _any(_TYPES)} if kind == "array" else {})} for kind in kinds]}


def _promised(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What kind of value an output is, and of a list its entries."""
    kinds = types_of(schema)
    if len(kinds) != 1:
        return _any(kinds) if kinds else {}
    made: dict[str, Any] = {"type": kinds[0]}
    if kinds == ["array"]:
        items = schema.get("items")
        made["items"] = _promised(items if isinstance(items, Mapping) else {}) or _any((*_TYPES, "null"))
    return made


def _kinds(schema: Any, depth: int) -> Any:
    """What kind of value a schema describes, and its members down to a depth."""
    if not isinstance(schema, Mapping):
        return {}
    made: dict[str, Any] = {word: schema[word] for word in ("type", "description") if word in schema}
    if "items" in schema:
        made["items"] = _kinds(schema["items"], depth) if depth else {}
    if depth and isinstance(schema.get("properties"), Mapping):
        made["properties"] = {name: _kinds(below, depth - 1) for name, below in schema["properties"].items()}
    return made
