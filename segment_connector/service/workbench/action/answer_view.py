"""What came of a call: the verdict, outputs by name, warnings, and an error with its cure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....language.action_records import Action
from ....language.list_tables import list_of
from ...connections import SANDBOX
from ..frame import panel
from ..json_view import json_view
from ..lists.list_view import ListView, prepare_lists
from ..markup import block, text
from ..spoken import say, to_say

if TYPE_CHECKING:
    from nicegui.elements.mixins.text_element import TextElement

    from ....http.attempts import Pause
    from ....result import Failure, Result
    from ...backend import Backend

_VERDICTS = {
    "accepted": to_say("Accepted"),
    "refused": to_say("Refused"),
    "unknown": to_say("Unknown whether it arrived"),
    "not_sent": to_say("Nothing was sent"),
}


class AnswerPanel:
    """The panel of the answer; empty until a call is made.

    :param title_of: what a person knows a field by, from its place.
    """

    def __init__(self, backend: Backend, action: Action, title_of: Callable[[str], str]) -> None:
        self._backend = backend
        self._action = action
        self._list = list_of(action)
        if self._list:
            prepare_lists()
        self._title_of = title_of
        with panel(say("Answer"), "wb-answer") as self._panel:
            self._live = text("p", "", "wb-sr", role="status")
            self._body = block("div", "wb-answer-body")
        with self._body:
            text("p", say("Run the action to see what comes back."), "wb-quiet")

    def wait(self, connection: str, stop: Callable[[], Any]) -> TextElement:
        """Say that the call is on its way.

        :param stop: called when a person does not want to wait any more.
        :returns: the element of the words, which are changed while it is waited.
        """
        self._body.clear()
        with self._body, block("div", "wb-row"):
            ui.spinner(size="20px").props("aria-hidden=true")
            words = text("p", say("Calling with '{connection}' ...", connection=connection), "wb-quiet")
            text("button", say("Stop"), "wb-button", type="button").on("click", stop)
        self._live.set_text(say("Calling"))
        self._into_view()
        return words

    def _into_view(self) -> None:
        self._panel.run_method("scrollIntoView", {"block": "nearest", "behavior": "smooth"})

    def stopped(self) -> None:
        """Say that nobody waits for the answer any more."""
        self._body.clear()
        with self._body, block("div", "wb-note wb-note--warn"):
            text("strong", say("Stopped"))
            text("span", say("There are no further attempts. What was sent before may have arrived."))
        self._live.set_text(say("Stopped"))

    async def show(self, result: Result, shown: Mapping[str, Any], inputs: Mapping[str, Any], connection: str) -> None:
        """The outcome of a call.

        :param shown: the result as JSON values in which no secret is left.
        :param inputs: those of the call, and ``connection`` the name of that which it was made with.
        """
        in_sandbox = connection == SANDBOX
        meta = result.meta
        verdict = say(_VERDICTS[meta.delivery]) if meta.message_ids or not result.ok else say("Succeeded")
        said = verdict if result.ok or result.error is None else f"{verdict}: {result.error.code}"
        self._live.set_text(said)
        self._body.clear()
        with self._body:
            with block("div", "wb-row"):
                text("span", said, f"wb-chip wb-chip--big wb-chip--{'good' if result.ok else 'bad'}", data_verdict="")
                for fact in _facts(result, in_sandbox=in_sandbox):
                    text("span", fact, "wb-quiet")
            for warning in meta.warnings:
                with block("div", "wb-note wb-note--warn"):
                    place = f"{self._title_of(warning.field)}: " if warning.field else ""
                    text("strong", f"{place}{warning.message}")
                    text("span", warning.hint, "wb-note-hint")
            if result.error is not None:
                self._failure(result.error, shown["error"])
            outputs = dict(shown["outputs"])
            if self._list and isinstance(outputs.get(self._list), list):
                view = ListView(self._backend, self._action, inputs, connection, replace(result, outputs=outputs))
                await view.draw()
                outputs = {name: value for name, value in outputs.items() if name not in view.shown}
            if outputs:
                self._outputs(outputs)
            if in_sandbox and meta.message_ids:
                with block("p", "wb-quiet"):
                    text("span", say("The sandbox shows what the service would make of it: "))
                    text("a", say("open the debugger"), href="/debugger")
            with block("details", "wb-raw"):
                text("summary", say("Whole result as JSON"))
                json_view(shown, say("Whole result"), tall=True)
        self._into_view()

    def _failure(self, error: Failure, shown: Mapping[str, Any]) -> None:
        with block("div", "wb-note wb-note--bad", role="alert"):
            place = f"{self._title_of(error.field)}: " if error.field else ""
            text("strong", f"{place}{shown['message']}")
            if shown["hint"]:
                text("span", shown["hint"], "wb-note-hint")
            if error.retryable:
                text("span", say("The same call may succeed later."), "wb-note-hint")
        if shown["details"] not in (None, {}, [], ""):
            with block("details", "wb-raw"):
                text("summary", say("Details"))
                json_view(shown["details"], say("Details"), tall=True)

    def _outputs(self, outputs: Mapping[str, Any]) -> None:
        with block("dl", "wb-outputs"):
            for name, value in outputs.items():
                spec = self._action.outputs.get(name)
                with block("div", "wb-output"):
                    with block("dt"):
                        text("code", name)
                        if spec is not None:
                            text("span", spec.description, "wb-quiet")
                    with block("dd"):
                        if isinstance(value, (dict, list)) and value:
                            if isinstance(value, list):
                                text("p", say("{count:,} entries", count=len(value)), "wb-quiet")
                            json_view(value, name, tall=True)
                        else:
                            said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                            text("span", said, "wb-output-value")


def say_pause(pause: Pause) -> str:
    """What is waited for between two tries."""
    asked = say(", asked by the server") if pause.directed else ""
    return say(
        "Waiting {seconds:.1f} s before attempt {number} ({reason}) ...",
        seconds=pause.seconds, number=pause.attempt + 1, reason=f"{pause.reason}{asked}",
    )  # fmt: skip


def _facts(result: Result, *, in_sandbox: bool) -> list[str]:
    meta = result.meta
    facts = []
    if meta.status is not None:
        facts.append(f"HTTP {meta.status}")
    if meta.attempts:
        facts.append(say("1 try") if meta.attempts == 1 else say("{attempts} tries", attempts=meta.attempts))
    if meta.waited:
        facts.append(say("{waited:.1f} s of waiting", waited=meta.waited))
    if in_sandbox:
        facts.append(say("by the sandbox"))
    elif meta.place:
        facts.append(meta.place)
    if meta.request_id:
        facts.append(say("request {request_id}", request_id=meta.request_id))
    return facts
