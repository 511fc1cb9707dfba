"""What a catalogue says of a trigger: how it is told, what it asks for, and what an item of it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language.trigger_records import Trigger
from ..schema.form_hints import form_hints, plain_schema, type_word

_SHOWN = ("description", "default", "enum", "format", "examples")


def trigger_entry(name: str, trigger: Trigger, words: Mapping[str, str]) -> dict[str, Any]:
    """One trigger of a catalogue as JSON values.

    :param name: under which the platform lists it.
    :param words: the platform's words for types.
    """
    example = trigger.examples[0] if trigger.examples else None
    made = {
        "name": name,
        "title": trigger.title,
        "summary": trigger.summary,
        "description": trigger.description,
        "trigger": trigger.name,
        "group": trigger.group,
        "kind": trigger.kind,
        "every": trigger.poll.every if trigger.poll is not None else None,
        "stability": trigger.stability,
        "docs": trigger.docs,
        "parameters": [
            _parameter(one, schema, trigger, words, order)
            for order, (one, schema) in enumerate(trigger.parameters.items(), start=1)
        ],
        "input_schema": plain_schema(trigger.input_schema),
        "outputs": [
            {"name": one, "type": type_word({"type": output.type}, words), "description": output.description}
            for one, output in trigger.outputs.items()
        ],
        "sample": example and {"title": example.title, "input": dict(example.input), "items": list(example.items)},
    }
    return {member: value for member, value in made.items() if value is not None}


def _parameter(
    name: str, schema: Mapping[str, Any], trigger: Trigger, words: Mapping[str, str], order: int
) -> dict[str, Any]:
    ui = {"order": order, "advanced": bool(schema.get("advanced")), "dropdown": form_hints(schema).get("options")}
    return {
        "name": name,
        "title": schema.get("title", name),
        "type": type_word(schema, words),
        "required": name in trigger.required,
        **{word: schema[word] for word in _SHOWN if word in schema},
        "ui": {word: value for word, value in ui.items() if value is not None},
    }
