"""Faults in Airflow's words: what another try cannot mend fails at once, everything else is tried again."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from segment_connector.hosts.task_run import PassingFault, PermanentFault, told_as_faults


class SegmentUnavailable(AirflowException):
    """The service or the network was not able to; another try may succeed, and counts nothing twice.

    :param message: what happened and what helps, without secrets.
    :param retry_after: seconds that the service asked to wait, or ``None``.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AsTheServiceAsks(RetryPolicy):
    """Before the next try wait as the task says, and at least as long as the service asked for."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002 - as Airflow calls it
        max_tries: int,  # noqa: ARG002
        context: Any = None,
    ) -> RetryDecision:
        """The decision of Airflow itself, with a later time where the service asked for one."""
        asked = getattr(exception, "retry_after", None)
        own = context["ti"].task.retry_delay if context is not None else dt.timedelta()
        if asked is None or own >= dt.timedelta(seconds=asked):
            return RetryDecision.default()
        return RetryDecision.retry(dt.timedelta(seconds=asked), f"the service asked to wait {asked:g} s")


@contextlib.contextmanager
def told_to_airflow(what: str) -> Iterator[None]:
    """Around calls of the connector: what they raise becomes an exception that Airflow acts upon.

    :param what: what the message begins with: the name of the action.
    :raises AirflowFailException: when the task has to change before it can succeed; it is not tried again.
    :raises SegmentUnavailable: when another try may succeed.
    """
    try:
        with told_as_faults(what):
            yield
    except PermanentFault as fault:
        raise AirflowFailException(str(fault)) from None
    except PassingFault as fault:
        raise SegmentUnavailable(str(fault), fault.retry_after) from None
