"""Steps: calls of actions that a file strings together, each knowing what those before it gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NoneFound:
    """What is said when nothing in a list is what a step looks for."""

    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Step:
    """One call of an action; the meaning of each member stands in ``schemas/step.schema.json``."""

    action: str
    as_: str | None = None
    when: str | None = None
    input: Mapping[str, Any] = field(default_factory=dict)
    pick: str | None = None
    none: NoneFound | None = None
    keep: Mapping[str, Any] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
