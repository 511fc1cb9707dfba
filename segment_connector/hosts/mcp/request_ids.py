"""Ids of requests: the SDK takes a request whose id is none for a notification, and its sender would wait for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
from pydantic_core import from_json

INSTEAD = "null\n"
"""A line that is not a message."""


def has_wrong_id(message: str | bytes) -> bool:
    """Whether a message has a method and an id that is neither text nor a whole number (JSON-RPC 2.0, 4).

    :param message: one JSON text; what is none has no id.
    """
    try:
        value = from_json(message)
    except ValueError:
        return False
    if not isinstance(value, dict) or "method" not in value or "id" not in value:
        return False
    return isinstance(value["id"], bool) or not isinstance(value["id"], (str, int))


class CheckedInput:
    """Lines of a text file, with ``INSTEAD`` in the place of each request whose id is none."""

    def __init__(self, file: anyio.AsyncFile[str]) -> None:
        self._file = file

    async def __aiter__(self) -> AsyncIterator[str]:
        async for line in self._file:
            yield INSTEAD if has_wrong_id(line) else line
