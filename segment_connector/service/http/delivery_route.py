"""The address that deliveries are sent to; the part behind ``/in/`` cannot be guessed, and no other token is asked for.

Nothing is answered with success before it is stored. Where that takes longer than the service waits, or too many wait
already, the answer is 503 and the service sends the delivery again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ...errors import Problem
from ...hosts.worker_threads import Busy, NotDone, WorkerThreads
from ...inbox.receiver import Reply
from ...values.json_values import encode
from .problems import Answer
from .responses import send_answer

PREFIX = "/in/"
Take = Callable[[str, Mapping[str, str], bytes], Reply]

_BUSY = 503
_TOO_LARGE = 413
_TOO_SLOW = 408
_NO_STORE = ((b"cache-control", b"no-store"),)
_ANSWER_IN = 4.0  # seconds; services wait five
_AT_ONCE = 512
BODY_IN = 10.0  # seconds; senders that trickle would hold memory for ever


class DeliveryRoute:
    """Answers deliveries to all registrations.

    :param take: verifies and stores one; it gets the part of the path that cannot be guessed, headers and body.
    :param max_bytes: of a body at most.
    :param on_reply: told of each answer.
    :ivar workers: the threads in which they are stored; commits of those that run at once are made together.
    """

    def __init__(
        self,
        take: Take,
        max_bytes: int,
        on_reply: Callable[[Reply], None] = lambda _reply: None,
        threads: int = 16,
    ) -> None:
        self._take = take
        self._max_bytes = max_bytes
        self._on_reply = on_reply
        self.workers = WorkerThreads(threads, _ANSWER_IN, _AT_ONCE)

    def route(self) -> Route:
        """The route of it, for every method: Starlette's own answer to the wrong one would say nothing of a cure."""
        return Route(PREFIX + "{path}", self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery."""
        request = Request(scope, receive)
        if scope["method"] != "POST":
            problem = Problem("method", "deliveries are sent by POST", "choose POST in the service")
            await _send(Reply(405, problem=problem), send, ((b"allow", b"POST"),))
            return
        try:
            raw = await self._body(request)
        except ClientDisconnect:
            return
        if isinstance(raw, Reply):
            self._on_reply(raw)
            await send_answer(_answer(raw), send, _NO_STORE, unread=receive)
            return
        path, headers = str(request.path_params["path"]), dict(request.headers)
        try:
            reply = await self.workers.run(lambda _job: self._take(path, headers, raw))
        except (Busy, NotDone):
            problem = Problem("busy", "more comes than can be stored at once", "send it again")
            reply = Reply(_BUSY, problem=problem)
        self._on_reply(reply)
        await _send(reply, send)

    async def _body(self, request: Request) -> bytes | Reply:
        parts, size = [], 0
        with anyio.move_on_after(BODY_IN):
            async for part in request.stream():
                size += len(part)
                if size > self._max_bytes:
                    message = f"the body has more than {self._max_bytes:,} bytes"
                    problem = Problem("too_large", message, "let the service send smaller batches")
                    return Reply(_TOO_LARGE, problem=problem)
                parts.append(part)
            return b"".join(parts)
        message = f"the body did not come within {BODY_IN:g} s"
        return Reply(_TOO_SLOW, problem=Problem("too_slow", message, "send it again"))


def _answer(reply: Reply, more: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    return Answer(reply.status, encode(reply.to_dict()), headers=more)


async def _send(reply: Reply, send: Send, more: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    await send_answer(_answer(reply, more), send, _NO_STORE)
