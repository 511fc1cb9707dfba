"""One call of an action for an agent: inputs, pages, waits and their progress, in a worker's thread."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from ...call.paging import Page, pages
from ...call.policy import NotOffered
from ...errors import ConnectorError, InputError, UnknownActionError
from ...language.action_records import Action
from ...language.list_tables import list_of
from ...redact import redact, secrets_in
from ...result import CallFailed, Failure, Meta, Result
from ...values.paths import get, put
from ..worker_threads import Job, NotDone, WorkerThreads
from .arguments import Wanted, read
from .offer_wording import Wording
from .repeats import Repeat
from .tool_schemas import SKIP, follows_pages

if TYPE_CHECKING:  # what opens sockets is imported by the first call, so that a client that only looks is answered soon
    from ...call.caller import OnWait
    from ...connector import Connector
    from ...http.attempts import Pause

Report = Callable[[float, str], Coroutine[Any, Any, None]]
"""Tells the client how far a call is: a number that grows, and what is going on."""

# A list is not followed into the last part of the time that a call has: what was read must still be given.
_ENOUGH = 0.6


class Run(Protocol):
    """Calls an action, as ``Connector.run`` and the service's ``Backend.run`` do."""

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
class Start:
    """Where a client can begin to read a list.

    :ivar index: the entry, counted from the first one that was read.
    :ivar arguments: what begins with that entry.
    """

    index: int
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What came of a call.

    :ivar result: as ``Connector.run`` gives it; of a list that was followed, all entries in the place of one page's.
    :ivar repeat: the parameters that make a repeat the same event and not a second one.
    :ivar doubts: what else there is to say of it.
    :ivar fields: the members that the client wants, all when empty.
    :ivar listed: the output that is the list which was asked for, if any.
    :ivar skipped: entries of the list that were read and passed over, as the client wanted.
    :ivar read: entries of the list that were read.
    :ivar starts: where its pages began; the last one is what follows, if anything does.
    :ivar fixable: of a call that was refused here, whether other arguments fix it.
    """

    result: Result
    repeat: Mapping[str, str]
    doubts: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    listed: str | None = None
    skipped: int = 0
    read: int = 0
    starts: tuple[Start, ...] = field(default=(Start(0, {}),))
    fixable: bool = False

    @property
    def more(self) -> bool:
        """Whether there is more of the list than was read."""
        return self.starts[-1].index == self.read > 0

    def after(self, count: int) -> Mapping[str, Any]:
        """The arguments that go on after so many entries that were given."""
        index = self.skipped + count
        start = next(one for one in reversed(self.starts) if one.index <= index)
        skip = index - start.index
        # What was passed over before is told anew, for the other arguments stay as they are.
        return {**start.arguments, **({SKIP: skip} if skip or self.skipped else {})}


def is_fixable(error: ConnectorError) -> bool:
    """Whether a model can fix an error by other arguments; it cannot widen the fence around what it may call."""
    return isinstance(error, (InputError, UnknownActionError)) and not isinstance(error, NotOffered)


class ToolCalls:
    """Calls actions for agents.

    :param connector: whose actions.
    :param run: what calls one, and blocks.
    :param workers: where it blocks.
    :param wording: how whoever offers the tools is spoken of.
    """

    def __init__(self, connector: Connector, run: Run, workers: WorkerThreads, wording: Wording) -> None:
        self.connector = connector
        self._run = run
        self._workers = workers
        self._wording = wording

    async def call(
        self, action: Action, arguments: Mapping[str, Any], connection: str | None, report: Report | None
    ) -> CallOutcome:
        """Call an action; what goes wrong is in the outcome, and only a cancellation is raised.

        :param arguments: the action's inputs, and what is wanted of its result, as the client sent them.
        :param connection: name of the connection, or ``None``.
        :param report: tells progress; ``None`` when the client did not ask for it.
        """
        caller = self.connector.caller
        told: Mapping[str, str] = {}
        try:
            inputs, wanted = read(action, arguments, self.connector.specs.action)
            repeat = Repeat(caller.compiled(action.name), inputs, caller.clock.new_id)
            told = repeat.told
            return await self._workers.run(
                lambda job: _ToolCall(self._run, caller.settled, action, connection, told, job, report).make(
                    repeat.inputs(), wanted
                )
            )
        except ConnectorError as error:
            from ...result import as_result

            return CallOutcome(as_result(action.name, error), {}, fixable=is_fixable(error))
        except NotDone as left:
            result = caller.settled(_not_done(action, left, self._workers.seconds, self._wording))
            return CallOutcome(result, told if left.begun else {})


class _ToolCall:
    """One call in its thread."""

    def __init__(
        self, run: Run, settled: Callable[[Result], Result], action: Action, connection: str | None,
        repeat: Mapping[str, str], job: Job[CallOutcome], report: Report | None,
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

    def make(self, inputs: dict[str, Any], wanted: Wanted) -> CallOutcome:
        if follows_pages(self.action):
            outcome = self._follow(inputs, wanted)
        else:
            outcome = self._whole(CallOutcome(self._one(inputs), self.repeat), wanted.skip)
        return replace(outcome, fields=wanted.fields)

    def _whole(self, outcome: CallOutcome, skip: int) -> CallOutcome:
        """A result whose list, if it has one, has no pages."""
        name, result = list_of(self.action), outcome.result
        entries = result.outputs.get(name or "")
        if name is None or not isinstance(entries, list):
            return outcome
        given = replace(result, outputs={**result.outputs, name: entries[skip:]}) if skip else result
        return replace(outcome, result=given, listed=name, skipped=skip, read=len(entries))

    def _one(self, inputs: Mapping[str, Any]) -> Result:
        self.job.look()
        result = self.run(self.action.name, inputs, self.connection, on_wait=self._on_wait)
        pause = self.no_time_for
        if pause is None or result.error is None:
            return result
        return self.settled(_no_time_to_wait(result, result.error, pause))

    def _follow(self, inputs: dict[str, Any], wanted: Wanted) -> CallOutcome:
        paging = self.action.paging[0]
        enough = None if wanted.most is None else wanted.skip + wanted.most
        asked, small = inputs, enough is not None and paging.default_size and enough < paging.default_size
        # Where pages are numbered, what goes on with the next one has to mean the same size.
        if small and paging.size and get(inputs, paging.size) is None and paging.kind in ("cursor", "offset"):
            asked = put(inputs, paging.size, enough)
        begin = get(inputs, paging.position)
        starts = [Start(0, {} if begin is None else self._at(inputs, begin))]
        items: list[Any] = []
        last: Page | None = None
        doubts: tuple[str, ...] = ()
        try:
            for last in pages(self.action, asked, self._one):
                items += last.items
                if last.next is not None:
                    starts.append(Start(len(items), self._at(inputs, last.next)))
                if last.next is None or enough is None or len(items) >= enough:
                    break
                self._tell(f"{len(items):,} entries read")
                if self.job.left < self.time * (1 - _ENOUGH):
                    doubts = (f"Time ran short: {len(items):,} entries were read, and more follow.",)
                    break
        except CallFailed as failed:
            if last is None:
                return CallOutcome(failed.result, {})
            error = failed.problems[0]
            doubts = (f"The list breaks off after {len(items):,} entries: {error.message} ({error.code}).",)
        assert last is not None  # a list has a first page, or is refused
        outputs = put(dict(last.result.outputs), paging.items, items[wanted.skip : enough])
        result = replace(last.result, outputs=outputs)
        return CallOutcome(result, {}, doubts, (), paging.items, wanted.skip, len(items), tuple(starts))

    def _at(self, inputs: Mapping[str, Any], page: Any) -> dict[str, Any]:
        """The argument that says which page is wanted, with what else the client put there."""
        place = self.action.paging[0].position
        name = place.partition(".")[0]
        return {name: put(dict(inputs), place, page)[name]}

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


def _not_done(action: Action, left: NotDone, seconds: float, by: Wording) -> Result:
    if left.stopping:
        code, message = "stopping", f"the {by.noun} stops{', and the call had not ended' if left.begun else ''}"
        hint = f"call it again when the {by.noun} is back"
    elif left.begun:
        parts = "; of a long list some parts may have been accepted before" if action.split is not None else ""
        code, message = "timeout", f"there was no answer in the {seconds:g} s that a call may take{parts}"
        hint = f"call it again later, or {by.cure('longer timeout')}"
    else:
        code, message = "busy", f"as many calls as the {by.noun} makes at once were running for {seconds:g} s"
        hint = "wait for earlier calls to end, then call it again"
    meta = Meta(delivery="unknown" if left.begun else "not_sent")
    return Result(False, action.name, {}, Failure(code, message, hint, retryable=True), meta)
