"""The runs of a service: they go on when their page is closed, are listed with what came of them, and end with it.

They are kept in memory, their files in the folders of the uploads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ....errors import ConnectorError
from .upload import BulkJob

if TYPE_CHECKING:
    from ....bulk.tally import BulkResult
    from ...backend import Backend

_MOST = 20  # runs that are listed; the oldest that are over give way
_PATIENCE = 5.0  # seconds for what is under way, when the service ends


class FileRun:
    """A run of one file.

    :ivar target: where it sends, in words; ``dry`` it sends nothing.
    :ivar started: when, in UTC.
    :ivar outcome: what came of it; ``refused`` why nothing was sent. ``None`` while it is under way.
    """

    def __init__(
        self, job: BulkJob, connection: Mapping[str, Any], action: str | None, tree: Mapping[str, Any] | None,
        *, dry: bool, target: str,
    ) -> None:  # fmt: skip
        self.job = job
        self.dry = dry
        self.target = target
        self.started = datetime.now(timezone.utc)
        self.outcome: BulkResult | None = None
        self.refused: ConnectorError | None = None
        self._failed: BaseException | None = None
        self._over = threading.Event()
        self._how = (connection, action, tree)
        # The process does not wait for it: what it has accepted is remembered anyway.
        threading.Thread(target=self._run, name=f"bulk run of {job.name[:40]}", daemon=True).start()

    def _run(self) -> None:
        try:
            self.outcome = self.job.run(*self._how, dry=self.dry)
        except ConnectorError as error:
            self.refused = error
        except BaseException as error:
            self._failed = error
            raise
        finally:
            self._over.set()

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is under way any more."""
        return self._over.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it is over, after that many seconds at most."""
        return self._over.wait(seconds)

    def result(self) -> BulkResult:
        """What came of it, as soon as it is over.

        :raises ConnectorError: for what was wrong before anything was sent.
        """
        self._over.wait()
        if self.refused is not None:
            raise self.refused
        if self.outcome is None:
            raise RuntimeError("the run was interrupted") from self._failed
        return self.outcome

    @property
    def state(self) -> str:
        """How it stands, in a word or two."""
        if not self.is_over:
            return "in progress"
        if self.outcome is None:
            return "refused" if self.refused is not None else "failed"
        return f"{self.outcome.outcome}, a dry run" if self.dry else self.outcome.outcome

    @property
    def counts(self) -> tuple[int, int]:
        """Events accepted, or that would be, and records rejected, so far."""
        told = self.outcome or self.job.course.progress
        if told is None:
            return 0, 0
        return told.tally.would_be_accepted if self.dry else told.tally.accepted, told.tally.rejected


class RunRegistry:
    """The runs of one service, and the files that pages and runs need; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: list[FileRun] = []
        self._held: list[BulkJob] = []

    @property
    def runs(self) -> list[FileRun]:
        """Those that are listed, the latest first."""
        with self._lock:
            return self._runs[::-1]

    def hold(self, job: BulkJob) -> None:
        """A page has the file."""
        with self._lock:
            self._held.append(job)

    def let_go(self, job: BulkJob) -> None:
        """The page of a file was left: it is removed unless a run has it."""
        with self._lock:
            self._held = [one for one in self._held if one is not job]
            self._sweep(job)

    def start(
        self, job: BulkJob, connection: Mapping[str, Any], action: str | None, tree: Mapping[str, Any] | None,
        *, dry: bool, target: str,
    ) -> FileRun:  # fmt: skip
        """Begin to send a file; the rest is as for ``BulkJob.run`` and ``FileRun``."""
        run = FileRun(job, connection, action, tree, dry=dry, target=target)
        with self._lock:
            self._runs.append(run)
            over = [one for one in self._runs if one.is_over and one is not run]
            for one in over[: max(len(self._runs) - _MOST, 0)]:
                self._drop(one)
        return run

    def forget(self, run: FileRun) -> None:
        """Take a run that is over from the list, and remove its file unless a page has it."""
        with self._lock:
            if run in self._runs and run.is_over:
                self._drop(run)

    def _drop(self, run: FileRun) -> None:
        self._runs.remove(run)
        self._sweep(run.job)

    def _sweep(self, job: BulkJob) -> None:
        if all(one is not job for one in self._held) and all(run.job is not job for run in self._runs):
            job.remove()

    def end(self) -> None:
        """Stop all that is under way, and wait a little for what has been sent to be remembered."""
        until = time.monotonic() + _PATIENCE
        under_way = [run for run in self.runs if not run.is_over]
        for run in under_way:
            run.job.stop.set()
        for run in under_way:
            run.wait(max(until - time.monotonic(), 0))


_REGISTRIES: WeakKeyDictionary[Backend, RunRegistry] = WeakKeyDictionary()
_MAKING = threading.Lock()


def runs_of(backend: Backend) -> RunRegistry:
    """The runs of a backend, which all its pages share."""
    with _MAKING:
        return _REGISTRIES.setdefault(backend, RunRegistry())


def end_runs(backend: Backend) -> None:
    """Stop the runs of a backend that is not served any more."""
    for one, registry in list(_REGISTRIES.items()):
        if one is backend:
            registry.end()
