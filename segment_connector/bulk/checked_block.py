"""What the check of a block of records gives: the events to send, and the rejects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import Problem
from .doubts import Doubts


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that is not delivered, and why.

    :ivar position: where it stands in its file, as ``Block.positions``.
    :ivar line: 1-based number of its line, if it is known; ``column`` that of the byte of the line that it begins with.
    :ivar record: it, as text; cut when it is very long.
    :ivar status: what the service answered, where it was the service that refused it.
    """

    position: int
    problem: Problem
    record: str
    line: int | None = None
    status: int | None = None
    column: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The reject as JSON values, empty facts left out."""
        place = {"line": self.line} if self.line is not None else {"position": self.position}
        if self.column is not None:
            place["column"] = self.column
        problem = {name: value for name, value in self.problem.to_dict().items() if name not in ("path", "line")}
        status = {} if self.status is None else {"status": self.status}
        return {**place, **problem, **status, "record": self.record}


@dataclass(slots=True)
class CheckedBlock:
    """What came of a block.

    :ivar start: the position of the block; ``end`` the one after it.
    :ivar events: each as the bytes to send, in order.
    :ivar ends: the position after each; ``None`` when they are the lines of the block as they stand.
    :ivar rejects: the others.
    :ivar size: as ``Block.size``.
    :ivar doubts: what a further step finds doubtful about the events.
    """

    start: int
    end: int
    events: list[bytes]
    ends: Sequence[int] | None
    rejects: list[Reject] = field(default_factory=list)
    size: int | None = None
    doubts: Doubts | None = None
