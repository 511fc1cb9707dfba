"""JSON from files and arguments, read strictly: what is given is what arrives, or it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..errors import InputError, Problem


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text; no name may stand twice, NaN is none, and large integers stay exact.

    :raises ValueError: saying what is wrong and where, without showing values.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        what = error.msg[0].lower() + error.msg[1:]
        raise ValueError(f"{what} (line {error.lineno}, column {error.colno})") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is no UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def read_json_object(read: Callable[[], bytes], source: str, what: str) -> dict[str, Any]:
    """The JSON object in a file.

    :param read: gives the bytes.
    :param source: the file's name, for errors.
    :param what: what the object should be, for the hint.
    :raises InputError: when it cannot be read or is no JSON object.
    """
    try:
        raw = read()
    except OSError as error:
        raise InputError(
            Problem("unreadable", f"the file cannot be read: {error.strerror}", "check its name", path=source)
        ) from None
    try:
        value = parse_json(raw)
    except ValueError as error:
        raise InputError(Problem("json", f"is no JSON: {error}", f"write {what}", path=source)) from None
    if not isinstance(value, dict):
        raise InputError(Problem("type", "must be a JSON object", f"write {what}", path=source))
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, item in pairs:
        if name in value:
            raise ValueError(f"the name '{name[:80]}' stands twice in one object")
        value[name] = item
    return value


def _constant(word: str) -> Any:
    raise ValueError(f"JSON has no {word}")
