"""The calls that people made on these pages: found by words, action and outcome, forgotten one by one or all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....errors import ConnectorError
from ....markup.html import html
from ..confirm_dialog import ask
from ..frame import heading, panel
from ..markup import Select, block, text
from ..spoken import in_words, say
from ..static_files import FOLDER
from ..work import in_thread

if TYPE_CHECKING:
    from ...backend import Backend
    from ...call_history import PastCall

_ROWS = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the history; what is empty asks for nothing."""

    words: str = ""
    action: str = ""
    outcome: str = ""


async def page(backend: Backend) -> None:
    """The page at ``/history``."""
    ui.add_css(FOLDER / "history.css")
    heading(say("History"), say("The calls that were made on these pages, by everybody who works with this service."))
    await _View(backend).draw()


class _View:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._asked = Asked()
        self._most = _ROWS

    async def draw(self) -> None:
        """Make the elements."""
        history = self._backend.history
        with panel(say("Calls"), "wb-history"):
            with block("div", "wb-row", role="search"):
                search = block(
                    "input", "wb-input wb-history-search", type="search", placeholder=say("Search"),
                    aria_label=say("Search the history"), maxlength="200",
                )  # fmt: skip
                search.on(
                    "input", lambda event: self._ask(words=str(event.args)),
                    js_handler="(event) => emit(event.target.value)", throttle=0.2,
                )  # fmt: skip
                names = await in_thread(history.actions)
                actions = {"": say("All actions")} | {name: name for name in sorted(names)}
                Select(actions, "", label=say("Action"), on_change=lambda value: self._ask(action=value))
                outcomes = {"": say("All outcomes"), "ok": say("Succeeded"), "failed": say("Failed")}
                Select(outcomes, "", label=say("Outcome"), on_change=lambda value: self._ask(outcome=value))
            self._said = text("p", "", "wb-quiet", role="status")
            self._rows = ui.html("", sanitize=False)
            self._older = text("button", say("Show older calls"), "wb-button", type="button").on("click", self._more)
            await self._foot()
        await self._show()

    async def _foot(self) -> None:
        history = self._backend.history
        with block("div", "wb-row wb-history-foot"):
            if history.limit:
                with block("label", "wb-row"):
                    box = block("input", type="checkbox", checked=await in_thread(lambda: history.keeps))
                    box.on("change", self._switch, js_handler="(event) => emit(event.target.checked)")
                    text("span", say("Keep the calls that follow"))
                where = say("in memory, until the service stops") if history.path is None else str(history.path)
                told = say("The last {limit:,} are kept {where}; secrets are not.", limit=history.limit, where=where)
                text("span", told, "wb-quiet")
            else:
                text("span", say("The service was started without a history."), "wb-quiet")
            block("div", "wb-space")
            self._clearer = text("button", say("Clear all"), "wb-button", type="button").on("click", self._clear)

    async def _ask(self, **changed: str) -> None:
        self._asked = replace(self._asked, **changed)
        self._most = _ROWS
        await self._show()

    async def _more(self) -> None:
        self._most += _ROWS
        await self._show()

    async def _show(self) -> None:
        asked, history = self._asked, self._backend.history
        ok = {"": None, "ok": True, "failed": False}[asked.outcome]
        found = await in_thread(history.find, asked.words, action=asked.action, ok=ok, most=self._most + 1)
        total = await in_thread(history.count)
        if asked != self._asked:  # something else was asked meanwhile
            return
        shown = [(one, _title(self._backend, one)) for one in found[: self._most]]
        self._rows.set_content(html("service/workbench/history/call_rows.html", calls=shown, say=say) if shown else "")
        if not total:
            self._said.set_text(say("No call was made yet."))
        elif not found:
            self._said.set_text(say("No call matches."))
        else:
            self._said.set_text(say("{count:,} of {total:,} calls", count=len(shown), total=total))
        self._older.set_visibility(len(found) > self._most)
        self._clearer.set_visibility(total > 0)

    async def _switch(self, event: Any) -> None:
        await in_thread(self._backend.history.switch, on=bool(event.args))

    async def _clear(self) -> None:
        question = say("Forget every call? This cannot be undone.")
        if await ask(say("Clear the history"), question, say("Clear the history"), self._clearer):
            await in_thread(self._backend.history.clear)
            await self._show()


def _title(backend: Backend, call: PastCall) -> str:
    try:
        return in_words(backend.connector.specs.action(call.action)).title
    except ConnectorError:
        return call.action
