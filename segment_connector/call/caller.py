"""One call from inputs to result: prepare, render, sign, exchange, outcome; and the same in parts for long lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..clock import Clock
from ..connection import Connection, Connections
from ..errors import MOST_PROBLEMS, InputError
from ..http.attempts import Attempts, Pause, SignedRequest, send_until_answered
from ..http.auth import Credential, NoToken, Scheme
from ..http.auth.scheme import Flow, Make
from ..http.retry import RetryBudget
from ..http.syntax import with_query
from ..http.transport import Send
from ..language.action_records import Action
from ..language.connector_records import Api, ConnectorSpec
from ..language.served_specs import SERVER, ServedSpecs, served
from ..language.specs import Specs
from ..redact import redact
from ..result import Delivery, Failure, Meta, PartsResult, Result
from ..values.json_values import encode
from ..values.paths import ranges
from .compiled_action import CompiledAction
from .outcome import CompiledAnswer, error_case, network_failure, outcome, repeatable, with_outputs
from .prepare import Prepared, parts, prepare
from .render import render
from .request import Request
from .step import Look, Step

_MOST_SHOWN = 1_000_000  # bytes
OnWait = Callable[[Pause], None]

OF_THE_CONTENT = (400, 413, 422)
"""Statuses of refusals that say something of one request and nothing of the next."""
SIGNED_BYTES = 200
"""What signing may add to a body, in bytes: a body that is filled up to a limit leaves room for it."""
_UNSIGNED = Credential()


class Caller:
    """Calls the actions of one spec root.

    :param specs: where the actions are.
    :param send: the transport.
    :param clock: time, waiting and ids.
    :param random: gives a number from 0 to 1 for the jitter of waits.
    :param max_retries: replaces what ``connector.yaml`` says, unless ``None``; 0 ends server-directed waits too.
    :param step: what else looks at every call.
    """

    def __init__(
        self, specs: Specs, send: Send, clock: Clock, random: Callable[[], float], max_retries: int | None = None,
        step: Step | None = None,
    ) -> None:  # fmt: skip
        self.specs = specs
        self.spec = specs.connector if max_retries is None else _with_retries(specs.connector, max_retries)
        self.connections = Connections(self.spec)
        self.schemes = self.connections.schemes
        self.send = send
        self.step = step
        self.clock = clock
        self._random = random
        self._compiled: dict[str, CompiledAction] = {}
        self._answers: dict[str, CompiledAnswer] = {}
        self._max_retries = max_retries
        self._others: dict[str, Caller] = {}

    def serving(self, given: Mapping[str, Any]) -> Caller:
        """What makes the calls of a connection: itself, or for one that names another ``server``, one of that service.

        :raises SpecError: when the profile of the service breaks the language.
        """
        name = given.get(SERVER) if isinstance(given, (dict, Mapping)) else None  # what is none, its check refuses
        if name is None or not isinstance(name, str) or isinstance(self.specs, ServedSpecs):
            return self
        other = self._others.get(name)
        if other is None:
            specs = served(self.specs, given)
            if specs is self.specs:
                return self
            other = Caller(specs, self.send, self.clock, self._random, self._max_retries, self.step)
            self._others[name] = other
        other.step = self.step
        return other

    def compiled(self, name: str) -> CompiledAction:
        """The action of a name, made ready once.

        :raises UnknownActionError: when there is none.
        """
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = CompiledAction(self.specs.action(name), self.compiled, self.clock)
            self._compiled[name] = compiled
        return compiled

    def forget(self) -> None:
        """Make every action ready anew when it is next called: a spec file has changed."""
        self._compiled, self._answers, self._others = {}, {}, {}

    def plan(
        self, name: str, inputs: Mapping[str, Any], given: Mapping[str, Any], *, need_credential: bool = True
    ) -> Request:
        """The request that ``run`` would send; for a long list the request as if there were no limits.

        :raises ConnectorError: for what the caller did wrong, and for a list of more than 1 MB.
        """
        if (caller := self.serving(given)) is not self:
            return caller.plan(name, inputs, given, need_credential=need_credential)
        compiled = self.compiled(name)
        connection = self.connections.check(given)
        prepared = prepare(compiled, inputs, self.clock.timestamp(), self.look_for(given))
        if prepared.entries is not None:
            # What all entries share is written into each, so a small list can make a request of gigabytes.
            size = sum(len(encode(entry)) for _, entry in prepared.entries.accepted)
            if size > _MOST_SHOWN:
                message = f"the entries have {size:,} bytes as JSON; at most {_MOST_SHOWN:,} are shown"
                raise InputError.of("too_large", message, "preview fewer of them")
        request = self.rendered(compiled, prepared, connection, need_credential=need_credential)
        if compiled.action.split is not None:
            request.sent_as = sum(1 for _ in self._parts(compiled, prepared, connection))
        return request

    def run(
        self, name: str, inputs: Mapping[str, Any], given: Mapping[str, Any], on_wait: OnWait | None = None
    ) -> Result:
        """Call an action.

        :raises ConnectorError: for what the caller did wrong; what the service or the network does is in the result.
        """
        if (caller := self.serving(given)) is not self:
            return caller.run(name, inputs, given, on_wait)
        compiled = self.compiled(name)
        connection = self.connections.check(given)
        prepared = prepare(compiled, inputs, self.clock.timestamp(), self.look_for(given))
        if compiled.action.split is None:
            return self.run_prepared(compiled, prepared, connection, on_wait)
        return self._run_parts(compiled, prepared, connection, on_wait)

    def look_for(self, given: Mapping[str, Any]) -> Look | None:
        """What else looks at the calls of a connection, if anything does."""
        step = self.step
        return None if step is None else lambda action, inputs: step.look(action, inputs, given)

    def rendered(
        self, compiled: CompiledAction, prepared: Prepared, connection: Connection, *, need_credential: bool = True
    ) -> Request:
        """The request that checked inputs make; it is not signed yet.

        :raises ConnectorError: as ``plan.render``.
        """
        return render(compiled, prepared, connection, self.connections, self.spec, need_credential=need_credential)

    def run_prepared(
        self,
        compiled: CompiledAction,
        prepared: Prepared,
        connection: Connection,
        on_wait: OnWait | None = None,
        finish: Callable[[SignedRequest], SignedRequest] | None = None,
    ) -> Result:
        """Send inputs that were checked as one request, and wait for its outcome; for a part of a list without outputs.

        :param finish: has the last word on every try, after it was signed: what it gives is sent.
        :raises ConnectionConfigError: when the connection has no credential or server for the action's API.
        """
        request = self.rendered(compiled, prepared, connection)
        api = self.spec.apis[request.api]
        scheme = self.schemes[request.scheme] if request.scheme else None
        budget = self.budget(api, scheme, compiled.action.idempotent)
        fetched = scheme is not None and scheme.fetched_from is not None
        done = Attempts()
        secrets = request.secrets

        def tell_refusal() -> None:
            if scheme is not None and done.answer is not None:
                scheme.refused(done.answer.status, connection.get, connection.server(self.source(scheme)))

        def make(attempt: int) -> SignedRequest:
            if fetched:
                tell_refusal()
            credential = _UNSIGNED if scheme is None else self.credential(scheme, connection, on_wait)
            if credential.secrets:
                request.secrets |= credential.secrets
            latest = request
            # Waiting, for a retry or for a token, makes the first rendering old.
            if compiled.request.uses_now and (attempt > 1 or fetched):
                prepared.now = self.clock.timestamp()
                latest = self.rendered(compiled, prepared, connection)
            wire = _signed(latest, credential)
            return wire if finish is None else finish(wire)

        try:
            send_until_answered(make, api, budget, self.send, self.clock, on_wait, self.answers(api).asked_wait, done)
        except NoToken as error:
            assert scheme is not None
            return self.settled(self._without_token(request, self.source(scheme), error.done, done))
        if fetched:
            tell_refusal()
        result = self.settled(outcome(compiled, self.answers(api), api, request, done, budget))
        if request.secrets is not secrets:
            # A service may list the credentials of the connection, but the token of a call was never its caller's.
            result.outputs = redact(result.outputs, request.secrets - secrets)
        return result

    def settled(self, result: Result) -> Result:
        """The result of a call, with the verdict whether it may be repeated if it did not succeed."""
        if result.error is not None:
            action = self.compiled(result.action).action
            result.error = repeatable(result.error, result.meta.delivery, action, self._beside(action))
        return result

    def _beside(self, action: Action) -> Iterator[Action]:
        """The actions of the same group."""
        for name, path in self.specs.paths.items():
            if path.parent.name == action.group:
                yield self.specs.action(name)

    def credential(
        self, scheme: Scheme, connection: Connection, on_wait: OnWait | None = None, source: Api | None = None
    ) -> Credential:
        """What signing by a scheme adds to a request.

        :param source: the API that gives what it signs with, if not as ``connector.yaml`` describes it.
        :raises NoToken: when that cannot be had.
        """
        known = connection.credentials.get(scheme.id)
        if known is not None:
            return known
        if scheme.fetched_from is None:
            known = connection.credentials[scheme.id] = scheme.added(connection.get)
            return known
        source = source or self.source(scheme)
        flow = scheme.flow(connection.get, connection.server(source), self.clock)
        try:
            wanted = next(flow)
            while True:
                wanted = self._answered(flow, wanted, source, on_wait)
        except StopIteration as end:
            signed: Credential = end.value
            return signed

    def _answered(self, flow: Flow, wanted: Make, source: Api, on_wait: OnWait | None) -> Make:
        """Send what a scheme wants answered, and tell it how that went; gives what it wants next."""
        budget = self.budget(source, None, idempotent=True)
        try:
            done = send_until_answered(wanted, source, budget, self.send, self.clock, on_wait)
        except BaseException as error:  # noqa: BLE001 - others may wait for the same answer
            return flow.throw(error)
        return flow.send(done)

    def source(self, scheme: Scheme) -> Api:
        """The API that gives what a scheme signs with."""
        return self.spec.apis[scheme.fetched_from or ""]

    def budget(self, api: Api, scheme: Scheme | None, idempotent: bool) -> RetryBudget:
        """The retries that one request has."""
        return RetryBudget(api.retry, scheme.retry_statuses if scheme else {}, idempotent, self._random)

    def answers(self, api: Api) -> CompiledAnswer:
        """How the answers of an API are read."""
        if api.name not in self._answers:
            self._answers[api.name] = CompiledAnswer(api.answer, self.spec.path)
        return self._answers[api.name]

    def _without_token(self, request: Request, api: Api, tokens: Attempts, done: Attempts) -> Result:
        meta = Meta(
            attempts=done.attempts, waited=done.waited + tokens.waited, message_ids=request.message_ids,
            region=request.region, bytes=done.sent_bytes, delivery=done.delivery, warnings=request.warnings,
            server=request.server,
        )  # fmt: skip
        if tokens.answer is None:
            assert tokens.failure is not None
            return Result(False, request.action, {}, network_failure(tokens.failure, api.title), meta)
        status = tokens.answer.status
        case = error_case(status, None, api)
        failure = Failure(
            case.code, f"the {api.title} answered {status}: no access token", case.hint,
            status=status, retryable=self.budget(api, None, True).retryable(status),
        )  # fmt: skip
        return Result(False, request.action, {}, failure, meta)

    def _parts(
        self, compiled: CompiledAction, prepared: Prepared, connection: Connection
    ) -> list[tuple[Prepared, list[int]]]:
        split = compiled.action.split
        assert split is not None
        hollow = Prepared({**prepared.inputs, split.parameter: []}, prepared.now)
        envelope = len(self.rendered(compiled, hollow, connection, need_credential=False).content or b"")
        return list(parts(compiled, prepared, envelope + SIGNED_BYTES))

    def _run_parts(
        self, compiled: CompiledAction, prepared: Prepared, connection: Connection, on_wait: OnWait | None
    ) -> Result:
        assert prepared.entries is not None
        requests = 0
        untold = prepared.entries.untold
        entries: dict[Delivery, list[int]] = {"accepted": [], "not_sent": [*prepared.entries.refused, *untold]}
        refused = [
            {
                "index": index,
                "code": problem.code,
                "field": problem.field,
                "message": problem.message,
                "hint": problem.hint,
            }
            for index, problems in prepared.entries.refused.items()
            for problem in problems[:1]
        ]
        total = Meta(region=connection.region, message_ids=prepared.message_ids)
        failure: Failure | None = None
        for part, places in self._parts(compiled, prepared, connection):
            if failure is not None and (failure.retryable or failure.status not in OF_THE_CONTENT):
                # The service is away, at its limit or not ours to use; what follows would only meet the same.
                refused.extend(_unsent(places, failure, "not_sent"))
                entries["not_sent"] += places
                continue
            part.now = self.clock.timestamp()
            result = self.run_prepared(compiled, part, connection, on_wait)
            requests += 1
            _add(total, result.meta)
            entries.setdefault(result.meta.delivery, []).extend(places)
            if result.error is not None:
                failure = result.error
                refused.extend(_unsent(places, failure, result.meta.delivery))
        names = {
            "input": prepared.inputs,
            "response": {"status": total.status, "body": None, "headers": {}},
            "split": {
                "accepted": len(entries["accepted"]),
                "requests": requests,
                "refused": _listed(refused, untold),
            },
        }
        whole = with_outputs(compiled, names, failure, total)
        return PartsResult(whole.ok, whole.action, whole.outputs, whole.error, whole.meta, entries)


def _listed(refused: list[dict[str, Any]], untold: list[int]) -> list[dict[str, Any]]:
    """The entries that were not accepted, in order; of many the first, and the places of the others in one more."""
    refused = sorted(refused, key=lambda one: int(one["index"]))
    rest = sorted([*(one["index"] for one in refused[MOST_PROBLEMS:]), *untold])
    if not rest:
        return refused
    message = f"{len(rest):,} more were not accepted: {ranges(rest, MOST_PROBLEMS)}"
    hint = "send them again by themselves, to see why"
    return [
        *refused[:MOST_PROBLEMS],
        {"index": rest[0], "code": "more", "field": None, "message": message, "hint": hint},
    ]


def _with_retries(spec: ConnectorSpec, max_retries: int) -> ConnectorSpec:
    apis = {name: replace(api, retry=replace(api.retry, max_retries=max_retries)) for name, api in spec.apis.items()}
    return replace(spec, apis=apis)


def _signed(request: Request, credential: Credential) -> SignedRequest:
    url, content = request.url, request.content
    if credential.body and isinstance(request.body, dict):
        content = request.writing.body({**request.body, **credential.body})
    if credential.query:
        url = with_query(url, credential.query)
    return SignedRequest(request.method, url, {**request.headers, **credential.headers}, content)


def _unsent(places: list[int], failure: Failure, delivery: str) -> list[dict[str, Any]]:
    return [
        {
            "index": place,
            "code": failure.code,
            "field": None,
            "message": f"{failure.message} ({delivery})",
            "hint": failure.hint,
        }
        for place in places
    ]


def _add(total: Meta, meta: Meta) -> None:
    total.status = meta.status
    total.attempts += meta.attempts
    total.waited += meta.waited
    total.bytes += meta.bytes
    total.request_id = meta.request_id
    total.rate_limit = meta.rate_limit
    total.region, total.server = meta.region, meta.server
    total.warnings = meta.warnings
    # The worst of all parts: one that may be lost matters more than many that arrived.
    ranks = ("accepted", "refused", "not_sent", "unknown")
    first = total.attempts == meta.attempts
    total.delivery = meta.delivery if first else max(total.delivery, meta.delivery, key=ranks.index)
