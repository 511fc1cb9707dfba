"""What is counted while events are delivered: sums for the summary, samples over time for the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .doubts import DoubtGroup
from .reject_groups import RejectGroup


@dataclass(slots=True)
class Tally:
    """Sums of a run.

    :ivar read: records read, the accepted and rejected ones of this run.
    :ivar accepted: events that the service accepted in this run; ``would_be_accepted`` those that a dry run passed.
    :ivar rejected: records that were refused, by the checks or by the service.
    :ivar warned: events of them that something was doubtful about; they were sent all the same.
    :ivar skipped: records that an earlier run had dealt with.
    :ivar requests: requests that were answered or given up, retries not counted; ``retries`` the tries after the first.
    :ivar bytes_read: bytes of input; ``bytes_sent`` bytes of bodies as sent, retries included.
    """

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    warned: int = 0
    skipped: int = 0
    requests: int = 0
    retries: int = 0
    bytes_read: int = 0
    bytes_sent: int = 0
    would_be_accepted: int = 0

    def add(self, other: Tally) -> None:
        """Add the sums of another tally to this one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def to_dict(self) -> dict[str, int]:
        """The sums by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Sample:
    """What happened in one stretch of time.

    :ivar at: seconds since the start of the run, at the end of the stretch; ``seconds`` its length.
    :ivar tally: what was counted in it.
    :ivar latencies: seconds that each answered request of the stretch took, its retries not included.
    """

    at: float
    seconds: float
    tally: Tally
    latencies: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Progress:
    """What a progress callback is given.

    :ivar seconds: since the start of the run.
    :ivar tally: everything counted so far.
    :ivar total_bytes: size of the input in bytes, or ``None`` when it is not known (standard input); ``done_bytes`` is
        how much of that was dealt with, earlier runs included.
    :ivar waiting: seconds for which all requests are held back, because the service asked for it; else 0.
    """

    seconds: float
    tally: Tally
    total_bytes: int | None
    done_bytes: int
    waiting: float = 0.0


@dataclass(slots=True)
class BulkResult:
    """What came of a run.

    :ivar outcome: ``done`` (every record is accepted or rejected), ``stopped`` (by the user), ``failed``.
    :ivar code: stable name of what made it fail, ``message`` and ``hint`` in words; ``None`` otherwise.
    :ivar retryable: whether what made it fail was the service or the network, which may be able to later, and
        ``retry_after`` the seconds that the service asked to wait until then, or ``None``.
    :ivar rejects: the file that holds what was rejected, or ``None`` when nothing was.
    :ivar reasons: what is in that file by reason, the most frequent first.
    :ivar checkpoint: the file that lets the next run go on, or ``None``.
    :ivar samples: the course of the run, oldest first, for charts.
    :ivar notes: what a person should know of how the source was read, in words.
    :ivar doubts: what was doubtful about events that were sent, the most frequent first.
    """

    outcome: str
    tally: Tally
    seconds: float
    code: str | None = None
    message: str | None = None
    hint: str | None = None
    rejects: str | None = None
    checkpoint: str | None = None
    dry_run: bool = False
    samples: list[Sample] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doubts: list[DoubtGroup] = field(default_factory=list)
    reasons: list[RejectGroup] = field(default_factory=list)
    retryable: bool = False
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the whole source was dealt with."""
        return self.outcome == "done"

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values, without the samples."""
        facts = {
            name: getattr(self, name)
            for name in ("outcome", "code", "message", "hint", "rejects", "checkpoint", "dry_run")
        }
        rate = round(self.tally.accepted / self.seconds, 1) if self.seconds else 0.0
        return {
            **facts,
            "notes": self.notes,
            "seconds": round(self.seconds, 3),
            "events_per_second": rate,
            **self.tally.to_dict(),
            "reasons": [reason.to_dict() for reason in self.reasons],
            "warnings": [{name: getattr(one, name) for name in one.__slots__} for one in self.doubts],
        }
