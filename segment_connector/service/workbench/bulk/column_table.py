"""The table of columns: the first values of each, where it goes, and in what form it is read."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from ....bulk.report.run_words import count
from ....bulk.suggest.places import Place
from ....bulk.suggest.profile import ColumnProfile
from ....values.paths import get
from ..markup import Select, block, text
from ..spoken import say
from .column_choices import Choices, Target

NOT_SENT = ""
"""What a column is mapped to that is left out."""

_PART, _SAME, _WORDS = "?", "=", "~"
_MOST_COLUMNS = 200
_SHOWN = 3
_LONGEST = 32  # characters of a value

Changed = Callable[[], Awaitable[None]]


class ColumnTable:
    """The table.

    :param changed: called when the mapping is another one.
    """

    def __init__(self, choices: Choices, changed: Changed) -> None:
        self._choices = choices
        known = choices.targets()
        scroll = block("div", "wb-table-scroll", role="region", aria_label=say("Columns"), tabindex="0")
        with scroll, block("table", "wb-table bk-columns"):
            with block("thead"), block("tr"):
                for words in (say("Column"), say("First values"), say("becomes"), say("read as")):
                    text("th", words, scope="col")
            with block("tbody"):
                self._rows = [_Row(choices, one, known, changed) for one in choices.columns[:_MOST_COLUMNS]]
        if (unseen := len(choices.columns) - _MOST_COLUMNS) > 0:
            words = say(
                "{count} cannot be chosen here; name them in the mapping below.", count=count(unseen, "more column")
            )
            text("p", words, "wb-note wb-note--warn")
        self.show()

    def show(self) -> None:
        """Show what the choices are now; fields that stay as they are keep their elements, and so the focus."""
        placed, parts = self._choices.placed(), self._choices.parts()
        for row in self._rows:
            row.show(placed, parts)


class _Row:
    def __init__(self, choices: Choices, column: ColumnProfile, known: list[Target], changed: Changed) -> None:
        self._choices = choices
        self._column = column
        self._changed = changed
        self._shown: tuple[str, str] | None = None
        own = choices.own_place(column)
        self._places: dict[str, Place] = {}
        self._titles = {NOT_SENT: say("not sent")}
        for target in [*([own] if own else []), *known]:
            self._places.setdefault(".".join(target.place), target.place)
            self._titles.setdefault(".".join(target.place), target.title)
        with block("tr"):
            text("td", column.name, "bk-column")
            values = ", ".join(_value(one) for one in column.first_values[:_SHOWN])
            text("td", values or say("no value"), "bk-values" if values else "wb-quiet")
            with block("td"):
                self._place = Select(
                    self._titles, NOT_SENT, label=say("{name} becomes", name=column.name), on_change=self._to_place
                )
            with block("td"):
                self._cell = block("div", "bk-form")
        self._form: Select | None = None
        self._forms: dict[str, str] = {}

    def show(self, placed: dict[Place, tuple[Place, str]], parts: dict[Place, Place]) -> None:
        """Show where the column goes now, and how it is read."""
        column = self._column
        place, form = placed.get(column.path, (None, ""))
        if column.path in self._choices.constants:
            place, form = self._choices.constants[column.path], _SAME
        chosen = NOT_SENT if place is None else ".".join(place)
        titles = dict(self._titles)
        if place is not None and chosen not in titles:
            titles[chosen] = " > ".join(place)
            self._places[chosen] = place
        if place is None and column.path in parts:
            chosen = _PART
            titles[_PART] = say("part of {names}, see the mapping", names=".".join(parts[column.path]))
        if (chosen, form) == self._shown:
            return
        before, self._shown = self._shown, (chosen, form)
        if titles != self._titles or before is None:
            self._place.set_options(titles, chosen)
        else:
            self._place.set_value(chosen)
        same_field = self._form is not None and place is not None and _SAME not in (form, before and before[1])
        if same_field and self._form is not None and f"f{form}" in self._forms:
            self._form.set_value(f"f{form}")
            return
        self._cell.clear()
        self._form = None
        with self._cell:
            self._show_form(place, form)

    def _show_form(self, place: Place | None, form: str) -> None:
        if place is None:
            text("span", say("in the mapping") if self._place.value == _PART else say("left out"), "wb-quiet")
            return
        name = self._column.name
        options: dict[str, str] = {}
        for index, one in enumerate(self._choices.forms(self._column)):
            served = "" if one.reads_all else say(" ({serves:,} of {of:,})", serves=one.serves, of=one.of)
            options[f"f{one.text}"] = f"{one.title}{served}"
            if index == 0 and one.filters:
                options[f"f{one.text}"] += say(", as suggested")
        if form != _SAME:
            options.setdefault(f"f{form}", form or say("as is"))
        options |= {
            _SAME: say("one value for every row ..."),
            _WORDS: say("a custom expression ..."),
            NOT_SENT: say("leave it out"),
        }
        chosen = _SAME if form == _SAME else f"f{form}"
        self._forms = options
        self._form = Select(options, chosen, label=say("{name} is read as", name=name), on_change=self._to_form)
        if form == _SAME:
            value = get(self._choices.tree, place)
            self._field(say("{name}, for every row", name=name), "" if value is None else str(value), self._fix)
        self._own_words = self._field(
            say("{name}, filters", name=name),
            form if form != _SAME else "",
            self._say,
            say("For example number(decimal=',')"),
        )
        self._own_words.set_visibility(False)

    def _field(self, label: str, value: str, said: Callable[[str], Any], example: str = "") -> ui.element:
        made = block(
            "input", "wb-input", type="text", aria_label=label, placeholder=example, **{"^value": value},
        )  # fmt: skip
        return made.on("change", lambda event: said(str(event.args)), js_handler="(event) => emit(event.target.value)")

    async def _to_place(self, key: str) -> None:
        if key != _PART:
            self._choices.put(self._column, self._places.get(key))
            await self._changed()

    async def _to_form(self, key: str) -> None:
        if key == _WORDS:
            self._own_words.set_visibility(True)
            self._own_words.run_method("focus")
            return
        place = self._now()
        if key == NOT_SENT or place is None:
            self._choices.put(self._column, None)
        elif key == _SAME:
            first = self._column.first_values
            self._choices.fix(place, str(first[0]) if first else "", self._column)
        else:
            if self._column.path in self._choices.constants:
                self._choices.fix(place, "")
            self._choices.put(self._column, place, key[1:])
        await self._changed()

    async def _fix(self, value: str) -> None:
        if (place := self._now()) is not None:
            self._choices.fix(place, value, self._column)
            await self._changed()

    async def _say(self, words: str) -> None:
        if (place := self._now()) is not None:
            self._choices.put(self._column, place, words.strip().removeprefix("|").strip())
            await self._changed()

    def _now(self) -> Place | None:
        if self._column.path in self._choices.constants:
            return self._choices.constants[self._column.path]
        return self._choices.placed().get(self._column.path, (None, ""))[0]

    _own_words: ui.element


def _value(value: Any) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
