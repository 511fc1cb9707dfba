"""Answers in the form that a client takes: the SDK streams them, and wants every client to take JSON as well.

A client that names one type, or none, gets its answer all the same: by a stream where it takes one, else as plain JSON
with the result alone, without the progress before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, MutableMapping
from typing import Any

JSON, STREAM = "application/json", "text/event-stream"
_BOTH = (b"accept", f"{JSON}, {STREAM}".encode())
_NEVER_ENDS = b"subscriptions/listen"


def takes(headers: Iterable[tuple[bytes, bytes]]) -> set[str]:
    """Which of the two types a client takes; without an ``Accept`` any will do (RFC 9110, 12.5.1): JSON."""
    given = [value.decode("latin-1") for name, value in headers if name == b"accept"]
    named = {part.partition(";")[0].strip().lower() for value in given for part in value.split(",")} - {""}
    if not named:
        return {JSON}
    return {kind for kind in (JSON, STREAM) if named & {kind, f"{kind.partition('/')[0]}/*", "*/*"}}


def taking_both(scope: MutableMapping[str, Any], body: bytes) -> MutableMapping[str, Any]:
    """The request as the SDK takes it, if an answer can be had in a form that the client takes."""
    kinds = takes(scope["headers"])
    if not kinds or (STREAM not in kinds and _NEVER_ENDS in body):
        return scope
    return {**scope, "headers": [*(one for one in scope["headers"] if one[0] != b"accept"), _BOTH]}


class AsJson:
    """Passes an answer on, a stream as the JSON of its result.

    :param send: of the server.
    """

    def __init__(self, send: Any) -> None:
        self._send = send
        self._start: MutableMapping[str, Any] | None = None
        self._streamed = b""

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        """Take a message of the application's."""
        if message["type"] == "http.response.start" and _kind(message["headers"]) == STREAM:
            self._start = message
        elif message["type"] != "http.response.body" or self._start is None:
            await self._send(message)
        else:
            self._streamed += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: MutableMapping[str, Any]) -> None:
        body = _result(self._streamed)
        kept = [one for one in start["headers"] if one[0].lower() not in (b"content-type", b"content-length")]
        headers = [*kept, (b"content-type", JSON.encode()), (b"content-length", b"%d" % len(body))]
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _kind(headers: Iterable[tuple[bytes, bytes]]) -> str:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == b"content-type"), "").split(";")[
        0
    ]


def _result(stream: bytes) -> bytes:
    """The answer to the request among the events of a stream; what else it tells is not an answer."""
    for event in reversed(stream.replace(b"\r\n", b"\n").split(b"\n\n")):
        data = b"\n".join(line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:"))
        if data and {"result", "error"} & json.loads(data).keys():
            return data
    return b""
