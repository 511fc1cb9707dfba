"""Questions: calls of reading actions that a file strings together, and choices among what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .step_records import NoneFound


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Question:
    """One question; the meaning of each member stands in ``schemas/investigation.schema.json``."""

    as_: str
    action: str | None = None
    input: Mapping[str, Any] = field(default_factory=dict)
    when: str | bool | None = None
    each: Any = None
    where: str | None = None
    pick: str | None = None
    none: NoneFound | None = None
    walk: bool = False
    give: Any = None
    needed: bool = False
    optional: bool = False
    late: bool = False
