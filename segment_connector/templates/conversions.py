"""The filters that make a value of text, for sources that know nothing but text: cells of a CSV file, a header.

Each takes text in the forms that exports write, lets a value through that has the type already, null and what was not
given too, and refuses everything else: a value that cannot be read is never guessed.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import jinja2
import orjson

from ..errors import InputError
from ..schema.formats import date_time as is_date_time
from ..values.json_values import MAX_DEPTH, too_deep

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+")
BOOLEANS: Mapping[Any, bool] = {
    **dict.fromkeys(("true", "yes", "t", "y", "1"), True),
    **dict.fromkeys(("false", "no", "f", "n", "0"), False),
}
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,]([0-9]{1,9}))?(?: ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?)?",
    re.IGNORECASE,
)
_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z")
_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000}
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - the zone is written by hand


def number(value: Any, mark: str = ".", place: str = "") -> Any:
    """A number: ``14.99``, ``-3``, ``1e5``; a whole one stays whole.

    :param mark: what stands before the decimals, ``,`` in much of Europe.
    :param place: where the value came from, for the error.
    :raises InputError: for text that is no number, or one that JSON cannot hold.
    """
    if type(value) is str:
        try:
            made = orjson.loads(value)
        except ValueError:
            pass
        else:
            # What JSON reads as well is the usual case; an integer that became a float has lost digits.
            if mark == "." and (type(made) is int or (type(made) is float and not _WHOLE.fullmatch(value))):
                return made
        return _number(value, mark, place)
    if _passes(value) or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    raise _refuse("number", place, "is no number", "take the filter away, or map another column")


def _number(value: str, mark: str, place: str) -> Any:
    text = value.strip()
    if mark != ".":
        text = "" if "." in text else text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        hint = "write digits with a point and nothing else: no currency, no separators of thousands"
        if mark == "." and re.fullmatch(r"[+-]?[0-9]+,[0-9]+", value.strip()):
            hint = "where a comma stands before the decimals, write number(',')"
        raise _refuse("number", place, "is no number", hint)
    if _WHOLE.fullmatch(text):
        whole = int(text) if len(text) <= 21 else 2**64
        if not -(2**63) <= whole < 2**64:
            raise _refuse("number", place, "is an integer of more than 64 bits", "take the filter away: text keeps it")
        return whole
    made = float(text)
    if not math.isfinite(made):
        raise _refuse("number", place, "is too large for JSON", "take the filter away: text keeps it")
    return made


def integer(value: Any, place: str = "") -> Any:
    """A whole number: ``12``, and ``12.0`` as programs write it that keep whole numbers as floats.

    :raises InputError: for what is no whole number.
    """
    made = number(value, ".", place)
    if isinstance(made, float):
        if not made.is_integer() or abs(made) >= 2**53:
            raise _refuse("integer", place, "is no whole number", "use 'number', or round it at its source")
        return int(made)
    return made


def boolean(value: Any, place: str = "") -> Any:
    """True or false: ``true``, ``yes``, ``t``, ``y``, ``1`` and their opposites, in capitals or not.

    :raises InputError: for anything else.
    """
    if isinstance(value, bool) or _passes(value):
        return value
    key = value.strip().lower() if isinstance(value, str) else str(value) if isinstance(value, int) else None
    made = BOOLEANS.get(key)
    if made is None:
        raise _refuse("boolean", place, "is neither true nor false", "write true or false (or yes, no, 1, 0)")
    return made


def json_value(value: Any, place: str = "") -> Any:
    """The value of a JSON text: ``["a", "b"]``, ``{"size": 4}``; what is no text stays as it is.

    :raises InputError: for text that is no JSON, or nested too deep.
    """
    if not isinstance(value, str):
        return value
    try:
        made = orjson.loads(value)
    except ValueError:
        raise _refuse("json", place, "is no JSON", "write it as JSON, texts in double quotes") from None
    if value.count("{") + value.count("[") > MAX_DEPTH and too_deep(made):
        raise _refuse("json", place, f"is nested more than {MAX_DEPTH} levels deep", "flatten it")
    return made


def date_time(value: Any, unit: str = "", place: str = "") -> Any:
    """An instant as RFC 3339: of text such as ``2026-01-31 12:00:00+01``, a date, or a number with a unit.

    What names no zone is taken as UTC, a date as its first moment.

    :param unit: ``s``, ``ms`` or ``us`` for a number that counts from the beginning of 1970.
    :raises InputError: for text that is no instant, or one that does not exist.
    """
    if _passes(value):
        return value
    if unit:
        return _counted(number(value, ".", place), unit, place)
    if isinstance(value, str):
        if _USUAL.fullmatch(value) and _exists(value):
            return value
        if (parts := _INSTANT.fullmatch(value.strip())) is not None:
            day, minute, second, fraction, zone = parts.groups()
            made = f"{day}T{minute or '00:00'}{second or ':00'}{f'.{fraction}' if fraction else ''}{_zone(zone)}"
            if is_date_time(made):
                return made
    hint = "write it like 2026-01-31T12:00:00Z; for a number, say its unit: date_time('ms')"
    raise _refuse("date_time", place, "is no date and time", hint)


def _exists(value: str) -> bool:
    """Whether there is such a moment, asked in a tenth of the time."""
    try:
        datetime.datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


def _zone(zone: str | None) -> str:
    if zone is None or zone.upper() in ("Z", "UTC"):
        return "Z"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def _counted(count: Any, unit: str, place: str) -> str:
    try:
        instant = _EPOCH + datetime.timedelta(microseconds=round(count * (1_000_000 // _UNITS[unit])))
    except (OverflowError, ValueError):
        hint = "it may count in another unit: s, ms or us"
        raise _refuse("date_time", place, f"is no instant when it counts {unit}", hint) from None
    return f"{instant.isoformat(timespec='microseconds' if instant.microsecond % 1_000 else 'milliseconds')}Z"


def _passes(value: Any) -> bool:
    return value is None or isinstance(value, jinja2.Undefined)


def _refuse(code: str, place: str, message: str, hint: str) -> InputError:
    # Without the value, which may be a secret of the caller's.
    return InputError.of(code, message, hint, field=place or None)


# By the names that templates use.
CONVERSIONS: Mapping[str, Callable[..., Any]] = {
    "boolean": boolean,
    "date_time": date_time,
    "integer": integer,
    "json": json_value,
    "number": number,
}
# What may stand in the brackets of one.
ARGUMENTS: Mapping[str, tuple[str, ...]] = {"number": (".", ","), "date_time": tuple(_UNITS)}
