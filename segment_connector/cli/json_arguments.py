"""JSON from files and arguments, read strictly: what is given is what arrives, or it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import InputError


def read_json_object(read: Callable[[], bytes], source: str, what: str) -> dict[str, Any]:
    """The JSON object in a file.

    :param read: gives the bytes.
    :param source: the file's name, for errors.
    :param what: what the object should be, for the hint.
    :raises InputError: when it cannot be read or is not a JSON object.
    """
    try:
        raw = read()
    except OSError as error:
        raise InputError.of(
            "unreadable", f"the file cannot be read: {error.strerror}", "check its name", path=source
        ) from None
    from ..values.json_text import parse_json  # commands that read no file do without

    try:
        value = parse_json(raw)
    except ValueError as error:
        raise InputError.of("json", f"is not valid JSON: {error}", f"write {what}", path=source) from None
    if not isinstance(value, dict):
        raise InputError.of("type", "must be a JSON object", f"write {what}", path=source)
    return value
