"""What was seen of a value in many events: types, members, how often, and which texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...schema.formats import date_time

_MOST_MEMBERS = 500  # of one object: names without end are data and no names
_DEEPEST = 12
_LONGEST_VALUE = 60  # characters of a text that may be one of a few
# What tells one person or thing from another is not a permitted value, however few were seen.
_IDENTIFYING = re.compile(r"@|\A[0-9a-fA-F-]{16,}\Z|\A\+?[0-9][0-9 ()./-]{6,}\Z|://")


@dataclass(frozen=True, slots=True)
class InferOptions:
    """How a plan is drawn from events.

    :ivar required: share of an event's calls that must have a property for it to be required, from 0 to 1.
    :ivar least: how many calls of an event must have been seen before anything is required, or an enum.
    :ivar most_values: different texts that are still an enum; 0 for none.
    :ivar rare: share of a property's values below which a type is taken for a mistake, and told.
    """

    required: float = 1.0
    least: int = 5
    most_values: int = 8
    rare: float = 0.01


@dataclass(slots=True)
class Observed:
    """What was seen at one place.

    :ivar seen: how often there was a value.
    :ivar kinds: how often of which type of JSON Schema.
    :ivar members: what was seen below it, of objects; ``entries`` of lists.
    :ivar objects: how often it was an object, and ``left_out`` how many further names those had.
    :ivar texts: how often each text was seen; ``None`` once there were too many.
    :ivar instants: how many texts were instants.
    """

    seen: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    members: dict[str, Observed] = field(default_factory=dict)
    entries: Observed | None = None
    left_out: int = 0
    texts: Counter[str] | None = field(default_factory=Counter)
    instants: int = 0

    def add(self, value: Any, most_values: int, depth: int = 0) -> None:
        """See one more value."""
        self.seen += 1
        kind = kind_of(value)
        self.kinds[kind] += 1
        if kind == "string":
            self._add_text(value, most_values)
        elif kind == "object" and depth < _DEEPEST:
            for name, one in value.items():
                below = self.members.get(name)
                if below is None:
                    if len(self.members) >= _MOST_MEMBERS:
                        self.left_out += 1
                        continue
                    below = self.members[name] = Observed()
                below.add(one, most_values, depth + 1)
        elif kind == "array" and depth < _DEEPEST:
            if self.entries is None:
                self.entries = Observed()
            for one in value:
                self.entries.add(one, most_values, depth + 1)

    def _add_text(self, text: str, most_values: int) -> None:
        self.instants += len(text) >= 20 and text[4:5] == "-" and date_time(text)
        if self.texts is not None:
            self.texts[text] += 1
            if len(self.texts) > most_values or len(text) > _LONGEST_VALUE or _IDENTIFYING.search(text):
                self.texts = None


def kind_of(value: Any) -> str:
    """The type of JSON Schema that a value has."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    kinds = ((str, "string"), (int, "integer"), (float, "number"), (Mapping, "object"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "array")


def schema_of(observed: Observed, options: InferOptions, place: str, doubts: list[str], known: int) -> dict[str, Any]:
    """The schema that fits what was seen.

    :param place: dotted, for doubts; :param doubts: gets a sentence for each thing that the schema does not tell.
    :param known: how many events there were.
    """
    kinds = _kinds(observed, options, place, doubts)
    schema: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    if [kind for kind in kinds if kind != "null"] == ["string"]:
        texts = observed.kinds["string"]
        if observed.instants == texts:
            schema["format"] = "date-time"
        elif _is_enum(observed, options) and len(kinds) == 1:
            schema["enum"] = sorted(observed.texts or ())
    if "object" in kinds:
        schema |= members_of(observed, options, place, doubts, observed.kinds["object"])
    if "array" in kinds and observed.entries is not None and observed.entries.seen:
        schema["items"] = schema_of(observed.entries, options, f"{place}.$", doubts, known)
    return schema


def members_of(observed: Observed, options: InferOptions, place: str, doubts: list[str], total: int) -> dict[str, Any]:
    """``properties`` and ``required`` of an object that was seen ``total`` times."""
    properties, required = {}, []
    for name in sorted(observed.members):
        one = observed.members[name]
        here = f"{place}.{name}" if place else name
        properties[name] = schema_of(one, options, here, doubts, total)
        share = one.seen / total if total else 0.0
        if total >= options.least and share >= options.required:
            required.append(name)
        elif total >= options.least and share >= 0.95:
            doubts.append(f"{here} is in {one.seen:,} of {total:,}, so it is not required")
    if observed.left_out:
        doubts.append(f"{place} has more than {_MOST_MEMBERS:,} names; {observed.left_out:,} values are left out")
    found: dict[str, Any] = {"properties": properties} if properties else {}
    return {**found, "required": required} if required else found


def _kinds(observed: Observed, options: InferOptions, place: str, doubts: list[str]) -> list[str]:
    found = []
    for kind, count in sorted(observed.kinds.items()):
        if kind != "null" and count < observed.seen * options.rare:
            doubts.append(f"{place} is {kind} in {count:,} of {observed.seen:,}, which is taken for a mistake")
        else:
            found.append(kind)
    if "number" in found and "integer" in found:
        found.remove("integer")
    if len([kind for kind in found if kind != "null"]) > 1:
        doubts.append(f"{place} is of several types: {', '.join(found)}")
    return found


def _is_enum(observed: Observed, options: InferOptions) -> bool:
    texts = observed.texts
    if not texts or len(texts) > options.most_values:
        return False
    total = sum(texts.values())
    return total >= options.least and total >= 4 * len(texts) and all(text.strip() for text in texts)
