"""A catalogue as one page of Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..language.locales import PLAIN, Locale
from ..markup import markdown as md
from .facts import credential_rows, effect_of, example_of, kind_of, limits_of, meaning, title_of


def text(entry: Mapping[str, Any], say: Locale = PLAIN) -> str:
    """The page of a catalogue in the shape that all platforms share.

    :param say: the language of its own words.
    """
    return "\n\n".join(part for part in _parts(entry, say) if part) + "\n"


def _parts(entry: Mapping[str, Any], say: Locale) -> Iterator[str]:
    connector, auth = entry["connector"], entry["auth"]
    yield f"# {md.text(title_of(entry, say))}"
    yield md.text(connector["description"])
    counts = [say("{count} actions", count=len(entry["actions"]))] if entry["actions"] else []
    counts += [say("{count} triggers", count=len(entry["triggers"]))] if entry["triggers"] else []
    version = say("version {version}", version=entry["version"])
    yield md.text(" · ".join((", ".join(entry["categories"]), *counts, version)))
    yield f"## {say('Authentication')}"
    if "description" in auth:
        yield md.text(auth["description"])
    yield "\n".join(f"{place}. {md.text(step)}" for place, step in enumerate(auth.get("steps", ()), start=1))
    yield md.table(
        (say("Field"), say("Required"), say("What it is"), say("Format")),
        [(md.code(name), required, md.text(what), md.code(form) if form else " ")
         for name, required, what, form in credential_rows(auth, say)],
    )  # fmt: skip
    yield f"## {say('Actions')}"
    several = len(entry["groups"]) > 1 and len(entry["actions"]) > 20
    actions = {action["name"]: action for action in entry["actions"]}
    groups: list[Mapping[str, Any]] = list(entry["groups"]) if several else [{"actions": list(actions)}]
    for group in groups:
        if several:
            yield f"### {md.text(group['title'])}"
            yield md.text(group.get("summary", ""))
        for name in group["actions"]:
            yield from _action(actions[name], "####" if several else "###", say)
    if entry["triggers"]:
        yield f"## {say('Triggers')}"
        yield md.table(
            (say("Trigger"), say("How it arrives"), say("When it starts")),
            [(md.code(one["name"]), say("called") if one["kind"] == "webhook" else say("polled"),
              md.text(one["summary"]))
             for one in entry["triggers"]],
        )  # fmt: skip
    yield f"## {say('Limits and quotas')}"
    yield md.bullets(md.text(line) for line in limits_of(entry["limits"], say))


def _action(action: Mapping[str, Any], level: str, say: Locale) -> Iterator[str]:
    yield f"{level} {md.code(action['name'])}"
    yield f"**{md.text(action['title'])}.** {md.text(md.sentence(action['description']))}"
    yield md.text(f"{effect_of(action, say)}.")
    if action["parameters"]:
        yield md.table(
            (say("Parameter"), say("Type"), say("Required"), say("What it is")),
            [(md.code(one["name"]), md.text(kind_of(one)), say("yes") if one["required"] else say("no"),
              _meaning(one, say))
             for one in action["parameters"]],
        )  # fmt: skip
    yield md.bullets(md.text(md.sentence(f"{rule['message']}. {rule['hint']}")) for rule in action["rules"])
    if action["outputs"]:
        yield md.table(
            (say("Answer"), say("Type"), say("What it is")),
            [(md.code(one["name"]), md.text(one["type"]), md.text(one.get("description", "")) or " ")
             for one in action["outputs"]],
        )  # fmt: skip
    if "sample" in action:
        for member, noun in (("input", say("input")), ("output", say("output"))):
            yield f"{md.text(action['sample']['title'])}, {noun}:"
            yield md.block(json.dumps(action["sample"][member], indent=2, ensure_ascii=False), "json")


def _meaning(parameter: Mapping[str, Any], say: Locale) -> str:
    example = example_of(parameter)
    return md.text(meaning(parameter, say)) + (f" {say('Example')}: {md.code(example)}" if example else "")
