"""The activities: a call of any action, a list over all of its pages, and many events.

They block, so their worker needs an ``activity_executor`` with threads. The ids of events are made of the workflow's
id, its run's id and the activity's id, which all tries of an activity have, so that a retry counts nothing twice.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, CancelledError

from segment_connector.errors import Problem, known_names
from segment_connector.hosts.task_run import PermanentFault, TaskFault, TaskRun, shared_connector

from .calls import ActionCall, BulkCall, ListCall


class ConnectorActivities:
    """The activities of one worker: ``Worker(..., activities=ConnectorActivities(connections).all)``.

    :param connections: connections by the names that workflows call them by; they stay in the worker.
    :param max_retries: tries that the connector itself adds before Temporal's; by default as its specs say.
    """

    def __init__(self, connections: Mapping[str, Mapping[str, Any]], *, max_retries: int | None = None) -> None:
        self._connections = dict(connections)
        self._connector = shared_connector(None, max_retries)

    @property
    def all(self) -> list[Callable[..., Any]]:
        """Every activity, for a worker."""
        return [self.run_action, self.read_list, self.send_bulk]

    @activity.defn(name="run_action")
    def run_action(self, call: ActionCall) -> dict[str, Any]:
        """Call an action, and give its outputs.

        :raises ApplicationError: with the fault's code as its type and its problems as details; one that may pass is
            tried again after as long as the service asks, another one is not.
        """
        with told_to_temporal():
            result = self._task_run(call.action, call.connection).run(call.action, call.inputs, on_wait=_tell_wait)
        for warning in result.meta.warnings:
            activity.logger.warning("%s: %s (%s)", call.action, warning.said, warning.hint)
        return result.outputs

    @activity.defn(name="read_list")
    def read_list(self, call: ListCall) -> list[Any]:
        """Read the entries of an action's list over all of its pages; what is raised is as for ``run_action``."""
        read = 0

        def tell_page(page: Any) -> None:
            nonlocal read
            read += len(page.items)
            activity.heartbeat({"entries": read})

        with told_to_temporal():
            task = self._task_run(call.action, call.connection)
            return task.read_all(call.action, call.inputs, max_items=call.max_items, on_page=tell_page)

    @activity.defn(name="send_bulk", no_thread_cancel_exception=True)
    def send_bulk(self, call: BulkCall) -> dict[str, Any]:
        """Deliver every event of a source, with heartbeats; a cancellation ends it when what is under way is done.

        :returns: what came of it, as ``BulkResult.to_dict`` has it; what is raised is as for ``run_action``.
        """
        stop = threading.Event()
        context = contextvars.copy_context()  # progress is told by another thread

        def tell_progress(progress: Any) -> None:
            context.run(activity.heartbeat, progress.tally.to_dict())
            if context.run(activity.is_cancelled):
                stop.set()

        with told_to_temporal():
            task = self._task_run("bulk", call.connection)
            return task.bulk(call.source, on_progress=tell_progress, stop=stop, **call.options).to_dict()

    def _task_run(self, what: str, connection: str) -> TaskRun:
        if connection not in self._connections:
            message = f"the worker has no connection '{connection}'"
            problem = Problem("unknown_connection", message, known_names(connection, self._connections), "connection")
            raise PermanentFault(what, [problem])
        info = activity.info()
        run = info.workflow_run_id or info.activity_run_id or ""
        task_id = "/".join(("temporal", info.namespace, info.workflow_id or "", run, info.activity_id))
        return TaskRun(self._connector, self._connections[connection], task_id)


@contextlib.contextmanager
def told_to_temporal() -> Iterator[None]:
    """Around calls in an activity: a fault becomes an ``ApplicationError`` that Temporal tries again, or does not."""
    try:
        yield
    except TaskFault as fault:
        if activity.is_cancelled():
            raise CancelledError(str(fault)) from None
        wait = None if fault.retry_after is None else timedelta(seconds=fault.retry_after)
        details = [problem.to_dict() for problem in fault.problems]
        raise ApplicationError(
            str(fault), *details, type=fault.code, non_retryable=not fault.retryable, next_retry_delay=wait
        ) from None


def _tell_wait(pause: Any) -> None:
    activity.heartbeat({"waits": pause.seconds, "reason": pause.reason})
