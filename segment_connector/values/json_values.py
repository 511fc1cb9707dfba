"""Inputs are JSON values and nothing else: take a private copy, or say where they are not.

``orjson`` writes NaN as null, tuples as lists and UUIDs as strings. What it wrote is read back and compared, so a value
that would arrive as another one is refused instead. The copy also keeps a caller's later changes out of the call.
"""

from __future__ import annotations

import math
from typing import Any

import orjson

from ..errors import InputError, Problem

# No documented event is deeper than ten levels; every JSON reader on the way has a limit of its own above this one.
MAX_DEPTH = 100
_MAX_PROBLEMS = 20

_STRICT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def copy_json(value: Any) -> Any:
    """A copy of a JSON value: dict with string keys, list, string, integer of 64 bits, finite float, bool, None.

    :raises InputError: naming each place that holds anything else, or is nested more than ``MAX_DEPTH`` levels deep.
    """
    try:
        raw = orjson.dumps(value, option=_STRICT)
    except TypeError:  # orjson.JSONEncodeError is one
        raise _refusal(value) from None
    copy = orjson.loads(raw)
    # Fewer brackets than levels allowed is proof enough; only then is the exact depth worth a walk.
    shallow = raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH
    if copy != value or not shallow:
        problems = _problems(value)
        if problems:
            raise InputError(problems)
    return copy


def encode(value: Any) -> bytes:
    """The JSON text of a value that ``copy_json`` let through, as UTF-8 without spaces."""
    return orjson.dumps(value)


def decode(raw: bytes) -> Any:
    """The value of a JSON text.

    :raises ValueError: when it is none.
    """
    return orjson.loads(raw)


def _refusal(value: Any) -> InputError:
    return InputError(
        _problems(value)
        or Problem(
            "json", "the inputs cannot be written as JSON", "use only text, numbers, booleans, lists and objects"
        )
    )


def _problems(root: Any) -> list[Problem]:
    found: list[Problem] = []
    stack: list[tuple[Any, tuple[str, ...]]] = [(root, ())]
    while stack and len(found) < _MAX_PROBLEMS:
        value, place = stack.pop()
        if len(place) > MAX_DEPTH:
            found.append(
                Problem(
                    "depth",
                    f"nested more than {MAX_DEPTH} levels deep, or holds itself",
                    "flatten the value",
                    field=".".join(part[:80] for part in place[:4]) + "...",
                )
            )
            break
        if isinstance(value, dict):
            for key, item in value.items():
                if type(key) is not str:
                    found.append(_problem(place, f"has a key that is no text but {_kind(key)}", "write keys as text"))
                elif not _encodable(key):
                    found.append(
                        _problem(place, "has a key with a broken character (half of a surrogate pair)", _DECODE)
                    )
                else:
                    stack.append((item, (*place, key)))
        elif isinstance(value, list):
            stack.extend((item, (*place, str(index))) for index, item in enumerate(value))
        elif (problem := _scalar_problem(value, place)) is not None:
            found.append(problem)
    return sorted(found, key=lambda problem: problem.field or "")


_HINTS = {
    "bytes": "decode it to text",
    "datetime": "pass value.isoformat() with a time zone",
    "float": "pass float(value)",
    "tuple": "pass a list",
}
_DECODE = "decode the text with its right encoding before it is passed on"


def _scalar_problem(value: Any, place: tuple[str, ...]) -> Problem | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        if _encodable(value):
            return None
        return _problem(place, "holds a broken character (half of a surrogate pair)", _DECODE)
    if isinstance(value, int):
        if -(2**63) <= value < 2**64:
            return None
        return _problem(place, "is an integer of more than 64 bits", "pass it as text")
    if type(value) is float:
        if math.isfinite(value):
            return None
        return _problem(place, "is not a finite number, and JSON has no NaN or infinity", "leave it out, or pass null")
    kind = "float" if isinstance(value, float) else type(value).__name__
    hint = _HINTS.get(kind, "pass text, a number or an object")
    return _problem(place, f"is {_kind(value)}, which JSON does not have", hint)


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
