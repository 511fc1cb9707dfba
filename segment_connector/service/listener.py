"""A small server that receives deliveries and nothing else, for a program that listens to one trigger."""

from __future__ import annotations

import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from ..inbox.receiver import Reply
from .http.delivery_route import DeliveryRoute, Take
from .server import quiet


class Listener:
    """Serves ``/in/...`` in a thread of its own.

    :param bound: a socket that listens.
    :param take: verifies and stores what comes.
    :param max_bytes: of a body at most.
    :param on_reply: told of each answer.
    """

    def __init__(self, bound: socket.socket, take: Take, max_bytes: int, on_reply: Callable[[Reply], None]) -> None:
        deliveries = DeliveryRoute(take, max_bytes, on_reply)

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            self._ready.set()
            yield
            deliveries.workers.give_up()

        app = Starlette(routes=[deliveries.route()], lifespan=lifespan)
        quiet()
        self._ready = threading.Event()
        self._bound = bound
        config = uvicorn.Config(app, access_log=False, log_config=None, server_header=False, lifespan="on")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Receive from now on."""
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        """Answer what came, and stop."""
        self._server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        self._server.run(sockets=[self._bound])
