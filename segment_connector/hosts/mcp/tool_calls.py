"""One call of an action for an agent: inputs, pages, waits and their progress, in a worker's thread."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from ...call.paging import Page, pages
from ...errors import ConnectorError, InputError, Problem
from ...language.action_records import Action
from ...redact import redact, secrets_in
from ...result import CallFailed, Failure, Meta, Result
from ...values.paths import put
from ..worker_threads import Job, NotDone, WorkerThreads
from .repeats import Repeat
from .tool_schemas import MAX_ITEMS, MOST_ITEMS, follows_pages

if TYPE_CHECKING:  # what opens sockets is imported by the first call, so that a client that only looks is answered soon
    from ...call.caller import OnWait
    from ...connector import Connector
    from ...http.attempts import Pause

Report = Callable[[float, str], Coroutine[Any, Any, None]]
"""Tells the client how far a call is: a number that grows, and what is going on."""

# A list is not followed into the last part of the time that a call has: what was read must still be given.
_ENOUGH = 0.6


class Run(Protocol):
    """Calls an action, as ``Connector.run`` and the service's ``Desk.run`` do."""

    def __call__(
        self, action: str, inputs: Mapping[str, Any], connection: str | None, *, on_wait: OnWait | None = None
    ) -> Result:
        """The outcome of a call.

        :param connection: what the client calls the connection, or ``None`` for the usual one.
        :raises ConnectorError: for what the caller did wrong.
        """


def run_with(connector: Connector, resolve: Callable[[str | None], Mapping[str, Any]], *, masked: bool = True) -> Run:
    """A plain ``Run``.

    :param resolve: gives the connection of a name, or the usual one.
    :param masked: whether the connection's credentials are masked in outputs, where a service may list them.
    """

    def run(action: str, inputs: Mapping[str, Any], connection: str | None, *, on_wait: OnWait | None = None) -> Result:
        given = resolve(connection)
        result = connector.run(action, inputs, given, on_wait=on_wait)
        if masked:
            result.outputs = redact(result.outputs, secrets_in(connector.spec.connection.schema, given))
        return result

    return run


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call.

    :ivar result: as ``Connector.run`` gives it; of a list that was followed, all entries in the place of one page's.
    :ivar repeat: the parameters that make a repeat the same event and not a second one.
    :ivar doubts: what else there is to say of it.
    """

    result: Result
    repeat: Mapping[str, str]
    doubts: tuple[str, ...] = ()


class Calls:
    """Calls actions for agents.

    :param connector: whose actions.
    :param run: what calls one, and blocks.
    :param workers: where it blocks.
    """

    def __init__(self, connector: Connector, run: Run, workers: WorkerThreads) -> None:
        self.connector = connector
        self._run = run
        self._workers = workers

    async def call(
        self, action: Action, arguments: Mapping[str, Any], connection: str | None, report: Report | None
    ) -> Outcome:
        """Call an action; what goes wrong is in the outcome, and only a cancellation is raised.

        :param arguments: the action's inputs, and ``max_items`` for a list.
        :param connection: name of the connection, or ``None``.
        :param report: tells progress; ``None`` when the client did not ask for it.
        """
        caller = self.connector.caller
        told: Mapping[str, str] = {}
        try:
            repeat = Repeat(caller.compiled(action.name), arguments, caller.clock.new_id)
            told = repeat.told
            return await self._workers.run(
                lambda job: _Call(self._run, caller.settled, action, connection, told, job, report).make(repeat.inputs())
            )
        except ConnectorError as error:
            from ...result import as_result

            return Outcome(as_result(action.name, error), {})
        except NotDone as left:
            result = caller.settled(_not_done(action, left, self._workers.seconds))
            return Outcome(result, told if left.begun else {})


class _Call:
    """One call in its thread."""

    def __init__(
        self, run: Run, settled: Callable[[Result], Result], action: Action, connection: str | None,
        repeat: Mapping[str, str], job: Job[Outcome], report: Report | None,
    ) -> None:  # fmt: skip
        self.run = run
        self.settled = settled
        self.action = action
        self.connection = connection
        self.repeat = repeat
        self.job = job
        self.report = report
        self.steps = 0
        self.no_time_for: Pause | None = None
        self.time = job.left

    def make(self, inputs: dict[str, Any]) -> Outcome:
        if MAX_ITEMS in inputs and follows_pages(self.action):
            return self._follow(inputs)
        return Outcome(self._one(inputs), self.repeat)

    def _one(self, inputs: Mapping[str, Any]) -> Result:
        self.job.look()
        result = self.run(self.action.name, inputs, self.connection, on_wait=self._on_wait)
        pause = self.no_time_for
        if pause is None or result.error is None:
            return result
        return self.settled(_no_time_to_wait(result, result.error, pause))

    def _follow(self, inputs: dict[str, Any]) -> Outcome:
        most = inputs.pop(MAX_ITEMS)
        if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MOST_ITEMS:
            message = f"must be a whole number from 1 to {MOST_ITEMS}"
            raise InputError(Problem("type", message, "leave it out for one page", field=MAX_ITEMS))
        items: list[Any] = []
        last: Page | None = None
        doubts: tuple[str, ...] = ()
        try:
            for last in pages(self.action, inputs, self._one):
                items += last.items
                if last.next is None or len(items) >= most:
                    break
                self._tell(f"{len(items):,} entries read")
                if self.job.left < self.time * (1 - _ENOUGH):
                    doubts = (
                        f"Time ran short: {len(items):,} entries were read, and more follow; go on from the cursor.",
                    )
                    break
        except CallFailed as failed:
            if last is None:
                return Outcome(failed.result, {})
            error = failed.problems[0]
            broke = f"The list breaks off after {len(items):,} entries: {error.message} ({error.code})."
            doubts = (f"{broke} Go on from the cursor.",)
        assert last is not None  # a list has a first page, or is refused
        result = last.result
        outputs = put(dict(result.outputs), self.action.paging[0].items, items)
        return Outcome(Result(True, result.action, outputs, None, result.meta), {}, doubts)

    def _on_wait(self, pause: Pause) -> None:
        self.job.look()
        if pause.seconds >= self.job.left:
            from ...http.attempts import NoTime

            self.no_time_for = pause
            raise NoTime
        self._tell(f"waiting {pause.seconds:.1f} s after {pause.reason}")

    def _tell(self, what: str) -> None:
        self.steps += 1
        if self.report is not None:
            self.job.send(self.report(self.steps, what))


def _no_time_to_wait(result: Result, error: Failure, pause: Pause) -> Result:
    asked = "the service asks" if pause.directed else "the next try has"
    failure = Failure(
        "try_later", f"{pause.reason}; {asked} to wait {pause.seconds:.0f} s, which is longer than this call may take",
        "call it again after that time", retryable=True, details=error.details, retry_after=pause.seconds,
    )  # fmt: skip
    return replace(result, error=failure)


def _not_done(action: Action, left: NotDone, seconds: float) -> Result:
    if left.stopping:
        code, message = "stopping", f"the server stops{', and the call had not ended' if left.begun else ''}"
        hint = "call it again when the server is back"
    elif left.begun:
        parts = "; of a long list some parts may have been accepted before" if action.split is not None else ""
        code, message = "timeout", f"there was no answer in the {seconds:g} s that a call may take{parts}"
        hint = "call it again later, or ask the user to start the server with a longer --timeout"
    else:
        code, message = "busy", f"as many calls as the server makes at once were running for {seconds:g} s"
        hint = "wait for earlier calls to end, then call it again"
    meta = Meta(delivery="unknown" if left.begun else "not_sent")
    return Result(False, action.name, {}, Failure(code, message, hint, retryable=True), meta)
