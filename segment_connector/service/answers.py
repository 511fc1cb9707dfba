"""Put an answer on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Send

from .problems import Answer


async def send_answer(answer: Answer, send: Send, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Send an answer whole.

    :param more: headers beside the answer's own.
    """
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", b"%d" % len(answer.body)),
        *answer.headers,
        *more,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
