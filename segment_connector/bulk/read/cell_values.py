"""Cells that are Python's values as JSON values: what databases and workbooks give.

- Text, true and false, null, whole numbers up to 64 bits, lists and objects: as they are. Whole numbers beyond: text.
- Numbers with a fraction: as they are; a float that is whole is a whole number in a workbook, which has no others.
- Decimals: a number where a double has every digit of it, else text.
- Times with a zone: RFC 3339 in UTC; one without is taken to be in the zone that was named, else in UTC.
- Dates and times of day: ``2026-01-31``, ``12:00:00``. UUIDs: text.
- Binary, durations, NaN and infinity have no form in JSON: such a cell is a ``Problem``, which names its column.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ...errors import InputError, Problem

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_SAFE = frozenset((str, bool, type(None)))
_SAFE_WHOLE = 2**53


def zone_of(name: str | None) -> ZoneInfo | None:
    """The zone of a name; ``None`` without one.

    :raises InputError: when there is none of that name.
    """
    if name is None:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        hint = "give a name of the tz database, for example Europe/Madrid or UTC"
        raise InputError.of("zone", f"there is no time zone '{name[:60]}'", hint, field="zone") from None


def zone_note(name: str, columns: Sequence[str]) -> str:
    """What is told of columns of times without a zone that are taken to be in UTC."""
    listed = ", ".join(f"'{column}'" for column in columns[:10]) + (" ..." if len(columns) > 10 else "")
    return f"{name}: times of {listed} have no time zone and are read as UTC; --zone sets another one"


def column_values(cells: Sequence[Any], name: str, zone: ZoneInfo | None, *, whole: bool = False) -> Sequence[Any]:
    """The JSON values of a column; a cell that has none is a ``Problem``.

    :param whole: numbers without a fraction are whole ones.
    """
    if set(map(type, cells)) <= _SAFE:
        return cells
    return [cell if type(cell) in _SAFE else _value(cell, name, zone, whole=whole) for cell in cells]


def _value(cell: Any, name: str, zone: ZoneInfo | None, *, whole: bool) -> Any:
    if type(cell) is Problem:  # of a text that could not be read
        return replace(cell, field=name)
    if isinstance(cell, int):
        return cell if -(2**63) <= cell < 2**64 else str(cell)
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return Problem("json", "is not a finite number, and JSON has no NaN or infinity", "write null", field=name)
        return int(cell) if whole and cell.is_integer() and abs(cell) < _SAFE_WHOLE else cell
    if isinstance(cell, Decimal):
        return decimal_value(cell)
    if isinstance(cell, dt.datetime):
        return instant(cell, name, zone)
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    if isinstance(cell, uuid.UUID):
        return str(cell)
    if isinstance(cell, dict):
        return _first_or({str(key): _value(one, name, zone, whole=whole) for key, one in cell.items()})
    if isinstance(cell, (list, tuple)):
        return _first_or([_value(one, name, zone, whole=whole) for one in cell])
    if isinstance(cell, (str, bool)) or cell is None:
        return cell
    hint = "write it as text (base64, hex, seconds) in the source, or leave the column out"
    return Problem("type", f"a value of type {type(cell).__name__} cannot be written in JSON", hint, field=name)


def _first_or(value: Any) -> Any:
    cells = value.values() if isinstance(value, dict) else value
    return next((cell for cell in cells if type(cell) is Problem), value)


def decimal_value(value: Decimal) -> Any:
    """A decimal: a whole number of up to 64 bits, a number where a double has every digit of it, else text."""
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value() and int(value.as_tuple().exponent) >= 0:
        whole = int(value)
        return whole if -(2**63) <= whole < 2**64 else str(whole)
    number = float(value)
    return number if Decimal(repr(number)) == value else str(value)


def instant(value: dt.datetime, name: str, zone: ZoneInfo | None) -> str | Problem:
    """An instant as RFC 3339 in UTC.

    :param zone: where the clock hung that a time without a zone was read from; ``None`` for UTC.
    """
    if value.tzinfo is None and zone is not None:
        here = value.replace(tzinfo=zone)
        earlier, later = (here.replace(fold=fold).astimezone(dt.timezone.utc) for fold in (0, 1))
        if earlier.astimezone(zone).replace(tzinfo=None) != value:
            message, hint = f"{value} is skipped by the clocks of {zone.key}", "check whether the zone is another one"
            return Problem("date_time", message, hint, field=name)
        if earlier != later:
            message, hint = (
                f"{value} occurs twice in {zone.key}, because clocks were set back",
                "write it with its offset",
            )
            return Problem("date_time", message, hint, field=name)
        value = earlier
    elif value.tzinfo is not None:
        value = value.astimezone(dt.timezone.utc)
    text = value.replace(tzinfo=None).isoformat(timespec="auto")
    whole, dot, fraction = text.partition(".")
    return f"{whole}{dot}{fraction[:3] if fraction.endswith('000') else fraction}Z"
