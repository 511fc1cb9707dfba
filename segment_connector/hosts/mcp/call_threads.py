"""Blocking calls beside the event loop: each in a thread, so many at once, each for so long.

A thread cannot be stopped from outside. When its call is cancelled or out of time, it is asked to stop at the next
place where it looks, and keeps its slot until then, so calls to a server that hangs cannot pile up. The threads are
daemons: a program that is told to end does not wait for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from queue import SimpleQueue
from time import monotonic
from typing import Any, TypeVar

_T = TypeVar("_T")

_SEND = 5.0  # seconds that a thread waits for the client to take a notification


class Stopped(Exception):  # noqa: N818 - what happened, not an error of the program
    """Raised in a thread whose call nobody waits for any more."""


class Busy(Exception):  # noqa: N818
    """All slots are taken, and stay so for as long as the call may take."""


class Stopping(Exception):  # noqa: N818
    """The server stops, and waits for no call any longer.

    :param begun: whether the call had begun; it may then still come to its end, and nobody will know.
    """

    def __init__(self, *, begun: bool) -> None:
        super().__init__("stopping")
        self.begun = begun


@dataclass(slots=True)
class Job:
    """What a thread knows of the call that it serves.

    :ivar deadline: the instant of ``time.monotonic`` at which nobody waits any more.
    """

    deadline: float
    _loop: asyncio.AbstractEventLoop
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def left(self) -> float:
        """Seconds until nobody waits any more."""
        return self.deadline - monotonic()

    def look(self) -> None:
        """Go on only if somebody waits.

        :raises Stopped: otherwise.
        """
        if self._over.is_set():
            raise Stopped

    def send(self, message: Coroutine[Any, Any, None]) -> None:
        """Have the event loop send a notification, and wait until it is sent; one that cannot be sent is dropped."""
        if self._over.is_set():
            message.close()
            return
        sending = asyncio.run_coroutine_threadsafe(message, self._loop)
        with contextlib.suppress(Exception, CancelledError):
            sending.result(min(_SEND, max(self.left, 0.0)))
        sending.cancel()

    def stop(self) -> None:
        """Ask the thread to stop."""
        self._over.set()


class Workers:
    """Threads for one server.

    :param most: calls that run at once; those that come on top wait for their turn.
    :param timeout: seconds that a call may take, waiting for its turn included.
    """

    def __init__(self, most: int, timeout: float) -> None:
        self.timeout = timeout
        self._slots = asyncio.Semaphore(most)
        # Starting a thread costs as much as a call; those that are free wait here, and only the event loop looks.
        self._free: list[SimpleQueue[Callable[[], None] | None]] = []
        self._closed = False
        self._stopping = False
        self._turns: set[asyncio.Future[Any]] = set()
        self._calls: set[asyncio.Future[Any]] = set()

    def give_up(self) -> None:
        """Let whoever waits for a call know that the server stops."""
        self._stopping = True
        for turn in list(self._turns):
            turn.cancel()
        for call in list(self._calls):
            if not call.done():
                call.set_exception(Stopping(begun=True))

    def close(self) -> None:
        """End the threads that are free now, and each of the others when its call is over."""
        self._closed = True
        while self._free:
            self._free.pop().put(None)

    async def run(self, work: Callable[[Job], _T]) -> _T:
        """What a blocking function gives.

        :raises TimeoutError: when it takes longer than ``timeout``; it may go on in its thread for a while.
        :raises Busy: when there was no free thread for so long.
        :raises Stopping: when the server gives up before.
        """
        if self._stopping:
            raise Stopping(begun=False)
        loop = asyncio.get_running_loop()
        job = Job(monotonic() + self.timeout, loop)
        if self._slots.locked():
            await self._turn()
        else:
            await self._slots.acquire()
        done: asyncio.Future[_T] = loop.create_future()
        thread = self._free.pop() if self._free else _started()

        def settle(value: _T | None, error: BaseException | None) -> None:
            self._slots.release()
            if self._closed:
                thread.put(None)
            else:
                self._free.append(thread)
            if done.done():
                return
            if error is None:
                done.set_result(value)  # type: ignore[arg-type]
            else:
                done.set_exception(error)

        def serve() -> None:
            value, error = None, None
            try:
                value = work(job)
            except BaseException as raised:  # noqa: BLE001 - it is raised again where somebody waits for it
                error = raised
            try:
                loop.call_soon_threadsafe(settle, value, error)
            except RuntimeError:  # the loop is closed, and nobody will need this thread again
                thread.put(None)

        thread.put(serve)
        self._calls.add(done)
        try:
            return await asyncio.wait_for(done, max(job.left, 0.0))
        except asyncio.TimeoutError:
            if done.done() and not done.cancelled():  # a TimeoutError of the function's own
                raise
            raise TimeoutError from None
        finally:
            self._calls.discard(done)
            job.stop()

    async def _turn(self) -> None:
        turn = asyncio.ensure_future(self._slots.acquire())
        self._turns.add(turn)
        try:
            await asyncio.wait_for(turn, self.timeout)
        except asyncio.TimeoutError:
            raise Busy from None
        except asyncio.CancelledError:
            if self._stopping:
                raise Stopping(begun=False) from None
            raise
        finally:
            self._turns.discard(turn)


def _started() -> SimpleQueue[Callable[[], None] | None]:
    """What a new thread takes its work from; ``None`` ends it."""
    work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def serve() -> None:
        while (one := work.get()) is not None:
            one()

    threading.Thread(target=serve, name="mcp call", daemon=True).start()
    return work
