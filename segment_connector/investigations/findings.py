"""What an investigation found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Finding:
    """How one thing stands.

    :ivar state: one of the investigation's states.
    :ivar why: one sentence, and ``cure`` how to change it, or ``None``.
    :ivar counted_as: what the service's own counts call it, or ``None``.
    :ivar decides: whether the state of the whole depends on it.
    :ivar parts: where one of several suffices: each of them.
    """

    title: str
    state: str
    why: str
    cure: str | None = None
    counted_as: str | None = None
    decides: bool = True
    parts: list[Finding] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return {
            "title": self.title, "state": self.state, "why": self.why, "cure": self.cure,
            **({"parts": [part.to_dict() for part in self.parts]} if self.parts else {}),
        }  # fmt: skip


@dataclass(slots=True)
class Branch:
    """What was found of one entry of a list.

    :ivar group: the title of the list, ``id`` and ``name`` of the entry.
    :ivar state: the worst of its findings.
    """

    group: str
    id: str
    name: str
    state: str
    findings: list[Finding]

    def to_dict(self) -> dict[str, Any]:
        """The branch as JSON values."""
        found = [finding.to_dict() for finding in self.findings]
        return {"group": self.group, "id": self.id, "name": self.name, "state": self.state, "findings": found}


@dataclass(slots=True)
class Report:
    """All that was found.

    :ivar state: the state of the whole: the worst of its own findings.
    :ivar verdict: what that means, in a sentence.
    :ivar not_seen: what the investigation cannot see.
    :ivar requests: how many were made; ``seconds`` how long it took.
    """

    investigation: str
    title: str
    state: str
    verdict: str
    findings: list[Finding]
    branches: list[Branch]
    not_seen: list[str]
    requests: int
    seconds: float
    states: Mapping[str, str]

    def counts(self) -> dict[str, int]:
        """How many branches stand in each state."""
        return dict(Counter(branch.state for branch in self.branches))

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "investigation": self.investigation,
            "state": self.state,
            "verdict": self.verdict,
            "findings": [finding.to_dict() for finding in self.findings],
            "branches": [branch.to_dict() for branch in self.branches],
            "not_seen": self.not_seen,
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
        }
