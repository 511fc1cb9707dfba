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


def json_view(value: Any, label: str, *, tall: bool = False, wrap: bool = False) -> ui.html:
    """A value with a button that copies it; what is too long to be shown is copied whole all the same.

    :param label: what it is, for screen readers.
    :param tall: whether it scrolls when it is tall.
    :param wrap: whether long lines are broken; else it scrolls.
    """
    return ui.html(json_html(value, label, tall=tall, wrap=wrap), sanitize=False)


def text_view(words: str, label: str) -> ui.html:
    """As ``json_view``, of a text as it is, such as a body that was sent."""
    return ui.html(_html(words, label, tall=False, wrap=True), sanitize=False)


def json_html(value: Any, label: str, *, tall: bool = False, wrap: bool = False) -> str:
    """The same as HTML."""
    return _html(json.dumps(value, ensure_ascii=False, indent=2), label, tall=tall, wrap=wrap)


def _html(words: str, label: str, *, tall: bool, wrap: bool) -> str:
    rest = len(words) > MOST
    return html(
        "service/workbench/json_view.html", inside=coloured_json(words[:MOST]), label=label, tall=tall, wrap=wrap,
        count=len(words) if rest else 0, copied=words if rest else "", icons=url_of("icons.svg"), say=say,
    )  # fmt: skip
