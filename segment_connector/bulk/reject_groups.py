"""Rejects in short: how many records were rejected for which reason, and the first of each."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_EXAMPLES = 3
_SHOWN = 300  # characters of an example
_INDEX = re.compile(r"\.\d+(?=\.|$)")
_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|[+-]?\d[\d.,:/+-]*")
_KINDS = 8  # of messages of one code at one member that are told apart: more are values that no quotes tell
_MOST = 100  # reasons; a file that holds more was not written by this program


_Reason = tuple[str, str | None, str]  # code, member, what is said of it without its value


@dataclass(slots=True)
class RejectGroup:
    """What was rejected for one reason.

    :ivar code: stable name of the reason.
    :ivar count: how many records.
    :ivar examples: the first of them in words: line, field, message; never the records, which may tell of people.
    :ivar hint: how to fix the first of them.
    :ivar field: the member at fault, dotted, with ``*`` for a place in a list.
    :ivar message: what is wrong with the first of them.
    """

    code: str
    count: int = 0
    examples: list[str] = field(default_factory=list)
    hint: str | None = None
    field: str | None = None
    message: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The reason as JSON values."""
        return {name: getattr(self, name) for name in ("code", "field", "count", "message", "hint")}


class RejectGroups:
    """Collects rejects by reason."""

    def __init__(self) -> None:
        self._groups: dict[_Reason, RejectGroup] = {}
        self._first: dict[_Reason, list[dict[str, Any]]] = {}
        self._kinds: dict[tuple[str, str | None], set[str]] = {}
        self._files: set[str] = set()

    def add(self, reject: Any) -> None:
        """Count a reject, as it stands in a reject file; what is none is passed over."""
        code = reject.get("code") if isinstance(reject, dict) else None
        if not isinstance(code, str):
            return
        place = reject.get("field")
        member = _INDEX.sub(".*", place) if isinstance(place, str) else None
        message = str(reject.get("message") or "") or None
        key = (code, member, self._kind_of(code, member, message))
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= _MOST:
                return
            hint = str(reject.get("hint") or "") or None
            group = self._groups[key] = RejectGroup(code, 0, [], hint, member, message)
        group.count += 1
        self._files.add(str(reject.get("file")))
        if len(examples := self._first.setdefault(key, [])) < _EXAMPLES:
            examples.append(reject)

    def _kind_of(self, code: str, member: str | None, message: str | None) -> str:
        """What a message says, whatever the value: one code at one member can be several faults, each with its cure."""
        kind = _VALUE.sub("", (message or "")[:_SHOWN])
        kinds = self._kinds.setdefault((code, member), set())
        if kind in kinds:
            return kind
        if len(kinds) >= _KINDS:
            return ""
        kinds.add(kind)
        return kind

    def collecting(self, rejects: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The rejects, each counted as it passes."""
        for reject in rejects:
            self.add(reject)
            yield reject

    def groups(self) -> list[RejectGroup]:
        """The reasons, the most frequent first."""
        for key, examples in self._first.items():
            self._groups[key].examples = [_in_words(one, with_file=len(self._files) > 1) for one in examples]
        return sorted(self._groups.values(), key=lambda group: -group.count)


def reject_groups(path: str | Path) -> list[RejectGroup]:
    """The rejects of a file by reason, the most frequent first.

    :param path: a reject file: one JSON object a line.
    :raises OSError: when it cannot be read. What is no reject, such as a line that a power cut cut off, is skipped.
    """
    found = RejectGroups()
    with Path(path).open("rb") as file:
        for line in file:
            with contextlib.suppress(ValueError, RecursionError):
                found.add(json.loads(line))
    return found.groups()


def _in_words(reject: Mapping[str, Any], *, with_file: bool) -> str:
    place = next(
        (f"{name} {reject[name]:,}" for name in ("line", "position") if isinstance(reject.get(name), int)), None
    )
    file = reject.get("file") if with_file else None
    said = ": ".join(str(part) for part in (file, place, reject.get("field"), reject.get("message")) if part)
    return said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "\u2026"
