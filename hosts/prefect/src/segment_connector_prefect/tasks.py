"""The tasks: a call of any action, a list over all of its pages, and many events.

A fault that may pass is tried again by Prefect, another one fails the task at once and says what to change. The ids of
events are made of the task run's id, which all tries of it have, so that a retry counts nothing twice.
"""

from __future__ import annotations

import time
from typing import Any

from prefect import get_run_logger, runtime, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact

from segment_connector.hosts.task_run import PassingFault, TaskRun, shared_connector

_BETWEEN = 2.0  # seconds between two updates of a progress bar


def may_pass(_task: Any, _task_run: Any, state: Any) -> bool:
    """Whether a failed try of a task may be followed by another, for ``retry_condition_fn``."""
    return isinstance(state.data, PassingFault)


_TRIED_AGAIN: Any = {"retries": 3, "retry_delay_seconds": [10, 60, 300], "retry_condition_fn": may_pass}


@task(name="run-action", task_run_name="{action}", **_TRIED_AGAIN)
def run_action(action: str, inputs: dict[str, Any], connection: Any, max_retries: int | None = None) -> dict[str, Any]:
    """Call an action, and give its outputs.

    :param action: its name.
    :param inputs: its parameters by name.
    :param connection: a ``ConnectionBlock``.
    :param max_retries: tries that the connector itself adds, before Prefect's; by default as ``connector.yaml`` says.
    :raises PermanentFault, PassingFault: when there is no outcome.
    """
    logger = get_run_logger()

    def tell_wait(pause: Any) -> None:
        logger.info("%s waits %.0f s and tries again: %s", action, pause.seconds, pause.reason)

    result = _task_run(connection, max_retries).run(action, inputs, on_wait=tell_wait)
    for warning in result.meta.warnings:
        logger.warning("%s: %s (%s)", action, warning.said, warning.hint)
    if result.meta.message_ids:
        logger.info("%s: %s, %s", action, result.meta.delivery, ", ".join(result.meta.message_ids[:5]))
    return result.outputs


@task(name="read-list", task_run_name="{action}", **_TRIED_AGAIN)
def read_list(
    action: str,
    inputs: dict[str, Any],
    connection: Any,
    max_items: int | None = None,
    max_retries: int | None = None,
) -> list[Any]:
    """Read the entries of an action's list over all of its pages.

    :param max_items: so many at most; the others as for ``run_action``.
    """
    logger = get_run_logger()
    read = 0

    def tell_page(page: Any) -> None:
        nonlocal read
        read += len(page.items)
        logger.info("%s: %d entries read", action, read)

    return _task_run(connection, max_retries).read_all(action, inputs, max_items=max_items, on_page=tell_page)


@task(name="send-bulk", **_TRIED_AGAIN)
def send_bulk(source: Any, connection: Any, options: dict[str, Any] | None = None) -> dict[str, Any]:
    """Deliver every event of a source, with a progress bar among the run's artifacts.

    :param source: a file, a folder, or events as mappings; see ``Connector.bulk``.
    :param options: the other arguments of ``Connector.bulk``: ``action``, ``mapping``, ``checkpoint`` ...
    :returns: what came of it, as ``BulkResult.to_dict`` has it.
    """
    logger = get_run_logger()
    bar: Any = create_progress_artifact(0.0, description="Events delivered")
    told = 0.0

    def tell_progress(progress: Any) -> None:
        nonlocal told
        if progress.total_bytes and time.monotonic() - told >= _BETWEEN:
            told = time.monotonic()
            update_progress_artifact(bar, min(100.0 * progress.done_bytes / progress.total_bytes, 100.0))

    result = _task_run(connection, None).bulk(source, on_progress=tell_progress, **(options or {}))
    update_progress_artifact(bar, 100.0)
    tally = result.tally
    logger.info("%d events accepted, %d rejected, %d skipped", tally.accepted, tally.rejected, tally.skipped)
    for reason in result.reasons:
        logger.warning("rejected: %s", reason.to_dict())
    return result.to_dict()


def _task_run(connection: Any, max_retries: int | None) -> TaskRun:
    task_id: Any = runtime.task_run.id
    return TaskRun(shared_connector(None, max_retries), connection.connection(), task_id and f"prefect/{task_id}")
