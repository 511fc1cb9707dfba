"""The text of a delivery: what stands in it, and which part of it is signed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..errors import Problem
from ..language.trigger_records import Receive, Verify
from ..values.json_values import decode, too_deep
from ..values.paths import get

_DECODER = json.JSONDecoder()
_BLANK = " \t\r\n"


@dataclass(frozen=True, slots=True)
class DeliveryText:
    """A delivery that could be read.

    :ivar items: what it tells, as JSON values.
    :ivar signed: the text that a signature is over, as it was received.
    :ivar first_only: the signature proves only the first of the items.
    """

    items: list[Any]
    signed: bytes
    first_only: bool


def read_delivery(raw: bytes, receive: Receive, rule: Verify) -> DeliveryText | Problem:
    """Read the body of a request.

    :param raw: its bytes as they came.
    :returns: what stands in it, or why it cannot be taken: ``too_large``, ``not_utf8``, ``not_json``, ``no_items`` or
        ``too_many``.
    """
    if len(raw) > receive.max_bytes:
        message = f"the body has {len(raw):,} bytes; at most {receive.max_bytes:,} are allowed"
        return Problem("too_large", message, "let the service send smaller batches")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} of the body is not UTF-8"
        return Problem("not_utf8", message, "send JSON in UTF-8, as RFC 8259 requires")
    try:
        value = decode(raw)
        deep = too_deep(value)
    except (ValueError, RecursionError):
        return Problem("not_json", "the body is not JSON", "check what sends it: it may be another program")
    if deep:
        return Problem("not_json", "the body is nested too deeply", "check what sends it: it may be another program")
    found = value if receive.items is None else get(value, receive.items)
    items = found if isinstance(found, list) else [found] if isinstance(found, dict) else None
    if items is None:
        message = (
            f"there are no items in '{receive.items}'" if receive.items else "the body is neither an object nor a list"
        )
        return Problem("no_items", message, "check what sends it: it may be another program")
    if len(items) > receive.max_items:
        message = f"the body has {len(items):,} items; at most {receive.max_items:,} are allowed"
        return Problem("too_many", message, "let the service send smaller batches")
    if rule.over == "body":
        return DeliveryText(items, raw, first_only=False)
    batch = isinstance(value, list)
    return DeliveryText(items, _first(text, batch).encode(), first_only=batch)


def _first(text: str, batch: bool) -> str:
    """The text of the whole value, or of the first entry of a list, without the blanks around it."""
    if not batch:
        return text.strip(_BLANK)
    start = _skip(text, _skip(text, 0) + 1)
    if text[start : start + 1] == "]":
        return ""
    try:
        _value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):  # pragma: no cover - it was read before, by a stricter reader
        return ""
    return text[start:end]


def _skip(text: str, start: int) -> int:
    while start < len(text) and text[start] in _BLANK:
        start += 1
    return start
