"""The body of an answer, made of an action's outputs; what is not known is taken from the action's examples."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from ..language.action_records import Action, Example
from ..values.paths import put

_PLACE = re.compile(r"\{\{\s*response\.body\.([\w.]+)\s*\}\}")
_HEADER = re.compile(r"\{\{\s*response\.headers\.(\w+)(?:\s*\|[^}]*)?\s*\}\}")


def body_of(action: Action, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The body that gives these outputs, each at the place where the action reads it."""
    body: dict[str, Any] = {}
    for name, output in action.outputs.items():
        place = _PLACE.fullmatch(output.value) if isinstance(output.value, str) else None
        if place is not None and name in outputs:
            body = put(body, place[1], outputs[name])
    return body


def headers_of(action: Action, outputs: Mapping[str, Any]) -> dict[str, str]:
    """The headers that give these outputs, as far as the action reads them from headers."""
    found: dict[str, str] = {}
    for name, output in action.outputs.items():
        header = _HEADER.fullmatch(output.value) if isinstance(output.value, str) else None
        if header is not None and outputs.get(name) is not None:
            found[header[1]] = str(outputs[name])
    return found


def believable(action: Action, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs of the example that is nearest to some inputs, with the inputs in place of its own."""
    examples = good_examples(action)
    if not examples:
        return {}
    nearest = max(examples, key=lambda example: sum(inputs.get(name) == item for name, item in example.input.items()))
    echoed: dict[str, Any] = _echoed(copy.deepcopy(dict(nearest.output)), inputs)
    return echoed


def good_examples(action: Action) -> list[Example]:
    """The examples whose answer is good."""
    return [example for example in action.examples if 200 <= example.response.get("status", 200) < 300]


def _echoed(value: Any, inputs: Mapping[str, Any]) -> Any:
    """A value in which every member that is called like an input, and is of its type, is that input."""
    if isinstance(value, list):
        return [_echoed(item, inputs) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: inputs[name] if _same(item, inputs.get(name)) else _echoed(item, inputs) for name, item in value.items()
    }


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and isinstance(one, (str, int, float, bool))
