"""Check the records of a block, all at once where they are right, and make them the bytes that are sent.

Each record is judged by the action of its type, by the same schema and rules as a single call. A block whose records
are all right costs one question to jsonschema-rs; only a block with a wrong record is gone through one by one. A line
that lacks nothing is sent as the bytes it came in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from itertools import repeat
from operator import itemgetter
from typing import Any

from ..call.compiled_action import CompiledAction
from ..call.entries import size_problem, type_problems
from ..call.step import FixedStep, Looked
from ..errors import InputError, Problem, did_you_mean
from ..result import Warn
from ..values.json_values import MAX_DEPTH, copy_json, decode, encode
from .checked_block import CheckedBlock, Reject
from .double_names import DoubleNames, double_name
from .doubts import Doubts
from .envelopes import Envelopes
from .event_schemas import plain_events, right_events
from .read.partition import Block
from .record_problems import first_of, json_problem

_FIRST = itemgetter(0)
# The end of a number of 1e16 or more, as it is written: it may have been a whole one, and lost its last digits.
_LARGE = re.compile(rb"e\+?[1-9][0-9]+[,}\]]")
_MADE = "0" * 32  # stands for an id that is not made yet
_SHOWN = 40_000  # characters of a record that a reject shows: what could be an event is shown whole, to be fixed


_REFUSED = Doubts()

Make = Callable[[Any], dict[str, Any]]
"""Gives the inputs of an action for a row; raises InputError for a row that makes none."""


class Checker:
    """Checks records as entries of the action that delivers many.

    :param batch: that action; its list parameter has ``entries``, of which ``find`` gives the actions.
    :param instant: what generated instants are, RFC 3339.
    :param action: what each record is; ``None`` where a record says so itself.
    :param make: gives the inputs of a row; ``None`` where records are events as they are.
    :param step: what else looks at every event.
    :param reject_doubts: reject a record with a doubtful value, instead of saying so.
    :raises InputError: when ``action`` is none that an entry can be.
    """

    def __init__(
        self,
        batch: CompiledAction,
        find: Callable[[str], CompiledAction],
        instant: str,
        action: str | None = None,
        make: Make | None = None,
        step: FixedStep | None = None,
        *,
        reject_doubts: bool = False,
    ) -> None:
        split = batch.action.split
        assert split is not None
        entries = batch.action.parameters[split.parameter]["entries"]
        self._by: str = entries["by"]
        self._most = split.item_bytes
        if action is not None and action not in entries["actions"]:
            hint = did_you_mean(action, entries["actions"]) or f"one of {', '.join(entries['actions'])}"
            raise InputError.of("action", f"'{action}' cannot be sent in bulk", hint, field="action")
        self._kinds = {name: find(name) for name in ([action] if action is not None else entries["actions"])}
        self._action = action
        self._make = make
        self._step = step
        self._reject_doubts = reject_doubts
        self._all_plain = plain_events(self._kinds, self._by)
        self._double_names = DoubleNames()
        self._envelopes = Envelopes(batch, self._kinds) if action is None and make is None else None
        fills = {name: dict(_fills(compiled, instant)) for name, compiled in self._kinds.items()}
        self._fills = fills
        self._ids = {name: kind.message_ids for name, kind in self._kinds.items()}
        # Where every kind is filled in alike, an event that has all of it is known by one look.
        ways = {tuple(sorted(one)) for one in fills.values()}
        ids = {kind.message_ids for kind in self._kinds.values()}
        self._id_names = sorted(set().union(*ids))
        self._id_and_rest: Callable[[Any], Any] | None = None
        if len(ways) == len(ids) == len(self._id_names) == 1:
            (way,) = ways
            self._given = (*self._id_names, *(name for name in way if name not in self._id_names))
            self._id_and_rest = itemgetter(*self._given)

    def check(self, block: Block, name: str) -> CheckedBlock:
        """Judge and complete the records of a block.

        :param name: the source's file, a part of the ids that are made.
        """
        checked = self._quickly(block, name) if block.records and not block.problems else None
        if checked is None and self._envelopes is not None:
            opened = self._envelopes.opened_block(block)
            checked = None if opened is None else self.check(opened, name)
        if checked is None:
            checked = self._one_by_one(block, name)
        checked.size = block.size
        return checked

    def opened(self, records: Iterable[Any]) -> Iterable[Any]:
        """Records of a program, each that holds a list of events replaced by these."""
        return records if self._envelopes is None else self._envelopes.opened(records)

    @cached_property
    def _all_right(self) -> Callable[[Any], bool]:
        """Whether every value is an event; ``_all_plain`` passes none that needs to be said anything of."""
        return right_events(self._kinds, self._by)

    def _quickly(self, block: Block, name: str) -> CheckedBlock | None:
        """The block when every record in it is right, else ``None``."""
        records = block.records
        plain = self._action is None
        try:
            values = self._values(block)
            lines = records if plain and isinstance(records[0], bytes) else None
            decoded = values
            left_out: list[Warn] = []
            is_plain = self._all_plain(values)
            if not is_plain:
                values, lines, left_out = self._in_plain_form(values, lines)
                if not self._all_right(values):
                    return None
                is_plain = self._all_plain(values)
            doubts = None if is_plain and self._step is None else self._doubts(values, is_plain=is_plain)
            for _, twice in self._double_names.warnings(records, decoded) if lines is not None else ():
                if self._reject_doubts:
                    return None
                doubts = doubts or Doubts()
                doubts.add({f"twice: {twice.field}": twice})
            if doubts is _REFUSED:
                return None
            if left_out:
                doubts = doubts or Doubts()
                doubts.leave_out(left_out)
            lines = list(map(encode, values)) if lines is None else lines
            if lines is not records and any(map(_LARGE.search, lines)):
                return None
        except (ValueError, InputError, AttributeError, TypeError, KeyError):  # no JSON, no row to map, no event
            return None
        bounds: Sequence[int] | None = None
        try:
            given = list(map(self._id_and_rest, values)) if self._id_and_rest is not None else []
        except KeyError:
            given = []
        if given:
            events, ids = lines, given if len(self._given) == 1 else list(map(_FIRST, given))
        else:
            bounds = block.bounds()
            events = [self._completed(value, line, at, name) for value, line, at in zip(values, lines, bounds)]  # noqa: B905
            ids = [(member, value[member]) for value in values for member in self._id_names if member in value]
        # Two events under one id count once; ids that are made here differ by their position.
        if len(set(ids)) < len(ids):
            return None
        if max(map(len, events)) > self._most or _deepest(lines) > MAX_DEPTH:
            return None
        if bounds is None and (lines is not records or block.positions is not None):
            bounds = block.bounds()
        return CheckedBlock(block.start, block.end, events, None if bounds is None else bounds[1:], doubts=doubts)

    def _in_plain_form(
        self, values: list[Any], lines: list[Any] | None
    ) -> tuple[list[Any], list[Any] | None, list[Warn]]:
        """The values without what the service sets itself, their lines, and what is said of that.

        Only what has any of it is written anew.
        """
        found, texts, said = list(values), None if lines is None else list(lines), []
        for index, value in enumerate(values):
            kind = self._kinds.get(value[self._by])
            plain = None if kind is None else kind.recorded.plain(value, listed=True)
            if plain is not None and plain.values is not value:
                found[index] = plain.values
                if texts is not None:
                    texts[index] = encode(plain.values)
                if plain.left_out and kind is not None:
                    said.append(kind.recorded.warning(plain.left_out))
        return found, texts, said

    def _doubts(self, values: list[Any], *, is_plain: bool) -> Doubts | None:
        """What is doubtful about right events; ``_REFUSED`` when one of them is refused or changed for it."""
        doubts = None
        is_accepted = self._step is None or self._step.accepts_all(self._by, values)
        if is_plain and is_accepted:
            return None
        for value in values:
            warnings = {} if is_plain else self._doubtful(value)
            if warnings and self._reject_doubts:
                return _REFUSED
            if not (is_accepted or self._step is None or self._step.accepts(value[self._by], value)):
                looked, _ = self._looked(value)
                if looked is not None:
                    if looked.problems or looked.changed:
                        return _REFUSED
                    warnings |= zip(looked.about, looked.warnings, strict=True)
            if warnings:
                doubts = doubts or Doubts()
                doubts.add(warnings)
        return doubts

    def _doubtful(self, value: dict[str, Any]) -> dict[str, Warn]:
        """The doubts about values of a right event, by what they are about."""
        warnings = self._kinds[value[self._by]].doubtful_values(value)
        return {f"{warn.field}: {warn.message}": warn for warn in warnings}

    def _looked(self, value: Mapping[str, Any]) -> tuple[Looked | None, dict[str, Any]]:
        """What a further step says of an event, completed as it will be, and the event as the step left it."""
        assert self._step is not None
        kind = value[self._by]
        event = copy_json(value)
        made = {name: _MADE if text is None else decode(text) for name, (_, text) in self._fills[kind].items()}
        lacking = made.keys() - event.keys()
        event.update((name, made[name]) for name in lacking)
        looked = self._step.look(kind, event)
        return looked, {name: item for name, item in event.items() if name not in lacking}

    def _values(self, block: Block) -> list[Any]:
        values = block.records
        if isinstance(values[0], bytes):
            values = list(map(decode, values))
        if self._make is not None:
            values = list(map(self._make, values))
        if self._action is not None:
            by, action = self._by, self._action
            if values is block.records and not block.originals:  # a reject would show what is added
                values = list(map(dict, values))
            for value in values:
                if value.setdefault(by, action) != action:
                    raise ValueError(value[by])
        return values

    def _one_by_one(self, block: Block, name: str) -> CheckedBlock:
        bounds = block.bounds()
        checked = CheckedBlock(block.start, block.end, [], [])
        starts: list[int] = []
        ends: list[int] = []
        seen: dict[Any, int] = {}
        doubts = Doubts()
        for index, record in enumerate(block.records):
            if isinstance(record, bytes) and not record.strip():
                continue
            found = self._judge(record, block.problems.get(index), bounds[index], name, seen, doubts)
            if isinstance(found, bytes):
                checked.events.append(found)
                starts.append(bounds[index])
                ends.append(bounds[index + 1])
                continue
            text = block.originals.get(index) or _text(record)
            checked.rejects.append(Reject(bounds[index], found, text, block.line(index), column=block.column(index)))
        checked.ends = ends
        checked.doubts = doubts if doubts.groups else None
        if checked.rejects and block.positions is not None and len(set(block.positions)) < len(block.positions):
            _by_rows(checked, starts, ends)
        return checked

    def _judge(
        self, record: Any, problem: Problem | None, at: int, name: str, seen: dict[Any, int], doubts: Doubts
    ) -> bytes | Problem:
        """The event's bytes, or what is wrong with it first."""
        if problem is not None:
            return problem
        try:
            value = decode(record) if isinstance(record, bytes) else record
            if isinstance(record, bytes) and self._action is not None:  # it is written anew, to its last digit
                value = json.loads(record)
        except ValueError as error:
            return json_problem(record, error)
        try:
            if self._make is not None:
                value = self._make(value)
            if self._action is not None and isinstance(value, dict):
                value = {**value, self._by: value.get(self._by, self._action)}
            value = decoded = copy_json(value)  # too deep, or made of what JSON does not have
        except InputError as error:
            return error.problems[0]
        if self._envelopes is not None and self._envelopes.holds(value):
            entries = self._envelopes.entries(value)
            return entries if isinstance(entries, Problem) else type_problems(value, self._kinds, self._by)[0]
        problems = type_problems(value, self._kinds, self._by)
        if problems:
            return problems[0]
        kind = value[self._by]
        compiled = self._kinds[kind]
        plain = compiled.recorded.plain(value, listed=True)
        own = {member: item for member, item in plain.values.items() if member != self._by}
        if problems := plain.in_own_words(compiled.validator.problems(own)):
            return first_of(problems)
        line = record if isinstance(record, bytes) and self._action is None else None
        if plain.values is not value:
            value = plain.values
            if line is not None:  # it is written anew, to its last digit
                try:
                    value = copy_json(compiled.recorded.plain(json.loads(line), listed=True).values)
                except InputError as error:
                    return error.problems[0]
            line = None
        warnings = self._doubtful(value)
        if isinstance(record, bytes) and self._make is None and (twice := double_name(record, decoded)) is not None:
            warnings[f"twice: {twice.field}"] = twice
        if warnings and self._reject_doubts:
            first = next(iter(warnings.values()))
            return Problem("doubt", first.message, first.hint, field=first.field)
        for member in self._ids[kind]:
            if member in value and seen.setdefault((member, value[member]), at) != at:
                return Problem("duplicate", "is that of a recent event, so only one of the two would be counted",
                               "give each event its own, or none", field=member)  # fmt: skip
        line = encode(value) if line is None else line
        if self._step is not None and not self._step.accepts(kind, value):
            looked, left = self._looked(value)
            if looked is not None:
                if looked.problems:
                    return looked.problems[0]
                if looked.changed:
                    value, line = left, encode(left)
                warnings |= zip(looked.about, looked.warnings, strict=True)
        event = self._completed(value, line, at, name)
        if len(event) > self._most:  # blanks between its members count as little as in a single call
            event = self._completed(value, encode(value), at, name)
        if (too_large := size_problem(len(event), self._most)) is not None:
            return too_large
        doubts.add(warnings)
        if plain.left_out:
            doubts.leave_out([compiled.recorded.warning(plain.left_out)])
        return event

    def _completed(self, value: dict[str, Any], line: bytes, at: int, name: str) -> bytes:
        """A line with what its value lacks."""
        lacking = [
            (start, text) for member, (start, text) in self._fills[value[self._by]].items() if member not in value
        ]
        if not lacking:
            return line
        # A second run of the same source makes the same ids, wherever it is cut.
        made = b'"%b"' % sha256(b"%b %d " % (name.encode(), at) + line).hexdigest()[:32].encode()
        added = b"".join([start + (made if text is None else text) for start, text in lacking])
        return line.rstrip()[:-1] + added + b"}"


def _by_rows(checked: CheckedBlock, starts: list[int], ends: list[int]) -> None:
    """Let a row that became several events be sent whole or not at all: it is fixed and sent again as a whole.

    :param starts: the position of the row of each event, and ``ends`` the one after it.
    """
    wrong = {reject.position: reject for reject in reversed(checked.rejects)}  # of each row the first
    checked.rejects = sorted(wrong.values(), key=lambda reject: reject.position)
    kept = [index for index, start in enumerate(starts) if start not in wrong]
    checked.events = [checked.events[index] for index in kept]
    checked.ends = [ends[index] for index in kept]


def _fills(compiled: CompiledAction, instant: str) -> Iterator[tuple[str, tuple[bytes, bytes | None]]]:
    """What is put into an event, by the name of what it lacks: text up to the value, and the value if it is known."""
    for name, value in compiled.defaults:
        yield name, (b",%b:" % encode(name), encode(value))
    for name, how in compiled.generated:
        yield name, (b",%b:" % encode(name), None if how == "uuid4" else encode(instant))


def _deepest(lines: list[bytes]) -> int:
    """At least as many levels as any of the lines has."""
    return sum(max(map(bytes.count, lines, repeat(bracket))) for bracket in b"{[")


def _text(record: Any) -> str:
    text = record.decode("utf-8", "backslashreplace") if isinstance(record, bytes) else encode(record).decode()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " ..."
