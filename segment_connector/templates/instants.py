"""The filter that reads dates and times, in whatever form a column has them, and writes them as RFC 3339.

A form is ``iso`` (the default), a pattern such as ``%d/%m/%Y %H:%M``, what counts from the beginning of 1970 (``s``,
``ms``, ``us``, ``ns``), or a day of a spreadsheet (``excel``; ``excel-1904`` for files that began on an old Mac). Zones
are those of the tz database, by zoneinfo, or an offset such as ``+01:00``.
"""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jinja2

from ..errors import InputError
from ..schema.formats import date_time as is_date_time
from .brackets import all_texts, one_of
from .date_patterns import not_there, pattern_of, quick_reader, read_by_pattern
from .numbers import number
from .zones import in_own_zone, placed, refused, written_offset, zone_of

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,]([0-9]{1,9}))?(?: ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?)?",
    re.IGNORECASE,
)
_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z")
_UNITS: Mapping[str, int] = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_DAY_ZERO = {"excel": datetime.datetime(1899, 12, 30), "excel-1904": datetime.datetime(1904, 1, 1)}  # noqa: DTZ001
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - the zone is written by hand
_PLAUSIBLE = 2000  # the first year of what events are counted in
Read = Callable[[Any, str], datetime.datetime]


def date_time(
    value: Any,
    *forms: str,
    zone: str | None = None,
    ambiguous: str | None = None,
    missing: str | None = None,
    place: str = "",
) -> Any:
    """An instant as RFC 3339: of text such as ``2026-01-31 12:00:00+01``, a date, or a number with a unit.

    What names no zone is taken as UTC unless ``zone`` says otherwise, a date as its first moment.

    :param forms: what the value may look like; the first that fits is taken. See the module.
    :param zone: the zone of what names none, such as ``Europe/Madrid``.
    :param ambiguous: ``earlier`` or ``later``: which of the two is meant when clocks were set back and the hour came
        twice; by default such a time is refused.
    :param missing: ``forward`` moves a time that the clocks passed over behind the gap; by default it is refused.
    :param place: where the value came from, for the error.
    :raises InputError: for text that is not an instant, or one that does not exist.
    """
    if value is None or isinstance(value, jinja2.Undefined):
        return value
    if forms or zone is not None:
        return _reader(forms, zone, ambiguous, missing)(value, place)
    if isinstance(value, str):
        if _USUAL.fullmatch(value) and _exists(value):
            return value
        if (parts := _INSTANT.fullmatch(value.strip())) is not None:
            day, minute, second, fraction, own = parts.groups()
            made = (
                f"{day}T{minute or '00:00'}{second or ':00'}{f'.{fraction}' if fraction else ''}{written_offset(own)}"
            )
            if is_date_time(made):
                return made
            raise refused(place, *not_there(int(day[:4]), int(day[5:7]), int(day[8:])))
    hint = "give the form that it has, such as date_time('%d/%m/%Y %H:%M'), or date_time('ms') for a number"
    raise refused(place, "is not a date and time", hint)


def check_date_time(*forms: Any, zone: Any = None, ambiguous: Any = None, missing: Any = None) -> None:
    """Hold the brackets of ``date_time`` to what it takes.

    :raises BracketError: for a form or a zone that is none.
    """
    all_texts("its arguments", forms)
    for form in forms:
        if "%" in form:
            pattern_of(form)
        else:
            one_of("", form, ("iso", *_UNITS, *_DAY_ZERO, "%d/%m/%Y %H:%M"))
    if zone is not None:
        all_texts("zone=", [zone])
        zone_of(zone)
    if ambiguous is not None:
        one_of("ambiguous=", ambiguous, ("earlier", "later"))
    if missing is not None:
        one_of("missing=", missing, ("forward",))


@lru_cache(maxsize=256)
def _reader(
    forms: tuple[str, ...], zone: str | None, ambiguous: str | None, missing: str | None
) -> Callable[[Any, str], str]:
    reads = [_read_by(form) for form in forms or ("iso",)]
    tz = zone_of(zone) if zone is not None else None
    quick = quick_reader(forms[0], tz) if forms and "%" in forms[0] else None
    counted = all(form in _UNITS for form in forms) and bool(forms)

    def written(value: Any, place: str) -> str:
        if quick is not None and (found := quick(value)) is not None:
            return found
        failure: InputError | None = None
        for read in reads:
            try:
                made = read(value, place)
            except InputError as error:
                # Of several forms, one that fits but for a day that is not there tells more than one that does not.
                failure = error if failure is None or error.code == "no_such_time" else failure
                continue
            if made.tzinfo is None and tz is not None and not counted:
                made = placed(made, tz, str(zone), ambiguous, missing, place)
            return _rfc3339(made, counted)
        assert failure is not None
        problem = failure.problems[0]
        raise InputError.of("date_time", problem.message, problem.hint, field=problem.field)

    return written


def _read_by(form: str) -> Read:
    if form in _UNITS:
        return lambda value, place: _counted(_count(value, form, place), form, place)
    if form in _DAY_ZERO:
        return lambda value, place: _of_sheet(_count(value, form, place), form, place)
    if form == "iso":
        return _of_iso
    pattern, unit = pattern_of(form)
    return lambda value, place: read_by_pattern(value, form, pattern, unit, place)


def _count(value: Any, form: str, place: str) -> Any:
    try:
        return number(value, place=place)
    except InputError:
        if isinstance(value, str) and _INSTANT.fullmatch(value.strip()) is not None:
            hint = "it is a date already: write date_time without arguments"
        else:
            hint = "give the form that it has, such as date_time('%d/%m/%Y %H:%M')"
        raise refused(place, f"is not a number, as '{form}' counts", hint) from None


def _of_iso(value: Any, place: str) -> datetime.datetime:
    parts = _INSTANT.fullmatch(value.strip()) if isinstance(value, str) else None
    if parts is None:
        hint = "add the form that it has, such as '%d/%m/%Y %H:%M'; several may be given"
        raise refused(place, "is not a date and time like 2026-01-31 12:00:00", hint)
    day, minute, second, fraction, own = parts.groups()
    try:
        made = datetime.datetime.fromisoformat(f"{day}T{minute or '00:00'}{second or ':00'}")
    except ValueError:
        raise refused(place, *not_there(int(day[:4]), int(day[5:7]), int(day[8:])), code="no_such_time") from None
    made = made.replace(microsecond=int((fraction or "0")[:6].ljust(6, "0")))
    return in_own_zone(made, own, place)


def _counted(count: Any, unit: str, place: str) -> datetime.datetime:
    try:
        made = _since_1970(count, unit)
    except (OverflowError, ValueError):
        made = None
    if made is None or not _is_plausible(made):
        other = next((name for name in _UNITS if name != unit and _fits(count, name)), None)
        if other is not None:
            said = f"would be the year {made.year}" if made else "is not a valid time"
            raise refused(
                place, f"{said} when it counts {unit}; it seems to count {other}", f"write date_time('{other}')"
            )
    if made is None:
        hint = f"it may count in another unit: {', '.join(_UNITS)}"
        raise refused(place, f"is not a valid time when it counts {unit}", hint)
    return made.replace(tzinfo=datetime.timezone.utc)


def _since_1970(count: Any, unit: str) -> datetime.datetime:
    micros = count // 1_000 if unit == "ns" else round(count * (1_000_000 // _UNITS[unit]))
    return _EPOCH + datetime.timedelta(microseconds=micros)


def _is_plausible(made: datetime.datetime) -> bool:
    return _PLAUSIBLE <= made.year <= time.gmtime().tm_year + 1


def _fits(count: Any, unit: str) -> bool:
    try:
        return _is_plausible(_since_1970(count, unit))
    except (OverflowError, ValueError):
        return False


def _of_sheet(days: Any, form: str, place: str) -> datetime.datetime:
    """The moment of a number of days, to the millisecond, which is what a spreadsheet's float can hold."""
    # Day 60 of the usual calendar is a 29 February 1900 that never was, and what is before it is one day off.
    if form == "excel" and 0 <= days < 61:
        raise refused(place, "is a day before March 1900, which spreadsheets count wrongly", "write it as text")
    try:
        made = _DAY_ZERO[form] + datetime.timedelta(milliseconds=round(days * 86_400_000))
    except (OverflowError, ValueError):
        made = None
    if made is None or made.year >= 10_000 or days < 0:
        raise refused(place, "is not a spreadsheet date", "days are counted from 1900: 46053 is 2026-01-31")
    return made


def _rfc3339(made: datetime.datetime, counted: bool) -> str:
    parts = made.microsecond
    timespec = "microseconds" if parts % 1_000 else "milliseconds" if parts or counted else "seconds"
    text = made.isoformat(timespec=timespec)
    if made.tzinfo is None:
        return f"{text}Z"
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def _exists(value: str) -> bool:
    """Whether there is such a moment, asked in a tenth of the time."""
    try:
        datetime.datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


__all__: Sequence[str] = ("check_date_time", "date_time")
