"""Inputs are JSON values, or mean exactly one: take a private copy, or say where they are not.

``orjson`` writes NaN as null. What it wrote is read back and compared, so a value that would arrive as another one is
refused instead. The copy also keeps a caller's later changes out of the call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from ..errors import InputError, Problem, bounded
from .python_values import as_json

# No documented event is deeper than ten levels; every JSON reader on the way has a limit of its own above this one.
MAX_DEPTH = 100

_STRICT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def copy_json(value: Any) -> Any:
    """A copy of a JSON value: dict with string keys, list, string, integer of 64 bits, finite float, bool, None.

    What else means one JSON value (``python_values``) becomes that.

    :raises InputError: naming each place that holds anything else, or is nested more than ``MAX_DEPTH`` levels deep.
    """
    try:
        raw = orjson.dumps(value, option=_STRICT)
        copy = orjson.loads(raw)
        is_json = copy == value
    except (TypeError, ValueError):  # orjson.JSONEncodeError is one; arrays do not compare
        is_json = False
    if not is_json:
        value = as_json(value, MAX_DEPTH)
        try:
            raw = orjson.dumps(value, option=_STRICT)
        except TypeError:
            raise _refusal(value) from None
        copy = orjson.loads(raw)
    # Fewer brackets than levels allowed is proof enough; only then is the exact depth worth a walk.
    shallow = raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH
    if copy != value or (not shallow and too_deep(copy)):
        problems = _problems(value)
        if problems:
            raise InputError(problems)
    return copy


def encode(value: Any) -> bytes:
    """The JSON text of a value that ``copy_json`` let through, as UTF-8 without spaces."""
    return orjson.dumps(value)


decode: Callable[[bytes], Any] = orjson.loads  # without a call around it, which a million lines would notice
"""The value of a JSON text; raises ValueError when it is none."""


def _refusal(value: Any) -> InputError:
    return InputError(
        _problems(value)
        or Problem(
            "json", "the inputs cannot be written as JSON", "use only text, numbers, booleans, lists and objects"
        )
    )


def too_deep(value: Any) -> bool:
    """Whether something lies more than ``MAX_DEPTH`` levels deep; level by level, which is fast."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        level = [
            item
            for holder in level
            for item in (holder.values() if type(holder) is dict else holder)
            if type(item) is dict or type(item) is list
        ]
        if not level:
            return False
    return any(level)


def _problems(root: Any) -> list[Problem]:
    return sorted(bounded(_found(root)), key=lambda problem: (problem.code == "more", problem.field or ""))


def _found(root: Any) -> Iterator[Problem]:
    if not isinstance(root, (dict, list)):
        if (fault := _fault(root)) is not None:
            yield _problem((), *fault)
        return
    stack: list[tuple[bool, Iterator[tuple[Any, Any]], tuple[str, ...]]] = [(*_members(root), ())]
    while stack:
        keyed, members, place = stack[-1]
        for key, item in members:
            if len(place) == MAX_DEPTH:
                message = f"nested more than {MAX_DEPTH} levels deep, or holds itself"
                start = ".".join(part[:80] for part in place[:4])
                yield Problem("depth", message, "flatten the value", field=f"{start}...")
                return
            if keyed and (fault := _key_fault(key)) is not None:
                yield _problem(place, *fault)
            elif isinstance(item, (dict, list)):
                stack.append((*_members(item), (*place, str(key))))
                break
            elif (fault := _fault(item)) is not None:
                yield _problem((*place, str(key)), *fault)
        else:
            stack.pop()


_HINTS = {
    "bytes": "decode it to text",
    "bytearray": "decode it to text",
    "datetime": "say its zone: value.replace(tzinfo=timezone.utc), or value.astimezone() where it is local time",
    "datetime64": "say its zone: pandas.Timestamp(value, tz='UTC')",
    "Timestamp": "say its zone: value.tz_localize('UTC')",
    "NaTType": "it is a missing value: leave it out, or pass None",
    "NAType": "it is a missing value: leave it out, or pass None",
    "Decimal": "it has more digits than a JSON number keeps: pass str(value), or float(value) to round it",
    "float": "pass float(value)",
    "set": "pass a list, for example sorted(value)",
    "frozenset": "pass a list, for example sorted(value)",
    "time": "pass value.isoformat()",
}
_DECODE = "decode the text with its real encoding before passing it on"


def _members(value: dict[Any, Any] | list[Any]) -> tuple[bool, Iterator[tuple[Any, Any]]]:
    """Whether the members have names, and the members with their names or indexes."""
    return (True, iter(value.items())) if isinstance(value, dict) else (False, enumerate(value))


def _key_fault(key: Any) -> tuple[str, str] | None:
    if type(key) is not str:
        return f"has a key that is not text but {_kind(key)}", "write keys as text"
    return None if _encodable(key) else ("has a key with a broken character (half of a surrogate pair)", _DECODE)


def _fault(value: Any) -> tuple[str, str] | None:
    """What is wrong with a value that holds no others, and the cure."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return None if _encodable(value) else ("holds a broken character (half of a surrogate pair)", _DECODE)
    if isinstance(value, int):
        return None if -(2**63) <= value < 2**64 else ("is an integer of more than 64 bits", "pass it as text")
    if type(value) is float:
        fine = math.isfinite(value)
        return (
            None if fine else ("is not a finite number, and JSON has no NaN or infinity", "leave it out, or pass null")
        )
    kind = "float" if isinstance(value, float) else type(value).__name__
    if kind == "Decimal" and not value.is_finite():
        return "is not a finite number, and JSON has no NaN or infinity", "leave it out, or pass null"
    return f"is {_kind(value)}, which JSON does not have", _HINTS.get(kind, "pass text, a number or an object")


def _problem(place: tuple[str, ...], message: str, hint: str) -> Problem:
    return Problem("json", message, hint, field=".".join(part[:80] for part in place) or None)


def _kind(value: Any) -> str:
    return f"a Python '{type(value).__name__}'"


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
