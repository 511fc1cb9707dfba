"""One call of the history: what was asked, what was sent, what came back; run again, or taken back into its form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from nicegui import ui

from ....errors import ConnectorError, InputError
from ....redact import redact
from ..confirm_dialog import confirmed
from ..frame import heading, panel
from ..json_view import json_view
from ..lists.form_links import again_link
from ..lists.seen_names import name_in
from ..markup import block, set_attributes, text
from ..spoken import in_words, say
from ..static_files import FOLDER
from ..work import call_in_thread, in_thread
from .kept_call import call_and_keep

if TYPE_CHECKING:
    from ....language.action_records import Action
    from ...backend import Backend
    from ...call_history import PastCall


async def page(backend: Backend, number: str) -> None:
    """The page at ``/history/{number}``.

    :raises InputError: when no such call is kept.
    """
    ui.add_css(FOLDER / "history.css")
    call = await in_thread(backend.history.get, int(number)) if number.isdecimal() and len(number) < 16 else None
    if call is None:
        raise InputError.of("unknown", "this call is not in the history", "it was forgotten, or never made")
    try:
        action = in_words(await in_thread(backend.policy.action, call.action))
    except ConnectorError:  # it may be looked at all the same
        action = None
    _Page(backend, call, action).draw()


class _Page:
    def __init__(self, backend: Backend, call: PastCall, action: Action | None) -> None:
        self._backend = backend
        self._call = call
        self._action = action

    def draw(self) -> None:
        """Make the elements."""
        call = self._call
        with block("nav", "wb-crumbs", aria_label=say("Breadcrumbs")):
            text("a", say("History"), href="/history")
            text("span", "/", aria_hidden="true")
            text("span", str(call.number))
        with block("div", "wb-action-head"):
            heading(self._action.title if self._action else call.action)
            with block("div", "wb-row"):
                text("span", call.verdict, f"wb-chip wb-chip--big wb-chip--{'good' if call.ok else 'bad'}")
                text("time", f"{call.at[:10]} {call.at[11:19]} UTC", "wb-quiet", datetime=call.at)
                text("span", say("with '{connection}'", connection=call.connection), "wb-quiet")
                if call.status:
                    text("span", f"HTTP {call.status}", "wb-quiet")
                text("span", f"{call.seconds:.3f} s", "wb-quiet")
            self._buttons()
            self._wrong = block("div", "wb-lacking", role="status")
        with block("div", "wb-split"):
            with block("div", "wb-history-parts"):
                with panel(say("Inputs")):
                    json_view(call.inputs, say("Inputs"))
                if call.request:
                    with panel(say("Request")):
                        json_view(call.request, say("Request"))
            with panel(say("Answer")):
                json_view(call.answer, say("Answer"))

    def _buttons(self) -> None:
        call = self._call
        with block("div", "wb-row"):
            if self._action is not None:
                if call.complete:
                    self._again = text("button", say("Run again"), "wb-button wb-button--main", type="button")
                    self._again.on("click", self._run)
                    set_attributes(self._again, {"data-run": ""})
                text("a", say("Fill the form from it"), "wb-button", href=again_link(call.action, call.number))
            text("button", say("Delete from the history"), "wb-button", type="button").on("click", self._delete)
        if self._action is not None and not call.complete:
            text("p", say("Some inputs are not kept, such as secrets: fill them in before you run it."), "wb-quiet")

    async def _run(self) -> None:
        action, call = self._action, self._call
        if action is None or self._again.props.get("aria-disabled") == "true":
            return
        inputs = dict(call.inputs or {})
        set_attributes(self._again, {"aria-disabled": "true"})
        self._wrong.clear()
        try:
            shown = await in_thread(self._backend.preview, action.name, inputs, call.connection)
            line = f"{shown.method} {redact(shown.url, shown.secrets)}"
            about = name_in(self._backend, call.connection, action, inputs)
            if await confirmed(action, line, call.connection, self._again, about=about):
                await call_in_thread(call_and_keep, self._backend, action, inputs, call.connection)
                newest = await in_thread(self._backend.history.find, action=action.name, most=1)
                target = f"/history/{newest[0].number}" if newest else "/history"
                ui.run_javascript(f"location.assign({json.dumps(target)})")
        except ConnectorError as error:
            with self._wrong, block("div", "wb-note wb-note--bad"):
                text("strong", error.problems[0].message)
                text("span", error.hint or "", "wb-note-hint")
        finally:
            set_attributes(self._again, {"aria-disabled": "false"})

    async def _delete(self) -> None:
        await in_thread(self._backend.history.delete, self._call.number)
        ui.run_javascript("location.assign('/history')")
