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

from ..errors import InputError, did_you_mean
from ..schema.formats import date_time as is_date_time
from .brackets import BracketError, all_texts, one_of
from .numbers import number

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,]([0-9]{1,9}))?(?: ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?)?",
    re.IGNORECASE,
)
_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z")
_OFFSET = re.compile(r"[+-](?:0[0-9]|1[0-4]):?[0-5][0-9]")
_UNITS: Mapping[str, int] = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_DAY_ZERO = {"excel": datetime.datetime(1899, 12, 30), "excel-1904": datetime.datetime(1904, 1, 1)}  # noqa: DTZ001
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - the zone is written by hand
_PLAUSIBLE = 2000  # the first year of what events are counted in
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
          "december")  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PARTS: Mapping[str, str] = {
    "Y": r"(?P<Y>[0-9]{4})", "y": r"(?P<y>[0-9]{2})", "m": r"(?P<m>[0-9]{1,2})", "d": r"(?P<d>[0-9]{1,2})",
    "H": r"(?P<H>[0-9]{1,2})", "I": r"(?P<I>[0-9]{1,2})", "M": r"(?P<M>[0-9]{1,2})", "S": r"(?P<S>[0-9]{1,2})",
    "f": r"(?P<f>[0-9]{1,9})", "p": r"(?P<p>[ap]\.?\s?m\.?)", "b": rf"(?P<b>{'|'.join(_MONTHS)}|sept)\.?",
    "B": rf"(?P<B>{'|'.join(_NAMES)})", "a": rf"(?:{'|'.join(name[:3] for name in _DAYS)})\.?",
    "A": rf"(?:{'|'.join(_DAYS)})", "z": r"(?P<z>Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)", "Z": r"(?P<Z>Z|UTC|GMT)",
    "%": "%",
}  # fmt: skip

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
    :raises InputError: for text that is no instant, or one that does not exist.
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
            made = f"{day}T{minute or '00:00'}{second or ':00'}{f'.{fraction}' if fraction else ''}{_zone(own)}"
            if is_date_time(made):
                return made
            raise _refuse(place, *_not_there(int(day[:4]), int(day[5:7]), int(day[8:])))
    hint = "say the form that it has, such as date_time('%d/%m/%Y %H:%M'), or date_time('ms') for a number"
    raise _refuse(place, "is no date and time", hint)


def check_date_time(*forms: Any, zone: Any = None, ambiguous: Any = None, missing: Any = None) -> None:
    """Hold the brackets of ``date_time`` to what it takes.

    :raises BracketError: for a form or a zone that is none.
    """
    all_texts("its brackets", forms)
    for form in forms:
        if "%" in form:
            _pattern(form)
        else:
            one_of("", form, ("iso", *_UNITS, *_DAY_ZERO, "%d/%m/%Y %H:%M"))
    if zone is not None:
        all_texts("zone=", [zone])
        _zone_of(zone)
    if ambiguous is not None:
        one_of("ambiguous=", ambiguous, ("earlier", "later"))
    if missing is not None:
        one_of("missing=", missing, ("forward",))


@lru_cache(maxsize=256)
def _reader(
    forms: tuple[str, ...], zone: str | None, ambiguous: str | None, missing: str | None
) -> Callable[[Any, str], str]:
    reads = [_read_by(form) for form in forms or ("iso",)]
    tz = _zone_of(zone) if zone is not None else None
    counted = all(form in _UNITS for form in forms) and bool(forms)

    def written(value: Any, place: str) -> str:
        failure: InputError | None = None
        for read in reads:
            try:
                made = read(value, place)
            except InputError as error:
                # Of several forms, one that fits but for a day that is not there tells more than one that does not.
                failure = error if failure is None or error.code == "no_such_time" else failure
                continue
            if made.tzinfo is None and tz is not None and not counted:
                made = _placed(made, tz, str(zone), ambiguous, missing, place)
            return _rfc3339(made, counted)
        assert failure is not None
        problem = failure.problems[0]
        raise InputError.of("date_time", problem.message, problem.hint, field=problem.field)

    return written


def _read_by(form: str) -> Read:
    if form in _UNITS:
        return lambda value, place: _counted(number(value, place=place), form, place)
    if form in _DAY_ZERO:
        return lambda value, place: _of_sheet(number(value, place=place), form, place)
    if form == "iso":
        return _of_iso
    pattern, unit = _pattern(form)
    return lambda value, place: _matched(value, form, pattern, unit, place)


@lru_cache(maxsize=256)
def _pattern(form: str) -> tuple[re.Pattern[str], frozenset[str]]:
    """The expression of a pattern with ``%``, and its directives.

    :raises BracketError: for a directive that the language does not have, or a pattern that tells no day.
    """
    parts: list[str] = []
    used: list[str] = []
    pieces = re.split(r"(%.?)", form)
    for piece in pieces:
        if piece.startswith("%"):
            key = piece[1:]
            if key not in _PARTS or (key in used and key != "%"):
                said = "stands twice" if key in used else "is no part of a date"
                hint = f"it takes {' '.join(f'%{one}' for one in _PARTS)}, each once"
                raise BracketError(f"'{form}': '{piece}' {said}", hint)
            used.append(key)
            parts.append(_PARTS[key])
        else:
            parts.append(r"\s+".join(map(re.escape, re.split(r"\s+", piece))))
    has = set(used)
    if not (has & {"Y", "y"} and has & {"m", "b", "B"} and "d" in has):
        raise BracketError(f"'{form}' tells no day", "it needs a year, a month and a day: '%d/%m/%Y'")
    return re.compile("".join(parts), re.IGNORECASE), frozenset(used)


def _matched(value: Any, form: str, pattern: re.Pattern[str], used: frozenset[str], place: str) -> datetime.datetime:
    found = pattern.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        hint = "add the form that it has: several may stand in the brackets, 'iso' among them"
        raise _refuse(place, f"is no date and time of the form '{form}'", hint)
    has = found.groupdict()
    year = int(has["Y"]) if "Y" in used else _century(int(has["y"]))
    month = int(has["m"]) if "m" in used else _MONTHS.index((has.get("b") or has["B"])[:3].lower()) + 1
    hour = int(has.get("H") or has.get("I") or 0)
    if "p" in used and "I" in used:
        hour = hour % 12 + (12 if has["p"][0] in "pP" else 0) if 1 <= hour <= 12 else 99
    fraction = int((has.get("f") or "0")[:6].ljust(6, "0"))
    try:
        made = datetime.datetime(  # noqa: DTZ001 - a zone is added where there is one
            year, month, int(has["d"]), hour, int(has.get("M") or 0), int(has.get("S") or 0), fraction
        )
    except ValueError:
        raise _refuse(place, *_not_there(year, month, int(has["d"]), form), code="no_such_time") from None
    own = has.get("z") or has.get("Z")
    return _in_own_zone(made, own, place)


def _of_iso(value: Any, place: str) -> datetime.datetime:
    parts = _INSTANT.fullmatch(value.strip()) if isinstance(value, str) else None
    if parts is None:
        hint = "add the form that it has, such as '%d/%m/%Y %H:%M'; several may stand in the brackets"
        raise _refuse(place, "is no date and time like 2026-01-31 12:00:00", hint)
    day, minute, second, fraction, own = parts.groups()
    try:
        made = datetime.datetime.fromisoformat(f"{day}T{minute or '00:00'}{second or ':00'}")
    except ValueError:
        raise _refuse(place, *_not_there(int(day[:4]), int(day[5:7]), int(day[8:])), code="no_such_time") from None
    made = made.replace(microsecond=int((fraction or "0")[:6].ljust(6, "0")))
    return _in_own_zone(made, own, place)


def _in_own_zone(made: datetime.datetime, zone: str | None, place: str) -> datetime.datetime:
    if not zone:
        return made
    try:
        return made.replace(tzinfo=_zone_of(_zone(zone)))
    except BracketError:
        raise _refuse(place, f"there is no offset '{zone}' from UTC", "offsets go from -14:59 to +14:59") from None


def _counted(count: Any, unit: str, place: str) -> datetime.datetime:
    try:
        made = _since_1970(count, unit)
    except (OverflowError, ValueError):
        made = None
    if made is None or not _is_plausible(made):
        other = next((name for name in _UNITS if name != unit and _fits(count, name)), None)
        if other is not None:
            said = f"would be the year {made.year}" if made else "is no instant"
            raise _refuse(
                place, f"{said} when it counts {unit}; it seems to count {other}", f"write date_time('{other}')"
            )
    if made is None:
        hint = f"it may count in another unit: {', '.join(_UNITS)}"
        raise _refuse(place, f"is no instant when it counts {unit}", hint)
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
        raise _refuse(place, "is a day before March 1900, which spreadsheets count wrongly", "write it as text")
    try:
        made = _DAY_ZERO[form] + datetime.timedelta(milliseconds=round(days * 86_400_000))
    except (OverflowError, ValueError):
        made = None
    if made is None or made.year >= 10_000 or days < 0:
        raise _refuse(place, "is no day of a spreadsheet", "days are counted from 1900: 46053 is 2026-01-31")
    return made


def _placed(
    naive: datetime.datetime, zone: datetime.tzinfo, name: str, ambiguous: str | None, missing: str | None, place: str
) -> datetime.datetime:
    """A time of a zone's clocks; what they showed twice or never is refused, or taken as was said."""
    made = naive.replace(tzinfo=zone)
    later = made.replace(fold=1)
    one, other = made.utcoffset(), later.utcoffset()
    if one == other or one is None or other is None:
        return made
    shown = naive.isoformat(sep=" ", timespec="minutes")
    if one > other:  # clocks were set back
        if ambiguous is None:
            hint = "say which is meant: ambiguous='earlier' or ambiguous='later'"
            raise _refuse(place, f"{shown} was twice in {name}, as clocks were set back", hint)
        return later if ambiguous == "later" else made
    if missing is None:
        hint = "see whether the zone is right; missing='forward' moves such times behind the gap"
        raise _refuse(place, f"{shown} never was in {name}, as clocks were set forward", hint)
    return made.astimezone(datetime.timezone.utc).astimezone(zone)


@lru_cache(maxsize=256)
def _zone_of(name: str) -> datetime.tzinfo:
    """The zone of a name or an offset.

    :raises BracketError: when there is none.
    """
    import zoneinfo

    if name.upper() in ("Z", "UTC"):
        return datetime.timezone.utc
    if _OFFSET.fullmatch(name):
        digits = name[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        return datetime.timezone(datetime.timedelta(minutes=minutes if name[0] == "+" else -minutes))
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(name, zoneinfo.available_timezones()) or "write one of the tz database: Europe/Madrid"
        raise BracketError(f"knows no zone '{name[:60]}'", hint) from None


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


def _not_there(year: int, month: int, day: int, form: str = "") -> tuple[str, str]:
    """What is wrong with the parts of a date that was read, and the cure."""
    swapped = "see whether day and month stand the other way round"
    if not 1 <= month <= 12:
        return f"there is no month {month}", swapped if form and 1 <= day <= 12 else "mend the date"
    try:
        datetime.date(year, month, day)
    except ValueError:
        return f"there is no {day} {_NAMES[month - 1].capitalize()} {year}", "mend the date where it was made"
    return "there is no such time of a day", "hours go from 0 to 23 (with %I from 1 to 12), minutes and seconds to 59"


def _century(year: int) -> int:
    return 2000 + year if year < 69 else 1900 + year  # as POSIX has it


def _zone(zone: str | None) -> str:
    if zone is None or zone.upper() in ("Z", "UTC", "GMT"):
        return "Z"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def _refuse(place: str, message: str, hint: str, code: str = "date_time") -> InputError:
    return InputError.of(code, message, hint, field=place or None)


__all__: Sequence[str] = ("check_date_time", "date_time")
