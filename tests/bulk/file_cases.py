"""The corpus of files as people have them, each with the events that it must become: ``tests/data/files``.

Beside each file stands what must become of it, as ``<file>.yaml``: ``events``, and ``rejects`` where rows are wrong;
what a person has to say (``as``, ``zone``, ``reading``), and ``mapping`` where the suggestion alone cannot know it. An
event without ``messageId`` or ``timestamp`` has those that the connector makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segment_connector import Connector
from segment_connector.bulk.preview import preview
from segment_connector.bulk.read.reading import Reading
from segment_connector.bulk.suggest.ready import ReadyFit
from segment_connector.bulk.suggest.suggestions import profiles_of, suggest_for, suggest_mapping
from segment_connector.language import yaml_reader as yaml_loader

FILES = Path(__file__).resolve().parent.parent / "data" / "files"
_ENOUGH = 50  # rows; the files are small


@dataclass(frozen=True)
class FileCase:
    """A file, and what must become of it."""

    path: Path
    events: list[dict[str, Any]]
    rejects: int = 0
    action: str | None = None
    zone: str | None = None
    mapping: Mapping[str, Any] | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.name

    def how(self) -> Reading:
        return Reading(zone=self.zone, **self.reading)


def cases() -> list[FileCase]:
    """All of them, in the order of their names."""
    found = []
    for side in sorted(FILES.glob("*.yaml")):
        data = dict(yaml_loader.read(side))
        found.append(FileCase(side.with_suffix(""), data.pop("events"), action=data.pop("as", None), **data))
    return found


def suggested(connector: Connector, case: FileCase) -> dict[str, Any]:
    """The mapping that is suggested for a file, as a document."""
    sample = profiles_of(str(case.path), case.how())
    if case.action is not None:
        made: Any = suggest_mapping(connector.caller, sample, case.action, source=case.name, zone=case.zone)
    else:
        made = suggest_for(connector.caller, sample, source=case.name, zone=case.zone)
    if isinstance(made, ReadyFit):
        return dict(made.document)
    return {"as": made.action.name, "map": made.tree}


def outcome(connector: Connector, case: FileCase, mapping: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """The events that a mapping makes of a file, without what the connector adds, and how many rows are rejected."""
    action = None if {"map", "events"} & mapping.keys() else case.action or "track"
    found = list(preview(connector.caller, str(case.path), _ENOUGH, action=action, mapping=mapping, reading=case.how()))
    events = [one.event for one in found if one.event is not None]
    for index, event in enumerate(events):
        expected = case.events[index] if index < len(case.events) else event
        for made in ("messageId", "timestamp"):
            if made not in expected:
                event.pop(made)
    return events, len(found) - len(events)


def is_right(connector: Connector, case: FileCase, mapping: Mapping[str, Any]) -> bool:
    """Whether a mapping makes of a file what it must become."""
    return outcome(connector, case, mapping) == (case.events, case.rejects)
