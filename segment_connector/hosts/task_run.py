"""Calls of the connector as tasks of an orchestrator (Airflow, Prefect, Dagster, Temporal ...), which tries them again.

>>> task = TaskRun(connector, connection, task_id="daily/2026-11-29/tell")
>>> task.run("track", {"event": "Order Completed", "userId": "u-1"}).outputs

An orchestrator has two questions after a failure: may the task be tried again, and would something be done twice then?
``PassingFault`` is a yes to the first one, ``PermanentFault`` a no; and ids are made of the task's own id, so that the
next try sends the same events and not more of them. A host adds no more than its own words for the two.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from ..call.ids import derived_id, with_ids
from ..connector import Connector
from ..errors import ConnectorError, Problem
from ..result import CallFailed
from ..values.json_values import copy_json
from .host_inputs import read_host_inputs

if TYPE_CHECKING:
    from ..bulk.tally import BulkResult
    from ..call.caller import OnWait
    from ..call.paging import Page
    from ..result import Result


class TaskFault(Exception):  # noqa: N818 - an outcome, named as orchestrators do
    """Why a task failed: an own line for each thing that is wrong, with place, rule and cure, and never a secret.

    :param what: the task in a word, which the text begins with: the name of the action.
    :param problems: at least one.
    :param retry_after: seconds that the service asked to wait, or ``None``.
    :ivar code: stable machine-readable name of the first problem; ``hint`` its cure, ``field`` its place.
    """

    retryable: ClassVar[bool]

    def __init__(self, what: str, problems: Sequence[Problem], retry_after: float | None = None) -> None:
        self.what = what
        self.problems = tuple(problems)
        self.retry_after = retry_after
        self.code, self.hint, self.field = self.problems[0].code, self.problems[0].hint, self.problems[0].field
        super().__init__("\n".join(f"{what}: {problem}" for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.what, self.problems, self.retry_after)  # orchestrators hand it to other processes


class PermanentFault(TaskFault):
    """Another try would fail as this one did, or might do something twice: what was asked for has to change first."""

    retryable = False


class PassingFault(TaskFault):
    """The service or the network was not able to; another try may succeed, and counts nothing twice."""

    retryable = True


class TaskRun:
    """One try of a task; make a new one for each try.

    :param connector: what makes the calls.
    :param connection: region, credentials and server addresses.
    :param task_id: what the orchestrator calls the task: the same text for every try of it, and another one for every
        other task and run. ``None``: ids are left to chance, and another try counts again.
    """

    def __init__(self, connector: Connector, connection: Mapping[str, Any], task_id: str | None = None) -> None:
        self.connector = connector
        self._connection = connection
        self._task_id = task_id
        self._seen: Counter[str] = Counter()

    def run(self, action: str, inputs: Mapping[str, Any], *, on_wait: OnWait | None = None) -> Result:
        """Call an action.

        :param inputs: its parameters by name; what a host made text of is read as ``read_host_inputs`` does.
        :param on_wait: called with a ``Pause`` before each wait between the connector's own tries.
        :returns: the result; it is ``ok``.
        :raises PermanentFault, PassingFault: when there is none.
        """
        with told_as_faults(action):
            filled = self._with_ids(action, self._read(action, inputs))
            result = self.connector.run(action, filled, self._connection, on_wait=on_wait)
            result.unwrap()
            return result

    def read_all(
        self,
        action: str,
        inputs: Mapping[str, Any],
        *,
        max_items: int | None = None,
        on_page: Callable[[Page], None] | None = None,
    ) -> list[Any]:
        """The entries of an action's list, over all of its pages.

        :param max_items: so many at most.
        :param on_page: called with each ``Page``, for progress.
        :raises PermanentFault, PassingFault: when they cannot be had.
        """
        with told_as_faults(action):
            given = self._read(action, inputs)
            found = self.connector.iterate(action, given, self._connection, max_items=max_items, on_page=on_page)
            return list(found)

    def bulk(self, source: Any, **options: Any) -> BulkResult:
        """Deliver every event of a source; see ``Connector.bulk``.

        Another try goes on where this one stopped when it has the same checkpoint; without one it sends the same events
        with the same ids, which are made of what they hold and where they stand.

        :returns: the result; every record was accepted, or rejected and written down.
        :raises PermanentFault, PassingFault: when the source was not dealt with to its end.
        """
        what = options.get("action") or "bulk"
        with told_as_faults(what):
            result = self.connector.bulk(source, self._connection, **options)
        if result.ok:
            return result
        message = result.message or "it was stopped before the end of the source"
        problem = Problem(result.code or "stopped", message, result.hint)
        raise (PassingFault if result.retryable else PermanentFault)(what, [problem], result.retry_after)

    def _read(self, action: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        specs = self.connector.caller.serving(self._connection).specs
        return read_host_inputs(specs.action(action), inputs, specs.action)

    def _with_ids(self, action: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = copy_json(inputs)
        if self._task_id is None:
            return given
        compiled = self.connector.caller.serving(self._connection).compiled(action)
        # Two calls that are alike are two events, and so need two ids.
        call = hashlib.sha256(json.dumps([action, given], sort_keys=True).encode()).hexdigest()
        self._seen[call] += 1
        of = (self._task_id, call, str(self._seen[call]))
        return with_ids(compiled, given, lambda name, index: derived_id(*of, "" if index is None else str(index), name))


@contextlib.contextmanager
def told_as_faults(what: str) -> Iterator[None]:
    """Around calls of the connector: what they raise becomes a ``PermanentFault`` or a ``PassingFault``.

    :param what: as for ``TaskFault``.
    """
    try:
        yield
    except CallFailed as error:
        failure = error.result.error
        passing = failure is not None and failure.retryable
        wait = failure.retry_after if failure is not None else None
        raise (PassingFault if passing else PermanentFault)(what, error.problems, wait) from None
    except ConnectorError as error:
        raise PermanentFault(what, error.problems) from None


@cache
def shared_connector(folder: str | None = None, max_retries: int | None = None) -> Connector:
    """The connector that all tasks of a process share, as it is safe to.

    :param folder: the folder of its specs; by default those of the package.
    :param max_retries: tries after the first that a call makes before the orchestrator hears of it.
    """
    return Connector.load(folder, max_retries=max_retries)
