"""Walk through a long list page by page, by the places that an action's ``paging`` names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InputError, Problem
from ..language.action_records import Action, Paging
from ..result import CallFailed, Failure, Result
from ..values.paths import get, put

Run = Callable[[Mapping[str, Any]], Result]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    :ivar items: its entries; the members of an object become ``{"name": ..., "value": ...}``.
    :ivar next: cursor of the next page, or ``None`` at the end.
    :ivar result: the call that gave it.
    """

    items: list[Any]
    next: Any
    result: Result


def pages(action: Action, inputs: Mapping[str, Any], run: Run) -> Iterator[Page]:
    """Every page of an action's list, from the cursor in the inputs on; lists of one action follow one another.

    :param run: calls the action with inputs.
    :raises InputError: when the action has no list.
    :raises CallFailed: when a page cannot be had, or the service gives a cursor for the second time.
    """
    if not action.paging:
        raise InputError(
            Problem("paging", f"'{action.name}' gives no list that has pages", "call it without paging", field="action")
        )
    for paging in action.paging:
        yield from _walk(paging, inputs, run)


def _walk(paging: Paging, inputs: Mapping[str, Any], run: Run) -> Iterator[Page]:
    current = dict(inputs)
    cursor = get(current, paging.cursor)
    # Cursors are opaque: one that comes back would make a loop without an end, and it is told without being shown.
    seen = {str(cursor)} if cursor is not None else set()
    while True:
        page = read_page(paging, current, run)
        if page.next is not None and str(page.next) in seen:
            raise CallFailed(_repeated(page.result))
        yield page
        if page.next is None:
            return
        seen.add(str(page.next))
        current = with_cursor(paging, current, page.next)


def read_page(paging: Paging, inputs: Mapping[str, Any], run: Run) -> Page:
    """One page.

    :raises CallFailed: when it cannot be had.
    """
    result = run(inputs)
    outputs = result.unwrap()
    found = get(outputs, paging.items)
    if isinstance(found, Mapping):
        items: list[Any] = [{"name": name, "value": value} for name, value in found.items()]
    else:
        items = found if isinstance(found, list) else []
    following = get(outputs, paging.next)
    return Page(items, following if following not in (None, "") else None, result)


def with_cursor(paging: Paging, inputs: Mapping[str, Any], cursor: Any) -> dict[str, Any]:
    """The inputs that ask for the page at a cursor."""
    following = put(dict(inputs), paging.cursor, cursor)
    if paging.size and paging.default_size and get(following, paging.size) is None:
        following = put(following, paging.size, paging.default_size)
    return following


def _repeated(result: Result) -> Result:
    failure = Failure(
        "repeated_cursor", "the service gave the same cursor twice, so the list would never end",
        "read the list again from the beginning; if it stays so, tell the service's support", status=result.meta.status,
    )  # fmt: skip
    return Result(False, result.action, result.outputs, failure, result.meta)
