"""A catalogue as one page of Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..markup import markdown as md
from .facts import credential_rows, effect_of, example_of, kind_of, limits_of, meaning, title_of


def text(entry: Mapping[str, Any]) -> str:
    """The page of a catalogue in the shape that all platforms share."""
    return "\n\n".join(part for part in _parts(entry) if part) + "\n"


def _parts(entry: Mapping[str, Any]) -> Iterator[str]:
    connector, auth = entry["connector"], entry["auth"]
    yield f"# {md.text(title_of(entry))}"
    yield md.text(connector["description"])
    counts = (f"{len(entry[kind])} {kind}" for kind in ("actions", "triggers") if entry[kind])
    yield md.text(" · ".join((", ".join(entry["categories"]), *counts, f"version {entry['version']}")))
    yield "## Authentication"
    if "description" in auth:
        yield md.text(auth["description"])
    yield "\n".join(f"{place}. {md.text(step)}" for place, step in enumerate(auth.get("steps", ()), start=1))
    yield md.table(
        ("Field", "Required", "What it is", "Format"),
        [(md.code(name), required, md.text(what), md.code(form) if form else " ")
         for name, required, what, form in credential_rows(auth)],
    )  # fmt: skip
    yield "## Actions"
    several = len(entry["groups"]) > 1 and len(entry["actions"]) > 20
    actions = {action["name"]: action for action in entry["actions"]}
    groups: list[Mapping[str, Any]] = list(entry["groups"]) if several else [{"actions": list(actions)}]
    for group in groups:
        if several:
            yield f"### {md.text(group['title'])}"
            yield md.text(group.get("summary", ""))
        for name in group["actions"]:
            yield from _action(actions[name], "####" if several else "###")
    if entry["triggers"]:
        yield "## Triggers"
        yield md.table(
            ("Trigger", "How it arrives", "When it starts"),
            [(md.code(one["name"]), "called" if one["kind"] == "webhook" else "polled", md.text(one["summary"]))
             for one in entry["triggers"]],
        )  # fmt: skip
    yield "## Limits and quotas"
    yield md.bullets(md.text(line) for line in limits_of(entry["limits"]))


def _action(action: Mapping[str, Any], level: str) -> Iterator[str]:
    yield f"{level} {md.code(action['name'])}"
    yield f"**{md.text(action['title'])}.** {md.text(md.sentence(action['description']))}"
    yield md.text(f"{effect_of(action)}.")
    if action["parameters"]:
        yield md.table(
            ("Parameter", "Type", "Required", "What it is"),
            [(md.code(one["name"]), md.text(kind_of(one)), "yes" if one["required"] else "no", _meaning(one))
             for one in action["parameters"]],
        )  # fmt: skip
    yield md.bullets(md.text(md.sentence(f"{rule['message']}. {rule['hint']}")) for rule in action["rules"])
    if action["outputs"]:
        yield md.table(
            ("Answer", "Type", "What it is"),
            [(md.code(one["name"]), md.text(one["type"]), md.text(one.get("description", "")) or " ")
             for one in action["outputs"]],
        )  # fmt: skip
    if "sample" in action:
        for noun in ("input", "output"):
            yield f"{md.text(action['sample']['title'])}, {noun}:"
            yield md.block(json.dumps(action["sample"][noun], indent=2, ensure_ascii=False), "json")


def _meaning(parameter: Mapping[str, Any]) -> str:
    example = example_of(parameter)
    return md.text(meaning(parameter)) + (f" Example: {md.code(example)}" if example else "")
