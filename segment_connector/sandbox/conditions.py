"""Whether an event meets the condition of a mapping."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Condition = Callable[[Mapping[str, Any]], bool]

_TERM = re.compile(r"""\s*(type|event)\s*(!?=)\s*(?:"([^"]*)"|'([^']*)')\s*""")
_JOINT = re.compile(r"(and|or)\b")


class ConditionError(ValueError):
    """A condition that cannot be read: no event meets it."""


def condition(text: str) -> Condition:
    """The condition that a text states.

    Only ``type`` and ``event`` are compared, with texts; ``and`` goes before ``or``.

    :raises ConditionError: for any other text.
    """
    groups: list[list[tuple[str, bool, str]]] = [[]]
    at = 0
    while True:
        term = _TERM.match(text, at)
        if term is None:
            raise ConditionError('the sandbox reads comparisons such as type = "track" and event = "A" only')
        name, sign, double, single = term.groups()
        groups[-1].append((name, sign == "=", single if double is None else double))
        at = term.end()
        if at == len(text):
            break
        joint = _JOINT.match(text, at)
        if joint is None:
            raise ConditionError(f"'and' or 'or' is missing behind character {at}")
        if joint[1] == "or":
            groups.append([])
        at = joint.end()
    return lambda event: any(all((event.get(name) == value) is same for name, same, value in group) for group in groups)
