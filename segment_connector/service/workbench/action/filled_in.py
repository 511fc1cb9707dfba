"""A link to the form of an action that is filled in: with its first example, or with inputs of the link's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ....errors import InputError, Problem, did_you_mean
from ....language.action_records import Action
from ....values.json_text import parse_json
from ....values.json_values import too_deep
from ..lists.form_links import CALL, INPUTS

if TYPE_CHECKING:
    from ...call_history import CallHistory

FILLED_IN = "example=1"
"""The query of a link to the first example."""


def wanted_inputs(action: Action, query: Mapping[str, str], history: CallHistory) -> Mapping[str, Any] | None:
    """The inputs that a link asks for; ``None`` where it asks for none.

    :param query: of the page.
    :param history: the calls that were made, of which a link may name one.
    :raises InputError: when its inputs are not those of the action.
    """
    if CALL in query:
        past = history.get(int(query[CALL])) if query[CALL].isdecimal() and len(query[CALL]) < 16 else None
        if past is None or past.action != action.name or not isinstance(past.inputs, Mapping):
            raise InputError.of("unknown", "this call is not in the history", "open the form without it")
        return past.inputs
    if INPUTS in query:
        return _given(action, query[INPUTS])
    number = query.get("example", "")
    if not number.isdecimal() or not 0 < int(number[:3]) <= len(action.examples):
        return None
    return action.examples[int(number[:3]) - 1].input


def _given(action: Action, words: str) -> Mapping[str, Any]:
    try:
        given = parse_json(words)
    except ValueError:
        given = None
    if not isinstance(given, dict) or too_deep(given):
        raise InputError.of("json", "the inputs in the address are not a JSON object", "open the form without them")
    unknown = [name for name in given if name not in action.parameters]
    if unknown:
        raise InputError(
            [
                Problem("unknown", "there is no such parameter", did_you_mean(name, action.parameters), field=name)
                for name in unknown
            ]
        )
    return given
