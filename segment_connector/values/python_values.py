"""Values of Python and of libraries for data that mean exactly one JSON value, turned into it.

- A ``datetime`` with a zone, a ``date``, a ``UUID``: their text. A ``Decimal``: the number, where a double holds every
  digit of it. A ``tuple``: a list.
- Scalars and arrays of numpy, timestamps of pandas, scalars of Arrow: what they hold, by the same rules. A float of 32
  or 16 bits is the shortest number that means the same there (14.99, not 14.989999771118164).

What has no one meaning stays as it is, to be refused with its place: a ``datetime`` without a zone, NaN, bytes, sets.
None of the libraries is imported: who has a value of theirs has imported it.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

_PLAIN = (str, int, bool, type(None))


def as_json(value: Any, depth: int) -> Any:
    """A copy of a value in which everything that means one JSON value is that.

    :param depth: levels that are looked into; what lies deeper stays as it is.
    """
    kind = type(value)
    if kind is float or kind in _PLAIN:
        return value
    if isinstance(value, dict):
        return {key: as_json(item, depth - 1) for key, item in value.items()} if depth else value
    if kind in (list, tuple):
        return [as_json(item, depth - 1) for item in value] if depth else value
    if isinstance(value, datetime.datetime):
        return _instant(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return _number(value)
    library = kind.__module__.partition(".")[0]
    if library == "numpy" and hasattr(value, "dtype"):
        return _of_numpy(value, depth)
    if library == "pyarrow" and hasattr(value, "as_py"):
        return _of_arrow(value, depth)
    return value


def _instant(value: datetime.datetime) -> Any:
    try:
        offset = value.utcoffset()
    except (ValueError, TypeError):  # NaT, which is a datetime to isinstance
        return value
    if offset is None:
        return value
    if offset % datetime.timedelta(minutes=1):  # RFC 3339 has no seconds there
        value = value.astimezone(datetime.timezone.utc)
    return value.isoformat()


def _number(value: decimal.Decimal) -> Any:
    if not value.is_finite():
        return value
    if value == value.to_integral_value() and value.as_tuple().exponent in (0, "n"):
        return int(value)
    number = float(value)
    return number if decimal.Decimal(repr(number)) == value else value


def _of_numpy(value: Any, depth: int) -> Any:
    kind, size = value.dtype.kind, value.dtype.itemsize
    if getattr(value, "ndim", 0):
        return [as_json(item, depth - 1) for item in value] if depth else value
    if kind == "f":
        return float(str(value)) if size < 8 else float(value) if size == 8 else value
    if kind in "biuU":
        return value.item()
    day = value.item() if kind == "M" else None  # of datetime64, whole days alone need no zone
    return day.isoformat() if type(day) is datetime.date else value


def _of_arrow(value: Any, depth: int) -> Any:
    kind = str(value.type)
    if not value.is_valid:
        return None
    if kind in ("float", "halffloat"):
        return float(value.cast("string").as_py())
    return value if kind.startswith("map<") else as_json(value.as_py(), depth)
