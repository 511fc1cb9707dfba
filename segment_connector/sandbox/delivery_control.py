"""The sandbox's endpoints about how it calls out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import InputError
from ..schema.validator import Validator
from .control import Endpoint, body_of, query_of
from .deliveries import Deliveries
from .delivery_log import DELIVERY_STATUSES
from .messages import Incoming, Reply, json_reply

_LIMIT = 100
_LONGEST = 60  # seconds
_PAGE: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "since": {"type": "integer", "minimum": 0},
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
        "status": {"enum": list(DELIVERY_STATUSES)},
        "wait": {"type": "number", "minimum": 0, "maximum": _LONGEST},
    },
    "additionalProperties": False,
}
_SETTLE: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "seconds": {"type": "number", "minimum": 0, "maximum": _LONGEST},
        "hurry": {"type": "boolean"},
    },
    "additionalProperties": False,
}


def delivery_endpoints(deliveries: Deliveries, settle: Callable[..., bool]) -> dict[tuple[str, str], Endpoint]:
    """The endpoints by method and path.

    :param settle: waits until nothing is left to be sent.
    """
    page, settling = Validator(_PAGE), Validator(_SETTLE)

    def listed(incoming: Incoming) -> Reply:
        query = query_of(incoming, page)
        found, after = deliveries.log.page(
            query.get("since", 0), query.get("limit", _LIMIT), query.get("status"), query.get("wait", 0)
        )
        return json_reply(200, {"deliveries": found, "next": after, "waiting": deliveries.waiting})

    def settled(incoming: Incoming) -> Reply:
        wanted = body_of(incoming, '{"seconds": 10}') if incoming.content else {}
        problems = settling.problems(wanted)
        if problems:
            raise InputError(problems)
        done = settle(wanted.get("seconds", 10), hurry=wanted.get("hurry", False))
        return json_reply(200, {"settled": done, "waiting": deliveries.waiting})

    def asked(incoming: Incoming) -> Reply:
        return json_reply(201, deliveries.faults.ask(body_of(incoming, '{"signature": "wrong"}')))

    return {
        ("GET", "/deliveries"): listed,
        ("DELETE", "/deliveries"): lambda _: json_reply(200, {"cleared": deliveries.clear()}),
        ("POST", "/deliveries/settle"): settled,
        ("GET", "/deliveries/faults"): lambda _: json_reply(200, {"faults": deliveries.faults.listed()}),
        ("POST", "/deliveries/faults"): asked,
        ("DELETE", "/deliveries/faults"): lambda _: json_reply(200, {"cleared": deliveries.faults.clear()}),
    }
