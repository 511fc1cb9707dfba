"""Columns of Arrow as lists of JSON values.

- Text, whole numbers, true and false, null, lists, structs, maps with keys of text: as they are. null stays null.
- Timestamps: RFC 3339 in UTC, ``2026-01-31T12:00:00.123Z``; one without a zone is taken as UTC.
- Dates and times of day: ``2026-01-31``, ``12:00:00``, ``12:00:00.500`` where there is a fraction.
- Floats of 32 and 16 bits: the shortest number that means the same there (14.99, not 14.989999771118164).
- Decimals of scale 0: whole numbers up to 64 bits, as integers are; text beyond. Others: a number where a double has
  every digit of it, else text.
- Binary, durations, NaN and infinity have no form in JSON, and years outside of 0000 to 9999 none in RFC 3339: such a
  cell is a ``Problem``, which names its column.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from ...errors import Problem
from .cell_values import decimal_value, instant, zone_note
from .reading import Reading
from .row_maker import RowMaker

_AS_IT_IS = ("is_integer", "is_boolean", "is_null")
_TEXT = ("is_string", "is_large_string", "is_string_view")

_FIRST_DAY, _DAY_AFTER = -719_528, 2_932_897
"""Of the days that RFC 3339 can write, counted from 1970 on: 0000-01-01, and the one after 9999-12-31."""
_DAY = 86_400
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NO_YEAR = "is in a year outside 0000 to 9999, which RFC 3339 cannot write"
_NO_TIME = "is not a time of day"


def values_of(array: Any, place: str) -> list[Any]:
    """The JSON values of a column; a cell that has none is a ``Problem``.

    :param array: a ``pyarrow.Array``.
    :param place: the column's name, with the names of members below it.
    """
    import pyarrow as pa
    from pyarrow import types

    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        if kind.extension_name == "arrow.uuid":
            return [None if raw is None else str(uuid.UUID(bytes=raw)) for raw in array.storage.to_pylist()]
        if kind.extension_name == "arrow.bool8":
            return [None if raw is None else bool(raw) for raw in array.storage.to_pylist()]
        return values_of(array.storage, place)
    if any(getattr(types, name)(kind) for name in _TEXT):
        return _texts(array, place)
    if any(getattr(types, name)(kind) for name in _AS_IT_IS):
        return list(array.to_pylist())
    if types.is_floating(kind):
        return _floats(array, place)
    if types.is_timestamp(kind):
        return _instants(array, place)
    if types.is_date(kind):
        return _dates(array, place)
    if types.is_time(kind):
        return _times(array, place)
    if types.is_decimal(kind):
        return [None if cell is None else decimal_value(cell) for cell in array.to_pylist()]
    if types.is_dictionary(kind):
        return values_of(array.dictionary_decode(), place)
    if types.is_run_end_encoded(kind):
        from pyarrow import compute

        return values_of(compute.run_end_decode(array), place)
    if types.is_struct(kind):
        return _structs(array, place)
    if types.is_map(kind):
        return _maps(array, place)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _lists(array, place)
    hint = "write it as text (base64, hex) where the file is created, or leave the column out of the mapping"
    problem = Problem("type", f"a value of type {kind} cannot be written in JSON", hint, field=place)
    return [problem if valid else None for valid in array.is_valid().to_pylist()]


def zoned_values(array: Any, place: str, zone: ZoneInfo | None) -> list[Any]:
    """As ``values_of``, where times that say no zone were read from a clock of ``zone``."""
    import pyarrow as pa
    from pyarrow import compute

    if zone is None or not says_no_zone(array.type):
        return values_of(array, place)
    try:
        return values_of(compute.assume_timezone(array, zone.key), place)
    except pa.ArrowInvalid:  # there is an hour that clocks skip, or have twice
        cells = array.cast(pa.timestamp("us"), safe=False).to_pylist()
        return [None if cell is None else instant(cell, place, zone) for cell in cells]


def column_notes(
    table: str, kinds: Mapping[str, Any], wanted: Sequence[str], mapping: RowMaker | None, reading: Reading
) -> list[str]:
    """What is told once of the columns of a table: those that JSON has no form for, and times without a zone.

    :param table: what it is called.
    :param kinds: the type of each column; ``wanted`` those that are read.
    """
    notes = []
    if mapping is None or mapping.columns is None:
        left = [f"{name} ({kind})" for name, kind in kinds.items() if name not in wanted]
        if left:
            notes.append(f"{table}: columns that cannot be written in JSON are left out: {', '.join(left)}")
    if reading.zone is None and (bare := [name for name in wanted if name in kinds and says_no_zone(kinds[name])]):
        notes.append(zone_note(table, bare))
    return notes


def says_no_zone(kind: Any) -> bool:
    """Whether a type is that of times without a zone."""
    from pyarrow import types

    return bool(types.is_timestamp(kind)) and kind.tz is None


def has_no_form(kind: Any) -> bool:
    """Whether no value of a type has a form in JSON."""
    from pyarrow import types

    names = ("is_binary", "is_large_binary", "is_fixed_size_binary", "is_binary_view", "is_duration", "is_interval")
    return any(getattr(types, name)(kind) for name in names)


def _texts(array: Any, place: str) -> list[Any]:
    try:
        return list(array.to_pylist())
    except UnicodeDecodeError:
        problem = Problem("encoding", "the text is not UTF-8", "write the file again from the source", field=place)
        return [_or_problem(cell.as_py, problem) for cell in array]


def _or_problem(read: Callable[[], Any], problem: Problem) -> Any:
    try:
        return read()
    except ValueError:
        return problem


def _floats(array: Any, place: str) -> list[Any]:
    import pyarrow as pa
    from pyarrow import compute

    if array.type != pa.float64():
        if array.type == pa.float16():
            array = array.cast(pa.float32())
        cells: list[Any] = [None if cell is None else float(cell) for cell in array.cast(pa.string()).to_pylist()]
    else:
        cells = array.to_pylist()
    problem = Problem(
        "json", "is not a finite number, and JSON has no NaN or infinity", "write null where the file is created",
        field=place,
    )  # fmt: skip
    return _only(cells, compute.is_finite(array), problem)


def _only(cells: list[Any], good: Any, problem: Problem) -> list[Any]:
    """The cells, with a problem for each that is not good.

    :param good: an Arrow array of booleans, null where the cell is.
    """
    from pyarrow import compute

    if compute.all(good).as_py() in (True, None):
        return cells
    return [problem if fine is False else cell for cell, fine in zip(cells, good.to_pylist(), strict=True)]


def _within(numbers: Any, first: int, after: int) -> Any:
    """Whether each of some integers is not below ``first`` and below ``after``."""
    import pyarrow as pa
    from pyarrow import compute

    first, last = max(first, -(2**63)), min(after, 2**63) - 1  # nanoseconds in 64 bits do not get that far
    numbers = numbers.cast(pa.int64())
    return compute.and_(compute.greater_equal(numbers, first), compute.less_equal(numbers, last))


def _misdated(message: str, place: str) -> Problem:
    hint = "write null where the file is created, or leave the column out of the mapping"
    return Problem("date_time", message, hint, field=place)


def _dates(array: Any, place: str) -> list[Any]:
    import pyarrow as pa

    if array.type == pa.date64():  # milliseconds, by the standard of whole days; not every writer knows
        numbers, unit = array.cast(pa.int64()), _DAY * 1000
        text = numbers.cast(pa.timestamp("ms")).cast(pa.string())
    else:
        numbers, unit = array.cast(pa.int32()), 1
        text = array.cast(pa.string())
    good = _within(numbers, _FIRST_DAY * unit, _DAY_AFTER * unit)
    return _only([cell and cell[:10] for cell in text.to_pylist()], good, _misdated(_NO_YEAR, place))


def _times(array: Any, place: str) -> list[Any]:
    import pyarrow as pa

    unit = array.type.unit
    numbers = array.cast(pa.int32() if unit in ("s", "ms") else pa.int64())
    good = _within(numbers, 0, _DAY * _PER_SECOND[unit])
    cells = [cell and _shortened(cell) for cell in array.cast(pa.string()).to_pylist()]
    return _only(cells, good, _misdated(_NO_TIME, place))


def _shortened(time: str) -> str:
    """A time without the thousandths, and what is below them, that are zero."""
    whole, _, fraction = time.partition(".")
    while fraction.endswith("000"):
        fraction = fraction[:-3]
    return f"{whole}.{fraction}" if fraction else whole


def _instants(array: Any, place: str) -> list[Any]:
    import pyarrow as pa
    from pyarrow import compute

    # The instant is the same; without a zone, writing it needs no database of zones.
    numbers, per_day = array.cast(pa.int64()), _DAY * _PER_SECOND[array.type.unit]
    good = _within(numbers, _FIRST_DAY * per_day, _DAY_AFTER * per_day)
    text = numbers.cast(pa.timestamp(array.type.unit)).cast(pa.string())
    if array.type.unit in ("us", "ns"):  # as few digits as tell it, but milliseconds at least
        text = compute.replace_substring_regex(text, r"(\.\d{6})000$", r"\1")
        text = compute.replace_substring_regex(text, r"(\.\d{3})000$", r"\1")
    cells = [None if cell is None else f"{cell[:10]}T{cell[11:]}Z" for cell in text.to_pylist()]
    return _only(cells, good, _misdated(_NO_YEAR, place))


def _structs(array: Any, place: str) -> list[Any]:
    names = [array.type.field(index).name for index in range(array.type.num_fields)]
    members = [values_of(array.field(index), f"{place}.{name}") for index, name in enumerate(names)]
    rows: Iterable[tuple[Any, ...]] = zip(*members, strict=True) if members else [()] * len(array)
    wrong = any(map(_has_problem, members))
    return [
        ((wrong and _first_problem(cells)) or dict(zip(names, cells, strict=True))) if valid else None
        for valid, cells in zip(array.is_valid().to_pylist(), rows, strict=True)
    ]


def _lists(array: Any, place: str) -> list[Any]:
    from pyarrow import compute

    items = values_of(array.flatten(), place)  # one after another; a list that is null has none
    wrong = _has_problem(items)
    found: list[Any] = []
    at = 0
    for length in compute.list_value_length(array).to_pylist():
        if length is None:
            found.append(None)
            continue
        cells = items[at : at + length]
        at += length
        found.append((wrong and _first_problem(cells)) or cells)
    return found


def _maps(array: Any, place: str) -> list[Any]:
    import pyarrow as pa

    if not any(getattr(pa.types, name)(array.type.key_type) for name in _TEXT):
        hint = "write the keys as text where the file is created, or leave the column out of the mapping"
        problem = Problem("type", f"a map with keys of type {array.type.key_type} is not an object", hint, field=place)
        return [problem if valid else None for valid in array.is_valid().to_pylist()]
    ends = array.offsets.to_pylist()
    first, last = ends[0], ends[-1]
    keys = values_of(array.keys[first:last], place)
    items = values_of(array.items[first:last], place)
    wrong = _has_problem(keys) or _has_problem(items)
    found: list[Any] = []
    for valid, start, end in zip(array.is_valid().to_pylist(), ends, ends[1:], strict=False):
        names, cells = keys[start - first : end - first], items[start - first : end - first]
        made = (wrong and _first_problem([*names, *cells])) or dict(zip(names, cells, strict=True))
        found.append(made if valid else None)
    return found


def _has_problem(cells: Iterable[Any]) -> bool:
    return any(type(cell) is Problem for cell in cells)


def _first_problem(cells: Iterable[Any]) -> Problem | None:
    return next((cell for cell in cells if type(cell) is Problem), None)
