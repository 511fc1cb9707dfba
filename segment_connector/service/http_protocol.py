"""What stands between a socket and the application: how long and how large a head may be, and how many may connect.

uvicorn's own protocol waits for ever for a head that was begun, and lets one through that comes in one piece, however
large it is. Whoever has not been heard yet holds a descriptor all the same: where there is no room for one more, the
connection that has waited longest without a request goes first, so that those who ask are answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..errors import Problem
from .http.problems import Refusal
from .metrics import Metrics
from .settings import Settings

MOST_HEAD = 65536  # bytes
_LINGER = 1.0  # seconds in which a client can read why it is turned away
_DISCARDED = 1_000_000  # bytes that are read meanwhile
_OWN = 128  # descriptors for what is not a client: calls, the sandbox, files
_UNBOUNDED = 100_000


class Limits:
    """How many connections a server has, and which of them wait for a request.

    :param metrics: counts those that are closed by a limit.
    :ivar most: connections that are served, fewer than the settings say where the system gives fewer descriptors.
    :ivar spare: how many more may be told that there is no room.
    :ivar at_once: how many may be taken in one turn of the loop.
    :ivar fresh: those of which no request came yet, the oldest first.
    :ivar idle: those that were answered, and wait for the next request.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.settings = settings
        self.closed = metrics.closed
        room = max(_descriptors() - _OWN, 20)
        self.most = min(settings.max_connections, room * 4 // 5)
        self.spare = min(room // 10, 100)
        self.at_once = min(room // 10, 100)
        self.fresh: dict[HttpProtocol, None] = {}
        self.idle: dict[HttpProtocol, None] = {}

    def make_room(self) -> bool:
        """Close the connection that has waited longest, and say whether there was one."""
        for group in (self.fresh, self.idle):
            if group:
                oldest = next(iter(group))
                del group[oldest]
                oldest.give_way()
                return True
        return False


class HttpProtocol(H11Protocol):
    """One connection.

    :param limits: shared by all connections of a server.
    :param given: as uvicorn gives it to its own protocol.
    """

    def __init__(self, limits: Limits, **given: Any) -> None:
        super().__init__(**given)
        self.conn = _Connection(h11.SERVER, MOST_HEAD)
        self.timeout_keep_alive = limits.settings.idle_timeout  # type: ignore[assignment]  # any number will do
        self._limits = limits
        self._leaving = False
        self._discarded = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._answer_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Serve a connection, in place of another one where there is no room."""
        super().connection_made(transport)
        limits = self._limits
        surplus = len(self.connections) - limits.most
        if surplus <= 0 or limits.make_room():
            limits.fresh[self] = None
            self._await_head()
            return
        limits.closed("refused")
        if surplus <= limits.spare:
            self._turn_away(_full())
        else:
            self._leave(0)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._heard()
        _cancel(self._answer_timer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; what ends no head does not prolong the time for it."""
        if self._leaving:
            self._discarded += len(data)
            if self._discarded > _DISCARDED:
                self.transport.abort()
            return
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._heard()
        elif self in self.connections and self._head_timer is None and not self._leaving:
            self._await_head()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._limits.idle[self] = None

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over."""
        self._heard()
        super().handle_websocket_upgrade(event)

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, also when its client does not read the end of the last answer."""
        super().timeout_keep_alive_handler()
        self._watch_answer()

    def pause_writing(self) -> None:
        """Hold an answer back for as long as its client reads."""
        super().pause_writing()
        self._watch_answer()

    def resume_writing(self) -> None:
        """Go on with an answer."""
        super().resume_writing()
        _cancel(self._answer_timer)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words
        """Refuse what is not a request that can be read; uvicorn calls it where it has caught h11's error."""
        error = sys.exc_info()[1]
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        problem = Problem("malformed_http", "this cannot be read as HTTP/1.1", "send what RFC 9112 describes")
        if status == 431:
            problem = Problem("head_too_large", f"the head has more than {MOST_HEAD:,} bytes", "send fewer headers")
        self._turn_away(Refusal(status, problem))

    def shutdown(self) -> None:
        """Stop, when what is under way has been answered."""
        if self._leaving:
            self.transport.abort()
        else:
            super().shutdown()

    def give_way(self) -> None:
        """Make room for another connection."""
        self._limits.closed("for_room")
        # On a connection that was answered before, it would be taken for the answer to the next request.
        if self.cycle is None and not self._leaving:
            self._turn_away(_full(), 0)
        else:
            self._leave(0)

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self._limits.settings.head_timeout, self._late)

    def _heard(self) -> None:
        self._limits.fresh.pop(self, None)
        self._limits.idle.pop(self, None)
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _late(self) -> None:
        self._limits.closed("slow_head")
        seconds = self._limits.settings.head_timeout
        problem = Problem("slow_head", f"the head did not come in {seconds:g} s", "send it in one go")
        if self.conn.trailing_data[0]:
            self._turn_away(Refusal(408, problem), 0)
        else:
            self._leave(0)

    def _turn_away(self, refusal: Refusal, linger: float = _LINGER) -> None:
        """Answer in place of the application, where nothing was answered yet, and close."""
        answer = refusal.answer
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [
                *self.server_state.default_headers, (b"content-type", answer.content_type), *answer.headers,
                (b"content-length", b"%d" % len(answer.body)), (b"connection", b"close"),
            ]  # fmt: skip
            head = h11.Response(status_code=answer.status, headers=headers)
            with contextlib.suppress(h11.LocalProtocolError):  # a HEAD has an answer without a body
                for event in (head, h11.Data(data=answer.body), h11.EndOfMessage()):
                    self.transport.write(self.conn.send(event) or b"")
        self._leave(linger)

    def _leave(self, seconds: float) -> None:
        """Close; a client that still sends would lose the answer by that (RFC 9112, 9.6), so it is heard for a while.

        :param seconds: how long the client has to read and close.
        """
        self._heard()
        self._unset_keepalive_if_required()
        self._leaving = True
        if seconds and not self.transport.is_closing():
            self._limits.fresh[self] = None
            self.flow.resume_reading()
            self.transport.write_eof()
        else:
            self.transport.close()
        self._head_timer = self.loop.call_later(seconds or _LINGER, self.transport.abort)

    def _watch_answer(self, before: float = float("inf")) -> None:
        """Close a connection whose client reads nothing of an answer for too long."""
        _cancel(self._answer_timer)
        left = self.transport.get_write_buffer_size()
        if left >= before:
            self._limits.closed("unread")
            self.transport.abort()
        elif left:
            seconds = self._limits.settings.unread_timeout
            self._answer_timer = self.loop.call_later(seconds, self._watch_answer, left)


class _Connection(h11.Connection):
    """h11's reader of requests, which itself holds only those heads to a limit that come in pieces."""

    def next_event(self) -> Any:
        """As h11's."""
        if self.their_state is not h11.IDLE:
            return super().next_event()
        before = len(self.trailing_data[0])
        event = super().next_event()
        if isinstance(event, h11.Request) and before - len(self.trailing_data[0]) > MOST_HEAD:
            raise h11.RemoteProtocolError("head too large", error_status_hint=431)
        return event


def _full() -> Refusal:
    problem = Problem("busy", "the service has as many connections as it can take", "repeat the request in a second")
    return Refusal(503, problem, {"Retry-After": "1"})


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def _descriptors() -> int:
    """How many files this process may have open."""
    if sys.platform == "win32":
        return _UNBOUNDED
    import resource

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _UNBOUNDED if most == resource.RLIM_INFINITY else min(most, _UNBOUNDED)
