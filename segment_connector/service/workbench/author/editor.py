"""The editor of an action's file: completions where they are typed, findings marked at their lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....authoring.completions import Word

if TYPE_CHECKING:
    from ....errors import Problem

_SCRIPT = (Path(__file__).parents[1] / "static" / "author.js").read_text(encoding="utf-8")

Offer = Callable[[int, int], tuple[Sequence[Word], str]]
"""Gives the words for a line (from 1) and the characters of it before the cursor, and what was typed of one."""


class Editor:
    """A YAML editor.

    :param label: its name for screen readers.
    :param changed: called after the text was changed by a person.
    :param offer: what can be written at a cursor.
    """

    def __init__(self, text: str, label: str, changed: Callable[[], Any], offer: Offer) -> None:
        self._offer = offer
        self.element = ui.codemirror(text, language="YAML", theme="githubLight", indent="  ", on_change=changed)
        self.element.classes("au-editor")
        self.element.on("wb-complete", self._complete)
        self._held = False
        self._run(f"begin({json.dumps(label)})")

    @property
    def text(self) -> str:
        """What stands in it."""
        return str(self.element.value)

    def set_text(self, text: str) -> None:
        """Put another text in its place."""
        self.element.set_value(text)

    def hold(self, *, hold: bool) -> None:
        """Whether the browser asks before it leaves the page."""
        if hold != self._held:
            self._held = hold
            self._run(f"hold({json.dumps(hold)})")

    def mark(self, findings: Iterable[Problem]) -> None:
        """Mark the lines of findings, and no others; the text is left alone, however far it has been typed on."""
        said: dict[int, list[str]] = {}
        for one in findings:
            said.setdefault(one.line or 1, []).append(f"{one.message}{f' ({one.hint})' if one.hint else ''}")
        lines = {line: "\n".join(words) for line, words in said.items() if line <= self.text.count("\n") + 1}
        self._run(f"mark({json.dumps(lines)})")

    def focus(self) -> None:
        """Let the keyboard write into it, where its cursor is."""
        self._run("focus()")

    def go_to(self, line: int) -> None:
        """Put the cursor at the beginning of a line."""
        self._run(f"goTo({line})")

    def _complete(self, event: Any) -> None:
        asked = event.args
        words, typed = self._offer(int(asked["line"]), int(asked["column"]))
        if not typed and not asked["explicit"] and asked["indent"]:
            words = ()  # a person who begins a line wants no list over it
        offered = [
            {"label": one.label, "detail": one.detail, "info": one.info, "apply": one.insert or one.label}
            for one in words
        ]
        answer = {"typed": len(typed), "words": offered}
        self._run(f"complete({int(asked['number'])}, {json.dumps(answer)})")

    def _run(self, call: str) -> None:
        self.element.client.run_javascript(f"{_SCRIPT}\n;wbEditor({self.element.id}).{call}")
