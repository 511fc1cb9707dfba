"""Several processes of this machine: each takes partitions from its parent, and tells it what was dealt with.

Only partitions, receipts and numbers go between them, never rows. The parent alone writes the checkpoint.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from ...errors import ConnectorError
from ..checkpoint import Receipt
from ..options import DeliveryJob
from ..ranges import Ranges
from ..read.partition import Partition
from ..send.delivery import BulkFailed, Delivery
from ..stopping import Stopped

_LOST = 3  # workers that may die under one run

# A spawned process has no threads, locks or sockets of its parent's.
_CONTEXT = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class _Worker:
    """A process, and what it was given that may not be dealt with yet, each with what it told of."""

    process: Any
    pipe: Any
    given: list[tuple[Partition, Ranges]] = field(default_factory=list)

    def note(self, receipt: Receipt) -> None:
        """That a stretch of what it was given is dealt with."""
        for partition, done in self.given:
            if partition.name == receipt.name and partition.start <= receipt.start <= (partition.end or receipt.start):
                done.add(receipt.start, receipt.end)

    def has_read(self, end: int | None) -> None:
        """That it has read what it was given last, up to ``end``."""
        if self.given and end is not None:
            last, done = self.given[-1]
            self.given[-1] = replace(last, end=end), done
        self.given = [one for one in self.given if _gaps(*one)]

    def undone(self) -> list[Partition]:
        """What nobody will tell of when it is gone."""
        return [gap for one in self.given for gap in _gaps(*one)]


def deliver_in_workers(
    partitions: Iterable[Partition],
    job: DeliveryJob,
    record: Callable[[Receipt], None],
    stop: threading.Event,
    count: int,
    on_held: Callable[[Callable[[], float]], None] = lambda _: None,
) -> None:
    """Deliver partitions by ``count`` processes; what one that dies leaves undone is taken up by another.

    :param job: what each process does; its rates are those of one process.
    :param record: told of each stretch that is dealt with, in this thread.
    :param stop: ends it early, when it is set: what is under way is finished.
    :param on_held: given what tells the seconds for which all are held back.
    :raises BulkFailed: when it cannot go on.
    :raises InputError: when a source cannot be read to its end; the other partitions were delivered.
    """
    held = _CONTEXT.Array("d", [0.0])
    on_held(lambda: max(held[0] - time.monotonic(), 0.0))
    waiting = deque(partitions)
    workers = [_start(job, held) for _ in range(min(count, len(waiting)))]
    failure: ConnectorError | None = None
    lost, told = 0, False
    try:
        while workers:
            if stop.is_set() and not told:
                told = True
                _tell(workers, "stop")
            ready = multiprocessing.connection.wait([worker.pipe for worker in workers], timeout=0.1)
            for worker in [one for one in workers if one.pipe in ready]:
                try:
                    kind, what = worker.pipe.recv()
                except (EOFError, OSError):
                    workers.remove(worker)
                    _end(worker)
                    if worker.process.exitcode == 0 and (stop.is_set() or not worker.undone()):
                        continue
                    lost += 1
                    waiting.extend(worker.undone())
                    if lost <= _LOST and not stop.is_set():
                        workers.append(_start(job, held))
                    elif failure is None:
                        failure = _died(worker)
                        stop.set()
                    continue
                if kind == "receipt":
                    worker.note(what)
                    record(what)
                elif kind == "failed":
                    del worker.given[-1:]
                    failure = failure or what
                    if isinstance(what, BulkFailed) or job.strict:
                        stop.set()
                else:
                    worker.has_read(what)
                    if stop.is_set() or not waiting:
                        _tell([worker], "end")
                        continue
                    worker.given.append((waiting.popleft(), Ranges()))
                    _tell([worker], worker.given[-1][0])
    finally:
        for worker in workers:
            worker.process.kill()
            _end(worker)
    if failure is not None:
        raise failure


def _start(job: DeliveryJob, held: Any) -> _Worker:
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_work, args=(job, theirs, held), name="bulk worker", daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _tell(workers: list[_Worker], what: Any) -> None:
    for worker in workers:
        with contextlib.suppress(OSError):  # it died, which its end of the pipe tells next
            worker.pipe.send(what)


def _end(worker: _Worker) -> None:
    worker.process.join()
    worker.pipe.close()


def _gaps(partition: Partition, done: Ranges) -> list[Partition]:
    return [replace(partition, start=start, end=end) for start, end in done.gaps(partition.start, partition.end)]


def _died(worker: _Worker) -> BulkFailed:
    code = worker.process.exitcode
    how = f"by signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"with exit code {code}"
    hint = "check whether memory ran out; run the same command again; it continues where it stopped"
    if code == 1:  # Python's own, after it has said why
        hint = "see what it wrote; a script has to call this under: if __name__ == '__main__'"
    return BulkFailed.of("worker_died", f"a worker ended {how}", hint)


def _work(job: DeliveryJob, pipe: Any, held: Any) -> None:
    """What a worker does until its parent says that it is the end, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which tells
    stop = threading.Event()
    asked: deque[Any] = deque()
    news = threading.Semaphore(0)
    speaking = threading.Lock()

    def listen() -> None:
        while True:
            try:
                what = pipe.recv()
            except (EOFError, OSError):
                os._exit(1)  # the parent is gone; what it did not hear of is sent again under the same ids
            if what == "stop":
                stop.set()
            asked.append(what)
            news.release()

    def say(kind: str, what: Any = None) -> None:
        with speaking:
            pipe.send((kind, what))

    threading.Thread(target=listen, daemon=True).start()
    try:
        with Delivery(job, lambda receipt: say("receipt", receipt), stop, held=held) as delivery:
            end = None
            while True:
                say("ready", end)
                news.acquire()
                partition = asked.popleft()
                if not isinstance(partition, Partition):
                    break
                try:
                    end = delivery.add(partition)
                except Stopped:
                    break
                except ConnectorError as error:
                    end = None
                    say("failed", error)
    except ConnectorError as error:
        say("failed", error)
