"""An action for one event: its name is settled, and what is known of its members are fields with types.

Tracking plans and presets both know what an event looks like. Both give that here, and get an ``Action`` with which
everything that draws on actions works: forms, tools for agents, help, pages. It is there to be shown: a call goes to
the action beneath, with ``TypedAction.inputs``, so that each door judges it as any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..values.paths import put
from .action_records import Action

SPREAD = "spread"
"""The word for an object whose members are all asked for, so that a form has a field for each. No file says this."""

_KEPT = (
    "type", "enum", "const", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength",
    "maxLength", "minItems", "maxItems", "title", "description", "examples", "default", "hint", "placeholder", "secret",
)  # fmt: skip
_WORDS = ("title", "description", "hint")
_FORMATS = ("date-time",)
_CHOICE = re.compile(r"\^\(?([\w .,&+/-]+(?:\|[\w .,&+/-]+)*)\)?\$\Z")
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_MOST_DEPTH = 12


@dataclass(frozen=True, slots=True)
class TypedAction:
    """One event as an action.

    :ivar name: what it is called where an action's name is wanted, such as that of a tool: ``track_order_completed``.
    :ivar action: what is shown; its own name is that of the action that is called.
    :ivar fixed: what is settled of the inputs, by dotted place.
    """

    name: str
    action: Action
    fixed: Mapping[str, Any]

    @property
    def tops(self) -> dict[str, Any]:
        """What is settled, by the parameter that it belongs to."""
        return self.inputs({})

    def inputs(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of the action that is called.

        :param given: the inputs of the typed one.
        """
        found = dict(given)
        for place, value in self.fixed.items():
            found = put(found, place, value)
        return found


def typed_action(
    action: Action,
    name: str,
    *,
    title: str,
    description: str | None,
    members: Mapping[str, Mapping[str, Any]],
    fixed: Mapping[str, Any],
    required: tuple[str, ...] = (),
    closed: bool = True,
) -> TypedAction:
    """An action for one event.

    :param action: what sends the event.
    :param name: what it is called where an action's name is wanted.
    :param title: what people call the event.
    :param description: what it is sent for; the action's own text where that is not known.
    :param members: what is known of parameters that are objects, by their names: JSON Schemas without references.
    :param fixed: what is settled of the inputs, by dotted place; a parameter that is settled whole is not asked for.
    :param required: further parameters that must be given.
    :param closed: whether a parameter of ``members`` shows no other members than these, and asks for no others.
    """
    parameters = {one: schema for one, schema in action.parameters.items() if one not in fixed}
    for one, schema in members.items():
        if one in parameters:
            parameters[one] = _typed(parameters[one], shown_schema(schema), closed)
    needed = [one for one in action.required if one not in fixed]
    needed += [one for one in required if one in parameters and one not in needed]
    # What must have members must be there itself.
    needed += [one for one in members if parameters.get(one, {}).get("required") and one not in needed]
    first = [one for one in parameters if one in members]
    order = [*(one for one in needed if one not in first), *first]
    order += [one for one in parameters if one not in order]
    text = " ".join((description or action.description).split())
    shown = replace(
        action, title=title, summary=text or action.summary, description=text,
        parameters={one: parameters[one] for one in order}, required=tuple(needed), examples=(), tool=None,
    )  # fmt: skip
    return TypedAction(name, shown, dict(fixed))


def slug(text: str) -> str:
    """A name in lower case with underscores: ``order_completed`` of ``Order Completed``; empty when nothing is left."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", parted.casefold()).strip("_")


def shown_schema(schema: Any, name: str = "", depth: int = 0) -> dict[str, Any]:
    """What forms and tools use of a JSON Schema: types, choices, bounds and words, each place with a title.

    :param schema: a schema of any draft without references; what only judges is left out.
    :param name: the member that it is of.
    """
    if not isinstance(schema, Mapping) or depth > _MOST_DEPTH:
        return {"title": title_of(name)} if name else {}
    found = {word: schema[word] for word in _KEPT if word in schema}
    if name:
        found.setdefault("title", title_of(name))
    if schema.get("format") in _FORMATS:
        found["format"] = schema["format"]
    if "enum" not in found and isinstance(pattern := schema.get("pattern"), str) and (choice := _CHOICE.match(pattern)):
        # People who plan write permitted values as alternatives.
        found["enum"] = choice[1].split("|")
        del found["pattern"]
    if isinstance(schema.get("properties"), Mapping):
        found["properties"] = {key: shown_schema(below, key, depth + 1) for key, below in schema["properties"].items()}
        found["required"] = [one for one in schema.get("required", ()) if one in found["properties"]]
    if isinstance(schema.get("items"), Mapping):
        found["items"] = shown_schema(schema["items"], "", depth + 1)
    return found


def title_of(name: str) -> str:
    """A member's name as people read it: ``Order id`` of ``order_id`` or ``orderId``."""
    words = slug(name).replace("_", " ")
    return words[:1].upper() + words[1:] or name


def _typed(parameter: Mapping[str, Any], shown: Mapping[str, Any], closed: bool) -> dict[str, Any]:
    """A parameter with what is known of its members; of one without words, the action's own words stay."""
    own = parameter.get("properties", {})
    members = {}
    for name, one in shown.get("properties", {}).items():
        words = {word: own[name][word] for word in _WORDS if word in own[name]} if name in own else {}
        members[name] = {**one, **words, **({"description": one["description"]} if "description" in one else {})}
    if not closed:
        members |= {name: one for name, one in own.items() if name not in members}
    words = {word: parameter[word] for word in _WORDS if word in parameter}
    if closed and "description" in words:  # what follows the first sentence is about names of one's own
        words["description"] = _SENTENCE.split(words["description"], maxsplit=1)[0]
    words |= {word: shown[word] for word in ("title", "description") if shown.get(word)}
    found = {"type": "object", **words, "properties": members}
    if shown.get("required"):
        found["required"] = shown["required"]
    return {**found, SPREAD: True, "additionalProperties": False} if closed else found
