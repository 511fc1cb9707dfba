"""The forms of dates and times in a column, and the order of day and month, which a day over 12 decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ...errors import InputError
from ...templates.instants import date_time

Order = Literal["day", "month"]
"""What stands first where both are numbers."""

_DIGITS = re.compile(
    r"(?P<a>[0-9]{1,4})(?P<s>[-/. ])(?P<b>[0-9]{1,2})(?P=s)(?P<c>[0-9]{1,4})"
    r"(?:(?P<t>T|, ?| +)(?P<hm>[0-9]{1,2}[:.][0-9]{2})(?P<sec>[:.][0-9]{2})?(?P<f>[.,][0-9]{1,9})?"
    r"(?P<p> ?[aApP]\.?[mM]\.?)?(?P<z> ?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?)?"
)
_NAMED = (
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%a, %d %b %Y",
    "%b %d %Y",
    "%Y%m%d",
)
_TIMES = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %I:%M %p",
    " %H:%M:%S %z",
    " %H:%M:%S %Z",
    " at %I:%M %p",
)
_HAS_NAME = re.compile(r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|[0-9]{8}$")
# Numbers that are instants of 2001 to 2065 in a unit, and days of a spreadsheet from 1998 to 2064.
_COUNTED = {"s": (1e9, 3e9), "ms": (1e12, 3e12), "us": (1e15, 3e15), "ns": (1e18, 3e18), "excel": (36_000, 60_000)}
_MOST_FORMS = 4
_TRIED = 20  # of the different values, before all of them are
_NEARLY_ALL = 0.9


@dataclass(frozen=True)
class DateForm:
    """Forms that stand together in the brackets of ``date_time``.

    :ivar forms: none for what it reads without any.
    :ivar serves: how many values they read.
    :ivar naive: some values name no zone.
    :ivar only_days: no value has a time of the day.
    :ivar doubt: why the order of day and month may be wrong.
    """

    forms: tuple[str, ...]
    title: str
    serves: int
    naive: bool
    only_days: bool
    doubt: str | None = None


def date_forms(counts: Mapping[Any, int], order: Order | None, *, timely: bool, share: float) -> Iterator[DateForm]:
    """The forms in which values can be read as dates and times.

    :param counts: how often each value comes.
    :param order: what other columns say of the order.
    :param timely: numbers may be times.
    :param share: of the values that a form must read at least.
    """
    texts = {value.strip(): count for value, count in counts.items() if isinstance(value, str)}
    if timely:
        yield from _counted(counts, share)
    if not texts or len(texts) < len(counts):
        return
    if (iso := _serves(texts, (), share)) >= share * sum(texts.values()):
        naive = any(not re.search(r"(?i)(?:Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)$", text[10:]) for text in texts)
        days = all(len(text) == 10 for text in texts)
        yield DateForm((), "date like 2026-01-31" if days else "time like 2026-01-31 14:05", iso, naive, days)
        return
    yield from _digits(texts, order, share)
    yield from _named(texts, share)


def day_order(counts: Mapping[Any, int]) -> Order | None:
    """What stands first in a column's dates, where a day over 12 tells it and none says otherwise."""
    found = [match for value in counts if isinstance(value, str) and (match := _DIGITS.fullmatch(value.strip()))]
    if not found or len(found) < _NEARLY_ALL * len(counts):
        return None
    first, second = (any(int(match[part]) > 12 for match in found if len(match["a"]) < 3) for part in ("a", "b"))
    return None if first == second else "day" if first else "month"


def _counted(counts: Mapping[Any, int], share: float) -> Iterator[DateForm]:
    try:
        numbers = {float(value): count for value, count in counts.items()}
    except (TypeError, ValueError):
        return
    total = sum(numbers.values())
    for unit, (low, high) in _COUNTED.items():
        serves = sum(count for number, count in numbers.items() if low <= number < high)
        if serves >= share * total:
            said = "a day of a spreadsheet" if unit == "excel" else f"counts {unit} since 1970"
            days = unit == "excel" and all(number == int(number) for number in numbers)
            yield DateForm((unit,), f"{said}", serves, unit == "excel", days)


def _digits(texts: Mapping[str, int], order: Order | None, share: float) -> Iterator[DateForm]:
    found = {text: match for text in texts if (match := _DIGITS.fullmatch(text)) is not None}
    if sum(texts[text] for text in found) < share * sum(texts.values()):
        return
    known = day_order(texts)
    naive = any(not match["z"] for match in found.values())
    days = all(not match["hm"] for match in found.values())
    made: list[DateForm] = []
    for first in ("day", "month") if any(len(match["a"]) < 3 for match in found.values()) else ("day",):
        forms = list(dict.fromkeys(_pattern(match, first) for match in found.values()))
        # The fuller ones come last: the others do not take them.
        if len(forms) <= _MOST_FORMS:
            title = f"{first} first, like {'31/01' if first == 'day' else '01/31'}/2026"
            made.append(DateForm(tuple(forms), title, _serves(texts, tuple(forms), share), naive, days))
    marks = {match["s"] for match in found.values()}
    made.sort(key=lambda form: (-form.serves, form.title.startswith("month")))
    if len(made) == 2 and made[0].serves == made[1].serves:
        clock = any(match["p"] for match in found.values())
        guess: Order = order or known or ("month" if clock and "/" in marks else "day")
        if guess == "month":
            made.reverse()
        if known is None and marks != {"."}:
            said = f"no day is over 12, so {guess} first is a guess"
            why = " from the other columns" if order else " from the a.m. and p.m." if clock else ""
            made = [DateForm(**{**vars(made[0]), "doubt": said + why}), made[1]]
    yield from made


def _pattern(match: re.Match[str], first: Order) -> str:
    mark = match["s"]
    if len(match["a"]) > 2:
        day = f"%Y{mark}%m{mark}%d"
    else:
        year = "%Y" if len(match["c"]) == 4 else "%y"
        day = f"%d{mark}%m{mark}{year}" if first == "day" else f"%m{mark}%d{mark}{year}"
    if not match["hm"]:
        return day
    hour = "%I" if match["p"] else "%H"
    colon = "." if "." in match["hm"] else ":"
    time = f"{hour}{colon}%M{colon + '%S' if match['sec'] else ''}{match['f'][0] + '%f' if match['f'] else ''}"
    half = f"{' ' if match['p'].startswith(' ') else ''}%p" if match["p"] else ""
    zone = f"{' ' if match['z'].startswith(' ') else ''}%z" if match["z"] else ""
    between = match["t"] if match["t"].strip() else " "
    return f"{day}{between}{time}{half}{zone}"


def _named(texts: Mapping[str, int], share: float) -> Iterator[DateForm]:
    if sum(bool(_HAS_NAME.search(text)) for text in texts) < share * len(texts):
        return
    total = sum(texts.values())
    for day in _NAMED:
        for time in _TIMES:
            form = day + time
            if (serves := _serves(texts, (form,), share)) >= share * total:
                yield DateForm(
                    (form,), f"date of the form {form}", serves, "%z" not in time and "%Z" not in time, not time
                )
                return


def _serves(texts: Mapping[str, int], forms: tuple[str, ...], share: float) -> int:
    """How many values some forms read; none where they read hardly any of the first."""
    first = list(texts)[:_TRIED]
    if sum(_reads(text, forms) for text in first) < share * len(first) - 2:
        return 0
    return sum(count for text, count in texts.items() if _reads(text, forms))


def _reads(text: str, forms: tuple[str, ...]) -> bool:
    try:
        date_time(text, *forms)
    except InputError:
        return False
    return True
