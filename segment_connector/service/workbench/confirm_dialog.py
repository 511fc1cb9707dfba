"""Ask twice before an action that deletes or replaces; the first question is the spec's own."""

from __future__ import annotations

import re

from nicegui import ui

from ...call.policy import question_of
from ...language.action_records import Action
from .markup import block, text
from .spoken import say


async def confirmed(action: Action, request_line: str, connection: str, opener: ui.element, *, about: str = "") -> bool:
    """Whether a person said yes to both questions; ``True`` when the action asks nothing.

    :param request_line: method and URL, shown with both questions.
    :param connection: the name of the connection that it runs with.
    :param opener: what was pressed; it has the focus again afterwards.
    :param about: the name of what it is about, where that is known.
    """
    question = question_of(action)
    if question is None:
        return True
    deed = re.sub(r"^(\w+) (?:an?|the) ", r"\1 ", action.title)  # a button names what it deletes: 'Delete source'
    title = f"{deed} '{about}'" if about else action.title
    if not await ask(title, question, deed, opener, line=request_line):
        return False
    title = say("Really {deed}?", deed=f"{title[:1].lower()}{title[1:]}")
    last = say("It runs now, with the connection '{connection}'.", connection=connection)
    return await ask(title, last, say("Yes, {deed}", deed=f"{deed[:1].lower()}{deed[1:]}"), opener, line=request_line)


async def ask(
    title: str, words: str, yes: str, opener: ui.element, *, no: str | None = None, line: str = "", kind: str = "danger"
) -> bool:
    """Whether a person says yes to one question.

    :param yes: what the button says that goes on; ``no`` that of the other.
    :param opener: what was pressed; it has the focus again afterwards.
    :param line: what it is about, as code.
    :param kind: the look of the button that goes on, ``danger`` or ``main``.
    """
    dialog = ui.dialog()
    dialog.props["aria-label"] = title
    with dialog, block("div", "wb-dialog"):
        text("h2", title)
        text("p", words)
        if line:
            text("pre", line, "wb-code wb-code--wrap")
        with block("div", "wb-row wb-row--end"):
            text("button", no or say("Cancel"), "wb-button", type="button", autofocus=True).on(
                "click", lambda: dialog.submit(False)
            )
            text("button", yes, f"wb-button wb-button--{kind}", type="button").on("click", lambda: dialog.submit(True))
    answer = await dialog
    if not dialog.is_deleted:
        dialog.delete()
        ui.run_javascript(f"getHtmlElement({opener.id})?.focus()")
    return bool(answer)
