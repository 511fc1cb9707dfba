"""Records that hold many events in a list, as a library posts them: each entry is an event.

What stands beside the list is said of all of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..call.compiled_action import CompiledAction
from ..call.entries import merged
from ..errors import InputError, Problem
from ..values.json_values import copy_json, decode, encode
from .read.partition import Block


class Envelopes:
    """Takes the entries out of such records.

    :param batch: the action that delivers many: its inputs are what a library posts.
    :param kinds: the actions that an entry can be, by the value of the member ``by``.
    """

    def __init__(self, batch: CompiledAction, kinds: Mapping[str, CompiledAction]) -> None:
        split = batch.action.split
        assert split is not None
        entries = batch.action.parameters[split.parameter]["entries"]
        self._batch, self._kinds = batch, kinds
        self._list, self._by = split.parameter, entries["by"]
        self._name = encode(self._list)
        self._merge = entries.get("merge", ())

    def holds(self, value: Any) -> bool:
        """Whether a record is one."""
        return isinstance(value, dict) and self._list in value and self._by not in value

    def entries(self, value: dict[str, Any]) -> list[Any] | Problem:
        """The events in a record, with what is said of all of them; or what is wrong with the record as a whole."""
        recorded = self._batch.recorded
        plain = recorded.plain(value)
        if problems := plain.in_own_words(self._batch.validator.problems(plain.values)):
            return problems[0]
        beside = recorded.shared(value)
        shared = {name: plain.values[name] for name in self._merge if name in plain.values}
        found = []
        for entry in plain.values[self._list]:
            if isinstance(entry, dict):
                own = {**entry, **{name: merged(one, entry.get(name)) for name, one in shared.items()}}
                if (kind := self._kinds.get(str(own.get(self._by)))) is not None:
                    kind.recorded.complete(own, beside)
                found.append(own)
            else:
                found.append(entry)
        return found

    def opened(self, values: Iterable[Any]) -> Iterator[Any]:
        """Records with the events of such a one in its place; one that is wrong as a whole stays as it is."""
        for value in values:
            entries: Any = None
            if self.holds(value):
                with contextlib.suppress(InputError):  # what is not valid JSON is told of the record as it is
                    entries = self.entries(copy_json(value))
            if isinstance(entries, list):
                yield from entries
            else:
                yield value

    def opened_block(self, block: Block) -> Block | None:
        """A block of lines with the events of such lines in their place; ``None`` where no line is one.

        An event stands at a byte of its own inside of its line, in order, so that receipts can tell them apart. A line
        that cannot be read, or is wrong as a whole, stays as it is.
        """
        if not any(isinstance(record, bytes) and self._name in record for record in block.records):
            return None
        bounds = block.bounds()
        records: list[Any] = []
        positions: list[int] = []
        lines: list[int] = []
        found = False
        for index, record in enumerate(block.records):
            entries: list[Any] = [record]
            with contextlib.suppress(ValueError):
                value = decode(record)
                entries = [value]
                if self.holds(value) and isinstance(inside := self.entries(value), list):
                    entries, found = inside, True
            records += entries
            positions += range(bounds[index], bounds[index] + len(entries))
            if (line := block.line(index)) is not None:
                lines += [line] * len(entries)
        return Block(block.start, block.end, records, positions, lines=lines or None) if found else None
