"""Ask twice before an action that deletes or replaces; the first question is the spec's own."""

from __future__ import annotations

from nicegui import ui

from ...specs.model import Action
from .markup import block, text

_GENERAL = "This may delete or change things for good. Go on?"


def question_of(action: Action) -> str | None:
    """What is asked before the action runs; ``None`` when nothing is."""
    return action.confirm or (_GENERAL if action.effect == "delete" else None)


async def confirmed(action: Action, request_line: str, connection: str) -> bool:
    """Whether a person said yes to both questions; ``True`` when the action asks nothing.

    :param request_line: method and URL, shown with the second question.
    :param connection: the name of the connection that it runs with.
    """
    question = question_of(action)
    if question is None:
        return True
    if not await _ask(action.title, question, [], "Go on", "wb-button"):
        return False
    title = f"Really: {action.title[:1].lower()}{action.title[1:]}?"
    last = f"It runs with the connection '{connection}', now. This was the last question."
    return await _ask(title, last, [request_line], "Yes, run it", "wb-button wb-button--danger")


async def _ask(title: str, words: str, lines: list[str], yes: str, look: str) -> bool:
    dialog = ui.dialog()
    dialog.props["aria-label"] = title
    with dialog, block("div", "wb-dialog"):
        text("h2", title)
        text("p", words)
        for line in lines:
            text("pre", line, "wb-code wb-code--wrap")
        with block("div", "wb-row wb-row--end"):
            text("button", "Cancel", "wb-button", type="button", autofocus=True).on(
                "click", lambda: dialog.submit(False)
            )
            text("button", yes, look, type="button").on("click", lambda: dialog.submit(True))
    answer = await dialog
    if not dialog.is_deleted:
        dialog.delete()
    return bool(answer)
