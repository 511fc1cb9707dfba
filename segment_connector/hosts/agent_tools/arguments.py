"""What a client sent as a tool's arguments, read kindly: the action's inputs, and what is wanted of the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import InputError, Problem
from ...language.action_records import Action
from ...language.list_tables import list_of
from ..host_inputs import members_as_meant
from .tool_schemas import FIELDS, MAX_ITEMS, MOST_ITEMS, SKIP, follows_pages

_OWN: Mapping[str, Mapping[str, Any]] = {
    MAX_ITEMS: {"type": "integer"},
    SKIP: {"type": "integer"},
    FIELDS: {"type": "array", "items": {"type": "string"}},
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a result a client wants.

    :ivar most: entries of the list at most, over its pages; ``None`` for one page.
    :ivar skip: entries to pass over first.
    :ivar fields: the members of objects to give, dotted when deeper; all when empty.
    """

    most: int | None = None
    skip: int = 0
    fields: tuple[str, ...] = ()


def read(action: Action, arguments: Mapping[str, Any], find: Callable[[str], Action]) -> tuple[dict[str, Any], Wanted]:
    """The action's inputs, and what is wanted of its result.

    :param find: gives the action of a name, for lists of calls.
    :raises InputError: for an argument of the tool's own that is wrong, or of no use with this action.
    """
    inputs = members_as_meant(arguments, {**action.parameters, **_OWN}, find)
    own = {name: inputs.pop(name) for name in _OWN if name in inputs}
    return inputs, _wanted(action, own)


def _wanted(action: Action, own: Mapping[str, Any]) -> Wanted:
    problems = []
    if MAX_ITEMS in own and not follows_pages(action):
        problems.append(Problem("paging", f"'{action.name}' does not return a paged list", "leave it out", MAX_ITEMS))
    elif MAX_ITEMS in own and not _whole(own[MAX_ITEMS], 1, MOST_ITEMS):
        what = f"must be a whole number from 1 to {MOST_ITEMS}"
        problems.append(Problem("type", what, "leave it out for one page", MAX_ITEMS))
    if SKIP in own and list_of(action) is None:
        problems.append(Problem("paging", f"'{action.name}' does not return a list", "leave it out", SKIP))
    elif SKIP in own and not _whole(own[SKIP], 0):
        problems.append(Problem("type", "must be a whole number of 0 or more", "leave it out to begin with", SKIP))
    fields = own.get(FIELDS, [])
    if FIELDS in own and action.effect != "read":
        problems.append(Problem("unknown", f"'{action.name}' reads nothing to choose from", "leave it out", FIELDS))
    elif not isinstance(fields, list) or not all(isinstance(name, str) and name for name in fields):
        problems.append(Problem("type", "must be a list of names", 'for example ["id", "name"]', FIELDS))
    if problems:
        raise InputError(problems)
    return Wanted(own.get(MAX_ITEMS), own.get(SKIP, 0), tuple(fields))


def _whole(value: Any, least: int, most: float = float("inf")) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
