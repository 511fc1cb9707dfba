"""What went wrong, in the words of Dagster: a step that is tried again, or one that fails at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from dagster import Failure, MetadataValue, RetryRequested

from segment_connector.hosts.task_run import PassingFault, TaskFault

MOST_TRIES = 3  # after the first
_WAITS = (10.0, 60.0, 300.0)  # seconds before each of them, where the service asks for none


@contextlib.contextmanager
def told_to_dagster(context: Any) -> Iterator[None]:
    """Around calls in an op or asset: a fault that may pass asks for a retry, another one fails the step.

    :raises RetryRequested: at most ``MOST_TRIES`` times in a run of a step.
    :raises Failure: whose description is place, rule and cure; a retry policy does not try that again.
    """
    try:
        yield
    except PassingFault as fault:
        tried = context.op_execution_context.retry_number
        if tried >= MOST_TRIES:
            raise _failure(fault) from None
        context.log.warning(str(fault))
        wait = fault.retry_after if fault.retry_after is not None else _WAITS[tried]
        raise RetryRequested(MOST_TRIES, wait) from None
    except TaskFault as fault:
        raise _failure(fault) from None


def _failure(fault: TaskFault) -> Failure:
    known = {"code": fault.code, "field": fault.field, "cure": fault.hint}
    metadata = {name: MetadataValue.text(text) for name, text in known.items() if text}
    return Failure(str(fault), metadata=metadata, allow_retries=False)
