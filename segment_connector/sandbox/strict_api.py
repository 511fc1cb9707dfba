"""``answers: strictly``: an API that says what is wrong with a request, and remembers what the others changed."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from ..errors import InputError, Problem
from ..language.action_records import Action
from ..language.connector_records import Api
from ..templates.compiler import Compiler, Template
from .action_simulator import ActionSimulator
from .answer_bodies import body_of, headers_of
from .context import Refusals, SandboxContext
from .entry_maker import EntryMaker
from .executor import Change, NotThere
from .messages import JSON, Incoming, Reply, json_reply
from .request_reader import RequestReader, members_of
from .routes import Simulate
from .routing import Found, Router
from .traffic import Traffic
from .trail import Trail


class StrictApi:
    """Demands a credential, judges the inputs by the action's parameters, and simulates the action.

    Nothing is read before the first request: the specs of a large API take a while.
    """

    def __init__(self, api: Api, simulate: Simulate, context: SandboxContext) -> None:
        self._api = api
        self._simulate = simulate
        self._context = context
        self._path = context.spec.path
        self._world = context.worlds[api.name]
        self._lock = context.worlds.lock
        self._readers: dict[str, RequestReader] = {}
        self._counts: dict[str, tuple[float, int]] = {}
        self._ids = EntryMaker()
        self._refusals = Refusals(api, simulate, self._path)
        self._headers = self._template(simulate.headers, "headers", "answer", "limit")

    def answer(self, incoming: Incoming) -> Reply:
        """The answer of the action that a request is for.

        401 without the right credential, 404 for a path that is none or leads to what is not there, 405 for another
        method, and the status ``simulate.invalid`` for inputs that the action does not allow.
        """
        credentials = self._context.credentials
        body = members_of(incoming.headers, incoming.content) if credentials.members(self._api.name) else {}
        query = dict(parse_qsl(incoming.query, keep_blank_values=True))
        problem = credentials.problem(self._api.name, incoming.headers, query, body)
        if problem is not None:
            return self._refused(401, [problem], None)
        with self._lock:
            self._context.follower.catch_up(self._api.name)
            found = self._router.find(incoming.method, incoming.rest)
            if found is None:
                return self._nowhere(incoming)
            action = self._context.find(found.route.action).action
            try:
                outputs = self._simulated(found, incoming)
            except NotThere as error:
                return self._refused(404, [error.problem], action)
            except InputError as error:
                return self._refused(self._simulate.invalid, error.problems, action)
            if incoming.method != "GET":
                self._context.follower.changed()
            headers = {**headers_of(action, outputs), **self._said(action), "Content-Type": self._media_type(incoming)}
            return json_reply(action.endpoint.status, body_of(action, outputs), headers)

    def refusal(self, status: int, code: str, message: str) -> Reply:
        """An answer that says no, in the form in which the API says it."""
        return self._refused(status, [Problem(code, message)], None)

    def clear(self) -> None:
        """Put everything back to how it was at the beginning."""
        with self._lock:
            self._counts.clear()
            self._world.clear()
            if "_simulator" in self.__dict__:
                self._simulator.clear()
            traffic: Traffic | None = self.__dict__.get("_traffic")
            if traffic is not None:
                traffic.clear()

    def state(self) -> dict[str, Any]:
        """A copy of every list that there is now, by its path."""
        with self._lock:
            return self._world.state.listed()

    def _simulated(self, found: Found, incoming: Incoming) -> dict[str, Any]:
        """The outputs of the action of a request.

        :raises NotThere, InputError: when the request cannot be answered with them.
        """
        compiled = self._context.find(found.route.action)
        name = compiled.action.name
        if name not in self._readers:
            credentials = self._context.credentials
            passed_over = credentials.parameters(self._api.name), credentials.members(self._api.name)
            self._readers[name] = RequestReader(compiled, self._api, *passed_over)
        inputs = self._readers[name].inputs(found.named("input"), incoming.query, incoming.content)
        problems = compiled.validator.problems(inputs)
        if problems:
            raise InputError(problems)
        return self._simulator.simulate(found, self._readers[name], inputs, incoming.path, incoming.query)

    def _nowhere(self, incoming: Incoming) -> Reply:
        methods = self._router.methods(incoming.rest)
        if not methods:
            return self._refused(404, [Problem("not_found", "nothing is at this path")], None)
        listed = ", ".join(methods)
        message = f"nothing answers to {incoming.method} here, only to {listed}"
        reply = self._refused(405, [Problem("method", message)], None)
        return Reply(reply.status, reply.content, {**reply.headers, "Allow": listed})

    def _refused(self, status: int, problems: Sequence[Problem], action: Action | None) -> Reply:
        shown = [self._context.credentials.masked_problem(problem) or problem for problem in problems]
        return self._refusals.all(status, shown, self._said(action))

    def _said(self, action: Action | None) -> dict[str, str]:
        """The headers of an answer; one more call of the action is counted."""
        with self._lock:
            names: dict[str, Any] = {"answer": {"id": self._ids.like("x" * 22)}, "limit": {}}
            limit = self._limit(action)
            if action is not None and limit is not None:
                requests, seconds = limit
                now = self._context.clock.now().timestamp()
                end, count = self._counts.get(action.name, (0.0, 0))
                end, count = (end, count + 1) if now < end else (now + seconds, 1)
                self._counts[action.name] = (end, count)
                names["limit"] = {
                    "consumed": count,
                    "remaining": max(requests - count, 0),
                    "reset": email.utils.formatdate(end, usegmt=True),
                }
            headers = self._headers.evaluate(names)
        return {name: str(value) for name, value in headers.items()}

    def _limit(self, action: Action | None) -> tuple[int, int] | None:
        """Requests that an action takes, and in how many seconds."""
        if action is not None and action.limits.requests and action.limits.seconds:
            return action.limits.requests, action.limits.seconds
        known = self._api.rate_limit
        return (known["requests"], known["seconds"]) if known else None

    def _media_type(self, incoming: Incoming) -> str:
        wanted = [kind.partition(";")[0].strip() for kind in (incoming.headers.get("Accept") or "").split(",")]
        return next((kind for kind in wanted if kind in self._api.media_types.values()), JSON)

    @cached_property
    def _router(self) -> Router:
        return Router(self._context.specs.endpoints(self._api.name), self._world.data.synonyms)

    @cached_property
    def _simulator(self) -> ActionSimulator:
        context = self._context
        page = self._template(self._simulate.page, "page", "page")
        return ActionSimulator(
            self._router,
            self._world.data,
            self._world.state,
            lambda name: context.find(name).action,
            page,
            context.clock.timestamp,
            self._noted,
            self._counted,
        )

    def _noted(self, change: Change) -> None:
        if self._trail is not None:
            self._trail.note(change)

    @cached_property
    def _trail(self) -> Trail | None:
        rules = self._world.data.trail
        return None if rules is None else Trail(rules, self._world, self._context.clock)

    @cached_property
    def _traffic(self) -> Traffic | None:
        told = self._world.data.traffic
        if told is None:
            return None
        return Traffic(told, self._context, self._api.name, self.answer, self._simulator.counts)

    def _counted(self) -> list[dict[str, Any]] | None:
        return None if self._traffic is None else self._traffic.rows()

    def _template(self, tree: Mapping[str, Any], member: str, *names: str) -> Template:
        place = f"apis.{self._api.name}.simulate.{member}"
        compiler = Compiler(names, (), self._path)
        return compiler.template(compiler.value(dict(tree), place), place)
