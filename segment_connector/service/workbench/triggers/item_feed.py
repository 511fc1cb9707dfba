"""The items of a subscription, newest first, as they come and as they are handed on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....errors import ConnectorError
from ....inbox.store import STATUSES, Entry, Status
from ....markup.html import html
from ....markup.markdown import sentence
from ..badges import MEANINGS
from ..frame import panel
from ..json_view import json_view
from ..markup import block, table_head, text
from ..notice import notice
from ..spoken import say
from ..work import in_thread
from .subscription_cards import show_problem

if TYPE_CHECKING:
    from nicegui.elements.mixins.text_element import TextElement

    from ....inbox.registration import Registration
    from ...trigger_service import TriggerService

_ROWS = 50
_KIND: Mapping[Status, str] = {"waiting": "info", "done": "good", "dead": "bad", "refused": "warn"}
_SET_ASIDE: tuple[Status, ...] = ("dead", "refused")
_PICKED = "(event) => { const row = event.target.closest('[data-number]'); if (row) emit(row.dataset.number) }"


class ItemFeed:
    """The panels of the items and of the one that is chosen."""

    def __init__(self, triggers: TriggerService, registration: Registration) -> None:
        self._triggers = triggers
        self._registration = registration
        self._status: Status | None = None
        self._most = _ROWS
        self._rows: dict[int, ui.html] = {}
        self._entries: dict[int, Entry] = {}
        self._counts: Mapping[str, int] = {}
        self._open = 0
        with block("div", "tg-split"):
            with panel(say("Items")):
                with block("div", "wb-row"):
                    with block("div", "wb-segments", role="group", aria_label=say("Status")):
                        self._statuses = {one: self._status_button(one) for one in (None, *STATUSES)}
                    self._all = self._button("", self._hand_on_all)
                self._said = text("p", "", "wb-quiet", role="status")
                with block("div", "wb-table-scroll", role="region", aria_label=say("List of items"), tabindex="0"):
                    self._table = block("table", "wb-table tg-items")
                    with self._table:
                        ui.html(
                            table_head(say("Received (UTC)"), say("Status"), say("Item")),
                            sanitize=False, tag="thead",
                        )  # fmt: skip
                        self._body = block("tbody").on("click", self._pick, js_handler=_PICKED)
                self._older = self._button(say("Show older items"), self._show_older)
            with panel(say("Item details"), "tg-one"):
                self._inside = block("div", "tg-inside", tabindex="-1")
        self._show_chosen(None)

    async def look(self, counts: Mapping[str, int]) -> None:
        """Show what is new.

        :param counts: items by status.
        """
        wanted = (self._most, self._status)
        found = await in_thread(self._triggers.newest, self._registration, *wanted)
        if wanted == (self._most, self._status):  # else somebody asked for others meanwhile
            self._draw({one.number: one for one in reversed(found)})
            self._tell(counts)

    def _draw(self, found: dict[int, Entry]) -> None:
        new = [number for number in found if number not in self._rows]
        if new and self._rows and min(new) < max(self._rows):  # one was put back into the middle
            self._body.clear()
            self._rows.clear()
        for number in self._rows.keys() - found.keys():
            self._rows.pop(number).delete()
        for number, entry in found.items():
            if number not in self._rows:
                with self._body:
                    self._rows[number] = row = ui.html(_cells(entry), sanitize=False, tag="tr")
                row.props["data-number"] = str(number)
                if number == self._open:
                    row.props["aria-current"] = "true"
                row.move(target_index=0)
            elif entry != self._entries.get(number):
                self._rows[number].set_content(_cells(entry))
        chosen = found.get(self._open)
        if chosen is not None and chosen != self._entries.get(self._open):
            self._show_chosen(chosen)
        self._entries = found

    def _tell(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        total = sum(counts.values())
        for status, button in self._statuses.items():
            button.set_text(f"{status or 'all'} {counts.get(status, 0) if status else total:,}")
        self._table.set_visibility(bool(self._rows))
        self._older.set_visibility(len(self._rows) == self._most)
        among = counts.get(self._status, 0) if self._status else total
        self._said.set_text(
            say("{count:,} of {among:,} items", count=len(self._rows), among=among) if among else say("No items yet.")
        )
        aside = self._status in _SET_ASIDE and among > 0
        self._all.set_visibility(aside)
        if aside:
            self._all.set_text(say("Send all {among:,}", among=among))

    def _status_button(self, status: Status | None) -> TextElement:
        button = text(
            "button", status or say("all"), "wb-segment", type="button", aria_pressed=str(status is None).lower()
        )
        return button.on("click", lambda: self._want(status))

    def _button(self, words: str, pressed: Callable[[], Any]) -> TextElement:
        return text("button", words, "wb-button", type="button").on("click", pressed)

    async def _want(self, status: Status | None) -> None:
        self._status, self._most = status, _ROWS
        for one, button in self._statuses.items():
            button.props["aria-pressed"] = str(one == status).lower()
            button.update()
        await self.look(self._counts)

    async def _show_older(self) -> None:
        self._most += _ROWS
        await self.look(self._counts)

    # The item that is chosen

    def _pick(self, event: Any) -> None:
        number = int(event.args)
        for one in {self._open, number} & self._rows.keys():
            self._rows[one].props["aria-current"] = "true" if one == number else "false"
            self._rows[one].update()
        self._open = number
        self._show_chosen(self._entries.get(number))
        ui.run_javascript(
            f"const one = getHtmlElement({self._inside.id});"
            " if (one && innerWidth < 1024) { one.focus(); one.scrollIntoView({block: 'start'}) }"
        )

    def _show_chosen(self, entry: Entry | None) -> None:
        self._inside.clear()
        with self._inside:
            if entry is None:
                text("p", say("Choose an item to see its details."), "wb-quiet")
                return
            with block("div", "wb-row"):
                text("span", entry.status, f"wb-chip wb-chip--{_KIND[entry.status]}", title=say(MEANINGS[entry.status]))
                text("h3", entry.item.title)
            if entry.reason:
                with block("div", f"wb-note wb-note--{'bad' if entry.status == 'dead' else 'warn'}"):
                    text("strong", sentence(entry.reason))
            if entry.status in _SET_ASIDE or (entry.status == "done" and self._registration.callback is not None):
                words = say("Send again") if entry.status == "done" else say("Send")
                self._button(words, lambda: self._hand_on(entry.status, [entry.number]))
            facts = {
                say("Happened"): entry.item.at or "unknown",
                say("Received"): _moment(entry.received),
                say("Proved"): "yes" if entry.item.verified else "no",
                "Id": entry.item.id + (say(" (made of its content)") if entry.item.made_id else ""),
                say("Tries"): str(entry.tries),
            }
            with block("dl", "tg-facts"):
                for name, value in facts.items():
                    text("dt", name)
                    text("dd", value)
            json_view(entry.item.data, say("The item as JSON"), wrap=True)

    async def _hand_on_all(self) -> None:
        if self._status is not None:
            await self._hand_on(self._status, None)

    async def _hand_on(self, status: Status, numbers: list[int] | None) -> None:
        try:
            count = await in_thread(self._triggers.replay, self._registration, status, numbers)
        except ConnectorError as error:
            with self._inside:
                show_problem(error.problems[0])
            return
        if not count:
            notice(say("It was sent already."))
        await self.look(self._counts)


def _moment(seconds: float) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.timezone.utc):%Y-%m-%d %H:%M:%S}"


def _cells(entry: Entry) -> str:
    return html(
        "service/workbench/triggers/item_cells.html", entry=entry, kind=_KIND[entry.status],
        meaning=say(MEANINGS[entry.status]),
        received=_moment(entry.received),
    )  # fmt: skip
