"""Delivery by the workers of a Dask cluster: the part of one that dies is taken up by another, from its checkpoint.

Tasks are told a partition, never rows. What they remember is taken over by the run's checkpoint when they end, so that
reject file, sums and the next run know of it whatever died in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import secrets
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import ConnectorError, InputError
from ...language.specs import default_root
from ..checkpoint import Checkpoint
from ..checkpoint_form import IN_USE
from ..meter import Meter
from ..options import BulkOptions, DeliveryJob
from ..read.partition import Partition
from ..send.delivery import BulkFailed
from ..tally import Tally
from . import dask_worker
from .dask_worker import PartOutcome, counted, deliver_part, look, version
from .parts import cut, folder_of, make_part, part_path, take_over

_LOOK_EVERY = 0.25  # seconds
_ANSWER = 2.0  # seconds that a look may take: a worker that just died would hold up all others for half a minute
_CONNECT = 10.0  # seconds
_WORKER_WAIT = 30  # seconds for which a cluster may be without any worker at the start
_LATE = 2.0  # seconds for which a worker that is no more asked for is waited for
_PARTS_EACH = 4  # parts that a worker gets, about; each costs it 50 ms to begin with

# What a future is when the worker died that had its result: another one finds the part done, and says so.
_ONCE_MORE = ("lost", "pending")

# Sums that are true of a part, whoever counted; the others happened as often as they were counted.
_OF_THE_PART = ("read", "accepted", "rejected", "bytes_read")


def require_dask() -> Any:
    """The library that workers are reached by.

    :raises InputError: when it is not installed.
    """
    try:
        import distributed
    except ImportError:
        hint = "run: pip install 'segment-connector[dask]'"
        raise InputError.of("not_installed", "needs Dask, which is not installed", hint, field="engine") from None
    return distributed


def deliver_by_dask(
    left: Sequence[Partition],
    job: DeliveryJob,
    memory: Checkpoint,
    meter: Meter,
    stop: threading.Event,
    options: BulkOptions,
) -> None:
    """Deliver partitions by the workers of a cluster.

    The parts' checkpoints are in a folder beside that of the run, by its name and ``.d``. Workers on other machines
    must find this folder, and the source, by the same paths: on storage that all of them share.
    Connection and credentials travel to the workers with the tasks, in the open where ``scheduler`` is ``tcp://``; by
    ``tls://`` nobody can read them on the way.

    :param job: what each worker does; its rates and connections are replaced by a worker's share.
    :param memory: takes over what the parts remember.
    :param meter: told what is counted, and for how long all are held back.
    :param stop: ends it early, when it is set: what is under way is finished.
    :param options: ``scheduler`` names the cluster; without it ``workers`` processes of this machine are one. Of a
        named one, as many parts are under way at a time as it has workers, or ``workers`` when that is more than 1.
    :raises InputError: when the cluster cannot be used, or a source not be read to its end.
    :raises BulkFailed: when it cannot go on.
    """
    if not left:
        return
    with _folder(memory.path, left) as folder, _client(options) as client:
        if options.scheduler is not None:
            _hold_to_version(client, options.scheduler)
        _DaskRun(client, folder, job, memory, meter, stop, options).deliver(left)


@dataclass(slots=True)
class _DaskPart:
    """A part under way: what it is, what its attempts told last, and what of that was counted."""

    partition: Partition
    path: Path
    told: dict[str, Tally] = field(default_factory=dict)
    counted: Tally = field(default_factory=Tally)


class _DaskRun:
    def __init__(
        self,
        client: Any,
        folder: Path,
        job: DeliveryJob,
        memory: Checkpoint,
        meter: Meter,
        stop: threading.Event,
        options: BulkOptions,
    ) -> None:
        self._client = client
        self._folder = folder
        self._job = job
        self._memory = memory
        self._meter = meter
        self._stop = stop
        self._options = options
        self._name = secrets.token_hex(4)
        self._number = 0
        self._parts: dict[Any, _DaskPart] = {}  # by the future that stands for what comes of it
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._late: list[Path] = []
        self._held = 0.0
        self._failure: ConnectorError | None = None
        meter.hold_by(lambda: max(self._held - time.monotonic(), 0.0))

    def deliver(self, left: Sequence[Partition]) -> None:
        slots = self._options.workers
        if self._options.scheduler is not None and slots == 1:
            slots = len(self._client.nthreads())
        waiting = deque(cut([_anywhere(partition) for partition in left], slots, _PARTS_EACH, self._job.reading))
        slots = min(slots, max(len(waiting), 1))
        job = self._share(slots)
        looked = time.monotonic()
        while self._parts or (waiting and not self._stop.is_set()):
            while waiting and len(self._parts) < slots and not self._stop.is_set():
                self._submit(waiting.popleft(), job)
            ended = self._next(looked + _LOOK_EVERY - time.monotonic())
            status = ended.status if ended is not None else None
            if status in _ONCE_MORE:
                ended.add_done_callback(self._ended.put)
            elif status is not None:
                if waiting and not self._stop.is_set():
                    self._submit(waiting.popleft(), job)  # before what takes time here, so that no worker waits for it
                waiting.extend(self._end(ended, status))
            if time.monotonic() >= looked + _LOOK_EVERY:
                looked = time.monotonic()
                self._look(looked)
        for path in self._late:
            with contextlib.suppress(InputError):  # the next run takes it over
                take_over(path, self._memory, seconds=_LATE)
        if self._failure is not None:
            raise self._failure

    def _share(self, slots: int) -> DeliveryJob:
        options, job = self._options, self._job
        return replace(
            job,
            # Another machine has the package's own specs elsewhere.
            root=None if job.root == str(default_root()) else job.root,
            connections=max(options.connections // slots, 1),
            events_per_second=options.events_per_second and options.events_per_second / slots,
            requests_per_second=options.requests_per_second and options.requests_per_second / slots,
        )

    def _submit(self, partition: Partition, job: DeliveryJob) -> None:
        self._number += 1
        path = part_path(self._folder, self._name, self._number)
        make_part(path)
        # Dask shows keys to everybody, so they say nothing.
        key = f"deliver-{self._name}-{self._number}"
        future = self._client.submit(deliver_part, partition, job, str(path), self._name, key=key, pure=False)
        self._parts[future] = _DaskPart(partition, path)
        future.add_done_callback(self._ended.put)

    def _next(self, seconds: float) -> Any:
        with contextlib.suppress(queue.Empty):
            return self._ended.get(timeout=max(seconds, 0.0))

    def _end(self, future: Any, status: str) -> list[Partition]:
        """Take over what an ended part remembers. Gives what is to be tried again."""
        part = self._parts.pop(future)
        outcome = self._outcome(future, status)
        future.release()  # else what a dying worker had is made once more
        if outcome is not None:
            part.told[outcome.seen.attempt] = outcome.seen.tally
            self._count(part, outcome.seen.latencies)
            if outcome.doubts is not None:
                self._meter.doubt(outcome.doubts)
        try:
            exact = take_over(part.path, self._memory, seconds=0)
        except InputError as error:
            if error.code == IN_USE:  # by a worker that lost us, or that does once more what another had done
                self._late.append(part.path)
            else:
                self._fail(error, fatal=True)
            return []
        self._count(part, exact=counted(exact, part.partition, dry_run=self._job.dry_run))
        if outcome is None or outcome.complete or (outcome.failure is None and self._stop.is_set()):
            return []
        if outcome.failure is None:  # it took this run for gone
            return self._memory.left(part.partition)
        self._fail(outcome.failure, fatal=isinstance(outcome.failure, BulkFailed) or self._job.strict)
        return []

    def _outcome(self, future: Any, status: str) -> PartOutcome | None:
        """What came of a part; ``None`` where nobody can tell."""
        if status == "finished":
            with contextlib.suppress(CancelledError):  # the scheduler went meanwhile
                outcome: PartOutcome = future.result()
                return outcome
        if status == "error":
            error = future.exception()
            if type(error).__name__ == "KilledWorker":
                hint = "check the workers' logs for lack of memory; run the same command again, and it continues"
                self._fail(BulkFailed.of("worker_died", "several workers died on the same part", hint), fatal=True)
            else:
                message = f"a worker failed: {type(error).__name__}"
                self._fail(BulkFailed.of("internal", message, "see the workers' logs"), fatal=True)
        elif not self._stop.is_set():
            hint = "run the same command again when it is back; it continues where it stopped"
            self._fail(BulkFailed.of("scheduler", "the scheduler is gone", hint), fatal=True)
        return None

    def _fail(self, failure: ConnectorError, *, fatal: bool) -> None:
        self._failure = self._failure or failure
        if fatal:
            self._stop.set()

    def _look(self, now: float) -> None:
        """Ask every worker how far it is; tell it to stop, or to hold back what others hold back."""
        stop = self._stop.is_set()
        held = max(self._held - now, 0.0)
        try:
            found = self._client.run(look, self._name, stop, held, on_error="ignore", callback_timeout=_ANSWER)
        except (OSError, TimeoutError, asyncio.TimeoutError, RuntimeError):
            return  # those who answer were looked at all the same; what else it means for parts, their futures tell
        parts = {str(part.path): part for part in self._parts.values()}
        at_work = set()
        for seen in (seen for one in found.values() for seen in one):
            at_work.add(seen.part)
            if (part := parts.get(seen.part)) is not None:
                part.told[seen.attempt] = seen.tally
                self._count(part, seen.latencies)
            self._held = max(self._held, now + seen.held)
        if stop and (idle := [future for future, part in self._parts.items() if str(part.path) not in at_work]):
            self._client.cancel(idle)

    def _count(self, part: _DaskPart, latencies: list[float] | None = None, exact: Tally | None = None) -> None:
        """Tell the meter what is new of a part, as its attempts told, or for certain."""
        news = Tally()
        for name in Tally.__slots__:
            told = [getattr(tally, name) for tally in part.told.values()]
            known = sum(told)
            if name in _OF_THE_PART:
                # A checkpoint knows rows, and not how many bytes they took.
                sure = exact is not None and (name != "bytes_read" or part.partition.in_bytes)
                known = getattr(exact, name) if sure else max(told, default=0)
            setattr(news, name, known - getattr(part.counted, name))
        part.counted.add(news)
        self._meter.add(news, latencies)


@contextlib.contextmanager
def _folder(checkpoint: str, left: Sequence[Partition]) -> Iterator[Path]:
    """The folder of the parts' checkpoints; of a run that remembers nothing, one that is gone with it."""
    if not checkpoint:
        beside = Path(left[0].path).absolute().parent if left and left[0].format != "sql" else None
        try:
            made = tempfile.TemporaryDirectory(prefix=".parts-", dir=beside, ignore_cleanup_errors=True)
        except OSError as error:
            raise _no_folder(error, beside) from error
        with made as folder:
            yield Path(folder)
        return
    folder_path = folder_of(checkpoint).absolute()
    try:
        folder_path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(error, folder_path) from error
    yield folder_path
    # Empty but for parts that a worker without connection still writes: the next run takes them over.
    with contextlib.suppress(OSError):
        folder_path.rmdir()


def _no_folder(error: OSError, path: Path | None) -> InputError:
    hint = "name a file in a folder that all machines can write to with --checkpoint"
    message = f"the folder of the parts cannot be made: {error.strerror}"
    return InputError.of("checkpoint", message, hint, path=str(path))


@contextlib.contextmanager
def _client(options: BulkOptions) -> Iterator[Any]:
    distributed = require_dask()
    with contextlib.ExitStack() as stack:
        where = options.scheduler
        if where is None:
            where = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=options.workers, threads_per_worker=1, processes=True, memory_limit=0,
                    # Nobody on another machine can reach any of it.
                    host="127.0.0.1", dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": False},
                    silence_logs=logging.CRITICAL, preload=[dask_worker.__name__],
                )
            )  # fmt: skip
        try:
            client = distributed.Client(where, set_as_default=False, timeout=_CONNECT)
        except (OSError, ValueError, TimeoutError) as error:
            hint = "start one by 'dask scheduler', or name the address that it prints, for example tcp://10.0.0.5:8786"
            message = f"no scheduler answers at {options.scheduler}"
            raise InputError.of("scheduler", message, hint, field="scheduler") from error
        yield stack.enter_context(client)


def _hold_to_version(client: Any, address: str) -> None:
    """Hold the workers of a cluster to this package's version.

    :raises InputError: when there is no worker, or one that has another version.
    """
    try:
        client.wait_for_workers(1, timeout=_WORKER_WAIT)
        versions = {"the scheduler": client.run_on_scheduler(version), **client.run(version)}
    except TimeoutError:
        hint = f"start one on each machine: dask worker {address}"
        raise InputError.of("scheduler", f"the cluster at {address} has no worker", hint, field="scheduler") from None
    except ImportError as error:
        hint = f"on every machine of the cluster: pip install 'segment-connector[dask]=={__version__}'"
        message = f"a machine of the cluster lacks what a worker needs: {error}"
        raise InputError.of("scheduler", message, hint, field="scheduler") from error
    for place, found in versions.items():
        if found != __version__:
            hint = f"on every machine of the cluster: pip install 'segment-connector[dask]=={__version__}'"
            message = f"{place} has version {found} of this package, and here it is {__version__}"
            raise InputError.of("scheduler", message, hint, field="scheduler")


def _anywhere(partition: Partition) -> Partition:
    if partition.format == "sql":
        return partition
    return replace(partition, path=str(Path(partition.path).absolute()))
