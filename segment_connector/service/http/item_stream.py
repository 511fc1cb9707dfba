"""Items as they come, as server-sent events: a reader that lost the connection goes on behind the last one it saw.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import anyio
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ...errors import ConnectorError, Problem
from ...inbox.store import Entry
from ...values.json_values import encode
from ..trigger_service import TriggerService
from .problems import Refusal, of_error
from .responses import send_answer

_LOOK_EVERY = 0.25  # seconds
_ALIVE_EVERY = 15.0  # seconds
_PAGE = 100
_MOST = 100  # readers at once
_LONGEST_NUMBER = 16  # digits


class ItemStream:
    """Serves the items of one subscription for as long as somebody reads.

    :param triggers: whose items they are.
    """

    def __init__(self, triggers: TriggerService) -> None:
        self._triggers = triggers
        self._ended: set[asyncio.Event] = set()

    def hush(self) -> None:
        """End all streams: the service stops. Readers come again, by themselves."""
        for one in self._ended:
            one.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one reader."""
        request = Request(scope, receive)
        try:
            after = _after(request)
            name, of = request.path_params["id"], request.path_params["name"]
            found = await anyio.to_thread.run_sync(self._triggers.subscription, of, name)
            self._check_room()
        except Refusal as refusal:
            await send_answer(refusal.answer, send)
            return
        except ConnectorError as error:
            await send_answer(of_error(error), send)
            return
        ended = asyncio.Event()
        self._ended.add(ended)
        try:
            events = self._events(found.id, after, ended)
            response = StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})
            await response(scope, receive, send)
        finally:
            self._ended.discard(ended)

    def _check_room(self) -> None:
        if len(self._ended) >= _MOST:
            raise Refusal(503, Problem("busy", "too many read already", "try again later"), {"Retry-After": "10"})

    async def _events(self, name: str, after: int, ended: asyncio.Event) -> AsyncIterator[bytes]:
        yield b": items come as they are stored\n\n"
        quiet = 0.0
        while not ended.is_set():
            entries = await anyio.to_thread.run_sync(self._triggers.store.entries, name, after, _PAGE)
            for entry in entries:
                yield _event(entry)
                after = entry.number
            if len(entries) == _PAGE:
                continue
            quiet = 0.0 if entries else quiet + _LOOK_EVERY
            if quiet >= _ALIVE_EVERY:
                quiet = 0.0
                yield b": alive\n\n"
            with anyio.move_on_after(_LOOK_EVERY):
                await ended.wait()


def _event(entry: Entry) -> bytes:
    return b"id: %d\nevent: item\ndata: %s\n\n" % (entry.number, encode(entry.to_dict()))


def _after(request: Request) -> int:
    """Behind which number to begin: where the reader was when it lost the connection, or where it wants to begin."""
    text = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise Refusal(400, Problem("query", "must be a whole number", "give the number of an item", field="after"))
    return int(text)
