"""One thing that was found in a plan: wrong, or doubtful."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...errors import Problem

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in the schema of a rule.

    :ivar place: keys and indexes from the root of the schema.
    """

    severity: Severity
    code: str
    message: str
    hint: str | None
    place: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in the files of a plan.

    :ivar severity: ``error`` for what would go wrong, ``warning`` for what is doubtful.
    """

    severity: Severity
    problem: Problem
