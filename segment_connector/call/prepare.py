"""Check inputs and complete them, before the first try: what was not given is made once, so every try has the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError, bounded
from ..result import Warn
from ..values.json_values import copy_json, encode
from .compiled_action import CompiledAction
from .entries import CheckedEntries, check_entries
from .step import Look


@dataclass(slots=True)
class Prepared:
    """Inputs that were checked and completed: they can be rendered as often as there are tries.

    :ivar inputs: what templates see as ``input``.
    :ivar now: the instant of the try, RFC 3339; what templates see as ``now``.
    :ivar entries: for an action with ``split``, its checked entries.
    :ivar warnings: doubts about the inputs, and what a further step said of them.
    """

    inputs: dict[str, Any]
    now: str
    entries: CheckedEntries | None = None
    message_ids: list[str] = field(default_factory=list)
    warnings: list[Warn] = field(default_factory=list)


def prepare(compiled: CompiledAction, inputs: Mapping[str, Any], now: str, look: Look | None = None) -> Prepared:
    """Check inputs and fill in what was not given.

    :param now: the instant of the call, RFC 3339.
    :param look: what else looks at them, or at each entry of a list of calls.
    :raises InputError: with every problem found.
    """
    values = copy_json(inputs)
    warnings: list[Warn] = []
    shared: dict[str, Any] = {}
    if not compiled.validator.quick_yes(values):  # most inputs are plain, and were asked about once
        recorded = compiled.recorded
        plain = recorded.plain(values)
        shared, values = recorded.shared(values), plain.values
        problems = plain.in_own_words(compiled.validator.problems(values))
        if problems:
            raise InputError(problems)
        warnings = compiled.doubtful_values(values)
        if plain.left_out:
            warnings.append(recorded.warning(plain.left_out))
    compiled.fill(values, now)
    if compiled.action.split is None:
        prepared = Prepared(values, now, None, [values[name] for name in compiled.message_ids], warnings)
        if look is not None and (looked := look(compiled.action.called, values)) is not None:
            if looked.problems:
                raise InputError(bounded(looked.problems))
            prepared.warnings = [*warnings, *looked.warnings]
        return prepared
    return _prepare_entries(compiled, values, now, shared, warnings, look)


def _prepare_entries(
    compiled: CompiledAction, values: dict[str, Any], now: str, beside: dict[str, Any], warnings: list[Warn],
    look: Look | None,
) -> Prepared:  # fmt: skip
    split = compiled.action.split
    assert split is not None
    entries = compiled.action.parameters[split.parameter]["entries"]
    shared = {name: values.pop(name) for name in entries.get("merge", ()) if name in values}
    skip = bool(values.get(entries.get("skip")))
    checked = check_entries(
        values[split.parameter], compiled.kinds, entries["by"], shared, split.item_bytes, split.parameter, now,
        beside=beside, to_the_end=skip, look=look,
    )  # fmt: skip
    if checked.refused and not (skip and checked.accepted):
        raise InputError(bounded(problem for problems in checked.refused.values() for problem in problems))
    values[split.parameter] = [entry for _, entry in checked.accepted]
    return Prepared(values, now, checked, checked.ids, [*warnings, *checked.warnings])


def parts(compiled: CompiledAction, prepared: Prepared, envelope: int) -> Iterator[tuple[Prepared, list[int]]]:
    """Cut prepared entries into parts that each keep the limits of ``split``.

    :param envelope: bytes of the request around the entries.
    :returns: prepared inputs of one part, with the index that each of its entries was given at.
    """
    split = compiled.action.split
    assert split is not None
    assert prepared.entries is not None
    entries: list[Any] = []
    places: list[int] = []
    size = envelope

    def part() -> tuple[Prepared, list[int]]:
        inputs = {**prepared.inputs, split.parameter: entries}
        return Prepared(inputs, prepared.now, warnings=prepared.warnings), places

    for index, entry in prepared.entries.accepted:
        more = len(encode(entry)) + 1
        if entries and (len(entries) >= split.max_items or size + more > split.max_bytes):
            yield part()
            entries, places, size = [], [], envelope
        entries.append(entry)
        places.append(index)
        size += more
    yield part()
