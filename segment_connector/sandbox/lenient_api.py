"""``answers: always``: an API that says yes to whatever it can read, and drops in silence what it cannot use."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from ..errors import InputError, Problem
from ..http.syntax import JSON, writing_of
from ..language.connector_records import Api
from .context import Refusals, SandboxContext
from .event_judge import Judge, Verdict
from .ledger import Event
from .messages import Incoming, Reply, json_reply, read_object, text_reply
from .request_reader import read_form
from .routes import Simulate, literal_routes


class LenientApi:
    """Answers with the good body, and lists what became of each event.

    :raises SpecError: when an action of the API cannot be read.
    """

    def __init__(self, api: Api, simulate: Simulate, context: SandboxContext) -> None:
        self._api = api
        self._context = context
        self._routes = literal_routes(context.specs, api.name)
        self._judge = Judge(context.find)
        self._good = json_reply(200, simulate.body) if simulate.text is None else text_reply(200, simulate.text)
        self.refusal = Refusals(api, simulate, context.spec.path)

    def answer(self, incoming: Incoming) -> Reply:
        """The good answer, 404 for a path that is none, 400 for a body that cannot be read or is too large."""
        name = self._routes.get((incoming.method, incoming.rest))
        if name is None:
            return self.refusal(404, "not_found", self._nowhere(incoming))
        problem = self._too_large(name, incoming.content)
        if problem is None:
            try:
                body = self._read(name, incoming.content)
            except InputError as error:
                problem = error.problems[0]
        if problem is not None:
            self._record(incoming, [Verdict(name, None, problem)])
            return self.refusal(400, problem.code, problem.message)
        context = self._context
        members = tuple(context.credentials.members(self._api.name))
        verdicts = self._judge.verdicts(name, body, members, context.clock.timestamp())
        query = dict(parse_qsl(incoming.query, keep_blank_values=True))
        unsigned = context.credentials.problem(self._api.name, incoming.headers, query, body)
        sender = None
        if unsigned is not None:
            sender = context.senders.find(self._api.name, incoming.headers, query, body)
            unsigned = unsigned if sender is None else None
        self._record(incoming, verdicts, unsigned, sender)
        return self._good

    def clear(self) -> None:
        """Nothing: the list of events is not its own."""

    def state(self) -> dict[str, Any]:
        """Nothing is kept but events."""
        return {}

    def _read(self, name: str, content: bytes) -> dict[str, Any]:
        compiled = self._context.find(name)
        writing = writing_of(compiled.action.endpoint, self._api)
        return read_object(content) if writing.content == JSON else read_form(content, compiled.action, writing)

    def _nowhere(self, incoming: Incoming) -> str:
        other = [method for method, path in self._routes if path == incoming.rest]
        if other:
            return f"nothing answers to {incoming.method} here, only to {' and '.join(other)}"
        return "nothing is at this path"

    def _too_large(self, name: str, content: bytes) -> Problem | None:
        action = self._context.find(name).action
        most = action.split.max_bytes if action.split else action.limits.body_bytes
        if most is None or len(content) <= most:
            return None
        return Problem(
            "too_large",
            f"the body has {len(content):,} bytes; at most {most:,} are allowed",
            "send less in one request",
        )

    def _record(
        self, incoming: Incoming, verdicts: list[Verdict], unsigned: Problem | None = None, sender: str | None = None
    ) -> None:
        context, api = self._context, self._api
        retries = incoming.headers.get(api.retry.count_header) if api.retry.count_header else None
        count = int(retries) if retries and retries.isascii() and retries.isdigit() and len(retries) < 10 else 0
        now = context.clock.timestamp()
        events = []
        for verdict in verdicts:
            reason = unsigned or verdict.reason
            events.append(
                Event(
                    received_at=now,
                    api=api.name,
                    action=verdict.action,
                    status="dropped" if reason else "accepted",
                    problem=context.credentials.masked_problem(reason or verdict.doubt),
                    id=verdict.id,
                    id_field=verdict.id_field,
                    retry_count=count,
                    path=incoming.path,
                    body=context.credentials.masked(api.name, verdict.body),
                    sender=sender,
                )
            )
        context.ledger.record(events)
