"""What pages for people say of a catalogue, in words; the same on every kind of page.

``say`` is the language of a page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..language.locales import Locale, to_say

_SHORT = 60
_EFFECTS = {
    "read": to_say("Reads only"), "write": to_say("Changes data"), "delete": to_say("May delete or replace data"),
}  # fmt: skip
_FILLED_IN = {"now": to_say("the moment of the call"), "uuid4": to_say("a new one for each call")}


def effect_of(action: Mapping[str, Any], say: Locale) -> str:
    """What an action does to data, and whether it can be repeated, in a sentence without its full stop."""
    said = say(_EFFECTS[action["effect"]])
    if action["effect"] != "read":
        said += "; " + (
            say("a repeat counts once") if action["hints"]["idempotent"] else say("a repeat may count twice")
        )
    if "confirm" in action:
        said += ". " + say("Ask first: {question}", question=action["confirm"].rstrip("."))
    if action["stability"] != "stable":
        said += f". {action['stability'].capitalize()}"
    return said


def kind_of(parameter: Mapping[str, Any]) -> str:
    """The type of a parameter, with its values where they are few."""
    values = parameter.get("enum")
    if values:
        return f"{parameter['type']}: {', '.join(map(str, values))}"
    return str(parameter["type"])


def meaning(parameter: Mapping[str, Any], say: Locale) -> str:
    """What a parameter is, what it becomes where its name does not say it, and what is used when it is left out."""
    words = [str(parameter.get("description", parameter["title"]))]
    ui = parameter["ui"]
    if "default" in parameter:
        words.append(say("If left out: {value}.", value=_plain(parameter["default"])))
    elif "filled_in" in ui and say("If it is left out") not in words[0]:
        words.append(say("If left out: {value}.", value=say(_FILLED_IN.get(ui["filled_in"], ui["filled_in"]))))
    becomes = parameter.get("becomes", {})
    if becomes.get("parameter", parameter["name"]) != parameter["name"]:
        words.append(say("Sent as {name}.", name=becomes["parameter"]))
    if "fields" in parameter:
        words.append(say("Members: {names}.", names=", ".join(one["name"] for one in parameter["fields"])))
    if ui["secret"]:
        words.append(say("Secret."))
    return " ".join(words)


def example_of(parameter: Mapping[str, Any]) -> str:
    """A value of a parameter, when there is one that is short and no secret."""
    if parameter["ui"]["secret"] or not parameter.get("examples"):
        return ""
    example = _plain(parameter["examples"][0])
    return example if len(example) <= _SHORT else ""


def title_of(entry: Mapping[str, Any], say: Locale) -> str:
    """What the page of a catalogue is called."""
    connector, platform = entry["connector"], entry["platform"]
    own = connector["name"] == platform["name"]
    if own:
        return str(connector["title"])
    return say("{connector} on {platform}", connector=connector["title"], platform=platform["title"])


def credential_rows(auth: Mapping[str, Any], say: Locale) -> Iterator[tuple[str, str, str, str]]:
    """Name, whether it is required, meaning and format of each field of a connection."""
    for field in auth["fields"]:
        # The steps above say where a person finds it.
        words = [field.get("description", field["title"]), "" if "steps" in auth else field.get("help", "")]
        if field["secret"]:
            words.append(say("Secret."))
        values = field["schema"].get("enum")
        form = ", ".join(map(str, values)) if values else field.get("placeholder", "")
        needed = say("yes") if field["required"] else say("no")
        yield field["name"], needed, " ".join(word for word in words if word), form


def limits_of(limits: Mapping[str, Any], say: Locale) -> list[str]:
    """The limits of a catalogue, a sentence or two each."""
    if "notes" in limits:
        return list(limits["notes"])
    return [
        say("{api}: {requests:,} requests in {seconds:,} s.", api=api["title"], **api["rate_limit"])
        for api in limits["apis"]
        if "rate_limit" in api
    ]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
