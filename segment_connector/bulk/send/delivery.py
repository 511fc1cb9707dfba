"""Deliver one partition: a plain function of partition, job and checkpoint, that any engine can call."""

from __future__ import annotations

import gc
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...call.caller import Caller
from ...call.compiled_action import CompiledAction
from ...clock import machine_clock
from ...errors import ConnectorError, InputError
from ...http.http_connection import Allows
from ...http.transport import Send, Transport
from ...language.action_records import Action
from ...language.served_specs import served
from ...language.specs import Specs
from ..checked_block import CheckedBlock
from ..checkpoint import Checkpoint, Receipt
from ..options import DeliveryJob
from ..read.entry_blocks import entry_blocks
from ..read.forms import read_blocks
from ..read.frames import frame_blocks
from ..read.json_lines import line_begin, line_end, line_of, seekable
from ..read.mapping import RowMapping
from ..read.partition import Block, Partition
from ..read.row_events import RowEvents, row_maker
from ..record_check import Checker
from ..stopping import Stopped
from ..tally import Tally
from .pace import Pace
from .packing import Packer
from .refusals import BulkFailed, RefusalLimit
from .sender import Sender, packing

_COLLECT_EVERY = 1.0  # seconds
_SLOW = 0.4  # seconds for one block


def deliver(
    partition: Partition,
    job: DeliveryJob,
    checkpoint: str | Path | Checkpoint,
    *,
    on_receipt: Callable[[Receipt], None] | None = None,
    stop: threading.Event | None = None,
    held: MutableSequence[float] | None = None,
    refusal_limit: RefusalLimit | None = None,
) -> Tally:
    """Deliver what an earlier call has not delivered of a partition.

    :param checkpoint: the file that remembers what was accepted, made when it is not there; no two calls may have one
        at a time.
    :param on_receipt: told of each stretch that is dealt with.
    :param stop: set it to end early: what is under way is finished and remembered.
    :param held: one number, by which nobody sends before that instant of the monotonic clock; it is set here too.
    :param refusal_limit: when to end because nearly everything is refused, where that is counted over several calls.
    :returns: what was counted.
    :raises BulkFailed: when it could not go on; call it again with the same checkpoint.
    :raises InputError: when the source or the checkpoint cannot be used.
    """
    stop = stop or threading.Event()
    with opened(checkpoint) as memory:
        tally = Tally()
        guard = threading.Lock()

        def record(receipt: Receipt) -> None:
            memory.record(receipt)
            with guard:
                tally.add(receipt.tally)
            if on_receipt is not None:
                on_receipt(receipt)

        with Delivery(job, record, stop, held=held, refusal_limit=refusal_limit) as delivery:
            for piece in pieces(partition, memory):
                delivery.add(piece)
    return tally


@contextmanager
def opened(checkpoint: str | Path | Checkpoint) -> Iterator[Checkpoint]:
    """A checkpoint, closed at the end if it was opened here."""
    if isinstance(checkpoint, Checkpoint):
        yield checkpoint
        checkpoint.commit()
    else:
        with Checkpoint(str(checkpoint)) as memory:
            yield memory


def pieces(partition: Partition, memory: Checkpoint) -> list[Partition]:
    """The parts of a partition that are not dealt with; one part where a source can only be read in order.

    :raises InputError: when the file is not the one that the checkpoint is about.
    """
    left = memory.left(partition)
    if not left:
        return left
    if partition.format == "jsonl" and left[-1].start > partition.start and seekable(partition):
        # What was the last line when it was dealt with may have been half of one.
        begin = line_begin(partition.path, left[-1].start)
        if begin < left[-1].start:
            memory.undo(partition.name, begin)
            left[-1] = replace(left[-1], start=begin)
        # Where a line holds many events, a gap may begin and end inside of one.
        for index, gap in enumerate(left[:-1]):
            end = line_end(gap.path, gap.end) if gap.end is not None else None
            left[index] = replace(gap, start=line_begin(gap.path, gap.start), end=end)
    elif len(left) > 1 and not seekable(partition):
        # The little that is sent twice has the same ids, and is counted once.
        return [replace(left[0], end=partition.end)]
    return left


class Delivery:
    """Delivers partitions in this process, for a ``with`` statement; at its end everything is dealt with.

    :param job: what to do with them.
    :param record: told of each stretch that is dealt with, by several threads.
    :param stop: ends it early, when it is set.
    :param held: a number that all processes share: until when nobody may send.
    :param refusal_limit: as in ``deliver``.
    :param send: the transport; by default the real one, and ``allows`` says which addresses it may reach.
    :param compiled: gives actions that are made ready already, of those specs.
    :param collects: leave Python's collector of cycles as it is, for records that the caller's own code makes.
    :raises InputError: when the job cannot be done with these specs.
    :raises ConnectionConfigError: when the connection is wrong.
    """

    def __init__(
        self,
        job: DeliveryJob,
        record: Callable[[Receipt], None],
        stop: threading.Event,
        *,
        held: MutableSequence[float] | None = None,
        refusal_limit: RefusalLimit | None = None,
        send: Send | None = None,
        allows: Allows | None = None,
        specs: Specs | None = None,
        compiled: Callable[[str], CompiledAction] | None = None,
        collects: bool = False,
    ) -> None:
        specs = specs or served(Specs(None if job.root is None else Path(job.root)), job.connection)
        action = bulk_action(specs)
        self._job = job
        self._stop = stop
        self._collects = collects
        self._next_collection = 0.0
        self._pace = Pace(job.events_per_second, job.requests_per_second, stop, held)
        clock = replace(machine_clock(), sleep=self._pace.sleep)
        self._transport = Transport(job.connections, allows) if send is None else None
        caller = Caller(specs, send or self._transport, clock, random.random, job.max_retries)  # type: ignore[arg-type]
        connection = caller.connections.check(job.connection)
        compiled = compiled or caller.compiled
        batch = compiled(action)
        self._mapping, kind = row_maker_of(specs, job.mapping, job.action)
        make = self._mapping.make if isinstance(self._mapping, RowMapping) else None
        strict = job.doubts == "reject"
        self._checker = Checker(batch, compiled, job.instant, kind, make, job.step, reject_doubts=strict)
        # Rows of tables come mapped from their reader, which knows their cells.
        self._row_checker = (
            Checker(batch, compiled, job.instant, kind, step=job.step, reject_doubts=strict) if make else self._checker
        )
        assert batch.action.split is not None
        self._split = batch.action.split
        self._sender = Sender(
            caller, action, connection, record, self._pace, stop,
            connections=1 if job.dry_run else job.connections, pack=packing(job.gzip), dry_run=job.dry_run,
            refusal_limit=refusal_limit or RefusalLimit(),
        )  # fmt: skip
        self._room = self._split.max_bytes - (0 if job.dry_run else self._sender.envelope())
        # No more at once than a second may see.
        self._items = min(self._split.max_items, max(int(job.events_per_second or self._split.max_items), 1))

    def held(self) -> float:
        """Seconds for which all requests are held back."""
        return self._pace.held()

    def add(self, partition: Partition) -> int:
        """Read, check and hand over a partition.

        :returns: the position after what was read.
        :raises Stopped: when the run ends first.
        :raises InputError: when it cannot be read, or not to its end.
        """
        blocks = read_blocks(partition, self._mapping, self._job.reading)
        if isinstance(self._mapping, RowEvents):
            blocks = self._mapping.events(blocks, made=not partition.in_bytes)
        return self._add(partition, blocks, self._checker if partition.in_bytes else self._row_checker)

    def add_frame(self, partition: Partition, frame: Any, tell: Callable[[str], None]) -> int:
        """As ``add``, for a table of a program; ``tell`` takes what a person should know of its columns."""
        blocks = frame_blocks(frame, self._mapping, self._job.reading, tell)
        if isinstance(self._mapping, RowEvents):
            blocks = self._mapping.events(blocks, made=True)
        return self._add(partition, blocks, self._row_checker)

    def add_events(self, partition: Partition, events: Iterable[Mapping[str, Any]]) -> int:
        """As ``add``, for events that a program makes."""
        return self.add_blocks(partition, entry_blocks(self._checker.opened(events)))

    def add_blocks(self, partition: Partition, blocks: Iterable[Block]) -> int:
        """As ``add``, for what was read elsewhere."""
        if isinstance(self._mapping, RowEvents):
            blocks = self._mapping.events(blocks, made=False)
        return self._add(partition, blocks, self._checker)

    def _add(self, partition: Partition, blocks: Iterable[Block], checker: Checker) -> int:
        packer = Packer(partition.name, partition.start, self._items, self._room)
        try:
            asked = time.monotonic()
            for block in blocks:
                is_slow = time.monotonic() - asked > _SLOW
                checked = checker.check(block, partition.name)
                self._be_strict(checked, partition)
                for batch in packer.add(checked):
                    self._sender.put(batch)
                    self._collect()
                # Who knows when the next block of a slow source comes.
                if is_slow and (rest := packer.rest()) is not None:
                    self._sender.put(rest)
                asked = time.monotonic()
                if self._stop.is_set():
                    raise Stopped
        except InputError:
            # What came before the place where the source breaks off is good.
            if not self._job.strict and (rest := packer.rest()) is not None:
                self._sender.put(rest)
            raise
        if (rest := packer.rest()) is not None:
            self._sender.put(rest)
        return packer.end

    def _be_strict(self, checked: CheckedBlock, partition: Partition) -> None:
        if checked.rejects and self._job.strict:
            reject = checked.rejects[0]
            line = reject.line or line_of(partition, reject.position)
            raise InputError(replace(reject.problem, path=partition.path, line=line))

    def __enter__(self) -> Delivery:  # noqa: PYI034 - Self came with Python 3.11
        # Nothing that is made of a line refers to itself, so the collector would only look in vain.
        self._collected = gc.isenabled() and not self._collects
        if self._collected:
            gc.collect()
            self._froze = gc.get_freeze_count() == 0  # a program that froze its own objects keeps them so
            if self._froze:
                gc.freeze()
            gc.disable()
            self._next_collection = time.monotonic() + _COLLECT_EVERY
        return self

    def _collect(self) -> None:
        """Look for the cycles that other threads of the process leave behind meanwhile."""
        if self._collected and time.monotonic() >= self._next_collection:
            gc.collect()
            self._next_collection = time.monotonic() + _COLLECT_EVERY

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if kind is not None and not issubclass(kind, (Stopped, ConnectorError)):
            self._stop.set()
        try:
            self._sender.close()
        finally:
            if self._transport is not None:
                self._transport.close()
            if self._collected:
                if self._froze:
                    gc.unfreeze()
                gc.enable()
        if self._sender.failure is not None and (kind is None or issubclass(kind, Stopped)):
            raise self._sender.failure
        return kind is not None and issubclass(kind, Stopped)


def bulk_action(specs: Specs) -> str:
    """The action that delivers many events at once.

    :raises InputError: when the connector has none.
    """
    name = specs.connector.bulk
    if name is None:
        message, hint = (
            "this connector delivers nothing in bulk",
            "name the action for it as 'bulk' in connector.yaml",
        )
        raise InputError.of("bulk", message, hint, path=specs.connector.path)
    return name


def members_of_records(action: Action) -> tuple[str | None, str]:
    """The member by which an event says what it is, and the one that holds a list of events, as libraries post them.

    :param action: that which delivers many.
    """
    assert action.split is not None
    return action.parameters[action.split.parameter].get("entries", {}).get("by"), action.split.parameter


def row_maker_of(
    specs: Specs, mapping: Mapping[str, Any] | None, action: str | None, source: str = "mapping"
) -> tuple[RowMapping | RowEvents | None, str | None]:
    """What makes events of rows, and the action of every row where there is one.

    :param mapping: the parameters of the action, or a document that says itself what rows become.
    :param source: the file of the mapping, for errors.
    :raises SpecError, InputError: when the mapping breaks the language, or names what is not there.
    """
    if mapping is None:
        return None, action
    batch = specs.action(bulk_action(specs))
    assert batch.split is not None
    entries = batch.parameters[batch.split.parameter]["entries"]
    return row_maker(mapping, action, entries["actions"], specs.action, entries["by"], source)


__all__ = ["BulkFailed", "Delivery", "bulk_action", "deliver", "members_of_records", "opened", "pieces", "row_maker_of"]
