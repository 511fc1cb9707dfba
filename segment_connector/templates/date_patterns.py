"""Patterns of dates and times with ``%``: what each of their parts reads, and a reader of them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from .brackets import BracketError
from .zones import in_own_zone, offset_of, refused

_MOST_HOURS = 20_000
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


@lru_cache(maxsize=256)
def pattern_of(form: str) -> tuple[re.Pattern[str], frozenset[str]]:
    """The expression of a pattern with ``%``, and its directives.

    :raises BracketError: for a directive that the language does not have, or a pattern that names no day.
    """
    parts: list[str] = []
    used: list[str] = []
    pieces = re.split(r"(%.?)", form)
    for piece in pieces:
        if piece.startswith("%"):
            key = piece[1:]
            if key not in _PARTS or (key in used and key != "%"):
                said = "occurs twice" if key in used else "is not part of a date"
                hint = f"it takes {' '.join(f'%{one}' for one in _PARTS)}, each once"
                raise BracketError(f"'{form}': '{piece}' {said}", hint)
            used.append(key)
            parts.append(_PARTS[key])
        else:
            parts.append(r"\s+".join(map(re.escape, re.split(r"\s+", piece))))
    has = set(used)
    if not (has & {"Y", "y"} and has & {"m", "b", "B"} and "d" in has):
        raise BracketError(f"'{form}' names no day", "it needs a year, a month and a day: '%d/%m/%Y'")
    return re.compile("".join(parts), re.IGNORECASE), frozenset(used)


def read_by_pattern(
    value: Any, form: str, pattern: re.Pattern[str], used: frozenset[str], place: str
) -> datetime.datetime:
    """The moment of a text in the form of a pattern, with a zone where it names one.

    :raises InputError: when it has another form, or there is no such moment (``no_such_time``).
    """
    found = pattern.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        hint = "add the form that it has: several may be given, 'iso' among them"
        raise refused(place, f"is not a date and time of the form '{form}'", hint)
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
        raise refused(place, *not_there(year, month, int(has["d"]), form), code="no_such_time") from None
    own = has.get("z") or has.get("Z")
    return in_own_zone(made, own, place)


def quick_reader(form: str, zone: datetime.tzinfo | None) -> Callable[[Any], str | None] | None:
    """A reader of the usual values of a pattern, which gives nothing for whatever is not usual.

    It is there for patterns of numbers from the year down. The hour tells what a zone's clocks are off, but for the
    hours in which they are set.
    """
    pattern, used = pattern_of(form)
    if not {"Y", "m", "d"} <= used <= {"Y", "m", "d", "H", "M", "S"}:
        return None
    order = [name for name in ("Y", "m", "d", "H", "M", "S") if name in used]
    if order != ["Y", "m", "d", "H", "M", "S"][: len(order)]:
        return None
    match, places = pattern.fullmatch, [pattern.groupindex[name] for name in order]
    offsets: dict[str, str | None] = {}

    def read(value: Any) -> str | None:
        found = match(value) if type(value) is str else None
        if found is None:
            return None
        try:
            numbers: Any = map(int, found.group(*places))
            made = datetime.datetime(*numbers)  # noqa: DTZ001 - the zone is written behind
        except ValueError:
            return None
        text = made.isoformat()
        if zone is None:
            return f"{text}Z"
        hour = text[:13]
        if hour not in offsets:
            if len(offsets) > _MOST_HOURS:
                offsets.clear()
            offsets[hour] = offset_of(made, zone)
        offset = offsets[hour]
        return None if offset is None else text + offset

    return read


def not_there(year: int, month: int, day: int, form: str = "") -> tuple[str, str]:
    """What is wrong with the parts of a date that was read, and the cure."""
    swapped = "check whether day and month are swapped"
    if not 1 <= month <= 12:
        return f"there is no month {month}", swapped if form and 1 <= day <= 12 else "fix the date"
    try:
        datetime.date(year, month, day)
    except ValueError:
        return f"there is no {day} {_NAMES[month - 1].capitalize()} {year}", "fix the date at its source"
    return "there is no such time of day", "hours go from 0 to 23 (with %I from 1 to 12), minutes and seconds to 59"


def _century(year: int) -> int:
    return 2000 + year if year < 69 else 1900 + year  # as POSIX has it
