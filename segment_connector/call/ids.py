"""The ids that inputs lack, put in before the first try: a repeat that has the same ones counts once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .compiled_action import CompiledAction

_OURS = uuid.UUID("6f6f1c3c-2f0e-5d0e-8a52-0f8a1f6f2a11")  # a namespace of our own (RFC 9562, 6.6)

NewId = Callable[[str, int | None], str]
"""Gives the id for a parameter of this name, or for a member of this name of the entry at this index, from 0."""


def with_ids(compiled: CompiledAction, inputs: Mapping[str, Any], new_id: NewId) -> dict[str, Any]:
    """The inputs with the ids that would be generated, those of a list's entries too.

    :param inputs: not checked yet: what is wrong with them stays as it is, and is refused later.
    """
    filled = dict(inputs)
    for name in compiled.message_ids:
        if compiled.recorded.lacks(filled, name):
            filled[name] = new_id(name, None)
    split = compiled.action.split
    entries = filled.get(split.parameter) if split is not None else None
    if split is not None and isinstance(entries, list):
        by = compiled.action.parameters[split.parameter]["entries"]["by"]
        filled[split.parameter] = [
            _entry_with_ids(compiled, entry, by, index, new_id) for index, entry in enumerate(entries)
        ]
    return filled


def derived_id(*of: str) -> str:
    """The id that the same texts always make (a UUID of version 5)."""
    return str(uuid.uuid5(_OURS, "\n".join(of)))


def _entry_with_ids(compiled: CompiledAction, entry: Any, by: str, index: int, new_id: NewId) -> Any:
    named = entry.get(by) if isinstance(entry, dict) else None
    kind = compiled.kinds.get(named) if isinstance(named, str) else None
    if kind is None:
        return entry  # it will be refused
    return {**entry, **{name: new_id(name, index) for name in kind.item_ids if kind.lacks(entry, name)}}
