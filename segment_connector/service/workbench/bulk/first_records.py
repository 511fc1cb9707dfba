"""The first records as they would be sent, what is wrong with some of them, and what mends it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from ....bulk.report.run_words import count
from ....errors import Problem
from ..markup import block, text
from ..spoken import say
from .column_choices import Choices, Mend

if TYPE_CHECKING:
    from ....bulk.preview import Preview

_SHOWN_RECORDS = 5
_SHOWN = 400  # characters of a record
_FAULTS = 12
_WAYS = 4  # to fix one column

Changed = Callable[[], Awaitable[None]]


def show_first_records(
    found: Sequence[Preview], choices: Choices | None, mends: Sequence[Mend], changed: Changed
) -> None:
    """Show them.

    :param found: the records that were looked at.
    :param mends: ways to fix columns.
    :param changed: called when one was taken.
    """
    wrong = [one for one in found if one.problem is not None]
    first = count(len(found), "record")
    said = say("{count:,} of the first {first} would be rejected.", count=len(wrong), first=first) if wrong else (
        say("The first {first} would be sent as:", first=first)
    )  # fmt: skip
    if choices is not None and mends:
        _show_mends(choices, mends, changed)
    text("p", said, "wb-quiet")
    _show_faults(wrong)
    numbered = list(enumerate(found, 1))
    shown = [one for one in numbered if one[1].problem is not None][:2]
    shown += [one for one in numbered if one[1].problem is None][: _SHOWN_RECORDS - len(shown)]
    for number, one in sorted(shown, key=lambda pair: pair[0]):
        _show_record(number, one)


def show_problems(problems: Sequence[Problem]) -> None:
    """Show what is wrong, each with its cure."""
    for one in problems:
        with block("div", "wb-note wb-note--bad"):
            text("strong", f"{one.field}: {one.message}" if one.field else one.message)
            if one.hint:
                text("span", one.hint, "wb-note-hint")


def _show_mends(choices: Choices, mends: Sequence[Mend], changed: Changed) -> None:
    with block("ul", "bk-mends", aria_label=say("Ways to fix")):
        for path in dict.fromkeys(one.column.path for one in mends):
            ways = [one for one in mends if one.column.path == path][:_WAYS]
            with block("li", "bk-fix"):
                asked = path not in choices.placed()
                why = say("can be read in several ways") if asked else say("has values that this format cannot read")
                text("span", f"'{ways[0].column.name}' {why}", "bk-fix-what")
                for way in ways:
                    words = say("Read as {title}: {said}", title=choices.title_of(way.column, way.form), said=way.said)
                    button = text("button", words, "wb-button bk-small", type="button")
                    button.on("click", _taker(choices, way, changed))


def _taker(choices: Choices, way: Mend, changed: Changed) -> Callable[[], Awaitable[None]]:
    async def take() -> None:
        choices.put(way.column, way.place, way.form)
        await changed()

    return take


def _show_faults(wrong: Sequence[Preview]) -> None:
    by_place: dict[tuple[str, str], list[Preview]] = {}
    for one in wrong:
        assert one.problem is not None
        by_place.setdefault((one.problem.field or "", one.problem.code), []).append(one)
    if len(by_place) < 2 and len(wrong) < 2:  # the record says it itself
        return
    scroll = block("div", "wb-table-scroll", role="region", aria_label=say("What would be rejected"), tabindex="0")
    with scroll, block("table", "wb-table"):
        with block("thead"), block("tr"):
            for words in (say("Where"), say("Records"), say("Reason and fix")):
                text("th", words, scope="col")
        with block("tbody"):
            for (field, _), ones in sorted(by_place.items(), key=lambda item: -len(item[1]))[:_FAULTS]:
                problem = ones[0].problem
                assert problem is not None
                with block("tr"):
                    text("td", field, "bk-code")
                    text("td", f"{len(ones):,}")
                    with block("td"):
                        text("p", problem.message)
                        if problem.hint:
                            text("p", problem.hint, "wb-quiet")


def _show_record(number: int, one: Preview) -> None:
    record = one.record if isinstance(one.record, str) else json.dumps(one.record, ensure_ascii=False, default=str)
    place = say("Line {line:,}", line=one.line) if one.line is not None else say("Row {number:,}", number=number)
    with block("div", "bk-record"):
        with block("div", "bk-from"):
            text("span", place, "wb-quiet")
            text("code", record if len(record) <= _SHOWN else f"{record[:_SHOWN]}...")
        if one.problem is not None:
            show_problems([one.problem])
        else:
            shown = json.dumps(one.event, ensure_ascii=False, indent=2)
            text(
                "pre",
                shown,
                "wb-code wb-code--wrap",
                tabindex="0",
                aria_label=say("Event of {place}", place=place.lower()),
            )
