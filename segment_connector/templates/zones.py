"""Time zones: what a name means, what a zone's clocks showed twice or never, and how an offset is written."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

from ..errors import InputError, did_you_mean
from .brackets import BracketError

_OFFSET = re.compile(r"[+-](?:0[0-9]|1[0-4]):?[0-5][0-9]")


@lru_cache(maxsize=256)
def zone_of(name: str) -> datetime.tzinfo:
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
        raise BracketError(f"does not know the time zone '{name[:60]}'", hint) from None


def placed(
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
            raise refused(place, f"{shown} occurred twice in {name}, because clocks were set back", hint)
        return later if ambiguous == "later" else made
    if missing is None:
        hint = "check whether the zone is right; missing='forward' moves such times after the gap"
        raise refused(place, f"{shown} never occurred in {name}, because clocks were set forward", hint)
    return made.astimezone(datetime.timezone.utc).astimezone(zone)


def in_own_zone(made: datetime.datetime, zone: str | None, place: str) -> datetime.datetime:
    """A moment in the zone that its text names, if it does.

    :raises InputError: when there is no such offset.
    """
    if not zone:
        return made
    try:
        return made.replace(tzinfo=zone_of(written_offset(zone)))
    except BracketError:
        raise refused(place, f"there is no offset '{zone}' from UTC", "offsets go from -14:59 to +14:59") from None


def offset_of(moment: datetime.datetime, zone: datetime.tzinfo) -> str | None:
    """What a zone's clocks are off in an hour; nothing where they are set in it, or around it."""
    begin = moment.replace(minute=0, second=0, tzinfo=zone)
    known = {
        at.replace(fold=fold).utcoffset() for at in (begin, begin.replace(minute=59, second=59)) for fold in (0, 1)
    }
    text = begin.isoformat()[19:]
    return None if len(known) > 1 else "Z" if text == "+00:00" else text


def written_offset(zone: str | None) -> str:
    """An offset as RFC 3339 has it: ``Z`` where none is named, ``+01:00`` for ``+01``."""
    if zone is None or zone.upper() in ("Z", "UTC", "GMT"):
        return "Z"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def refused(place: str, message: str, hint: str, code: str = "date_time") -> InputError:
    """The error of a value that cannot be read as a date."""
    return InputError.of(code, message, hint, field=place or None)
