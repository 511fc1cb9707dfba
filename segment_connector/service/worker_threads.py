"""Threads for calls that block: so many run, so many more wait for their turn, and none is waited for for ever.

``concurrent.futures`` and anyio's threads take any number of jobs and are waited for when the interpreter ends, so one
server that hangs would hold up a stop; these are bounded, and left behind when the time to stop is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import anyio
from prometheus_client import Gauge

_T = TypeVar("_T")


class NotDone(Exception):  # noqa: N818 - what happened, not an error of the program
    """A job did not end in the time that it had.

    :param begun: whether it had begun; it may then still come to its end, and nobody will know.
    :param stopping: whether the service stops.
    """

    def __init__(self, *, begun: bool, stopping: bool = False) -> None:
        super().__init__("not done")
        self.begun = begun
        self.stopping = stopping


class Busy(Exception):  # noqa: N818
    """As many jobs as are allowed run or wait already."""


class Workers:
    """Runs jobs in threads, for one event loop.

    :param threads: jobs that run at once.
    :param most: jobs that run or wait for their turn at once.
    :param seconds: time that a job has, the wait for its turn included.
    :param running: shows how many there are.
    :ivar seconds: as given.
    """

    def __init__(self, threads: int, most: int, seconds: float, running: Gauge) -> None:
        self._most = most
        self._most_threads = threads
        self.seconds = seconds
        self._running = running
        self._jobs: set[_Job[Any]] = set()
        self._queue: queue.SimpleQueue[_Job[Any]] = queue.SimpleQueue()
        self._threads = 0
        self._waits: set[anyio.CancelScope] = set()
        self._stopping = False

    async def run(self, work: Callable[[], _T]) -> _T:
        """What a function gives; it runs in a thread.

        When whoever waits for it goes away before it has begun, it never begins.

        :raises Busy: when there are too many already.
        :raises NotDone: when its time is over, or the service stops.
        """
        if self._stopping:
            raise NotDone(begun=False, stopping=True)
        if len(self._jobs) >= self._most:
            raise Busy
        loop = asyncio.get_running_loop()
        job: _Job[_T] = _Job(work, loop, self._ended)
        self._jobs.add(job)
        self._running.set(len(self._jobs))
        timer = loop.call_later(self.seconds, job.give_up, False)
        if self._threads < min(len(self._jobs), self._most_threads):
            self._threads += 1
            threading.Thread(target=self._serve, name="service worker", daemon=True).start()
        self._queue.put(job)
        try:
            return await job.future
        finally:
            timer.cancel()
            job.drop()

    @contextlib.contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Around the wait for a client, which may take so long.

        :raises TimeoutError: when it takes longer.
        :raises NotDone: when the service stops meanwhile.
        """
        with anyio.CancelScope(deadline=anyio.current_time() + seconds) as scope:
            self._waits.add(scope)
            try:
                yield
                return
            finally:
                self._waits.discard(scope)
        if self._stopping:
            raise NotDone(begun=False, stopping=True)
        raise TimeoutError

    def give_up(self) -> None:
        """Let whoever waits for a job, or for what a job needs, know that the service stops."""
        self._stopping = True
        for job in list(self._jobs):
            job.give_up(True)
        for scope in list(self._waits):
            scope.cancel()

    def _ended(self, job: _Job[Any]) -> None:
        self._jobs.discard(job)
        self._running.set(len(self._jobs))

    def _serve(self) -> None:
        while True:
            job = self._queue.get()
            job.do()
            del job  # what it holds is not kept until the next one comes


class _Job(Generic[_T]):
    """One function to run; all but ``do`` is called by the event loop."""

    def __init__(
        self, work: Callable[[], _T], loop: asyncio.AbstractEventLoop, ended: Callable[[_Job[_T]], None]
    ) -> None:
        self._work: Callable[[], _T] | None = work
        self._loop = loop
        self._ended = ended
        self._turn = threading.Lock()  # whoever gets it first decides whether the job begins; it is never given back
        self.future: asyncio.Future[_T] = loop.create_future()

    def do(self) -> None:
        """Run it, unless nobody waits for it any more."""
        work = self._work
        if work is None or not self._turn.acquire(blocking=False):
            return
        value: Any = None
        failure: BaseException | None = None
        try:
            value = work()
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._done, value, failure)

    def give_up(self, stopping: bool) -> None:
        """Wait no longer."""
        if not self.future.done():
            self.future.set_exception(NotDone(begun=not self.drop(), stopping=stopping))

    def drop(self) -> bool:
        """Never begin; ``False`` when it has begun already."""
        if self._work is None:
            return True
        if not self._turn.acquire(blocking=False):
            return False
        self._work = None  # it may hold a large body, and stays in the queue until a thread comes to it
        self._ended(self)
        return True

    def _done(self, value: Any, failure: BaseException | None) -> None:
        self._ended(self)
        if self.future.done():
            return
        if failure is None:
            self.future.set_result(value)
        else:
            self.future.set_exception(failure)
