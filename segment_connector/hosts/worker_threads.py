"""Threads for calls that block, beside an event loop: so many at once, each for so long, and none waited for for ever.

``concurrent.futures`` and anyio's threads take any number of jobs and are waited for when the interpreter ends, so one
server that hangs would hold up a stop; these are bounded, and left behind when the time to stop is over. A thread
cannot be stopped from outside: a job that nobody waits for any more is asked to stop where it looks, and its thread
takes no other job before that.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError
from time import monotonic
from typing import Any, Generic, TypeVar

import anyio

_T = TypeVar("_T")

_SEND = 5.0  # seconds that a thread waits for the event loop to send a notification
_IDLE = 1.0  # seconds after which a thread that has nothing to do ends


class NotDone(Exception):  # noqa: N818 - what happened, not an error of the program
    """A job did not end in the time that it had.

    :param begun: whether it had begun; it may then still come to its end, and nobody will know.
    :param stopping: whether the server stops.
    """

    def __init__(self, *, begun: bool, stopping: bool = False) -> None:
        super().__init__("not done")
        self.begun = begun
        self.stopping = stopping


class Busy(Exception):  # noqa: N818
    """As many jobs as are allowed run or wait already."""


class Abandoned(Exception):  # noqa: N818
    """Raised in the thread of a job that nobody waits for any more."""


class Job(Generic[_T]):
    """One function to run, as its thread and the event loop see it.

    :param work: is called with the job in a thread.
    :param seconds: the time it has.
    :param ended: called by the event loop when it has ended, or will never begin.
    :ivar deadline: the instant of ``time.monotonic`` at which nobody waits any more.
    """

    def __init__(
        self,
        work: Callable[[Job[_T]], _T],
        seconds: float,
        loop: asyncio.AbstractEventLoop,
        ended: Callable[[Job[_T]], None],
    ) -> None:
        self.deadline = monotonic() + seconds
        self._work: Callable[[Job[_T]], _T] | None = work
        self._loop = loop
        self._ended = ended
        self._turn = threading.Lock()  # whoever gets it first decides whether the job begins; it is never given back
        self._over = threading.Event()
        self.future: asyncio.Future[_T] = loop.create_future()

    # Called in its thread

    @property
    def left(self) -> float:
        """Seconds until nobody waits any more."""
        return self.deadline - monotonic()

    def look(self) -> None:
        """Go on only if somebody waits.

        :raises Abandoned: otherwise.
        """
        if self._over.is_set():
            raise Abandoned

    def send(self, message: Coroutine[Any, Any, None]) -> None:
        """Have the event loop send a notification, and wait until it is sent; one that cannot be sent is dropped."""
        if self._over.is_set():
            message.close()
            return
        sending = asyncio.run_coroutine_threadsafe(message, self._loop)
        with contextlib.suppress(Exception, CancelledError):
            sending.result(min(_SEND, max(self.left, 0.0)))
        sending.cancel()

    def do(self) -> None:
        """Run it, unless nobody waits for it any more."""
        work = self._work
        if work is None or not self._turn.acquire(blocking=False):
            return
        value: Any = None
        failure: BaseException | None = None
        try:
            value = work(self)
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._done, value, failure)

    # Called by the event loop

    def give_up(self, stopping: bool) -> None:
        """Let whoever waits for it know that it is not done."""
        if not self.future.done():
            self.future.set_exception(NotDone(begun=not self.drop(), stopping=stopping))

    def drop(self) -> bool:
        """Never begin, or stop at the next look; ``False`` when it has begun already."""
        self._over.set()
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


class WorkerThreads:
    """Runs jobs in threads, each for the event loop that it was asked from.

    :param threads: jobs that run at once.
    :param seconds: time that a job has, the wait for its turn included.
    :param most: jobs that run or wait for their turn at once; ``None`` for no limit.
    :param on_change: told how many there are.
    :ivar seconds: as given.
    """

    def __init__(
        self, threads: int, seconds: float, most: int | None = None, on_change: Callable[[int], object] | None = None
    ) -> None:
        self.seconds = seconds
        self._most_threads = threads
        self._most = most
        self._on_change = on_change
        self._jobs: set[Job[Any]] = set()
        self._queue: queue.SimpleQueue[Job[Any]] = queue.SimpleQueue()
        self._threads = 0
        self._lock = threading.Lock()  # between a new job and a thread that ends for want of one
        self._waits: set[anyio.CancelScope] = set()
        self._stopping = False

    async def run(self, work: Callable[[Job[_T]], _T]) -> _T:
        """What a function gives; it runs in a thread.

        When whoever waits for it goes away before it has begun, it never begins.

        :raises Busy: when there are too many already.
        :raises NotDone: when its time is over, or the server stops.
        """
        if self._stopping:
            raise NotDone(begun=False, stopping=True)
        if self._most is not None and len(self._jobs) >= self._most:
            raise Busy
        loop = asyncio.get_running_loop()
        job: Job[_T] = Job(work, self.seconds, loop, self._ended)
        self._jobs.add(job)
        self._changed()
        timer = loop.call_later(self.seconds, job.give_up, False)
        with self._lock:
            self._queue.put(job)
            if start := self._threads < min(len(self._jobs), self._most_threads):
                self._threads += 1
        if start:
            threading.Thread(target=self._serve, name="worker", daemon=True).start()
        try:
            return await job.future
        finally:
            timer.cancel()
            job.drop()

    @contextlib.contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Around the wait for a client, which may take so long.

        :raises TimeoutError: when it takes longer.
        :raises NotDone: when the server stops meanwhile.
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
        """Let whoever waits for a job, or for what a job needs, know that the server stops."""
        self._stopping = True
        for job in list(self._jobs):
            job.give_up(True)
        for scope in list(self._waits):
            scope.cancel()

    def _ended(self, job: Job[Any]) -> None:
        self._jobs.discard(job)
        self._changed()

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change(len(self._jobs))

    def _serve(self) -> None:
        while True:
            try:
                job = self._queue.get(timeout=_IDLE)
            except queue.Empty:
                with self._lock:
                    if self._queue.empty():
                        self._threads -= 1
                        return
                continue
            job.do()
            del job  # what it holds is not kept until the next one comes
