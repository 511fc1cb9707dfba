"""Put an answer on the wire."""

from __future__ import annotations

from collections.abc import Iterable

import anyio
from starlette.types import Receive, Send

from .problems import Answer

_LINGER = 1.0  # seconds
_DISCARDED = 16_000_000  # bytes; what is on its way when the answer goes out is less


async def send_answer(
    answer: Answer, send: Send, more: Iterable[tuple[bytes, bytes]] = (), unread: Receive | None = None
) -> None:
    """Send an answer whole.

    :param more: headers beside the answer's own.
    :param unread: gives the request's body where it is refused unread: a little of it is read all the same, since a
        connection that is closed with bytes unread takes the answer with it (RFC 9112, 9.6).
    """
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", b"%d" % len(answer.body)),
        *answer.headers,
        *more,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": unread is not None})
    if unread is not None:
        with anyio.move_on_after(_LINGER):
            left = _DISCARDED
            while left > 0 and (message := await unread()).get("more_body"):
                left -= len(message.get("body", b""))
        await send({"type": "http.response.body", "body": b""})
