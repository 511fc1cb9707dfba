"""The dialog before an action's file is written: what changes, what it breaks elsewhere, and what others changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nicegui import ui

from ....authoring.action_files import Changed, Opened, Workshop
from ....checks import STAGES
from ....errors import ConnectorError, Problem
from ..failures import note_problems
from ..markup import block, text
from ..spoken import say
from ..work import in_thread

_UNREADABLE = frozenset(rule.NAME for rule in STAGES[0])
_MOST = 20
_CHOICES = {"Keep editing": None, "Compare with the current file": "rebase", "Load the current version": "load"}


@dataclass(frozen=True, slots=True)
class Saved:
    """How the dialog ended.

    :ivar opened: the file that the author goes on from.
    :ivar take_over: its text replaces what was typed.
    :ivar written: the author's text is in the file now.
    """

    opened: Opened
    take_over: bool = False
    written: bool = False


async def review(workshop: Workshop, opened: Opened, edited: str) -> Saved | None:
    """Show what saving changes, and save when the author says so.

    :param edited: the text to save.
    :returns: ``None`` when the author goes on with everything as it was.
    """
    dialog = ui.dialog()
    dialog.props["aria-label"] = say("Review and save")
    with dialog, block("div", "wb-dialog au-dialog") as inside:
        text("h2", say("Review and save"))
        text("p", say("Checking what else it affects ..."), "wb-quiet", role="status")
    dialog.open()
    try:
        return await _reviewed(dialog, inside, workshop, opened, edited)
    except ConnectorError as error:
        inside.clear()
        with inside:
            text("h2", say("It was not saved"))
            note_problems(error.problems)
            _buttons(dialog, {say("Keep editing"): None})
        dialog.open()
        await dialog
        return None
    finally:
        if not dialog.is_deleted:  # as it is when the page was left
            dialog.close()
            dialog.delete()


async def _reviewed(
    dialog: ui.dialog, inside: ui.element, workshop: Workshop, opened: Opened, edited: str
) -> Saved | None:
    findings = (await in_thread(workshop.judge, opened.name, edited, opened.path)).findings
    readable = not any(_stops(one) for one in findings)
    elsewhere = await in_thread(workshop.elsewhere, opened.name, edited, opened.path) if readable else []
    _ask(dialog, inside, workshop, opened, edited, findings, elsewhere)
    if not await dialog:
        return None
    dialog.open()
    try:
        saved = await in_thread(workshop.save, opened, edited)
    except Changed as error:
        return await _say_changed(dialog, inside, workshop, opened, error)
    return Saved(saved, written=True)


def _ask(
    dialog: ui.dialog,
    inside: ui.element,
    workshop: Workshop,
    opened: Opened,
    edited: str,
    findings: Sequence[Problem],
    elsewhere: Sequence[Problem],
) -> None:
    unreadable = [one for one in findings if _stops(one)]
    inside.clear()
    with inside:
        text("h2", say("Save {name}?", name=opened.name))
        _show_difference(workshop.difference(opened, edited))
        if findings:
            words = (
                say("It has {count} findings.", count=len(findings)) if len(findings) > 1 else say("It has 1 finding.")
            )
            if unreadable:
                words += say(" The service could not use the file like this, so it is not saved. Fix this first:")
            with block("div", "wb-note wb-note--bad" if unreadable else "wb-note wb-note--warn"):
                text("strong", words)
                _list(unreadable or findings)
        if elsewhere:
            with block("div", "wb-note wb-note--warn"):
                text("strong", say("It no longer fits other files:"))
                _list(elsewhere, with_path=True)
        with block("div", "wb-row wb-row--end"):
            text("button", say("Keep editing"), "wb-button", type="button").on("click", lambda: dialog.submit(None))
            if not unreadable and workshop.read_only is None:
                words = say("Save anyway") if findings or elsewhere else say("Save")
                text("button", words, "wb-button wb-button--main", type="button").on(
                    "click", lambda: dialog.submit(True)
                )


def _stops(problem: Problem) -> bool:
    """Whether the service could not use a file with this problem."""
    return problem.code.split("/")[0] in _UNREADABLE


async def _say_changed(
    dialog: ui.dialog, inside: ui.element, workshop: Workshop, opened: Opened, error: ConnectorError
) -> Saved | None:
    """Somebody else saved the file meanwhile: nothing was written, and the author chooses what to go on from."""
    now = await in_thread(workshop.open, opened.name)
    inside.clear()
    with inside:
        text("h2", say("It was not saved"))
        note_problems(error.problems)
        text("p", say("This is what changed in the file since you began:"))
        _show_difference(workshop.difference(opened, now.text))
        choices = {
            say("Keep editing"): "keep",
            say("Compare with the current file"): "rebase",
            say("Load the current version"): "load",
        }
        _buttons(dialog, choices)
    chosen = await dialog
    if chosen == "load":
        return Saved(now, take_over=True)
    return Saved(now) if chosen == "rebase" else None


def _buttons(dialog: ui.dialog, choices: Mapping[str, str | None]) -> None:
    with block("div", "wb-row wb-row--end"):
        for words, choice in choices.items():
            text("button", words, "wb-button", type="button").on(
                "click", lambda _, choice=choice: dialog.submit(choice)
            )


def _show_difference(lines: Sequence[str]) -> None:
    kinds = {"+": "au-more", "-": "au-less", "@": "au-where"}
    with block("div", "wb-code au-difference", tabindex="0", role="region", aria_label=say("What changes")):
        for number, line in enumerate(lines):
            kind = "au-where" if number < 2 else kinds.get(line[:1], "")
            text("div", line or " ", kind)


def _list(problems: Sequence[Problem], *, with_path: bool = False) -> None:
    with block("ul", "au-points"):
        for one in problems[:_MOST]:
            place = one.place if with_path else say("Line {line}", line=one.line)
            text("li", f"{place}: {f'{one.field}: ' if one.field else ''}{one.message}")
        if len(problems) > _MOST:
            text("li", say("and {count} more", count=len(problems) - _MOST))
