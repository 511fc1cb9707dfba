"""The entries of a dropdown as an answer, whether an action or a trigger has the parameter."""

from __future__ import annotations

import json
from typing import Any, Protocol

from ...call.dropdown import Options
from ...call.policy import NotOffered
from ...errors import InputError, Problem
from ...values.json_text import parse_json
from .operation import Asked, answer
from .problems import Answer, Refusal


class AskOptions(Protocol):
    """Gives a part of a dropdown."""

    def __call__(self, *, search: str | None, cursor: Any) -> Options:
        """As ``Connector.options``."""


def dropdown_answer(asked: Asked, ask: AskOptions) -> Answer:
    """Part of a dropdown, as the query wants it.

    :param asked: a request whose path names a ``parameter``; ``search`` and ``cursor`` stand in its query.
    :raises Refusal: 404 where there is no such parameter or dropdown, 422 for other inputs that are wrong.
    :raises ConnectorError: as ``ask``.
    """
    cursor = asked.query.get("cursor")
    place = None if cursor is None else json_of_query("cursor", cursor)
    try:
        found = ask(search=asked.query.get("search") or None, cursor=place)
    except NotOffered:
        raise
    except InputError as error:
        nothing_there = error.field == asked.path["parameter"] and error.code in ("unknown", "options")
        raise Refusal(404 if nothing_there else 422, error.problems[0]) from None
    items = [{"value": item.value, "label": item.label} for item in found.items]
    return answer({"items": items, "next": None if found.next is None else json.dumps(found.next)})


def json_of_query(name: str, text: str) -> Any:
    """A parameter of the query that is JSON.

    :raises Refusal: when it is not.
    """
    try:
        return parse_json(text)
    except ValueError as error:
        raise Refusal(400, Problem("query", f"is not valid JSON: {error}", "write it as JSON", field=name)) from None
