"""Beside a form: the call as it would be made now, in the form that a person chooses, to look at and to copy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....errors import Problem
from ....markup.html import html
from ....markup.markdown import sentence
from ..colouring import coloured_json
from ..frame import panel
from ..markup import block, copy_button, set_attributes, text
from ..shown_request import shown_request
from ..spoken import say
from .call_views import VIEWS, call_text, request_text

if TYPE_CHECKING:
    from ....call.caller import Caller
    from ....call.request import Request

_MOST = 40_000  # characters of a body that a browser shows without effort


class CallPanel:
    """The panel.

    :param action: the action's name.
    :param title_of: what a person knows a field by, from its place.
    :param anchor_of: the id of a field's element, from its place.
    """

    def __init__(
        self, caller: Caller, action: str, title_of: Callable[[str], str], anchor_of: Callable[[str], str | None]
    ) -> None:
        self._caller = caller
        self._action = action
        self._title_of = title_of
        self._anchor_of = anchor_of
        self._view = "request"
        self._inputs: Mapping[str, Any] = {}
        self._request: Request | None = None
        self._problems: Sequence[Problem] = ()
        with panel(say("The call"), "wb-call"):
            with block("div", "wb-segments", role="group", aria_label=say("Form of the call")):
                self._buttons = {view: self._button(view, say(title)) for view, title in VIEWS.items()}
            self._lacking = block("div", "wb-lacking")
            self._warnings = block("div", "wb-notes")
            with block("div", "wb-copyable"):
                copy_button()
                self._shown = ui.html("", sanitize=False).classes("wb-shown")
            self._foot = text("p", "", "wb-quiet")

    def show(
        self, inputs: Mapping[str, Any], request: Request | None, problems: Sequence[Problem], *, tried: bool
    ) -> None:
        """Another state of the form.

        :param request: what would be sent, or ``None`` with the reasons in ``problems``.
        :param tried: whether somebody wanted to send it; before that nobody is told what is lacking.
        """
        self._inputs, self._request, self._problems = inputs, request, problems
        self._lacking.clear()
        # What the form has no place for, such as what the connection lacks, is said at once.
        told = problems if tried else [one for one in problems if not self._anchor_of(one.field or "")]
        if told:
            with self._lacking, block("div", "wb-note wb-note--warn", role="status"):
                text("strong", say("Not ready to be sent"))
                with block("ul", "wb-problems"):
                    for problem in told:
                        self._problem(problem)
        self._warnings.clear()
        with self._warnings:
            for warning in request.warnings if request else ():
                with block("div", "wb-note wb-note--warn"):
                    place = f"{self._title_of(warning.field)}: " if warning.field else ""
                    text("span", f"{place}{warning.message}")
                    text("span", warning.hint, "wb-note-hint")
            if request is not None and request.sent_as > 1:
                with block("div", "wb-note"):
                    text(
                        "span",
                        say(
                            "Shown as one request, and sent as {sent_as:,}: the limits ask for it.",
                            sent_as=request.sent_as,
                        ),
                    )
        self._draw()

    def _problem(self, problem: Problem) -> None:
        # A rule's line, above its field, says the cure.
        cure = sentence(problem.hint) if problem.hint and problem.code != "rule" else ""
        with block("li"):
            if not problem.field:
                text("span", f"{sentence(problem.message)} {cure}")
                return
            title = self._title_of(problem.field)
            if anchor := self._anchor_of(problem.field):
                text("a", title, href=f"#{anchor}", data_field=anchor)
            else:
                text("span", title)
            text("span", f" {problem.message}. {cure}")

    def _button(self, view: str, title: str) -> ui.element:
        button = text("button", title, "wb-segment", type="button", aria_pressed=str(view == self._view).lower())
        return button.on("click", lambda: self._choose(view))

    def _choose(self, view: str) -> None:
        self._view = view
        for name, button in self._buttons.items():
            set_attributes(button, {"aria-pressed": str(name == view).lower()})
        self._draw()

    def _draw(self) -> None:
        if self._view == "request":
            content = "" if self._request is None else _request_html(self._caller, self._request)
            made = self._request is not None and self._request.message_ids
            self._foot.set_text(say("Ids and times are generated again when it is sent.") if made else "")
        else:
            words = call_text(self._caller, self._view, self._action, self._inputs, self._request)
            content = words and f'<pre class="wb-code wb-code--wrap" tabindex="0" data-copy>{escape(_cut(words))}</pre>'
            self._foot.set_text(say("Secrets are masked: put them back before you use it.") if "****" in words else "")
        of_the_form = all(self._anchor_of(problem.field or "") for problem in self._problems)
        until = say("It appears when the form is complete.") if of_the_form else say("It appears when this is fixed.")
        self._shown.set_content(content or f'<p class="wb-quiet wb-pending">{escape(until)}</p>')


def _request_html(caller: Caller, request: Request) -> str:
    shown = shown_request(caller, request)
    form = request.form_of(shown["body"])
    body = None
    if form:
        body = escape(_cut(form))
    elif shown["body"] is not None:
        body = coloured_json(_cut(json.dumps(shown["body"], ensure_ascii=False, indent=2)))
    return html(
        "service/workbench/action/request.html", method=shown["method"], url=shown["url"], headers=shown["headers"],
        body=body, copied=_cut(request_text(shown, form)),
    )  # fmt: skip


def _cut(words: str) -> str:
    return words if len(words) <= _MOST else f"{words[:_MOST]}\n... ({len(words):,} characters)"
