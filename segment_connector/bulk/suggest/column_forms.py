"""In what form a column holds its values: as which filters they can be read, and how many of them each reads.

A form is tried on the values by the filter itself, so that what is proposed is what a run does.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Literal

from ...errors import InputError
from ...language.column_records import ColumnSpec, YesAndNo
from ...templates.conversions import FILTERS
from .date_forms import Order, date_forms
from .profile import ColumnProfile

Kind = Literal["text", "number", "instant", "day", "flag", "list", "object"]

_NEARLY_ALL, _HALF = 0.9, 0.5
_MOST_WORDS = 4  # around numbers: currencies, mostly
_NUMBER = re.compile(
    r"([^0-9.,+\-\u2212()]*)([+\-\u2212(]?)([^0-9.,+\-\u2212()]*)([0-9][0-9.,'\u2019_\s]*|[.,][0-9]+)(.*)", re.DOTALL
)
# Digits that are a name for something: 0042, a telephone number, what no number of 64 bits tells to its end.
_IS_A_NAME = re.compile(r"0[0-9]+|\+[0-9]{7,}|[+-]?[0-9]{16,}")
# What a mark can be before decimals and between thousands.
_MARKS = ((".", ""), (",", ""), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))


@dataclass(frozen=True)
class Filter:
    """A filter with what stands in its brackets."""

    name: str
    arguments: tuple[Any, ...] = ()
    named: tuple[tuple[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """As it stands in a template."""
        words = [*map(_literal, self.arguments), *(f"{name}={_literal(value)}" for name, value in self.named)]
        return f"{self.name}({', '.join(words)})" if words else self.name

    def read(self, value: Any) -> Any:
        """What it makes of a value.

        :raises InputError: when it cannot read it.
        """
        return FILTERS[self.name](value, *self.arguments, **dict(self.named))


@dataclass(frozen=True)
class Form:
    """A way to read a column.

    :ivar filters: one after another; none leaves the values as they are.
    :ivar kind: what comes of it.
    :ivar title: what a person reads: ``decimal comma: 1.234,56``.
    :ivar serves: how many of the values it reads.
    :ivar of: how many there are.
    :ivar doubt: why it may be wrong although it reads them.
    :ivar asked: nobody can tell but who made the file.
    """

    filters: tuple[Filter, ...]
    kind: Kind
    title: str
    serves: int
    of: int
    doubt: str | None = None
    asked: bool = False

    @property
    def text(self) -> str:
        """The filters as they stand in a template: ``none_if('n/a') | number(',')``."""
        return " | ".join(one.text for one in self.filters)

    @cached_property
    def reads_all(self) -> bool:
        """Whether it reads every value."""
        return self.serves == self.of


@dataclass(frozen=True)
class Habits:
    """What the other columns of a source say of those that can be read in two ways.

    :ivar decimal: the mark before decimals, and ``order`` of day and month; ``None`` where nobody knows.
    """

    decimal: str | None = None
    order: Order | None = None
    zone: str | None = None


def forms_of(
    profile: ColumnProfile, spec: ColumnSpec, habits: Habits, *, timely: bool = False, share: float = _NEARLY_ALL
) -> list[Form]:
    """The ways to read a column, the best first; the last one leaves it as it is.

    :param spec: words for yes, no and nothing.
    :param habits: what decides between two ways.
    :param timely: its name is one of times, so that numbers may count from 1970 or be days of a spreadsheet.
    :param share: of the values that a form must read at least.
    """
    counts: dict[Any, int] = dict(profile.counts)
    nothing = [word for word in spec.nothing if word in counts]
    for word in nothing:
        del counts[word]
    of = sum(counts.values())
    plain = Form((), _plain_kind(profile), "as it is", len(profile.values), len(profile.values))
    if not counts:
        return [plain]
    before = (Filter("none_if", tuple(nothing)),) if nothing else ()
    found = [
        replace(form, filters=(*before, *form.filters))
        for make in (_flags, _numbers, _instants, _values)
        for form in make(_Asked(counts, of, spec, habits, timely, share))
        # What has the shape of dates is that, also where there is no such day.
        if form.serves >= (min(share, _HALF) if form.kind in ("instant", "day") else share) * of
    ]
    if before:
        plain = replace(plain, filters=before, title=f"as it is, {_listed(nothing)} left out", serves=of, of=of)
    # Numbers in a column of times count something, and are rather that than an amount.
    return [*sorted(found, key=lambda form: (-form.serves, timely and form.kind not in ("instant", "day"))), plain]


def mending(profile: ColumnProfile, spec: ColumnSpec, words: str, read: Callable[[Any], Any]) -> list[Form]:
    """The forms that read values which the present one cannot; ``serves`` says how many of them, the most first.

    :param words: the present form, as it stands in a template.
    :param read: it, as a function that raises InputError.
    """
    broken = {value: count for value, count in profile.counts.items() if not _reads(read, value)}
    if not broken:
        return []
    of, plain = sum(broken.values()), _plain_kind(profile)
    found: list[Form] = []
    for form in forms_of(profile, spec, Habits(), timely=True, share=_HALF):
        serves = sum(count for value, count in broken.items() if _reads(partial(run, form), value))
        if serves and form.kind != plain and form.text != words:
            found.append(replace(form, serves=serves, of=of))
    return sorted(found, key=lambda form: -form.serves)


def run(form: Form, value: Any) -> Any:
    """What the filters of a form make of a value.

    :raises InputError: when one cannot read it.
    """
    for one in form.filters:
        value = one.read(value)
    return value


def _plain_kind(profile: ColumnProfile) -> Kind:
    kinds: Mapping[type, Kind] = {bool: "flag", int: "number", float: "number", dict: "object", list: "list"}
    found = {kinds.get(kind, "text") for kind in profile.kinds}
    return found.pop() if len(found) == 1 else "text"


_CLOCKS = (
    ("ambiguous", "earlier", "where clocks were set back, the earlier of the two hours is taken"),
    ("missing", "forward", "times that clocks skipped are moved after the gap"),
)

Counts = Mapping[Any, int]


@dataclass(frozen=True)
class _Asked:
    """How often each value comes, and what decides how they are read; see ``forms_of``."""

    counts: Counts
    of: int
    spec: ColumnSpec
    habits: Habits
    timely: bool
    share: float


def _flags(asked: _Asked) -> Iterator[Form]:
    counts, of = asked.counts, asked.of
    if not all(isinstance(value, str) for value in counts) or len(counts) > 8:
        return
    folded = {value.strip().casefold() for value in counts}
    for words in asked.spec.yes_and_no:
        yes, no = ({word.casefold() for word in side} for side in (words.yes, words.no))
        # One of them alone may be a word for something else, but for these two.
        if folded <= yes | no and ((folded & yes and folded & no) or folded <= {"true", "false"}):
            form = Filter("boolean", (), () if _is_usual(folded) else _said(words, folded))
            yield Form(
                (form,), "flag", f"yes and no: {' and '.join(sorted(folded, key=lambda one: one in no))}", of, of
            )
            return


def _is_usual(folded: set[str]) -> bool:
    return all(_reads(Filter("boolean").read, word) for word in folded)


def _said(words: YesAndNo, folded: set[str]) -> tuple[tuple[str, Any], ...]:
    sides = []
    for name, side in (("true", words.yes), ("false", words.no)):
        here = [word for word in side if word.casefold() in folded]
        sides.append((name, here[0] if len(here) == 1 else tuple(here)))
    return tuple(sides)


def _numbers(asked: _Asked) -> Iterator[Form]:
    counts, of, habits = asked.counts, asked.of, asked.habits
    texts = {value: count for value, count in counts.items() if isinstance(value, str)}
    if not texts or len(texts) < len(counts):
        return
    parts = {value: found for value in texts if (found := _NUMBER.fullmatch(value.strip())) is not None}
    if sum(texts[value] for value in parts) < asked.share * of:
        return
    if any(_IS_A_NAME.fullmatch(value.strip()) for value in parts):
        return
    around = {word.strip() for found in parts.values() for word in (found[1], found[3], found[5])}
    words = sorted(word for one in around for word in [one.strip("+-\u2212() \u00a0\u202f")] if word)
    known = {word.casefold() for word in (*asked.spec.currencies.signs, *asked.spec.currencies.units)}
    if len(words) > _MOST_WORDS or not all(word.casefold() in known for word in words):
        return
    readings = [_reading(texts, decimal, thousands, words) for decimal, thousands in _MARKS]
    most = max(reading.serves for reading in readings)
    different: list[_Reading] = []  # the plainest of those that come to the same
    for reading in readings:
        if most and reading.serves == most and all(reading.made != other.made for other in different):
            different.append(reading)
    like_others = [reading for reading in different if reading.decimal == habits.decimal]
    if len(different) > 1 and like_others:
        doubt = f"'{habits.decimal}' precedes decimals, as in the other columns"
        yield like_others[0].form(of, doubt)
        return
    for reading in different:
        if len(different) == 1:
            yield reading.form(of)
            continue
        value = next(one for one in texts if len({repr(other.made.get(one)) for other in different}) > 1)
        can = " or ".join(str(other.made[value]) for other in different)
        yield replace(reading.form(of, f"{value} can be {can}, and nothing shows which"), asked=True)


def decimal_of(profile: ColumnProfile, spec: ColumnSpec) -> str | None:
    """The mark that stands before the decimals of a column, where its values leave no doubt of it."""
    forms = [form for form in forms_of(profile, spec, Habits()) if form.kind == "number" and form.filters]
    if len(forms) != 1 or forms[0].filters[-1].name != "number":
        return None
    named = dict(forms[0].filters[-1].named)
    mark: str = named.get("decimal", ".")
    return (
        mark
        if any(isinstance(value, str) and (mark in value or "thousands" in named) for value in profile.counts)
        else None
    )


@dataclass(frozen=True)
class _Reading:
    filter: Filter
    decimal: str
    made: Mapping[str, Any]
    serves: int
    title: str

    def form(self, of: int, doubt: str | None = None) -> Form:
        return Form((self.filter,), "number", self.title, self.serves, of, doubt)


def _reading(texts: Counts, decimal: str, thousands: str, words: Sequence[str]) -> _Reading:
    named: list[tuple[str, Any]] = []
    if decimal != ".":
        named.append(("decimal", decimal))
    if thousands:
        named.append(("thousands", thousands))
    if words:
        named.append(("strip", words[0] if len(words) == 1 else tuple(words)))
    form = Filter("number", (), tuple(named))
    made: dict[str, Any] = {}
    for value in texts:
        with contextlib.suppress(InputError):
            made[value] = form.read(value)
    shown = f"number like {f'1{thousands}234' if thousands else '12'}{decimal}50"
    title = f"{shown}, without {_listed(words)}" if words else shown
    return _Reading(form, decimal, made, sum(texts[value] for value in made), title)


def _instants(asked: _Asked) -> Iterator[Form]:
    of, habits = asked.of, asked.habits
    for found in date_forms(asked.counts, habits.order, timely=asked.timely, share=asked.share):
        zone = (("zone", habits.zone),) if habits.zone and found.naive and not found.only_days else ()
        made = Form((Filter("date_time", found.forms, zone),), "instant", found.title, found.serves, of, found.doubt)
        made = _with_clocks(made, asked) if zone else made
        filters = made.filters
        if not found.only_days:
            yield made
            continue
        if found.forms:
            filters = (*filters, Filter("slice", (0, 10)))
        yield replace(made, kind="day", filters=filters if found.forms else ())


def _with_clocks(form: Form, asked: _Asked) -> Form:
    """A form with a zone, and what is meant where clocks were set, if that was in the hours of the column."""
    first = form.filters[0]
    lost = [value for value in asked.counts if not _reads(first.read, value)]
    best, doubts = first, [form.doubt] if form.doubt else []
    for word, meant, said in _CLOCKS:
        tried = replace(best, named=(*best.named, (word, meant)))
        helped = [value for value in lost if _reads(tried.read, value) and not _reads(best.read, value)]
        if helped:
            best = tried
            doubts.append(f"{said}, as {helped[0]!r}, of {sum(asked.counts[value] for value in helped):,}")
    serves = sum(count for value, count in asked.counts.items() if _reads(best.read, value))
    return replace(form, filters=(best,), serves=serves, doubt="; ".join(doubts) or None)


def _values(asked: _Asked) -> Iterator[Form]:
    counts, of = asked.counts, asked.of
    if all(isinstance(value, str) and value.lstrip()[:1] in ("{", "[") for value in counts):
        form = Filter("json")
        serves = sum(count for value, count in counts.items() if _reads(form.read, value))
        yield Form((form,), "object", "JSON", serves, of)


def _reads(read: Callable[[Any], Any], value: Any) -> bool:
    try:
        read(value)
    except InputError:
        return False
    return True


def _literal(value: Any) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return f"'{escaped}'"
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_literal, value))}]"
    return repr(value)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
