"""The dropdown of a parameter whose values another action lists: searched, and read on part by part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from ....call.dropdown import Option, Options
from ....errors import ConnectorError
from ..markup import block, icon_name, text
from ..spoken import say
from ..work import in_thread

Read = Callable[[str | None, Any], Options]
"""Gives a part of the entries: takes what they are searched for, and the cursor of the part."""


class OptionPicker:
    """A button that opens the list, and the dialog with it.

    :param title: of the parameter.
    :param read: gives the entries; called in a thread.
    :param picked: called with the entry that a person chose.
    """

    def __init__(self, title: str, read: Read, picked: Callable[[Option], Any]) -> None:
        self._title = title
        self._read = read
        self._picked = picked
        self._next: Any = None
        self._turn = 0
        self._shown: list[Option] = []
        button = text(
            "button",
            say("Choose"),
            "wb-button",
            type="button",
            aria_label=say("Choose: {title}", title=title),
            aria_haspopup="dialog",
        )
        button.on("click", self._opened)
        self._dialog: ui.dialog | None = None

    def _build(self) -> ui.dialog:
        dialog = ui.dialog()
        dialog.props["aria-label"] = say("Choose: {title}", title=self._title)
        with dialog, block("div", "wb-dialog wb-picker"):
            with block("div", "wb-panel-head"):
                text("h2", self._title)
            self._search = ui.input(placeholder=say("Search"))
            self._search.props("outlined dense debounce=250 autofocus clearable").classes("wb-text")
            self._search.props["clear-icon"] = icon_name("close")
            self._search.props["aria-label"] = say("Search: {title}", title=self._title)
            self._search.on_value_change(self._searched)
            self._said = text("p", "", "wb-quiet", role="status")
            self._list = block("ul", "wb-options")
            with block("div", "wb-row wb-row--end"):
                self._more = text("button", say("Load more"), "wb-button", type="button").on("click", self._read_on)
                text("button", say("Cancel"), "wb-button", type="button").on("click", dialog.close)
        return dialog

    async def _opened(self) -> None:
        if self._dialog is None:
            self._dialog = self._build()
        self._dialog.open()
        await self._begin()

    async def _searched(self, _: Any) -> None:
        await self._begin()

    async def _begin(self) -> None:
        self._shown = []
        self._list.clear()
        await self._read_part(None)

    async def _read_on(self) -> None:
        await self._read_part(self._next)

    async def _read_part(self, cursor: Any) -> None:
        self._turn += 1
        turn = self._turn
        self._said.set_text(say("Reading ..."))
        self._more.set_visibility(False)
        try:
            part = await in_thread(self._read, (self._search.value or "").strip() or None, cursor)
        except ConnectorError as error:
            if turn == self._turn:
                self._said.set_text("; ".join(part for part in (error.problems[0].message, error.hint) if part))
            return
        if turn != self._turn:  # another search was begun meanwhile
            return
        self._next = part.next
        self._shown.extend(part.items)
        with self._list:
            for option in part.items:
                with block("li"), block("button", "wb-option", type="button") as button:
                    text("span", option.label)
                    if str(option.value) != option.label:
                        text("code", str(option.value))
                button.on("click", lambda _, chosen=option: self._choose(chosen))
        self._more.set_visibility(part.next is not None)
        count = len(self._shown)
        more = say(", and there are more") if part.next is not None else ""
        self._said.set_text(say("{count} found{more}", count=count, more=more) if count else say("Nothing found"))

    def _choose(self, option: Option) -> Any:
        assert self._dialog is not None
        self._dialog.close()
        return self._picked(option)
