"""Under which name the file of an event lies in the folder of a plan."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping

_LONGEST = 80
# What Windows keeps for devices, whatever the ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)\Z")

EventId = tuple[str, str]
"""Type and key (empty where the type has none) of rules: what a file is for."""


def file_names(events: Iterable[EventId]) -> dict[EventId, str]:
    """A file for each event, relative to the plan's folder, the same whatever the order of the events.

    ``TRACK 'Order Completed'`` lies in ``track/order-completed.yaml``, a type without names in ``identify.yaml``. Where
    two names would give one file, or a name gives none, a few letters tell them apart.
    """
    known = list(dict.fromkeys(events))
    plain = {event: _plain(event) for event in known}
    counts = Counter(path for path in plain.values() if path is not None)
    return {
        event: path if path is not None and counts[path] == 1 else _told_apart(event, path)
        for event, path in plain.items()
    }


def folder_names(plans: Mapping[str, str]) -> dict[str, str]:
    """A folder for each of several plans.

    :param plans: their names by their ids.
    """
    counts = Counter(_slug(name) for name in plans.values())
    return {
        id_: slug if (slug := _slug(name)) and counts[slug] == 1 else f"{slug or 'plan'}-{_slug(id_)}"
        for id_, name in plans.items()
    }


def _plain(event: EventId) -> str | None:
    kind, key = event
    if not key:
        return f"{_slug(kind)}.yaml"
    name = _slug(key)
    return f"{_slug(kind)}/{name}.yaml" if name and not _DEVICES.match(name) else None


def _told_apart(event: EventId, path: str | None) -> str:
    mark = hashlib.sha256("\0".join(event).encode("utf-8", "surrogatepass")).hexdigest()[:6]
    stem = path.removesuffix(".yaml") if path else f"{_slug(event[0])}/event"
    return f"{stem}-{mark}.yaml"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST].rstrip("-")
