"""What a person sees when a page cannot be made, or a part of one fails: a sentence and a cure, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ...errors import ConnectorError, Problem
from ...markup.markdown import sentence
from .markup import block, text
from .notice import notice
from .spoken import say

_log = logging.getLogger(__name__)
_UNEXPECTED = Problem("internal", "something went wrong", "see the server's log")


def show_problems(problems: Sequence[Problem], command: str | None = None) -> None:
    """In place of what a page cannot show: what is wrong, and a way back.

    :param command: what is typed in a terminal; a hint to do so is no cure here, where a link to the catalogue stands.
    """
    with block("section", "wb-empty"):
        text("h1", say("This page cannot be shown"), "wb-title")
        for problem in problems:
            text("p", _placed(problem, sentence(problem.message)))
            if problem.hint and not (command and f"'{command} " in problem.hint):
                text("p", sentence(problem.hint), "wb-quiet")
        text("a", say("Back to the catalogue"), "wb-button", href="/")


def note_problems(problems: Sequence[Problem], title: str | None = None) -> None:
    """A note on a page that is there otherwise: what is wrong, where, and how to fix it."""
    with block("div", "wb-note wb-note--bad", role="alert"):
        if title is not None:
            text("strong", title)
        for problem in problems:
            text("span" if title else "strong", _placed(problem, problem.message))
            if problem.hint:
                text("span", problem.hint, "wb-note-hint")


def _placed(problem: Problem, words: str) -> str:
    return f"{problem.place}: {words}" if problem.place else words


def show_failure(error: Exception) -> None:
    """The page in place of one that raised what nobody expected, which goes to the log."""
    _log.error("a page failed", exc_info=error)
    with block("div", "wb-page"):
        show_problems([_UNEXPECTED])


def tell_failure(error: Exception) -> None:
    """Tell the person at a page that what they asked for was not done: its part of the page said nothing of it."""
    problem = error.problems[0] if isinstance(error, ConnectorError) else _UNEXPECTED
    words = _placed(problem, sentence(problem.message))
    if problem.hint:
        words += f" {sentence(problem.hint)}"
    notice(words, "bad")
