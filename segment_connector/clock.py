"""Time, waiting and new ids, put in from outside so that tests and examples can hold them still."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

_UTC = datetime.timezone.utc


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time, waiting and new ids come from; tests and examples put their own in.

    :ivar now: the current instant, with a zone.
    :ivar monotonic: seconds of a clock that is never set back.
    :ivar sleep: waits for a number of seconds.
    :ivar new_id: a new unique id.
    """

    now: Callable[[], datetime.datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    new_id: Callable[[], str]

    def timestamp(self) -> str:
        """The current instant as RFC 3339 in UTC with milliseconds."""
        now = self.now()
        if now.tzinfo is not _UTC:
            now = now.astimezone(_UTC)
        return now.isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


def machine_clock() -> Clock:
    """The machine's own clocks, and random UUIDs (version 4) as ids."""
    return Clock(
        now=lambda: datetime.datetime.now(_UTC),
        monotonic=time.monotonic,
        sleep=time.sleep,
        new_id=_uuid4,
    )


def _uuid4() -> str:
    """A random UUID as text (RFC 9562, 5.4), as ``str(uuid.uuid4())`` gives it at three times the price."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
