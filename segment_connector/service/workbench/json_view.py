"""JSON as every page shows it: coloured, scrolled in a frame of its own, and copied whole by a press."""

from __future__ import annotations

import json
from typing import Any

from nicegui import ui

from ...markup.html import html
from .colouring import coloured_json
from .spoken import say
from .static_files import url_of

MOST = 40_000  # characters of a value that a browser shows without effort


def json_view(value: Any, label: str, *, tall: bool = True) -> ui.html:
    """A value with a button that copies it; what is too long to be shown is copied whole all the same.

    :param label: what it is, for screen readers.
    :param tall: whether it scrolls when it is tall.
    """
    return ui.html(json_html(value, label, tall=tall), sanitize=False)


def json_html(value: Any, label: str, *, tall: bool = True) -> str:
    """The same as HTML."""
    words = json.dumps(value, ensure_ascii=False, indent=2)
    shown, rest = words[:MOST], len(words) > MOST
    return html(
        "service/workbench/json_view.html", inside=coloured_json(shown), label=label, tall=tall,
        count=len(words) if rest else 0, copied=words if rest else "", icons=url_of("icons.svg"), say=say,
    )  # fmt: skip
