"""What became of the events that arrived, so that metrics of an API can count them.

An investigation that tells the way of an event (``traffic`` in the simulation's file names it) is carried out for each
event that was accepted, with what the API holds at the time: so what it foretells is what the sandbox plays. Events are
looked at when a count is asked for, since most sandboxes are never asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from typing import Any
from urllib.parse import urlsplit

from ..call.caller import Caller
from ..errors import ConnectorError
from ..http.transport import Response
from ..investigations.findings import Finding, Report
from ..investigations.inquiry import Inquiry
from ..language.investigation_records import read_investigation
from ..result import Failure, Meta, Result
from ..templates.compiler import Compiler, Template
from ..values.json_values import encode
from .context import SandboxContext
from .ledger import EVERY_SENDER
from .messages import Incoming, Reply
from .simulation_data import TrafficData

Row = dict[str, Any]

# The end of the codes of events that are signed with nothing that is known: nobody counts them.
_OF_NOBODY = "_credential"


class Traffic:
    """The events that arrived, as rows that can be counted.

    :param told: how an event's way is found out.
    :param context: whose events are meant.
    :param answer: answers a request to the API, in this thread.
    :param counts: tells whether an action counts traffic itself, and so must not be asked for the way of an event.
    """

    def __init__(
        self,
        told: TrafficData,
        context: SandboxContext,
        api: str,
        answer: Callable[[Incoming], Reply],
        counts: Callable[[str], bool],
    ) -> None:
        self._told, self._context, self._api = told, context, api
        self._answer, self._counts = answer, counts
        self._inquiry = Inquiry(read_investigation(context.specs.root, told.way), context.specs.action)
        self._caller = Caller(context.specs, self._send, context.clock, lambda: 0.0, 0)
        self._input = self._template(told.input, "input", "event")
        self._row = self._template(told.row, "row", "event", *self._inquiry.names)
        self._known: dict[bytes, Result] = {}
        self._rows: list[Row] = []
        self._after = 0

    def rows(self) -> list[Row]:
        """A row for each step that each event took.

        Its ``stage`` is ``received``, ``refused``, ``stopped`` at the source, or, with its branch, ``held`` back
        from it or ``passed`` on to it; with the reason where it was kept back.
        """
        events, self._after = self._context.ledger.page(self._after)
        self._known.clear()  # what the API holds may have changed
        for event in events:
            if event.api in self._told.apis and event.sender != EVERY_SENDER:
                sender = {} if event.sender is None else {"sender": event.sender}
                self._rows += self._steps({**event.to_dict(), **sender})
        return self._rows

    def clear(self) -> None:
        """Forget all that was counted; events of before are counted no more."""
        self._rows = []
        _, self._after = self._context.ledger.page(self._after)

    def _steps(self, event: Mapping[str, Any]) -> list[Row]:
        if event["status"] == "duplicate" or str(event["code"]).endswith(_OF_NOBODY):
            return []
        connection = self._connection()
        try:
            names, report = self._inquiry.explore(
                self._input.evaluate({"event": event}), connection, self._run, self._context.clock, pool=_Here()
            )
        except ConnectorError:
            return []  # it belongs to nothing that is there
        about = self._row.evaluate({**dict.fromkeys(self._inquiry.names), **names, "event": event})
        if event["status"] == "dropped":
            return [{**about, "stage": "refused", self._told.reason: event["code"]}]
        rows: list[Row] = [{**about, "stage": "received"}]
        if (stop := _stop(report.findings, report)) is not None:
            return [*rows, *self._kept(stop, about, "stopped")]
        for branch in report.branches:
            named = {**about, self._told.branch: branch.id}
            stop = _stop(branch.findings, report)
            rows += [{**named, "stage": "passed"}] if stop is None else self._kept(stop, named, "held")
        return rows

    def _kept(self, stop: Finding, about: Row, stage: str) -> list[Row]:
        """A row for what was kept back, if the service counts that."""
        return [{**about, "stage": stage, self._told.reason: stop.counted_as}] if stop.counted_as else []

    def _run(self, action: str, inputs: Mapping[str, Any]) -> Result:
        if self._counts(action):
            return Result(False, action, {}, Failure("not_asked", "it counts what is being found out"), Meta())
        key = encode([action, inputs])
        if key not in self._known:
            self._known[key] = self._caller.run(action, inputs, self._connection())
        return self._known[key]

    def _connection(self) -> dict[str, Any]:
        """A connection that can ask this API and sends nothing, so that nothing but the event is judged."""
        credentials, spec = self._context.credentials, self._context.spec
        needed = {name for scheme in spec.apis[self._api].auth for name in credentials.schemes[scheme].needs}
        signed = {name: value for name, value in credentials.simplest().items() if name in needed}
        return {**signed, "servers": {self._api: "http://127.0.0.1"}}

    def _send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, *_rest: Any) -> Response:
        parts = urlsplit(url)
        folded = _Headers(headers)
        reply = self._answer(Incoming(method, parts.path, parts.query, folded, content or b"", parts.path))
        return Response(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.content)

    def _template(self, tree: Mapping[str, Any], member: str, *names: str) -> Template:
        compiler = Compiler(names, (), self._told.path)
        return compiler.template(compiler.value(dict(tree), f"traffic.{member}"), f"traffic.{member}")


def _stop(findings: Sequence[Finding], report: Report) -> Finding | None:
    """The gate that keeps an event back, if one does."""
    worst = list(report.states)[-1]
    return next((one for one in findings if one.decides and one.state == worst), None)


class _Headers(dict[str, str]):
    """Headers that are found whatever their case."""

    def get(self, name: str, default: Any = None) -> Any:
        return next((value for key, value in self.items() if key.lower() == name.lower()), default)


class _Here(Executor):
    """Does at once, in this thread, what others do later: who holds a lock waits for no other thread."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(function(*arguments, **named))
        except Exception as error:  # noqa: BLE001 - it is raised where the result is asked for
            done.set_exception(error)
        return done
