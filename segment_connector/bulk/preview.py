"""The first records of a source as the events that a run would send, or as the rejects that it would write."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ..call.caller import Caller
from ..call.step import FixedStep
from ..errors import InputError, Problem
from ..values.json_values import decode
from .doubts import DoubtGroup
from .read.forms import columns_of, hold_to_kind, notes_of, read_blocks
from .read.mapping import RowMapping, read_mapping
from .read.partition import Block, Partition
from .read.reading import UNSAID, Reading
from .read.row_events import RowEvents
from .read.sources import found_in
from .record_check import Checker, Make
from .send.delivery import bulk_action, members_of_records, row_maker_of
from .suggest.lost_times import lost_time
from .suggest.proposal_text import text_of
from .suggest.ready import ReadyFit
from .suggest.suggestions import profiles_of, ready_mapping, suggest_for, suggest_mapping

_LOOKED_AT = 100  # lines of JSON, in which a member may be left out of some


@dataclass(frozen=True, slots=True)
class Preview:
    """A record and what becomes of it.

    :ivar line: 1-based number of its line, where it has one.
    :ivar record: as it stands in the source: a row as a JSON value, or a line as text.
    :ivar event: what would be sent; ``None`` when it would be rejected.
    :ivar problem: why it would be rejected.
    :ivar warnings: what is doubtful about it.
    """

    line: int | None
    record: Any
    event: dict[str, Any] | None
    problem: Problem | None = None
    warnings: tuple[DoubtGroup, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The preview as JSON values."""
        problem = self.problem.to_dict() if self.problem else None
        found = {"line": self.line, "record": self.record, "event": self.event, "problem": problem}
        said = [{"field": one.field, "message": one.message, "hint": one.hint} for one in self.warnings]
        return {**found, "warnings": said} if said else found


def preview(
    caller: Caller,
    source: str,
    count: int,
    *,
    action: str | None = None,
    mapping: str | Mapping[str, Any] | None = None,
    reading: Reading = UNSAID,
    connection: Mapping[str, Any] | None = None,
) -> Iterator[Preview]:
    """What a run would make of the first records; nothing is sent.

    :param source: as for a run.
    :param count: how many records.
    :param action: what each row is; ``mapping`` the tree that makes its inputs, or the file that holds it.
    :param connection: by which a step that looks at every event is known.
    :raises InputError, SpecError: when source, action or mapping are wrong.
    """
    tree = read_mapping(mapping) if isinstance(mapping, str) else mapping
    made, kind = row_maker_of(caller.specs, tree, action, mapping if isinstance(mapping, str) else "mapping")
    step = caller.step.fixed(connection or {}) if caller.step is not None else None
    checker = _checker(caller, kind, made.make if isinstance(made, RowMapping) else None, step)
    row_checker = _checker(caller, kind, None, step)
    reading = _with_kinds(caller, reading, rows=action is not None)
    found = found_in(source, reading).partitions
    if not found[0].in_bytes and source != "-":
        if made is not None:
            made.check_columns(columns_of(found[0], reading), texts=found[0].format == "csv")
        elif kind is None:
            hold_to_kind(found[0], reading)
    for partition, block, mapped in islice(_records(found, reading, made), count):
        record = block.records[0]
        checked = checker.check(block, partition.name) if mapped is None else row_checker.check(mapped, partition.name)
        shown = block.originals.get(0, record)
        shown = shown.decode("utf-8", "backslashreplace") if isinstance(shown, bytes) else shown
        doubts = checked.doubts.by_count if checked.doubts is not None else ()
        for event in checked.events:  # several where the record holds a list of them
            yield Preview(block.line(0), shown, decode(event), None, tuple(doubts))
        for reject in checked.rejects:
            yield Preview(block.line(0), shown, None, reject.problem)


def notes_on(
    caller: Caller,
    source: str,
    reading: Reading = UNSAID,
    action: str | None = None,
    mapping: str | Mapping[str, Any] | None = None,
) -> list[str]:
    """What a person should know of how a source is read, and of times that a mapping does not use, in words.

    :param action: as for ``preview``, and so is ``mapping``.
    :raises InputError: as ``preview``.
    """
    reading = _with_kinds(caller, reading, rows=True)
    found = found_in(source, reading)
    notes = list(found.notes)
    tree = read_mapping(mapping) if isinstance(mapping, str) else mapping
    made, _ = row_maker_of(caller.specs, tree, action)
    for partition in found.partitions:
        if not partition.in_bytes and partition.path != "-":
            notes += notes_of(partition, made, reading)
    note = lost_time(caller.specs.root, made, found.partitions[0], reading) if made is not None else None
    return [*notes, *([note] if note is not None else [])]


def _with_kinds(caller: Caller, reading: Reading, *, rows: bool) -> Reading:
    kind, of_list = members_of_records(caller.specs.action(bulk_action(caller.specs)))
    return replace(reading, kind_member=kind, list_member=None if rows else of_list)


def suggested_mapping(
    caller: Caller, source: str, action: str | None, reading: Reading = UNSAID, ready: str | None = None
) -> str:
    """A mapping file to begin with, made of the names of columns and the values of the first rows.

    :param source: a table, or lines of JSON.
    :param action: what each row is; without it the source is looked at for that too.
    :param ready: the name of a ready mapping, to be fitted to the source.
    :raises InputError: when the source has no columns, the action cannot be sent in bulk, or the ready mapping does not
        fit.
    """
    _checker(caller, action)
    reading = _with_kinds(caller, reading, rows=True)
    if ready is not None:
        return ready_mapping(caller, ready, source, reading).text
    sample = profiles_of(source, reading)
    if action is not None:
        return text_of(suggest_mapping(caller, sample, action, source=source, zone=reading.zone))
    made = suggest_for(caller, sample, source=source, zone=reading.zone)
    return made.text if isinstance(made, ReadyFit) else text_of(made, says_action=True)


def _checker(
    caller: Caller, action: str | None, make: Make | None = None, step: FixedStep | None = None
) -> Checker:  # fmt: skip
    batch = caller.compiled(bulk_action(caller.specs))
    return Checker(batch, caller.compiled, caller.clock.timestamp(), action, make, step)


def columns_in(source: str, reading: Reading = UNSAID) -> list[str]:
    """The columns of a table; of lines of JSON, the members of the first objects."""
    found = found_in(source, reading).partitions
    if not found[0].in_bytes:
        return columns_of(found[0], reading)
    named: dict[str, None] = {}
    for _, block, _ in islice(_records(found, reading), _LOOKED_AT):
        with contextlib.suppress(ValueError):
            row = decode(block.records[0])
            named.update(dict.fromkeys(row if isinstance(row, dict) else ()))
    if not named:
        raise InputError.of("source", "its first lines contain no object", "name a table", path=source)
    return list(named)


def _records(
    found: list[Partition], reading: Reading, mapping: RowMapping | RowEvents | None = None
) -> Iterator[tuple[Partition, Block, Block | None]]:
    """Each record as a block of its own, and that of the event which its reader makes of it with a mapping, if it does.

    What stands in a column that nobody names is shown, and judged by nobody.
    """
    for partition in found:
        if isinstance(mapping, RowEvents):  # of one row there may be several, or one of many
            blocks = mapping.events(read_blocks(partition, mapping, reading), made=not partition.in_bytes)
            yield from ((partition, block, None) for block in _single(partition, blocks, shows_rows=True))
            continue
        shown = _single(partition, read_blocks(partition, reading=reading))
        if mapping is None or partition.in_bytes or partition.format == "csv":
            yield from ((partition, block, None) for block in shown)
        else:
            made = _single(partition, read_blocks(partition, mapping, reading))
            yield from ((partition, block, event) for block, event in zip(shown, made, strict=False))


def _single(partition: Partition, blocks: Iterator[Block], *, shows_rows: bool = False) -> Iterator[Block]:
    seen = 0
    for block in blocks:
        bounds = block.bounds()
        for index, record in enumerate(block.records):
            seen += 1
            if isinstance(record, bytes) and not record.strip():
                continue
            number = block.line(index) or (seen if partition.in_bytes else None)
            shows_row = index in block.originals and (shows_rows or record is None)
            yield Block(
                bounds[index], bounds[index + 1], [record], [bounds[index]],
                problems={0: block.problems[index]} if index in block.problems else {},
                originals={0: block.originals[index]} if shows_row else {},
                first_line=number,
            )  # fmt: skip
