"""Rows that follow one another with one key become one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import InputError, Problem
from .mapping import ROOT, ROWS
from .partition import Block

_MOST_KEYS = 1_000_000  # of groups that are over, to see one that comes again


@dataclass
class _Group:
    """Rows that follow one another and have one key."""

    key: tuple[str, ...]
    position: int
    line: int | None
    rows: list[Any] = field(default_factory=list)
    originals: list[str] = field(default_factory=list)
    problem: Problem | None = None


def grouped(blocks: Iterable[Block], by: Sequence[str], make: Callable[[Any], list[dict[str, Any]]]) -> Iterator[Block]:
    """Blocks whose records are what each group of rows becomes.

    A group is whole when the next one begins, so that a block ends where its last group does.
    """
    over: dict[int, int | None] = {}
    group: _Group | None = None
    start, end, size = None, 0, 0

    def block_of(groups: list[_Group], start: int, end: int, size: int) -> Block:
        made = Block(start, end, [], [], {}, {}, size=size or None)
        lines: list[int] = []
        for one in groups:
            at = len(made.records)
            record = None
            if one.problem is None:
                try:
                    record = make({**one.rows[0], ROWS: one.rows})
                except InputError as error:
                    one.problem = error.problems[0]
            if one.problem is not None:
                made.problems[at] = one.problem  # type: ignore[index]
            if one.originals:
                made.originals[at] = "\n".join(one.originals)  # type: ignore[index]
            made.records.append(record)
            assert made.positions is not None
            made.positions.append(one.position)
            lines.append(one.line or 0)
        made.lines = lines if groups and groups[0].line is not None else None
        return made

    for block in blocks:
        bounds = block.bounds()
        start = block.start if start is None else start
        size += block.size or 0
        whole: list[_Group] = []
        for index, row in enumerate(block.records):
            problem = block.problems.get(index)
            key = () if problem is not None else tuple(str(row.get(name)) for name in by)
            if group is None or key != group.key or problem is not None:
                if group is not None:
                    whole.append(group)
                group = _Group(key, bounds[index], block.line(index), problem=problem)
                _tell_again(group, by, over)
            if problem is None:
                group.rows.append(row)
            if index in block.originals:
                group.originals.append(block.originals[index])
        end = block.end
        if whole and group is not None:
            yield block_of(whole, start, group.position, size)
            start, size = group.position, 0
    if start is not None:
        yield block_of([] if group is None else [group], start, end, size)


def _tell_again(group: _Group, by: Sequence[str], over: dict[int, int | None]) -> None:
    """Refuse a group whose key was there before: its event would be sent twice, each time with a part of its rows."""
    if group.problem is not None:
        return
    key = hash(group.key)
    if key in over:
        first = over[key]
        where = f" (line {first:,})" if first is not None else ""
        message = f"rows of {', '.join(by)} '{', '.join(group.key)}' came before{where}, with other rows between"
        group.problem = Problem("group_by", message, "sort the source by this column", field=f"{ROOT}.{by[0]}")
    elif len(over) < _MOST_KEYS:
        over[key] = group.line
