"""When a run gives up because the service refuses nearly everything, which is then not about single events."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from ...errors import ConnectorError, Problem
from ...result import Failure

_AT_FIRST = 1_000  # events that may be refused one by one while none is accepted
_AT_MOST = 10_000  # the same where others were accepted before: what is wrong is not all of the source
_WORTH = 99  # refusals that an accepted event makes up for: fewer than 1 in 100 is nearly nothing


class BulkFailed(ConnectorError):  # noqa: N818 - an outcome, as CallFailed
    """A run that could not go on; what was accepted is remembered, and the next run goes on from there.

    :param retryable: whether it is likely to: the service or the network was not able to at the time.
    :param retry_after: seconds that the service asked to wait before that, or ``None``.
    """

    def __init__(
        self, problems: Sequence[Problem] | Problem, retryable: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(problems)
        self.retryable = retryable
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems, self.retryable, self.retry_after)


class RefusalLimit:
    """Counts what the service said of single events; safe to share between threads.

    A refused event costs one request, so a source of nothing else would cost as many as it has events. The count is a
    cumulative sum (Page 1954, "Continuous inspection schemes"): it notices a change to nearly nothing but refusals
    wherever in a source it is.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = _AT_FIRST
        self._refused = self._accepted = 0  # of late, which the sum is of

    def accepted(self, count: int) -> None:
        """That so many events were accepted."""
        with self._lock:
            self._left += count * _WORTH
            self._accepted += count
            if self._left >= _AT_MOST:
                self._left, self._refused, self._accepted = _AT_MOST, 0, 0

    def refused(self, error: Failure) -> None:
        """That one event was refused alone.

        :raises BulkFailed: when it was one too many.
        """
        with self._lock:
            self._left -= 1
            self._refused += 1
            if self._left > 0:
                return
            seen = self._refused + self._accepted
        message = f"of the last {seen:,} events the service refused {self._refused:,}, one by one; of the last one: "
        hint = "see the reject file; fix the records that are not sent yet, or run the same command again to continue"
        raise BulkFailed.of("nearly_all_refused", message + error.message, hint)
