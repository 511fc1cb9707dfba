"""The JSON Schemas that clients see: whole in themselves, without the words that only our forms know, and short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...language.action_records import Action
from ...schema.form_hints import HINTS, plain_schema

MAX_ITEMS = "max_items"
"""The argument by which a tool follows a list over its pages; no action has a parameter of that name."""
MOST_ITEMS = 1000
REPEAT_ID = "repeat_id"
"""The argument by which the repeat of a long list counts no entry twice; no action has a parameter of that name."""
_MOST_OUTPUT_DEPTH = 2
WARNINGS = "warnings"

_UNSEEN = (*HINTS, "title", "examples")
_NAMED = ("properties", "patternProperties", "$defs")
_VALUES = ("default", "enum", "const", "examples")
# What is below an advanced parameter is rarely filled in; describe_action tells it, and it is taken all the same.
_BELOW = ("properties", "patternProperties", "additionalProperties", "required", "items", "anyOf", "allOf", "examples")


def input_schema(action: Action, *, whole: bool = False) -> dict[str, Any]:
    """The arguments of a tool.

    :param whole: with titles, examples and everything below advanced parameters; the inputs are judged by the whole
        schema in any case, so a short one refuses nothing that the action takes.
    """
    schema = action.input_schema
    made: dict[str, Any] = plain_schema(schema) if whole else _short(schema)
    if follows_pages(action):
        made["properties"][MAX_ITEMS] = {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_ITEMS,
            "description": "Read on over the pages of the list until there are so many entries; one page if left out. "
            "Pages stay whole, so there may be some more.",
        }
    if takes_repeat_id(action):
        made["properties"][REPEAT_ID] = {
            "type": "string",
            "description": "Only to repeat a call that failed: the value that its error gave, so that no entry counts "
            "twice.",
        }
    return made


def output_schema(action: Action) -> dict[str, Any]:
    """What a tool gives: the action's outputs, none of which must be there, and warnings if there are any.

    Only kinds of values are promised. A service that adds a state to a list of states has not failed, and a client
    would throw its whole answer away.
    """
    properties: dict[str, Any] = {
        name: _kinds({**output.schema, "type": output.type, "description": output.description}, _MOST_OUTPUT_DEPTH)
        for name, output in action.outputs.items()
    }
    properties.setdefault(
        WARNINGS,
        {
            "type": "array",
            "items": {"type": "string"},
            "description": "What is doubtful about a call that was accepted.",
        },
    )
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


def _short(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without hints for forms, titles, and what is below advanced members.

    Examples stay only at the top, where a plain value is asked for.
    """
    made: dict[str, Any] = _shorter(schema)
    for name, member in schema.get("properties", {}).items():
        examples = member.get("examples")
        if examples and not member.get("advanced") and not isinstance(examples[0], (dict, list)):
            made["properties"][name]["examples"] = examples[:1]
    return made


def _shorter(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_shorter(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    cut = _BELOW if schema.get("advanced") else ()
    made: dict[str, Any] = {}
    for word, value in schema.items():
        if word in cut or word in _UNSEEN:
            continue
        if word in _NAMED and isinstance(value, Mapping):
            made[word] = {name: _shorter(below) for name, below in value.items()}
        else:
            made[word] = value if word in _VALUES else _shorter(value)
    if "items" in cut and "items" in schema:
        made["items"] = {}  # some clients take no list without it
    return made
