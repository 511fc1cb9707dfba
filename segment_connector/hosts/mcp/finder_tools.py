"""The three tools that stand for all others, as a client sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_types import Tool

from ...call.policy import EFFECTS
from .offer import Offer
from .tool_schemas import MAX_ITEMS, MOST_ITEMS, WARNINGS
from .tools import hints

FIND, DESCRIBE, RUN = "find_action", "describe_action", "run_action"
USUAL = 10
_MOST = 50
_TEXT = {"type": "string"}
_FOUND = ("name", "title", "summary", "effect", "group")
_DESCRIBED = ("name", "title", "description", "group", "effect", "authorisation")


def tools_of(offer: Offer) -> dict[str, Tool]:
    """The tools by name.

    :param offer: what may be found and called by them.
    """
    title, count = offer.specs.connector.title, len(offer.specs.paths)
    name = {"type": "string", "description": f"Name of the action, as {FIND} gives it."}
    return {
        FIND: Tool(
            name=FIND,
            title="Find an action",
            description=f"Search the {count} actions of {title} by words; gives names, effects and what each is "
            f"for. Then read one with {DESCRIBE} and call it with {RUN}. Effect: Reads only. Limits: none. "
            "Authorisation: none is needed.",
            input_schema=_object(
                {
                    "query": {"type": "string", "description": "Words to look for; all actions if left out."},
                    "group": {
                        "type": "string",
                        "enum": list(offer.groups or offer.specs.groups),
                        "description": "Only actions of this group.",
                    },
                    "effect": {"type": "string", "enum": list(EFFECTS), "description": "Only this effect."},
                    "limit": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": _MOST,
                        "description": f"Entries at most; {USUAL} if left out.",
                    },
                }
            ),
            output_schema=_object(
                {
                    "actions": {
                        "type": "array",
                        "description": "The best matches first.",
                        "items": _object(
                            dict.fromkeys(_FOUND, _TEXT),
                            list(_FOUND),
                        ),
                    },
                    "total": {"type": "integer", "description": "How many actions match."},
                    "not_offered": {
                        "type": "array",
                        "description": "Matches that this server was not started to offer.",
                        "items": _TEXT,
                    },
                },
                ["actions", "total", "not_offered"],
            ),
            annotations=hints(reads=True, destroys=False, repeats=True, outside=False),
        ),
        DESCRIBE: Tool(
            name=DESCRIBE,
            title="Describe an action",
            description=f"Everything about one action of {title}: what it does, the schema of its inputs in full, "
            "its outputs and an example. Effect: Reads only. Limits: none. Authorisation: none is needed.",
            input_schema=_object({"action": name}, ["action"]),
            output_schema=_object(
                {
                    **dict.fromkeys(_DESCRIBED, _TEXT),
                    "idempotent": {"type": "boolean"},
                    "confirm": {"type": ["string", "null"], "description": "What to ask the user first."},
                    "input_schema": {"type": "object", "description": f"JSON Schema of the inputs of {RUN}."},
                    "output_schema": {"type": "object", "description": "JSON Schema of its outputs."},
                    "example": {"type": "object", "description": "Inputs that fit."},
                },
                ["name", "input_schema", "output_schema"],
            ),
            annotations=hints(reads=True, destroys=False, repeats=True, outside=False),
        ),
        RUN: Tool(
            name=RUN,
            title="Run an action",
            description=f"Call any action of {title} that this server offers ({_offered(offer)}), by name. Read "
            f"its inputs with {DESCRIBE} first. Effect, limits and authorisation are those of the action.",
            input_schema=_object(
                {
                    "action": name,
                    "inputs": {
                        "type": "object",
                        "description": f"Its inputs, by the input_schema that {DESCRIBE} gives.",
                        "additionalProperties": True,
                    },
                    MAX_ITEMS: {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": MOST_ITEMS,
                        "description": "Of a list with pages: read on until there are so many entries.",
                    },
                },
                ["action"],
            ),
            output_schema=_object(
                {
                    "action": _TEXT,
                    "outputs": {"type": "object", "description": "By the action's output_schema."},
                    WARNINGS: {"type": "array", "items": _TEXT},
                },
                ["action", "outputs"],
            ),
            annotations=hints(reads=offer.may == {"read"}, destroys=offer.may != {"read"}, repeats=False),
        ),
    }


def _offered(offer: Offer) -> str:
    effects = [effect for effect in EFFECTS if effect in offer.allow]
    said = ", ".join(f"those that {effect}" for effect in effects)
    if offer.groups:
        said += f" in {', '.join(offer.groups)}"
    return ", and ".join(filter(None, [said, ", ".join(offer.named)]))


def _object(properties: Mapping[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": required or [], "additionalProperties": False}
