"""Deliver a whole source: open the checkpoint, share out the work, write the reject file, say what came of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..call.caller import Caller
from ..errors import ConnectorError, InputError, Problem
from ..http.transport import Transport
from ..values.json_values import encode
from .checkpoint import Checkpoint, Receipt
from .engines.parts import cut, folder_of, forget, take_over_all
from .meter import Meter
from .options import OF_READING, BulkOptions, DeliveryJob, options_from
from .read.endings import TEXTS
from .read.forms import columns_of, hold_to_kind, notes_of
from .read.frames import ArrowStream, is_frame
from .read.json_lines import seekable
from .read.partition import Partition
from .read.row_events import RowEvents
from .read.streams import standard_input
from .read.zip_members import split
from .record_check import Checker
from .reject_groups import RejectGroups
from .rejects import write_rejects
from .send.delivery import BulkFailed, Delivery, bulk_action, members_of_records, pieces, row_maker_of
from .stopping import Stopped, following
from .tally import BulkResult, Progress

Source = str | os.PathLike[str] | Iterable[Mapping[str, Any]] | ArrowStream
OnProgress = Callable[[Progress], None]


def bulk(
    caller: Caller,
    source: Source,
    connection: Mapping[str, Any],
    options: BulkOptions,
    action: str | None = None,
    mapping: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> BulkResult:
    """Deliver every event of a source, or say which were not and why.

    :param source: a file, a folder of files, ``-`` for standard input, events as mappings, or a table.
    :param action: what each row is a call of; ``None`` where events name their own.
    :param mapping: the template tree that makes inputs of a row, or the YAML file that holds it.
    :param on_progress: told about ten times a second.
    :param stop: set it to end early: what is under way is finished and remembered.
    :returns: a result; ``ok`` is false for whatever the service, the network or the source did.
    :raises InputError: when options, mapping, source or checkpoint are wrong; nothing was sent.
    :raises ConnectionConfigError: when the connection cannot serve the call; nothing was sent.
    """
    return _Run(caller, source, connection, options, action, mapping, on_progress, stop).result()


class _Run:
    def __init__(
        self,
        caller: Caller,
        source: Source,
        connection: Mapping[str, Any],
        options: BulkOptions,
        action: str | None,
        mapping: str | os.PathLike[str] | Mapping[str, Any] | None,
        on_progress: OnProgress | None,
        stop: threading.Event | None,
    ) -> None:
        for name, path in {
            "source": source, "mapping": mapping, "checkpoint": options.checkpoint, "rejects": options.rejects,
        }.items():  # fmt: skip
            if isinstance(path, (str, os.PathLike)) and "\0" in os.fspath(path):
                raise InputError.of(
                    name, "contains a NUL character, which a file name cannot have", "check its name", field=name
                )
        self._caller = caller
        self._options = options
        self._asked_to_stop = stop
        self._stop = threading.Event()
        self._on_progress = on_progress
        self._checked = caller.connections.check(connection)
        api = caller.spec.apis[caller.compiled(bulk_action(caller.specs)).action.api]
        scheme = caller.connections.scheme(api, self._checked, need=not options.dry_run)
        self._server = self._checked.server(api)
        self._signature = [scheme.id, [self._checked.get(name) for name in scheme.needs]] if scheme else []
        batch = caller.compiled(bulk_action(caller.specs))
        Checker(batch, caller.compiled, "", action)  # refuses an action that is none
        self._step = caller.step.fixed(connection) if caller.step is not None else None
        self._tree, tree_file = _tree_of(mapping)
        self._mapping, self._action = row_maker_of(caller.specs, self._tree, action, tree_file)
        self._connection = connection
        self._entries: Any = None
        self._notes: list[str] = []
        kind, of_list = members_of_records(batch.action)
        self._reading = options.reading(source, kind, of_list if action is None else None)
        if options.engine == "dask" and (source == "-" or not isinstance(source, (str, os.PathLike))):
            message, hint = "cannot be passed to other machines", "write it to a file, or leave engine dask out"
            raise InputError.of("source", message, hint, field="source")
        if isinstance(source, (str, os.PathLike)):
            from .read.sources import found_in

            self._source = os.fspath(source)
            if self._reading.database is not None:
                self._source = f"query-{_digest([self._source, options.query])[:12]}"
            targets = [target for target in (options.rejects, options.checkpoint) if target]
            found = found_in(source, self._reading, targets)
            self._partitions, self._notes = found.partitions, list(found.notes)
            if options.zone is not None and any(one.format in TEXTS for one in self._partitions):
                self._notes.append(f"times in texts are read by the mapping: date_time(zone='{options.zone}')")
        else:
            is_frame(source)  # one that cannot be read is refused
            self._source, self._entries = "", source
            self._partitions = [Partition("-", "events", "memory")]
        if options.engine == "dask" and self._grouped:
            message, hint = "rows of one group may be in two parts of a file", "leave engine dask out"
            raise InputError.of("group_by", message, hint, field="group_by")
        if options.engine == "dask":
            from .engines.dask_engine import require_dask

            require_dask()
        self._hold_names()
        self._check_columns()
        if self._mapping is not None and self._entries is None and self._partitions:
            from .suggest.lost_times import lost_time

            note = lost_time(caller.specs.root, self._mapping, self._partitions[0], self._reading)
            self._notes += [note] if note is not None else []
        self._mapping_file = os.fspath(mapping) if isinstance(mapping, (str, os.PathLike)) else None
        self._failure: ConnectorError | None = None
        self._reasons = RejectGroups()

    def _hold_names(self) -> None:
        """Receipts and rejects are kept by names, which have to be text."""
        for partition in self._partitions:
            if any("\ud800" <= character <= "\udfff" for character in partition.name):
                shown = partition.path.encode("utf-8", "backslashreplace").decode()
                raise InputError.of("source", "the file's name is not UTF-8", "rename it", path=shown)

    def _check_columns(self) -> None:
        """Hold the mapping to every table whose columns can be read without taking them away."""
        tables = {partition.path: partition for partition in self._partitions if not partition.in_bytes}
        tables.pop("-", None)
        for partition in tables.values():
            with contextlib.suppress(InputError):  # whoever reads it says the same
                self._notes += notes_of(partition, self._mapping, self._reading)
            if self._mapping is None:
                if self._action is None:
                    hold_to_kind(partition, self._reading)
                continue
            columns = columns_of(partition, self._reading)
            self._mapping.check_columns(columns, texts=partition.format == "csv")

    def result(self) -> BulkResult:
        """Do it."""
        path = self._checkpoint_path()
        self._check_targets(path)
        if self._source == "-":
            standard_input().stop = self._stop
        with (
            following(self._asked_to_stop, self._stop),
            contextlib.closing(Checkpoint(path, self._facts(), fresh=self._options.fresh)) as memory,
        ):
            if path and self._options.fresh:
                forget(folder_of(path))
            if path:
                take_over_all(folder_of(path), memory)
            left = [piece for partition in self._partitions for piece in self._left(partition, memory)]
            processes = self._options.workers
            if self._options.engine == "local":
                whole = processes == 1 or not self._shared() or self._grouped
                left = left if whole else cut(left, processes, reading=self._reading)
                processes = min(processes, max(len(left), 1)) if self._shared() else 1
            job = self._job(processes)
            total = self._size()
            before = sum(memory.covered(partition.name) for partition in self._partitions)
            meter = Meter(total, before, self._on_progress)
            meter.tally.skipped = memory.dealt_with if self._entries is None else 0
            try:
                with meter:
                    self._deliver(left, job, memory, meter, processes)
            finally:
                # Whatever the caller's own code raised in the middle of it, what was rejected is told.
                rejects = self._keep(memory)
            samples = meter.end()
            outcome = self._outcome()
            problem = self._failure.problems[0] if self._failure else None
            ended = self._failure if isinstance(self._failure, BulkFailed) else None
            return BulkResult(
                outcome, meter.tally, meter.seconds,
                code=problem.code if problem else None, message=_said(problem), hint=problem.hint if problem else None,
                rejects=rejects, reasons=self._reasons.groups(),
                checkpoint=path or None, dry_run=self._options.dry_run, samples=samples, notes=self._notes,
                doubts=meter.doubts.by_count, retryable=ended is not None and ended.retryable,
                retry_after=None if ended is None else ended.retry_after,
            )  # fmt: skip

    def _outcome(self) -> str:
        if self._failure is not None:
            return "failed"
        return "stopped" if self._stop.is_set() else "done"

    def _shared(self) -> bool:
        """Whether other processes can read the source."""
        return self._entries is None and self._source != "-"

    @property
    def _grouped(self) -> bool:
        """Whether rows that follow one another become one, so that nobody knows where to cut."""
        return isinstance(self._mapping, RowEvents) and bool(self._mapping.document.group_by)

    def _left(self, partition: Partition, memory: Checkpoint) -> list[Partition]:
        if partition.format == "memory":
            return [partition]
        try:
            return pieces(partition, memory)
        except Stopped:  # while standard input was waited for
            return []

    def _deliver(
        self, left: list[Partition], job: DeliveryJob, memory: Checkpoint, meter: Meter, processes: int
    ) -> None:
        def record(receipt: Receipt) -> None:
            memory.record(receipt)
            meter.count(receipt)

        options = self._options
        try:
            if options.engine == "dask":
                from .engines.dask_engine import deliver_by_dask

                deliver_by_dask(left, job, memory, meter, self._stop, options)
            elif processes > 1:
                from .engines.processes import deliver_in_workers

                deliver_in_workers(left, job, record, self._stop, processes, meter.hold_by)
            else:
                self._deliver_here(left, job, record, meter)
        except ConnectorError as error:
            self._failure = error

    def _deliver_here(
        self, left: list[Partition], job: DeliveryJob, record: Callable[[Receipt], None], meter: Meter
    ) -> None:
        # A transport of its own has as many connections as there are requests at a time.
        own = self._caller.send
        send, allows = (None, own.allows) if isinstance(own, Transport) else (own, None)
        made_here = self._entries is not None
        with Delivery(
            job,
            record,
            self._stop,
            send=send,
            allows=allows,
            specs=self._caller.specs,
            compiled=self._caller.compiled,
            collects=made_here,
        ) as delivery:
            meter.hold_by(delivery.held)
            for partition in left:
                if self._entries is not None:
                    if is_frame(self._entries):
                        delivery.add_frame(partition, self._entries, self._notes.append)
                    else:
                        delivery.add_events(partition, self._entries)
                    continue
                try:
                    delivery.add(partition)
                except InputError as error:
                    # One file that cannot be read keeps nobody from the others.
                    self._failure = self._failure or error
                    if job.strict:
                        raise

    def _job(self, processes: int) -> DeliveryJob:
        options = self._options
        return DeliveryJob(
            root=str(self._caller.specs.root),
            connection=dict(self._connection),
            instant=self._caller.clock.timestamp(),
            action=self._action,
            mapping=self._tree,
            step=self._step,
            strict=options.strict,
            dry_run=options.dry_run,
            doubts=options.doubts,
            connections=max(options.connections // processes, 1),
            events_per_second=options.events_per_second and options.events_per_second / processes,
            requests_per_second=options.requests_per_second and options.requests_per_second / processes,
            gzip=options.gzip,
            reading=self._reading,
            max_retries=options.max_retries,
        )

    def _facts(self) -> dict[str, str]:
        """What may not change between two runs, without showing a secret."""
        facts = {
            "mapping": encode([self._action, self._tree]),
            "connection": encode([self._server, self._signature]),
            # A record's position is a byte in one format and a row in another.
            "format": encode(self._options.format),
            "delimiter": encode(self._options.delimiter),
        }
        said = {name: getattr(self._options, name) for name in OF_READING if name not in facts}
        if any(value is not None for value in said.values()):
            facts["reading"] = encode(said)
        # Files may come into a folder; a file by another name would have other ids.
        alone = (
            not self._source or self._source == "-" or self._reading.database or Path(split(self._source)[0]).is_file()
        )
        facts["source"] = encode(self._partitions[0].name if alone else None)
        return {name: hashlib.sha256(content).hexdigest() for name, content in facts.items()}

    def _checkpoint_path(self) -> str:
        options = self._options
        if options.dry_run or not options.keep_checkpoint:
            return ""
        if options.checkpoint is not None:
            return options.checkpoint
        return "" if self._source in ("", "-") else self._beside(".checkpoint")

    @cached_property
    def _rejects_path(self) -> str:
        if self._options.rejects is not None:
            return self._options.rejects
        if self._source not in ("", "-"):
            return self._beside(".rejects.jsonl")
        if self._options.checkpoint is not None:
            return f"{self._options.checkpoint}.rejects.jsonl"
        # What another stream left here is not this run's to replace.
        return f"rejects-{re.sub('[^0-9TZ]', '', self._caller.clock.timestamp())}.jsonl"

    def _beside(self, ending: str) -> str:
        file, member = split(self._source.rstrip("/"))
        path = file if member is None else f"{file}.{member.replace('/', '_')}"
        return (str(Path(path).resolve()) if Path(path).name in ("", "..") else path) + ending

    def _check_targets(self, checkpoint: str) -> None:
        """Refuse to write over what is read, or where nothing can be written."""
        read = [
            split(partition.path)[0]
            for partition in self._partitions
            if partition.path != "-" and partition.format != "sql"
        ]
        taken = [Path(path).resolve() for path in (*read, self._mapping_file) if path is not None]
        for name, target in (("checkpoint", checkpoint), ("rejects", self._rejects_path)):
            path = Path(target).resolve()
            if target and path in taken:
                raise InputError.of(name, "is a file that is read or written already", "name another", name, target)
            if target and path.is_dir():
                raise InputError.of(name, "is a folder", "name a file", name, target)
            if target and not path.parent.is_dir():
                raise InputError.of(name, "its folder is not there", "make it, or name another file", name, target)
            taken.append(path)

    def _keep(self, memory: Checkpoint) -> str | None:
        """Save what is remembered, and write the reject file; events were sent, so what goes wrong is the outcome."""
        try:
            memory.commit()
            paths = {partition.name: partition.path for partition in self._partitions if partition.format == "jsonl"}
            return write_rejects(memory, self._rejects_path, paths, self._reasons)
        except InputError as error:
            self._failure = self._failure or error
            return None

    def _size(self) -> int | None:
        if any(not partition.in_bytes or not seekable(partition) for partition in self._partitions):
            return None
        return sum(partition.end or 0 for partition in self._partitions)


def _digest(value: Any) -> str:
    return hashlib.sha256(encode(value)).hexdigest()


def _tree_of(mapping: Any) -> tuple[Any, str]:
    """The tree of a mapping, and its file for errors."""
    if not isinstance(mapping, (str, os.PathLike)):
        return mapping, "mapping"
    from .read.mapping import read_mapping

    return read_mapping(os.fspath(mapping)), os.fspath(mapping)


def _said(problem: Problem | None) -> str | None:
    if problem is None:
        return None
    place = ":".join(str(part) for part in (problem.path, problem.line) if part is not None)
    return ": ".join(part for part in (place, problem.field or "", problem.message) if part)


__all__ = ["bulk", "options_from"]
