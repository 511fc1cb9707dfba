"""The sandbox's own endpoints: what arrived, and what shall go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from ..errors import InputError, Problem
from ..schema.validator import Validator
from ..values.json_values import decode
from .faults import Faults
from .ledger import STATUSES, Ledger
from .messages import Incoming, Reply, json_reply, problem_reply

Endpoint = Callable[[Incoming], Reply]

_LIMIT = 100
_QUERY: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "since": {"type": "integer", "minimum": 0},
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
        "status": {"enum": list(STATUSES)},
        "wait": {"type": "number", "minimum": 0, "maximum": 60},
    },
    "additionalProperties": False,
}


class Control:
    """Answers at the root of the sandbox.

    :param index: what ``GET /`` shows; ``state`` what ``GET /state`` shows.
    :param reset: puts back what requests changed.
    :param others: further endpoints, by method and path.
    """

    def __init__(
        self,
        ledger: Ledger,
        faults: Faults,
        index: Callable[[], Mapping[str, Any]],
        state: Callable[[], Mapping[str, Any]],
        reset: Callable[[], None],
        others: Mapping[tuple[str, str], Endpoint],
    ) -> None:
        self._ledger = ledger
        self._faults = faults
        self._query = Validator(_QUERY)
        self._reset = reset
        self._endpoints: Mapping[tuple[str, str], Endpoint] = {
            ("GET", "/"): lambda _: json_reply(200, index()),
            ("GET", "/healthz"): lambda _: json_reply(200, {"ok": True}),
            ("GET", "/events"): self._events,
            ("DELETE", "/events"): lambda _: json_reply(200, {"cleared": ledger.clear()}),
            ("GET", "/state"): lambda _: json_reply(200, state()),
            ("DELETE", "/state"): self._put_back,
            ("GET", "/faults"): lambda _: json_reply(200, {"faults": faults.listed()}),
            ("POST", "/faults"): self._ask,
            ("DELETE", "/faults"): lambda _: json_reply(200, {"cleared": faults.clear()}),
            **others,
        }

    def answer(self, incoming: Incoming) -> Reply:
        """The answer of an endpoint, or 404 with what there is."""
        method = "GET" if incoming.method == "HEAD" else incoming.method
        endpoint = self._endpoints.get((method, incoming.path))
        if endpoint is None:  # the last part of some paths is a name
            endpoint = self._endpoints.get((method, incoming.path.rpartition("/")[0] + "/*"))
        if endpoint is None:
            hint = "GET / lists the APIs; there is " + ", ".join(" ".join(key) for key in self._endpoints)
            return problem_reply(404, Problem("not_found", "the sandbox has nothing at this path", hint))
        try:
            return endpoint(incoming)
        except InputError as error:
            return problem_reply(400, error.problems[0])

    def _events(self, incoming: Incoming) -> Reply:
        query = query_of(incoming, self._query)
        events, after = self._ledger.page(
            query.get("since", 0), query.get("limit", _LIMIT), query.get("status"), query.get("wait", 0)
        )
        return json_reply(200, {"events": [event.to_dict() for event in events], "next": after})

    def _put_back(self, _incoming: Incoming) -> Reply:
        self._reset()
        return json_reply(200, {"reset": True})

    def _ask(self, incoming: Incoming) -> Reply:
        return json_reply(201, self._faults.ask(body_of(incoming, '{"status": 429}')))


def query_of(incoming: Incoming, judge: Validator) -> dict[str, Any]:
    """The parameters of a query, texts of digits as numbers.

    :raises InputError: when they are not what is wanted.
    """
    query = {name: _number(value) for name, value in parse_qsl(incoming.query, keep_blank_values=True)}
    problems = judge.problems(query)
    if problems:
        raise InputError(problems)
    return query


def body_of(incoming: Incoming, example: str) -> Any:
    """The value of a body.

    :raises InputError: when it is not valid JSON.
    """
    try:
        return decode(incoming.content)
    except ValueError:
        raise InputError.of("json", "the body is not valid JSON", f"send an object such as {example}") from None


def _number(text: str) -> Any:
    """What a text of a query stands for: a number where it is one."""
    try:
        return decode(text.encode()) if text.removeprefix("-")[:1].isdigit() else text
    except ValueError:
        return text
