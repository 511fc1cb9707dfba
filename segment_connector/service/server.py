"""Serve the app with uvicorn: from a socket of our own, until a signal, and no longer than the grace time after it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette

from .http.operation import place_of
from .http_protocol import HttpProtocol, Limits
from .settings import Settings

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_QUEUE = 2048  # connections that the system keeps until they are taken
_BEFORE_THE_END = 0.5  # seconds in which calls that are given up are answered


def listen(settings: Settings) -> socket.socket:
    """A socket that listens, so that the address is known before anything else starts.

    :raises OSError: when the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=_QUEUE)


def url_of(listener: socket.socket) -> str:
    """Where a socket can be reached from this machine, without a slash at the end."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Service(uvicorn.Server):
    """uvicorn's server, which ends with exit code 0 when it was asked to stop.

    :param ready: called when requests are answered.
    """

    def __init__(self, app: Starlette, settings: Settings, ready: Callable[[], None] = lambda: None) -> None:
        self._app = app
        self._grace = settings.grace
        self._ready = ready
        # Its log of requests would hold the token of the link; what it says of errors goes through our filter.
        limits = Limits(settings, app.state.metrics)
        protocol: Any = partial(HttpProtocol, limits)
        config = uvicorn.Config(
            app, access_log=False, log_config=None, server_header=False, lifespan="on", http=protocol,
            timeout_graceful_shutdown=max(1, math.ceil(settings.grace)), backlog=limits.at_once,
        )  # fmt: skip
        super().__init__(config)
        app.state.metrics.connections.set_function(lambda: len(self.server_state.connections))
        quiet()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until it is asked to stop."""
        if sockets:
            self._app.state.address = url_of(sockets[0])
        super().run(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        for listener in sockets or ():  # asyncio takes as many at once as may queue, which uses descriptors up
            listener.listen(_QUEUE)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more requests, wait for those under way, and tell those that do not end that nobody waits."""
        agents = self._app.state.agents
        if agents is not None:
            agents.hush()
        self._app.state.stream.hush()
        loop = asyncio.get_running_loop()
        timer = loop.call_later(max(0, self._grace - _BEFORE_THE_END), self._give_up)
        try:
            await super().shutdown(sockets)
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        self._app.state.workers.give_up()
        if self._app.state.agents is not None:
            self._app.state.agents.give_up()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal, at once at the second one; uvicorn's own way raises it again at the end."""
        try:
            before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        except ValueError:  # not in the main thread
            before = {}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


class _WithoutValues(logging.Filter):
    """Tells kind and place of an exception in place of its text and trace, which may hold what clients sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):
            record.msg, record.args = "what was not answered when the time to stop was over was cut off", ()
            record.exc_info = record.exc_text = None
        elif error is not None:
            record.msg, record.args = f"a mistake while answering: {place_of(error)}", ()
            record.exc_info = record.exc_text = None
        return True


def quiet() -> None:
    """Let uvicorn log what is wrong only, and without values."""
    log = logging.getLogger("uvicorn.error")
    log.setLevel(logging.WARNING)
    if not any(isinstance(known, _WithoutValues) for known in log.filters):
        log.addFilter(_WithoutValues())
