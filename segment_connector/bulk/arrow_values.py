"""Columns of Arrow as lists of JSON values.

- Text, whole numbers, true and false, null, lists, structs, maps with keys of text: as they are. null stays null.
- Timestamps: RFC 3339 in UTC, ``2026-01-31T12:00:00.123Z``; one without a zone is taken as UTC.
- Dates and times of day: ``2026-01-31``, ``12:00:00``.
- Floats of 32 and 16 bits: the shortest number that means the same there (14.99, not 14.989999771118164).
- Decimals: a number where a double has every digit of it, else text.
- Binary, durations, NaN and infinity have no form in JSON: such a cell is a ``Problem``, which names its column.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from ..errors import Problem

_AS_IT_IS = ("is_integer", "is_boolean", "is_null")
_TEXT = ("is_string", "is_large_string", "is_string_view")


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
        return _instants(array)
    if types.is_date(kind):
        return list(array.cast(pa.date32()).cast(pa.string()).to_pylist())
    if types.is_time(kind):
        return [cell and cell.removesuffix("000").removesuffix(".000") for cell in array.cast(pa.string()).to_pylist()]
    if types.is_decimal(kind):
        return [None if cell is None else _decimal(cell) for cell in array.to_pylist()]
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
    hint = "write it as text (base64, hex) where the file is made, or leave the column out of the mapping"
    problem = Problem("type", f"a value of type {kind} has no form in JSON", hint, field=place)
    return [problem if valid else None for valid in array.is_valid().to_pylist()]


def _texts(array: Any, place: str) -> list[Any]:
    try:
        return list(array.to_pylist())
    except UnicodeDecodeError:
        problem = Problem("encoding", "the text is no UTF-8", "write the file again from the source", field=place)
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
    finite = compute.is_finite(array)
    if compute.all(finite).as_py() in (True, None):
        return cells
    problem = Problem(
        "json", "is not a finite number, and JSON has no NaN or infinity", "write null where the file is made",
        field=place,
    )  # fmt: skip
    return [problem if good is False else cell for cell, good in zip(cells, finite.to_pylist(), strict=True)]


def _instants(array: Any) -> list[Any]:
    import pyarrow as pa
    from pyarrow import compute

    # The instant is the same; without a zone, writing it needs no database of zones.
    text = array.cast(pa.int64()).cast(pa.timestamp(array.type.unit)).cast(pa.string())
    if array.type.unit in ("us", "ns"):  # as few digits as tell it, but milliseconds at least
        text = compute.replace_substring_regex(text, r"(\.\d{6})000$", r"\1")
        text = compute.replace_substring_regex(text, r"(\.\d{3})000$", r"\1")
    return [None if cell is None else f"{cell[:10]}T{cell[11:]}Z" for cell in text.to_pylist()]


def _decimal(value: Any) -> Any:
    if value == value.to_integral_value() and value.as_tuple().exponent >= 0:
        whole = int(value)
        return whole if -(2**63) <= whole < 2**64 else str(whole)
    number = float(value)
    return number if type(value)(repr(number)) == value else str(value)


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
        hint = "write the keys as text where the file is made, or leave the column out of the mapping"
        problem = Problem("type", f"a map with keys of type {array.type.key_type} is no object", hint, field=place)
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
