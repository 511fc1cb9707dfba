"""The named connections: what each has, whether it works as far as that can be told, and a form to change it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....errors import ConnectorError
from ...connections import Conflict
from ..frame import chosen, heading, panel
from ..markup import block, text
from ..spoken import say, to_say
from ..work import in_thread
from .connection_form import NAME, ConnectionForm
from .connection_values import differences, fields, filled_in

if TYPE_CHECKING:
    from nicegui.elements.mixins.text_element import TextElement

    from ....call.connection_check import ConnectionReport, Verdict
    from ...backend import Backend

_STYLE = Path(__file__).parents[1] / "static" / "connections.css"
_EVERY = 1.0  # seconds between two looks at what others changed
_VERDICT = {"verified": "good", "failed": "bad", "unverifiable": "warn", "not_given": ""}
_TOLD: tuple[Verdict, ...] = ("failed", "unverifiable", "verified", "not_given")
_OWN = to_say("The service's own; it cannot be changed here.")
_FIXED = to_say("It cannot be changed here.")


def page(backend: Backend) -> None:
    """The page."""
    ui.add_css(_STYLE)
    lead = say(
        "Where calls go and how they are authenticated. Credentials stay in the service, and no page shows them."
    )
    heading(say("Connections"), lead)
    ConnectionsView(backend).start()


class ConnectionsView:
    """One open page of connections."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._store = backend.connections
        self._chosen = chosen()
        self._seen = -1
        self._described: Mapping[str, Any] | None = None  # of the connection in the form, as it was when it was opened
        self._form: ConnectionForm | None = None
        with block("div", "cn-split"):
            with panel(say("All connections"), "cn-list"):
                self._list = block("ul", "cn-items")
                with block("div", "wb-row"):
                    _button(say("Add a connection"), lambda: self._edit(None), "wb-button--main")
            with panel(say("Connection details"), "cn-one"):
                self._inside = block("div", "cn-inside", tabindex="-1")
        self._nothing_chosen()

    def start(self) -> None:
        """Show what is there, and what others change from then on."""
        self._seen = self._store.changes
        self._show_list()
        ui.timer(_EVERY, self._look)

    async def _look(self) -> None:
        if self._store.changes != self._seen:
            self._seen = self._store.changes
            self._show_list()
            await self._chosen.renew()

    def _show_list(self) -> None:
        self._list.clear()
        with self._list:
            for name in self._store.names():
                self._show_item(self._store.describe(name))

    def _show_item(self, described: Mapping[str, Any]) -> None:
        name = described["name"]
        titles = {field.name: field.title for field in self._fields()}
        with block("li", "cn-item", aria_label=name):
            with block("div", "cn-what"):
                text("h3", name)
                with block("div", "wb-row cn-chips"):
                    servers = described["public"].get("servers", {})
                    for api, address in servers.items():
                        text("span", say("{api} at {address}", api=api, address=address), "wb-chip")
                    if described["region"] and not servers:
                        text("span", say("Region {region}", region=described["region"]), "wb-chip")
                    for credential in described["has"]:
                        text("span", titles.get(credential, credential), "wb-chip wb-chip--good")
                if not described["editable"]:
                    text("p", _OWN if name in self._store.own else _FIXED, "wb-quiet")
            with block("div", "wb-row"):
                _button(say("Test"), lambda: self._test(name), label=say("Test {name}", name=name))
                if described["editable"]:
                    _button(say("Edit"), lambda: self._edit(name), label=say("Edit {name}", name=name))
                    _button(say("Delete"), lambda: self._ask_delete(name), label=say("Delete {name}", name=name))

    def _fields(self) -> Any:
        return fields(self._backend.connector.spec.connection.properties)

    def _nothing_chosen(self) -> None:
        self._form = self._described = None
        with self._fresh():
            text("p", say("Choose a connection to test or edit, or add one."), "wb-quiet")

    def _fresh(self) -> ui.element:
        self._form = None
        self._inside.clear()
        return self._inside

    def _into_view(self) -> None:
        ui.run_javascript(
            f"const one = getHtmlElement({self._inside.id});"
            " if (one) { one.focus({preventScroll: true}); if (innerWidth < 1024) one.scrollIntoView() }"
        )

    # Editing

    def _edit(self, name: str | None, note: str = "") -> None:
        try:
            self._store.check_changeable()
            self._described = None if name is None else self._store.describe(name)
        except ConnectorError as error:
            self._say_error(error)
            return
        with self._fresh():
            text("h3", say("A new connection") if name is None else say("Edit {name}", name=name))
            if note:
                text("p", note, "wb-note", role="status")
            self._form = ConnectionForm(self._backend.connector.spec, self._described, self._save, self._nothing_chosen)
        self._into_view()

    async def _save(self, form: Mapping[str, Any]) -> None:
        described, shown = self._described, self._form
        if shown is None:
            return
        values, forget = filled_in(form, self._fields())
        name = described["name"] if described else str(form.get(NAME, "")).strip()
        version = described["version"] if described else None
        shown.clear_refusals()
        try:
            await in_thread(self._store.put, name, values, version=version, forget=forget)
        except Conflict as error:
            self._say_conflict(name, shown, error)
            return
        except ConnectorError as error:
            shown.refuse(error.problems)
            return
        await self._look()
        with self._fresh():
            text("h3", name)
            if self._store.has_file:
                text("p", say("It is saved. Its credentials are kept by the service and not shown again."),
                     "wb-note wb-note--good", role="status")  # fmt: skip
            else:
                text("p", say("It is kept until the service stops, since the service has no connections file."
                     " Its credentials are not shown again."), "wb-note wb-note--warn", role="status")  # fmt: skip
            with block("div", "wb-row"):
                _button(say("Test it"), lambda: self._test(name), "wb-button--main")
                _button(say("Edit again"), lambda: self._edit(name))
        self._into_view()

    def _say_conflict(self, name: str, shown: ConnectionForm, error: ConnectorError) -> None:
        """What somebody else changed while the form was open; nothing was overwritten."""
        problem = error.problems[0]
        with shown.says, block("div", "wb-note wb-note--bad"):
            text("strong", say("It was not saved: {message}", message=problem.message))
            if self._described is None:
                text("span", say("Choose another name, or edit the one that is there."), "wb-note-hint")
                return
            try:
                now = self._store.describe(name)
            except ConnectorError:
                text("span", say("Somebody deleted it. Cancel, and add it again if you still need it."), "wb-note-hint")
                return
            with block("ul", "cn-differences"):
                for line in differences(self._described, now, self._fields()):
                    text("li", line)
            with block("div", "wb-row"):
                note = say("This is the current version. Make your change again, and save.")
                _button(say("Load the current version"), lambda: self._edit(name, note))

    # Deleting

    def _ask_delete(self, name: str) -> None:
        described = self._store.describe(name)
        with self._fresh():
            text("h3", say("Delete {name}?", name=name))
            text("p", say("Its credentials are deleted too: the service does not keep them anywhere else."),
                 "wb-note wb-note--warn")  # fmt: skip
            with block("div", "wb-row"):
                _button(say("Delete {name}", name=name), lambda: self._delete(described), "wb-button--danger")
                _button(say("Cancel"), self._nothing_chosen)
        self._into_view()

    async def _delete(self, described: Mapping[str, Any]) -> None:
        try:
            await in_thread(self._store.remove, described["name"], version=described["version"])
        except ConnectorError as error:
            self._say_error(error)
            return
        await self._look()
        with self._fresh():
            text("p", say("{name} is deleted.", name=described["name"]), "wb-note wb-note--good", role="status")
        self._into_view()

    # Testing

    async def _test(self, name: str) -> None:
        with self._fresh():
            text("h3", say("Test of {name}", name=name))
            text("p", say("Asking the servers ..."), "wb-quiet", role="status")
        self._into_view()
        waiting = list(self._inside)
        try:
            report = await in_thread(self._backend.test, name)
        except ConnectorError as error:
            self._say_error(error)
            return
        if list(self._inside) == waiting:  # nobody chose something else meanwhile
            with self._fresh():
                _show_report(name, report)
            self._into_view()

    def _say_error(self, error: ConnectorError) -> None:
        with self._fresh(), block("div", "wb-note wb-note--bad", role="alert"):
            for problem in error.problems:
                text("strong", f"{problem.field}: {problem.message}" if problem.field else problem.message)
                if problem.hint:
                    text("span", problem.hint, "wb-note-hint")
        self._into_view()


def _show_report(name: str, report: ConnectionReport) -> None:
    text("h3", say("Test of {name}", name=name))
    counts = Counter(check.verdict for check in report.checks)
    if counts["failed"]:
        told = [f"{counts[verdict]} {verdict.replace('_', ' ')}" for verdict in _TOLD if counts[verdict]]
        said, kind = f"{', '.join(told)}.", "bad"
    elif report.ok:
        said, kind = (
            say("Nothing failed. What is unverifiable cannot be proved by any answer from the service."),
            "good",
        )
    else:
        said, kind = say("It has no credential, so nothing could be tested."), "warn"
    text("p", said, f"wb-note wb-note--{kind}", role="status")
    with block("ul", "cn-checks"):
        for check in report.checks:
            with block("li"):
                with block("div", "wb-row"):
                    text("strong", check.title)
                    chip = _VERDICT[check.verdict]
                    text("span", check.verdict.replace("_", " "), f"wb-chip wb-chip--{chip}" if chip else "wb-chip")
                text("p", check.message)
                if check.hint:
                    text("p", check.hint, "wb-quiet")


def _button(words: str, pressed: Callable[[], Any], classes: str = "", label: str | None = None) -> TextElement:
    attributes = {"aria_label": label} if label else {}
    return text("button", words, f"wb-button {classes}", type="button", **attributes).on("click", pressed)
