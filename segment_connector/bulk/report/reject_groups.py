"""A reject file in short: how many records were rejected for which reason, and the first of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_EXAMPLES = 3
_SHOWN = 300  # characters of an example
_MOST = 100  # reasons; a file that holds more was not written by this program


@dataclass(slots=True)
class RejectGroup:
    """What was rejected for one reason.

    :ivar code: stable name of the reason.
    :ivar count: how many records.
    :ivar examples: the first of them in words: line, field, message; never the records, which may tell of people.
    :ivar hint: how to mend the first of them.
    """

    code: str
    count: int = 0
    examples: list[str] = field(default_factory=list)
    hint: str | None = None


def reject_groups(path: str | Path) -> list[RejectGroup]:
    """The rejects of a file by reason, the most frequent first.

    :param path: a reject file: one JSON object a line.
    :raises OSError: when it cannot be read. What is no reject, such as a line that a power cut cut off, is passed over.
    """
    groups: dict[str, RejectGroup] = {}
    first: dict[str, list[dict[str, Any]]] = {}
    files: set[str] = set()
    with Path(path).open("rb") as file:
        for line in file:
            try:
                reject = json.loads(line)
            except (ValueError, RecursionError):
                continue
            code = reject.get("code") if isinstance(reject, dict) else None
            if not isinstance(code, str) or (code not in groups and len(groups) >= _MOST):
                continue
            group = groups.setdefault(code, RejectGroup(code, hint=str(reject.get("hint") or "") or None))
            group.count += 1
            files.add(str(reject.get("file")))
            if len(examples := first.setdefault(code, [])) < _EXAMPLES:
                examples.append(reject)
    for code, examples in first.items():
        groups[code].examples = [_in_words(reject, with_file=len(files) > 1) for reject in examples]
    return sorted(groups.values(), key=lambda group: -group.count)


def _in_words(reject: Mapping[str, Any], *, with_file: bool) -> str:
    place = next(
        (f"{name} {reject[name]:,}" for name in ("line", "position") if isinstance(reject.get(name), int)), None
    )
    file = reject.get("file") if with_file else None
    said = ": ".join(str(part) for part in (file, place, reject.get("field"), reject.get("message")) if part)
    return said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "\u2026"
