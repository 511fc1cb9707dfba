"""Calls whose clock stands still, whose ids are counted and whose service answers what an example says."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..call.caller import Caller
from ..call.request import Request
from ..clock import Clock
from ..http.auth import schemes_of
from ..http.transport import Response
from ..language.connector_records import ConnectorSpec
from ..language.specs import Specs
from ..redact import has_secret
from ..result import Result
from ..schema.validator import Validator
from ..values.json_values import encode
from ..values.paths import get, put_into, schema_at

NOW = dt.datetime(2026, 1, 31, 12, tzinfo=dt.timezone.utc)

_MADE_UP = ("made-up-credential", "madeup", "a1", "1")


class Rehearsal:
    """Plans and runs actions without a service.

    :param specs: the actions.
    :raises LookupError: with the name of a connection property that nothing made up fits.
    """

    def __init__(self, specs: Specs) -> None:
        self._ids: Iterator[int] = itertools.count(1)
        self._answer = Response(200, {}, b"")
        self._next_answers: list[Response] = []
        self._now = NOW
        clock = Clock(lambda: self._now, lambda: 0.0, lambda _seconds: None, self._new_id)
        self.caller = Caller(specs, self._send, clock, lambda: 0.0, max_retries=0)
        self.connection = made_up_connection(specs.connector)

    def plan(self, action: str, inputs: Mapping[str, Any]) -> Request:
        """The request of an action; ids begin anew with each call."""
        self._ids = itertools.count(1)
        return self.caller.plan(action, inputs, self.connection)

    def run(self, action: str, inputs: Mapping[str, Any], response: Mapping[str, Any]) -> Result:
        """The result of an action when the service answers ``response`` (``status``, ``body``, ``headers``)."""
        self._ids = itertools.count(1)
        content = encode(response["body"]) if "body" in response else b""
        self._answer = Response(response["status"], response.get("headers", {}), content)
        return self.caller.run(action, inputs, self.connection)

    @contextmanager
    def answering(self, bodies: Sequence[Mapping[str, Any]], now: dt.datetime | None = None) -> Iterator[None]:
        """Meanwhile the service answers these bodies, call after call, with 200.

        :param now: the instant of the calls.
        """
        self._next_answers = [Response(200, {}, encode(body)) for body in bodies]
        self._now = now or NOW
        try:
            yield
        finally:
            self._next_answers, self._now = [], NOW

    def _send(self, *_request: Any) -> Response:
        return self._next_answers.pop(0) if self._next_answers else self._answer

    def target(self, request: Request) -> str:
        """Path and query of a request, below the server of its API."""
        server = self.caller.connections.check(self.connection).server(self.caller.spec.apis[request.api])
        return request.url.removeprefix(server)

    def _new_id(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._ids):012d}"


def made_up_connection(spec: ConnectorSpec) -> dict[str, Any]:
    """A connection that serves every API by the last, plainest of its auth schemes.

    Public properties have the first of their ``examples``, so an example may show one in a path.

    :raises LookupError: with the name of a property that nothing made up fits.
    """
    properties = spec.connection.properties
    connection = {
        name: schema["examples"][0]
        for name, schema in properties.items()
        if schema.get("examples") and not has_secret(schema)
    }
    known = schemes_of(spec)
    schemes = [known[api.auth[-1]] for api in spec.apis.values() if api.auth]
    for need in (*spec.connection.required, *(need for scheme in schemes for need in scheme.needs)):
        if get(connection, need) is None:
            put_into(connection, need, _made_up(need, schema_at(spec.connection.schema, need)))
    return connection


def _made_up(name: str, schema: Mapping[str, Any]) -> Any:
    single = [schema[word] for word in ("placeholder", "default") if word in schema]
    given = [*schema.get("examples", ()), *schema.get("enum", ()), *single]
    fits = Validator(schema)
    for value in (*given, *_MADE_UP, "x" * schema.get("minLength", 1), True):
        if not fits.problems(value):
            return value
    raise LookupError(name)
