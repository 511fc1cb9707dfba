"""Tracking plans: browsed and searched, held against what is in the sandbox, drawn from it and compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....errors import ConnectorError
from ....markup.html import html
from ....markup.markdown import sentence
from ..frame import chosen, heading, panel
from ..markup import Select, block, table_head, text
from ..spoken import say, to_say
from ..work import in_thread
from .shown_plans import MOST_EVENTS, ShownEvent, ShownPlans, property_rows, words_of

if TYPE_CHECKING:
    from ....plans.plan import Plan
    from ....plans.review.event_check import EventCheck
    from ...backend import Backend

_STYLE = Path(__file__).parents[1] / "static" / "plans.css"
_FOLDER = "service/workbench/plans"
_EVERY = 1.0  # seconds between two looks at the sandbox
_ROWS = 100
_FAULTS = 50
_PICKED = "(event) => { const row = event.target.closest('[data-key]'); if (row) emit(row.dataset.key) }"
_CHOOSE = to_say("Choose an event of the plan to see its properties.")


async def page(backend: Backend) -> None:
    """The page; the plans are those of the chosen connection's workspace."""
    ui.add_css(_STYLE)
    shown = ShownPlans(backend, chosen().name)
    heading(
        say("Tracking plans"),
        say("Which events are planned, what each must look like, and which events in the sandbox violate the plan."),
    )
    view = PlansView(backend, shown)
    chosen().on_change(view.change_connection)
    await view.start()


class PlansView:
    """The plans of one visit, and the elements that show them."""

    def __init__(self, backend: Backend, shown: ShownPlans) -> None:
        self._backend, self._shown = backend, shown
        self._plan: Plan | None = None
        self._events: list[ShownEvent] = []
        self._check: EventCheck | None = None
        self._judged = -1  # the number of the newest event that was looked at
        self._open = ""
        self._search = ""
        self._build()

    async def start(self) -> None:
        """Show the first plan, and go on looking at the sandbox."""
        await self._list_plans()
        ui.timer(_EVERY, self._look)

    async def change_connection(self) -> None:
        """Show the plans of the workspace that is chosen now."""
        self._shown = ShownPlans(self._backend, chosen().name)
        await self._list_plans()

    def _build(self) -> None:
        self._note = block("div", "wb-note wb-note--bad", role="alert")
        with block("div", "tp-split"):
            with panel(say("Events of the plan")):
                with block("div", "tp-tools"):
                    with block("label", "tp-field"):
                        text("span", say("Plan"))
                        self._choice = Select({}, "", on_change=self._load)
                    with block("label", "tp-field"):
                        text("span", say("Search"))
                        search = block(
                            "input", "wb-input", type="search", placeholder=say("Event or property"), maxlength="200"
                        )
                        search.on(
                            "input", lambda event: self._find(str(event.args).strip()),
                            js_handler="(event) => emit(event.target.value)", throttle=0.2,
                        )  # fmt: skip
                self._said = text("p", "", "wb-quiet", role="status")
                scrolled = block(
                    "div", "wb-table-scroll", role="region", aria_label=say("List of events"), tabindex="0"
                )
                with scrolled, block("table", "wb-table tp-events"):
                    self._rows = ui.html("", sanitize=False, tag="tbody")
                    self._rows.on("click", self._pick, js_handler=_PICKED)
            with panel(say("Event details"), "tp-one"):
                self._inside = block("div", "tp-inside", tabindex="-1")
                with self._inside:
                    text("p", say(_CHOOSE), "wb-quiet")
        with panel(say("In the sandbox")):
            self._verdict = text("p", "", role="status")
            self._faults = block("div", "wb-table-scroll", role="region", aria_label=say("Faults"), tabindex="0")
            with self._faults, block("table", "wb-table tp-faults"):
                ui.html(
                    table_head(say("Verdict"), say("Event"), say("What is wrong"), say("Times")),
                    sanitize=False, tag="thead",
                )  # fmt: skip
                self._fault_rows = ui.html("", sanitize=False, tag="tbody")
            with block("div", "wb-row"):
                self._draw = _button(say("Create a plan from these events"), self._show_drawn)
                text("a", say("Event debugger"), "wb-button wb-button--quiet", href="/debugger")
            self._drawn = block("div", "tp-drawn")

    async def _list_plans(self) -> None:
        names = await self._told(self._shown.names)
        self._choice.set_options(names or {"": say("no plan")}, next(iter(names or {}), ""))
        await self._load(self._choice.value)

    async def _load(self, id_: str) -> None:
        self._plan = await self._told(self._shown.plan, id_) if id_ else None
        self._events = await in_thread(self._shown.events, self._plan) if self._plan else []
        self._open, self._check, self._judged = "", None, -1
        self._inside.clear()
        with self._inside:
            text("p", say(_CHOOSE), "wb-quiet")
        self._drawn.clear()
        await self._look()
        self._show_rows()

    async def _told(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function gives; where it fails, the page says why."""
        self._note.clear()
        self._note.set_visibility(False)
        try:
            return await in_thread(function, *arguments)
        except ConnectorError as error:
            self._note.set_visibility(True)
            with self._note:
                for problem in error.problems:
                    text("strong", sentence(problem.message))
                    if problem.hint:
                        text("span", sentence(problem.hint), "wb-note-hint")
        return None

    async def _look(self) -> None:
        """Judge what arrived in the sandbox since."""
        _, last = await in_thread(self._backend.sandbox.wait, 2**62, 0.0)
        if last == self._judged:
            return
        self._judged = last
        if self._plan is None:
            self._show_verdict()
            return
        self._check = await in_thread(self._shown.judged, self._plan)
        self._show_rows()
        self._show_verdict()

    def _find(self, words: str) -> None:
        self._search = words
        self._show_rows()

    def _show_rows(self) -> None:
        found = [event for event in self._events if self._search.casefold() in event.text]
        names = self._check.names if self._check else {}
        self._rows.set_content(html(f"{_FOLDER}/event_rows.html", events=found[:_ROWS], names=names, open=self._open))
        total, shown = len(self._events), min(len(found), _ROWS)
        said = (
            say("{total:,} events", total=total)
            if shown == total
            else say("{shown:,} of {total:,} events", shown=shown, total=total)
        )
        more = say("; search for others") if len(found) > _ROWS else ""
        self._said.set_text(f"{said}{more}" if self._plan else say("There is no plan to show."))

    def _show_verdict(self) -> None:
        check = self._check
        groups = check.groups if check else []
        self._faults.set_visibility(bool(groups))
        self._fault_rows.set_content(html(f"{_FOLDER}/fault_rows.html", groups=groups[:_FAULTS]))
        self._draw.set_visibility(bool(check and check.events))
        if check is None or not check.events:
            self._verdict.set_text(say("The sandbox has no event that a plan applies to. Run an action there first."))
            return
        newest = say(" (the newest {most:,} are checked)", most=MOST_EVENTS) if check.events >= MOST_EVENTS else ""
        wrong = (
            say("{wrong:,} in violation of the plan", wrong=check.wrong) if check.wrong else say("all match the plan")
        )
        more = (
            say("; the first {most} kinds of faults of {count:,}", most=_FAULTS, count=len(groups))
            if len(groups) > _FAULTS
            else ""
        )
        self._verdict.set_text(f"{check.events:,} {'event' if check.events == 1 else 'events'}{newest}, {wrong}{more}")

    def _pick(self, event: Any) -> None:
        self._open = str(event.args)
        found = next((one for one in self._events if one.key == self._open), None)
        self._show_rows()
        self._inside.clear()
        if found is None:
            return
        versions = [(rule, [(row, *words_of(row)) for row in property_rows(rule)]) for rule in reversed(found.rules)]
        with self._inside:
            with block("div", "wb-row"):
                text("h3", found.title)
                text("span", found.kind, "wb-chip")
            ui.html(html(f"{_FOLDER}/event_detail.html", versions=versions), sanitize=False).classes("tp-inside")
        ui.run_javascript(
            f"const one = getHtmlElement({self._inside.id});"
            " if (one && innerWidth < 1024) { one.focus(); one.scrollIntoView({block: 'start'}) }"
        )

    async def _show_drawn(self) -> None:
        if self._plan is None:
            return
        drawn = await self._told(self._shown.drawn, self._plan)
        self._drawn.clear()
        if drawn is None:
            return
        with self._drawn:
            text("h3", say("Created from the events in the sandbox"))
            text("p", say("How it differs from the plan shown, and its files, one per event."), "wb-quiet")
            ui.html(
                html(f"{_FOLDER}/drawn.html", changes=drawn.changes, files=drawn.files, doubts=drawn.doubts),
                sanitize=False,
            ).classes("tp-drawn")


def _button(words: str, pressed: Callable[[], Any]) -> ui.element:
    return text("button", words, "wb-button", type="button").on("click", pressed)
