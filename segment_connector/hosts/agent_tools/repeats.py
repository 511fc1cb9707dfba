"""What makes a repeat of a call the same events and not more of them, told by a call that may have sent some.

One event has its own id, which is named. The ids of a long list would fill an agent's context, so they are all made of
one short word and of what each entry holds: with that word the same entries get the same ids, also where others beside
them were fixed, and the server has nothing to remember.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...call.ids import derived_id, with_ids
from ...errors import InputError
from ...values.json_values import copy_json
from .tool_schemas import REPEAT_ID, takes_repeat_id

if TYPE_CHECKING:
    from ...call.compiled_action import CompiledAction

LONGEST = 255


class Repeat:
    """The inputs of a call, and what to add to them for a repeat.

    :param compiled: the action.
    :param arguments: what the agent gave.
    :param unique: gives a new id.
    :ivar told: the parameters that make a repeat count nothing twice; empty when there are none.
    :raises InputError: when the arguments name a word of another form than is given.
    """

    def __init__(self, compiled: CompiledAction, arguments: Mapping[str, Any], unique: Callable[[], str]) -> None:
        self._compiled = compiled
        self._inputs = dict(arguments)
        self._word = ""
        if takes_repeat_id(compiled.action):
            given = self._inputs.pop(REPEAT_ID, None)
            self._word = unique() if given is None else _word(given)
            self.told = {REPEAT_ID: self._word}
        else:
            self._inputs = with_ids(compiled, self._inputs, lambda _name, _index: unique())
            ids = {name: self._inputs[name] for name in compiled.message_ids}
            self.told = {name: value for name, value in ids.items() if isinstance(value, str)}

    def inputs(self) -> dict[str, Any]:
        """The inputs with every id. Of a long list that takes a while.

        :raises InputError: when they are not JSON values.
        """
        if not self._word:
            return self._inputs
        inputs = copy_json(self._inputs)
        split = self._compiled.action.split
        entries = inputs.get(split.parameter) if split is not None else None
        contents = [_digest(entry) for entry in entries] if isinstance(entries, list) else []
        # Two entries that are alike are two events, and so need two ids.
        numbers: Counter[str] = Counter()
        marks = []
        for content in contents:
            numbers[content] += 1
            marks.append(f"{content} {numbers[content]}")

        def new_id(name: str, index: int | None) -> str:
            return derived_id(self._word, "" if index is None else marks[index], name)

        return with_ids(self._compiled, inputs, new_id)


def _word(given: Any) -> str:
    if isinstance(given, str) and given.isascii() and 0 < len(given) <= LONGEST:
        return given
    what = f"must be ASCII text of 1 to {LONGEST} characters"
    raise InputError.of("type", what, "take the one that the error gave, or leave it out", field=REPEAT_ID)


def _digest(entry: Any) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
