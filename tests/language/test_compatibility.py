"""What a workflow was built on stays: no action is removed, no parameter becomes required, no type becomes narrower.

``data/compatibility.json`` is what was promised. After a change that only adds, write it anew and look at the diff:
``python tests/language/test_compatibility.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from segment_connector.language.specs import Specs

PROMISED = Path(__file__).parents[1] / "data" / "compatibility.json"


def _types(schema: Any) -> list[str]:
    kinds = schema.get("type", ())
    return sorted([kinds] if isinstance(kinds, str) else kinds)


def _flat(schema: Any, place: str, required: bool) -> dict[str, Any]:
    """Every place of a schema with its types, its enum, and whether it must be there."""
    here: dict[str, Any] = {"type": _types(schema), "required": required}
    if "enum" in schema:
        here["enum"] = sorted(map(str, schema["enum"]))
    found = {place: here}
    for name, below in schema.get("properties", {}).items():
        found.update(_flat(below, f"{place}.{name}", name in schema.get("required", ())))
    if isinstance(schema.get("items"), dict):
        found.update(_flat(schema["items"], f"{place}[]", False))
    return found


def promise(specs: Specs) -> dict[str, Any]:
    """What the specs promise to those who build on them."""
    promised = {}
    for name in specs.paths:
        action = specs.action(name)
        parameters: dict[str, Any] = {}
        for parameter, schema in action.parameters.items():
            parameters.update(_flat(schema, parameter, parameter in action.required))
        outputs = {output: _types({"type": described.type}) for output, described in action.outputs.items()}
        promised[name] = {"effect": action.effect, "parameters": parameters, "outputs": outputs}
    return promised


def broken(promised: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Every promise that is not kept."""
    found = []
    for name, before in promised.items():
        if name not in now:
            found.append(f"{name}: the action is gone")
            continue
        after = now[name]
        for place, was in before["parameters"].items():
            if place not in after["parameters"]:
                found.append(f"{name}: {place} is gone")
                continue
            now_is = after["parameters"][place]
            if now_is["required"] and not was["required"]:
                found.append(f"{name}: {place} has become required")
            if now_is["type"] and not set(was["type"]) <= set(now_is["type"]):
                found.append(f"{name}: {place} takes {now_is['type']} and no longer {was['type']}")
            if not set(was.get("enum", now_is.get("enum", ()))) <= set(now_is.get("enum", was.get("enum", ()))):
                found.append(f"{name}: {place} takes fewer values")
            if "enum" in now_is and "enum" not in was:
                found.append(f"{name}: {place} takes fewer values")
        for place, now_is in after["parameters"].items():
            if place not in before["parameters"] and now_is["required"] and "." not in place:
                found.append(f"{name}: {place} is new and required")
        found += [f"{name}: the output {one} is gone" for one in before["outputs"] if one not in after["outputs"]]
    return found


def test_the_promises_are_kept():
    assert broken(json.loads(PROMISED.read_text()), promise(Specs())) == []


def test_every_action_is_promised():
    assert promise(Specs()).keys() == json.loads(PROMISED.read_text()).keys(), "run this file"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda now: now.pop("act"), "act: the action is gone"),
        (lambda now: now["act"]["parameters"].pop("a"), "act: a is gone"),
        (lambda now: now["act"]["parameters"]["a"].update(required=True), "act: a has become required"),
        (lambda now: now["act"]["parameters"]["a"].update(type=["integer"]), "act: a takes ['integer'] and no longer"),
        (lambda now: now["act"]["parameters"]["a"].update(enum=["x"]), "act: a takes fewer values"),
        (
            lambda now: now["act"]["parameters"].update(b={"type": ["string"], "required": True}),
            "act: b is new and required",
        ),
        (lambda now: now["act"]["outputs"].pop("o"), "act: the output o is gone"),
    ],
)
def test_a_broken_promise_is_named(change, said):
    def made():
        parameters = {"a": {"type": ["string"], "required": False}}
        return {"act": {"effect": "write", "parameters": parameters, "outputs": {"o": ["string"]}}}

    now = made()
    change(now)

    assert broken(made(), now)[0].startswith(said)


if __name__ == "__main__":
    PROMISED.write_text(json.dumps(promise(Specs()), indent=1, ensure_ascii=False) + "\n")
