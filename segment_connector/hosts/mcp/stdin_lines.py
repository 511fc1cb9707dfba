"""Answer lines of standard input that are not message: the SDK drops them, and their sender would wait for ever."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

if TYPE_CHECKING:
    from mcp.shared._stream_protocols import ReadStream, WriteStream

Incoming = SessionMessage | Exception


class StdinLines:
    """The messages of a stream; what is none is answered with a JSON-RPC error whose id is null, and left out.

    :param incoming: messages, and an exception for each line that is none.
    :param outgoing: where answers go.
    """

    def __init__(self, incoming: ReadStream[Incoming], outgoing: WriteStream[SessionMessage]) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    @property
    def last_context(self) -> Any:
        """The context of whoever sent the last message, which the SDK's streams keep."""
        return getattr(self._incoming, "last_context", None)

    async def receive(self) -> Incoming:
        """The next message."""
        while True:
            item = await self._incoming.receive()
            if not isinstance(item, Exception):
                return item
            await self._outgoing.send(SessionMessage(_refusal(item)))

    def __aiter__(self) -> StdinLines:
        return self

    async def __anext__(self) -> Incoming:
        while True:
            item = await self._incoming.__anext__()
            if not isinstance(item, Exception):
                return item
            await self._outgoing.send(SessionMessage(_refusal(item)))

    async def aclose(self) -> None:
        """Close the stream."""
        await self._incoming.aclose()

    async def __aenter__(self) -> StdinLines:  # noqa: PYI034 - Self came with Python 3.11
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _refusal(error: Exception) -> types.JSONRPCError:
    no_json = isinstance(error, ValidationError) and any(one["type"] == "json_invalid" for one in error.errors())
    return types.JSONRPCError(
        jsonrpc="2.0",
        id=None,
        error=types.ErrorData(
            code=types.PARSE_ERROR if no_json else types.INVALID_REQUEST,
            message="the line is not valid JSON; write one JSON-RPC message a line"
            if no_json
            else "the line is not a JSON-RPC 2.0 message, or its id is neither text nor a whole number; write one "
            "request, notification or response a line, no list",
        ),
    )
