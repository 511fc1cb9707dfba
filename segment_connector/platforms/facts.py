"""What pages for people say of a catalogue, in words; the same on every kind of page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_SHORT = 60
_EFFECTS = {"read": "Reads only", "write": "Changes data", "delete": "May delete or replace data"}
_FILLED_IN = {"now": "the moment of the call", "uuid4": "a new one for each call"}


def effect_of(action: Mapping[str, Any]) -> str:
    """What an action does to data, and whether it can be repeated, in a sentence without its full stop."""
    said = _EFFECTS[action["effect"]]
    if action["effect"] != "read":
        said += "; a repeat counts once" if action["hints"]["idempotent"] else "; a repeat may count twice"
    if "confirm" in action:
        said += f". Ask first: {action['confirm'].rstrip('.')}"
    if action["stability"] != "stable":
        said += f". {action['stability'].capitalize()}"
    return said


def kind_of(parameter: Mapping[str, Any]) -> str:
    """The type of a parameter, with its values where they are few."""
    values = parameter.get("enum")
    if values:
        return f"{parameter['type']}: {', '.join(map(str, values))}"
    return str(parameter["type"])


def meaning(parameter: Mapping[str, Any]) -> str:
    """What a parameter is, what it becomes where its name does not say it, and what is used when it is left out."""
    words = [str(parameter.get("description", parameter["title"]))]
    ui = parameter["ui"]
    if "default" in parameter:
        words.append(f"If left out: {_plain(parameter['default'])}.")
    elif "filled_in" in ui and "If it is left out" not in words[0]:
        words.append(f"If left out: {_FILLED_IN.get(ui['filled_in'], ui['filled_in'])}.")
    becomes = parameter.get("becomes", {})
    if becomes.get("parameter", parameter["name"]) != parameter["name"]:
        words.append(f"Sent as {becomes['parameter']}.")
    if "fields" in parameter:
        words.append(f"Members: {', '.join(one['name'] for one in parameter['fields'])}.")
    if ui["secret"]:
        words.append("Secret.")
    return " ".join(words)


def example_of(parameter: Mapping[str, Any]) -> str:
    """A value of a parameter, when there is one that is short and no secret."""
    if parameter["ui"]["secret"] or not parameter.get("examples"):
        return ""
    example = _plain(parameter["examples"][0])
    return example if len(example) <= _SHORT else ""


def title_of(entry: Mapping[str, Any]) -> str:
    """What the page of a catalogue is called."""
    connector, platform = entry["connector"], entry["platform"]
    own = connector["name"] == platform["name"]
    return str(connector["title"]) if own else f"{connector['title']} on {platform['title']}"


def credential_rows(auth: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Name, whether it is required, meaning and format of each field of a connection."""
    for field in auth["fields"]:
        # The steps above say where a person finds it.
        words = [field.get("description", field["title"]), "" if "steps" in auth else field.get("help", "")]
        if field["secret"]:
            words.append("Secret.")
        values = field["schema"].get("enum")
        form = ", ".join(map(str, values)) if values else field.get("placeholder", "")
        yield field["name"], "yes" if field["required"] else "no", " ".join(word for word in words if word), form


def limits_of(limits: Mapping[str, Any]) -> list[str]:
    """The limits of a catalogue, a sentence or two each."""
    if "notes" in limits:
        return list(limits["notes"])
    return [
        f"{api['title']}: {api['rate_limit']['requests']:,} requests in {api['rate_limit']['seconds']:,} s."
        for api in limits["apis"]
        if "rate_limit" in api
    ]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
