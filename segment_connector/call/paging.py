"""Walk through a long list page by page, by the places that an action's ``paging`` names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ..errors import InputError
from ..language.action_records import Action, Paging
from ..result import CallFailed, Failure, Result
from ..values.paths import get, put

Run = Callable[[Mapping[str, Any]], Result]
_COUNTED = ("page", "offset")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    :ivar items: its entries; the members of an object become ``{"name": ..., "value": ...}``.
    :ivar next: where the next page is: its cursor, its number or its offset; ``None`` at the end.
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
        raise InputError.of(
            "paging", f"'{action.name}' does not return a paged list", "call it without paging", field="action"
        )
    for paging in action.paging:
        yield from _walk(action, paging, inputs, run)


def _walk(action: Action, paging: Paging, inputs: Mapping[str, Any], run: Run) -> Iterator[Page]:
    current = at_page(paging, inputs)
    cursor = get(current, paging.position)
    # Cursors are opaque: one that comes back would make a loop without an end, and it is told without being shown.
    seen = {str(cursor)} if cursor is not None else set()
    before: Page | None = None
    while True:
        page = read_page(action, paging, current, run)
        if page.next is not None and str(page.next) in seen:
            raise CallFailed(_endless(page.result, "repeated_cursor", "the service gave the same cursor twice"))
        if page.items and before is not None and paging.kind in _COUNTED and page.items == before.items:
            raise CallFailed(_endless(page.result, "repeated_page", "the service gave the same page twice"))
        yield page
        if page.next is None:
            return
        seen.add(str(page.next))
        before, current = page, at_page(paging, inputs, page.next)


def read_page(action: Action, paging: Paging, inputs: Mapping[str, Any], run: Run) -> Page:
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
    following: Any = get(outputs, paging.next or "")
    if paging.kind in _COUNTED:
        following = _counted(paging, inputs, outputs, len(items))
    elif paging.kind == "link":
        following = _linked(action, paging, following)
    return Page(items, following if following not in (None, "") else None, result)


def at_page(paging: Paging, inputs: Mapping[str, Any], position: Any = None) -> dict[str, Any]:
    """The inputs that ask for a page.

    :param position: what ``Page.next`` said of it; ``None`` for the page that the inputs themselves ask for.
    """
    following = dict(inputs)
    if position is not None:
        following = put(following, paging.position, position)
    # Pages that are counted must all have one size; beside a cursor it is for the pages that follow.
    sized = position is not None or paging.kind in _COUNTED
    if sized and paging.size and paging.default_size and get(following, paging.size) is None:
        following = put(following, paging.size, paging.default_size)
    return following


def link_parameter(action: Action, paging: Paging) -> str:
    """The parameter of the query by which the addresses of ``kind: link`` say which page is wanted."""
    query = action.endpoint.query if isinstance(action.endpoint.query, Mapping) else {}
    wanted = re.compile(rf"\{{\{{\s*input\.{re.escape(paging.position)}\s*\}}\}}")
    named = (name for name, text in query.items() if isinstance(text, str) and wanted.fullmatch(text))
    return next(named, paging.position)


def _counted(paging: Paging, inputs: Mapping[str, Any], outputs: Mapping[str, Any], count: int) -> int | None:
    """Number or offset of the next page; ``None`` when there is none.

    An answer that does not say whether more follows leaves one way to know: a page without entries. A short page proves
    nothing, since a service may give fewer entries than it was asked for.
    """
    size = get(inputs, paging.size) if paging.size else None
    first = (1 if paging.first is None else paging.first) if paging.kind == "page" else 0
    given = get(inputs, paging.position)
    position = first if given is None else int(given)
    following = position + (1 if paging.kind == "page" else count)
    more = get(outputs, paging.more) if paging.more else None
    total = get(outputs, paging.total) if paging.total else None
    if isinstance(more, bool):
        return following if more else None
    # Without the size that was asked for, pages do not tell how many entries are behind them.
    behind = following if paging.kind == "offset" else (following - first) * size if isinstance(size, int) else None
    ended = isinstance(total, int) and behind is not None and behind >= total
    return None if ended or not count else following


def _linked(action: Action, paging: Paging, header: Any) -> Any:
    """What the address of the next page in a ``Link`` header (RFC 8288) says of it."""
    if not isinstance(header, str):
        return None
    from requests.utils import parse_header_links

    following = next((one["url"] for one in parse_header_links(header) if "next" in one.get("rel", "").split()), None)
    values = parse_qs(urlsplit(following or "").query).get(link_parameter(action, paging))
    if values is None:
        return None
    kinds = action.parameters.get(paging.position, {}).get("type", "string")
    return int(values[0]) if "string" not in kinds and values[0].isdecimal() else values[0]


def _endless(result: Result, code: str, message: str) -> Result:
    failure = Failure(
        code, f"{message}, so the list would never end",
        "read the list again from the beginning; if it happens again, tell the service's support",
        status=result.meta.status,
    )  # fmt: skip
    return Result(False, result.action, result.outputs, failure, result.meta)
