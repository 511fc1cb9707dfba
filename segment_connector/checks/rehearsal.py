"""Calls whose clock stands still, whose ids are counted and whose service answers what an example says."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from ..call.caller import Caller
from ..call.made_up import made_up_connection
from ..call.request import Request
from ..clock import Clock
from ..http.transport import Response
from ..language.specs import Specs
from ..result import Result
from ..values.json_values import encode

NOW = dt.datetime(2026, 1, 31, 12, tzinfo=dt.timezone.utc)


class Rehearsal:
    """Plans and runs actions without a service.

    :param specs: the actions.
    :raises LookupError: with the name of a connection property that nothing made up fits.
    """

    def __init__(self, specs: Specs) -> None:
        self._ids: Iterator[int] = itertools.count(1)
        self._answer = Response(200, {}, b"")
        clock = Clock(lambda: NOW, lambda: 0.0, lambda _seconds: None, self._new_id)
        self.caller = Caller(specs, lambda *_request: self._answer, clock, lambda: 0.0, max_retries=0)
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

    def target(self, request: Request) -> str:
        """Path and query of a request, below the server of its API."""
        server = self.caller.connections.check(self.connection).server(self.caller.spec.apis[request.api])
        return request.url.removeprefix(server)

    def _new_id(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._ids):012d}"
