"""The dialog that begins a new action: its place, its name and its endpoint, which make the text of its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from ....authoring.action_files import Workshop
from ....authoring.new_action import METHODS, NewAction
from ....errors import InputError
from ....language.short_forms import EFFECTS
from ..markup import Select, block, text
from ..spoken import say, to_say
from ..work import in_thread

_EFFECTS = {"read": to_say("It reads."), "write": to_say("It writes."), "delete": to_say("It deletes.")}


def wanted_by(query: Mapping[str, str]) -> NewAction | None:
    """The new action that an address asks for, if it does."""
    if "new" not in query:
        return None
    given = {one.name: query.get(one.name, "") for one in fields(NewAction)}
    return NewAction(**{**given, "name": query["new"]})


async def ask_for_new(workshop: Workshop) -> str | None:
    """Ask for what a new action begins with.

    :returns: the address at which it is edited, or ``None`` when nobody wants it any more.
    """
    dialog = ui.dialog()
    dialog.props["aria-label"] = say("New action")
    with dialog, block("div", "wb-dialog au-dialog"):
        asked = _Asked(workshop, dialog)
    wanted = await dialog
    asked.close()
    if wanted is None:
        return None
    members = asdict(wanted)
    return f"/author?{urlencode({'new': members.pop('name'), **members})}"


class _Asked:
    """The fields of the dialog."""

    def __init__(self, workshop: Workshop, dialog: ui.dialog) -> None:
        spec = workshop.specs.connector
        self._workshop, self._dialog = workshop, dialog
        self._typed = {"name": "", "path": ""}
        text("h2", say("New action"))
        text("p", say("Its file begins as a template that is valid, with a form and a request to go on from."))
        with block("form", "au-new", novalidate="") as form:
            self._group = self._choice(say("Group"), {name: one.title for name, one in spec.groups.items()})
            self._text("name", say("Name"), "get_order")
            self._api = self._choice(say("API"), {name: one.title for name, one in spec.apis.items()})
            self._method = self._choice(say("Method"), dict(zip(METHODS, METHODS, strict=True)), self._say_effect)
            self._effect = text("p", "", "wb-quiet", role="status")
            self._text("path", say("Path"), "/orders/{id}")
            self._problems = block("div", role="alert")
            with block("div", "wb-row wb-row--end"):
                text("button", say("Cancel"), "wb-button", type="button").on("click", lambda: dialog.submit(None))
                text("button", say("Begin the file"), "wb-button wb-button--main", type="submit")
        form.on("submit", self._submit, js_handler="(event) => { event.preventDefault(); emit(); }")
        self._say_effect(self._method.value)

    def close(self) -> None:
        """Take the dialog away, unless the page was left."""
        if not self._dialog.is_deleted:
            self._dialog.delete()

    def _choice(self, label: str, options: Mapping[str, str], changed: Any = None) -> Select:
        with block("label", "au-field"):
            text("span", label)
            return Select(options, next(iter(options)), on_change=changed)

    def _text(self, name: str, label: str, example: str) -> None:
        with block("label", "au-field"):
            text("span", label)
            control = block(
                "input", "wb-input", type="text", name=name, placeholder=example, autocomplete="off",
                spellcheck="false", maxlength="200",
            )  # fmt: skip

        def take(event: Any) -> None:
            self._typed[name] = str(event.args)

        control.on("input", take, js_handler="(event) => emit(event.target.value)")

    def _say_effect(self, method: str) -> None:
        self._effect.set_text(say(_EFFECTS[EFFECTS[method][0]]))

    async def _submit(self) -> None:
        wanted = NewAction(
            self._typed["name"].strip(), self._group.value, self._api.value, self._method.value,
            self._typed["path"].strip(),
        )  # fmt: skip
        try:
            await in_thread(self._workshop.begin, wanted)
        except InputError as error:
            self._problems.clear()
            with self._problems, block("div", "wb-note wb-note--bad"):
                for one in error.problems:
                    text("strong", one.message)
                    if one.hint:
                        text("span", one.hint, "wb-note-hint")
            return
        self._dialog.submit(wanted)
