"""The event debugger: what the sandbox received, while it arrives, and what the service would have made of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....markup.html import html
from ..badges import MEANINGS
from ..frame import heading, panel
from ..json_view import json_view
from ..markup import Select, block, table_head, text
from ..spoken import say
from ..work import in_thread
from .delivery_panel import DeliveryPanel
from .event_feed import MOST, Feed, FeedEntry, Wanted, feed_of, said_of
from .fault_panel import FaultPanel

if TYPE_CHECKING:
    from nicegui.elements.mixins.text_element import TextElement

    from ...backend import Backend

_STYLE = Path(__file__).parents[1] / "static" / "debugger.css"
_EVERY = 0.4  # seconds between two looks at the sandbox
_ROWS = 100
_SHORT = 64  # characters of what is offered to filter by
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT")
_KIND = {"accepted": "good", "dropped": "bad", "duplicate": "warn"}
_PICKED = "(event) => { const row = event.target.closest('[data-number]'); if (row) emit(row.dataset.number) }"


async def page(backend: Backend) -> None:
    """The page; the sandbox starts with it."""
    ui.add_css(_STYLE)
    feed = feed_of(backend)
    await in_thread(feed.read)
    heading(
        say("Event debugger"),
        say(
            "What the sandbox received, newest first: what it accepted, what the service would silently drop, and why."
        ),
    )
    Debugger(backend, feed).start()


class Debugger:
    """One open debugger.

    :param feed: the events.
    """

    def __init__(self, backend: Backend, feed: Feed) -> None:
        self._backend = backend
        self._feed = feed
        self._wanted = Wanted()
        self._rows: dict[int, ui.html] = {}
        self._most = _ROWS
        self._seen = (0, -1)  # the newest number that was looked at, and how often the feed was cleared
        self._open = 0
        self._paused = False
        self._build()

    def start(self) -> None:
        """Show what is there, and go on looking."""
        self._show_all()
        ui.timer(_EVERY, self._look)

    def _build(self) -> None:
        with block("div", "db-split"):
            with panel(say("Events"), "db-list"):
                self._build_tools()
                self._said = text("p", "", "wb-quiet", role="status")
                self._empty = block("div", "db-empty")
                with self._empty:
                    self._build_empty()
                with block("div", "wb-table-scroll", role="region", aria_label=say("List of events"), tabindex="0"):
                    self._table = block("table", "wb-table db-table")
                    with self._table:
                        ui.html(
                            table_head(say("Received (UTC)"), say("Status"), say("Type"), say("Event")),
                            sanitize=False, tag="thead",
                        )  # fmt: skip
                        self._body = block("tbody").on("click", self._pick, js_handler=_PICKED)
                self._none = text("p", say("No event matches."), "wb-empty")
                self._older = _button(say("Show older events"), self._show_older)
            with panel(say("Event details"), "db-one") as self._detail:
                self._inside = block("div", "db-inside", tabindex="-1")
                with self._inside:
                    text("p", say("Choose an event to see its details."), "wb-quiet")
        self._faults = FaultPanel(self._backend)
        self._deliveries = DeliveryPanel(self._backend)

    def _build_tools(self) -> None:
        with block("div", "db-tools"):
            with block("div", "db-field", role="group", aria_label=say("Status")):
                text("span", say("Status"), aria_hidden="true")
                with block("div", "db-statuses"):
                    self._statuses = {name: self._status_button(name) for name in ("", *_KIND)}
            with block("label", "db-field"):
                text("span", say("Type"))
                self._action = Select({"": say("All")}, "", on_change=lambda value: self._want(action=value))
            with block("label", "db-field db-search"):
                text("span", say("Search"))
                self._search = block(
                    "input", "wb-input", type="search", placeholder=say("Any text in an event"), maxlength="200"
                )
                self._search.on(
                    "input", lambda event: self._want(text=str(event.args).strip()),
                    js_handler="(event) => emit(event.target.value)", throttle=0.2,
                )  # fmt: skip
            with block("div", "wb-row"):
                self._pause = _button(say("Pause"), self._toggle)
                self._pause.props["aria-pressed"] = "false"
                _button(say("Clear"), self._clear)

    def _status_button(self, name: str) -> TextElement:
        button = _button("", lambda: self._want(status=name))
        button.props["aria-pressed"] = str(not name).lower()
        return button

    def _build_empty(self) -> None:
        with block("section", "wb-empty"):
            text("h3", say("Nothing has arrived yet"))
            text("p", say("Run an action with the connection 'sandbox', or send something to it from a program:"))
        lines = [f"export {name}={value}" for name, value in self._backend.sandbox.shown_environment.items()]
        text("pre", "\n".join(lines), "wb-code", tabindex="0", aria_label=say("Environment variables of the sandbox"))
        with block("p"):
            ui.link(say("Choose an action"), "/")

    async def _look(self) -> None:
        await in_thread(self._feed.read)
        await self._faults.look()
        await self._deliveries.look(self._feed.cleared)
        if self._feed.cleared != self._seen[1]:
            self._show_all()
        elif not self._paused:
            self._show_new()

    def _want(self, **changed: str) -> None:
        now = self._wanted
        self._wanted = Wanted(**{"status": now.status, "action": now.action, "text": now.text, **changed})
        self._most = _ROWS
        self._show_all()

    def _filter_by(self, words: str) -> None:
        self._search.props["value"] = words
        self._search.update()
        self._want(text=words)

    def _show_older(self) -> None:
        self._most += _ROWS
        self._show_all()

    def _show_all(self) -> None:
        self._seen = (0, self._feed.cleared)
        self._rows.clear()
        self._body.clear()
        self._add(self._feed.newest(self._wanted, self._most))

    def _show_new(self) -> None:
        newest = self._feed.newest(Wanted(), 1)
        if newest and newest[0].number > self._seen[0]:
            self._add(self._feed.newest(self._wanted, self._most, self._seen[0]))

    def _add(self, entries: list[FeedEntry]) -> None:
        """Put events on top of the list, and take as many away at its end as there are too many."""
        if len(entries) >= self._most:
            self._rows.clear()
            self._body.clear()
        for entry in reversed(entries):
            with self._body:
                row = ui.html(_cells(entry), sanitize=False, tag="tr").classes(f"db-{entry.status}")
            row.props["data-number"] = str(entry.number)
            if entry.number == self._open:
                row.props["aria-current"] = "true"
            row.move(target_index=0)
            self._rows[entry.number] = row
        while len(self._rows) > self._most:
            oldest = next(iter(self._rows))
            self._rows.pop(oldest).delete()
        newest = self._feed.newest(Wanted(), 1)
        self._seen = (newest[0].number if newest else 0, self._feed.cleared)
        self._tell()

    def _tell(self) -> None:
        statuses, actions = self._feed.counts()
        total = sum(statuses.values())
        for name, button in self._statuses.items():
            button.set_text(f"{name or 'all'} {statuses.get(name, 0) if name else total:,}")
            button.props["aria-pressed"] = str(name == self._wanted.status).lower()
        if (names := {"": "All", **{name: name for name in actions}}).keys() != self._known_actions:
            self._known_actions = names.keys()
            names.setdefault(self._wanted.action, self._wanted.action)
            self._action.set_options(names, self._wanted.action)
        found = len(self._rows)
        more = found >= self._most and found < total
        said = say("{found:,} of {total:,} events", found=found, total=total)
        if total >= MOST:
            said += say("; the last {most:,} are kept", most=MOST)
        self._said.set_text(said + (say(", paused: new ones wait") if self._paused else "") if total else "")
        self._empty.set_visibility(total == 0)
        self._table.set_visibility(found > 0)
        self._none.set_visibility(found == 0 < total)
        self._older.set_visibility(more)

    _known_actions: Any = ()

    async def _pick(self, event: Any) -> None:
        number = int(event.args)
        for one in {self._open, number} & self._rows.keys():
            self._rows[one].props["aria-current"] = "true" if one == number else "false"
            self._rows[one].update()
        self._open = number
        whole = await in_thread(self._feed.whole, number)
        self._inside.clear()
        with self._inside:
            if whole is None:
                text(
                    "p", say("The sandbox no longer has this event: it keeps only the latest."), "wb-note wb-note--warn"
                )
            else:
                _show_event(whole, self._filter_by)
        ui.run_javascript(
            f"const one = getHtmlElement({self._inside.id});"
            " if (one && innerWidth < 1024) { one.focus(); one.scrollIntoView({block: 'start'}) }"
        )

    def _toggle(self) -> None:
        self._paused = not self._paused
        self._pause.props["aria-pressed"] = str(self._paused).lower()
        self._pause.update()
        if self._paused:
            self._tell()
        else:
            self._show_all()

    async def _clear(self) -> None:
        await in_thread(self._feed.clear)
        self._show_all()
        self._inside.clear()
        with self._inside:
            text("p", say("Choose an event to see its details."), "wb-quiet")


def _button(words: str, pressed: Callable[[], Any]) -> TextElement:
    return text("button", words, "wb-button", type="button").on("click", pressed)


def _cells(entry: FeedEntry) -> str:
    return html(
        "service/workbench/debugger/cells.html",
        entry=entry,
        kind=_KIND[entry.status],
        meaning=say(MEANINGS[entry.status]),
    )


def _show_event(event: Mapping[str, Any], filter_by: Callable[[str], Any]) -> None:
    """Everything of one event."""
    with block("div", "wb-row"):
        status = event["status"]
        text("span", status, f"wb-chip wb-chip--{_KIND[status]}", title=say(MEANINGS[status]))
        text("h3", event["action"])
        text("span", say("number {number}", number=event["number"]), "wb-quiet")
    if event["reason"]:
        kind = "bad" if event["status"] == "dropped" else "warn"
        with block("div", f"wb-note wb-note--{kind}"):
            text("strong", said_of(event))
            if event["hint"]:
                text("span", event["hint"], "wb-note-hint")
            if event["code"] != "rule":  # a rule that goes across fields has no name of its own
                text("span", say("Rule: {code}", code=event["code"]), "wb-quiet")
    for one in event["violations"]:
        with block("div", "wb-note wb-note--warn"):
            place = f"{one['field']}: " if one["field"] else ""
            text("strong", f"{place}{one['message']}")
            text("span", one["hint"], "wb-note-hint")
            text("span", say("Tracking Plan: {rule}", rule=one["rule"] or one["kind"]), "wb-quiet")
    facts = {
        say("Received"): event["receivedAt"],
        say("Sent to"): event["path"],
        "Id": event["id"] or "none",
        say("Earlier attempts"): str(event["retryCount"]),
    }
    with block("dl", "db-facts"):
        for name, value in facts.items():
            text("dt", name)
            text("dd", value)
    if ids := _ids(event):
        with block("div", "wb-row", role="group", aria_label=say("Only events with")):
            text("span", say("Only events with"), "wb-quiet", aria_hidden="true")
            for name, value in ids.items():
                button = text("button", f"{name}: {value}", "wb-example", type="button")
                button.on("click", lambda _, value=value: filter_by(value))
    json_view(event["body"], say("The event as JSON"), wrap=True)


def _ids(event: Mapping[str, Any]) -> dict[str, str]:
    """The short texts of an event, by which others like it are found; instants are of one event only."""
    body = event["body"] if isinstance(event["body"], Mapping) else {}
    short = {name: value for name, value in body.items() if isinstance(value, str) and 0 < len(value) <= _SHORT}
    return {name: value for name, value in short.items() if not _INSTANT.match(value)}
