"""Values that Python hosts hand over in forms of their own: lazy sequences, read-only mappings, members of enums."""

from __future__ import annotations

import array
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from ..values.json_values import MAX_DEPTH

_PLAIN = (str, int, float, bool, type(None))
_NO_LISTS = (str, bytes, bytearray, memoryview, array.array)


def plain_values(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A copy of a value in which mappings are dicts, sequences lists, and members of enumerations their values.

    What else there is stays as it is: the core takes what means one JSON value, such as an instant with its zone, and
    refuses the rest with place and cure.

    :param depth: levels that are looked into; what lies deeper stays as it is.
    """
    if type(value) in _PLAIN or not depth:
        return value
    if isinstance(value, Enum):
        return plain_values(value.value, depth)
    if isinstance(value, Mapping):
        return {name: plain_values(member, depth - 1) for name, member in value.items()}
    # A named tuple may mean its names.
    if isinstance(value, Sequence) and not isinstance(value, _NO_LISTS) and not hasattr(value, "_fields"):
        return [plain_values(item, depth - 1) for item in value]
    return value
