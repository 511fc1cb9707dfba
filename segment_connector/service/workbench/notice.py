"""A notice over the page: what has come of something, wherever on the page it was asked for."""

from __future__ import annotations

from typing import Literal

from nicegui import ui

from .spoken import say

_ICONS = {"good": "check_circle", "bad": "warning", "plain": None}


def notice(words: str, kind: Literal["good", "bad", "plain"] = "plain") -> None:
    """Show it: what is bad until it is closed, the rest for some seconds."""
    bad = kind == "bad"
    ui.notify(
        words, position="top", icon=_ICONS[kind], classes=f"wb-notice wb-notice--{kind}",
        close_button=say("Close") if bad else False, timeout=0 if bad else 5000,
        textColor="notice",  # a name of ours, else it is white whatever is behind it
    )  # fmt: skip
