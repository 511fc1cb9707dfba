"""Plain HTML elements: words, blocks, and selects, which every browser makes usable by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from .spoken import say, to_say
from .static_files import url_of

EFFECTS = {
    "read": to_say("Only reads; nothing is changed"),
    "write": to_say("Creates or changes something"),
    "delete": to_say("Deletes or replaces something; you are asked first"),
}
"""What each effect of an action means, for a tooltip."""

STABILITIES = {
    "beta": to_say("Public, and may still change"),
    "alpha": to_say("Not for production: it may change or go at any time"),
}
"""What each stability but ``stable`` means, for a tooltip."""


RUN_KEYS = {"title": "Ctrl+Enter", "aria-keyshortcuts": "Control+Enter Meta+Enter"}
"""The attributes of the button with the attribute ``data-run``, which these keys press on any page."""


def text(tag: str, words: str, classes: str = "", **attributes: Any) -> TextElement:
    """An element that holds words, which are never taken for markup; its ``set_text`` changes them.

    :param attributes: of the element; ``_`` in a name stands for ``-``.
    """
    made = TextElement(tag=tag, text=words).classes(classes)
    set_attributes(made, attributes)
    return made


def block(tag: str, classes: str = "", **attributes: Any) -> ui.element:
    """An element for others to stand in, to be used in a ``with`` statement."""
    made = ui.element(tag).classes(classes)
    set_attributes(made, attributes)
    return made


def icon(name: str) -> ui.icon:
    """A picture that says nothing of its own to a screen reader.

    :param name: of a symbol of ``static/icons.svg``.
    """
    return ui.icon(icon_name(name)).props("aria-hidden=true")


def icon_name(name: str) -> str:
    """What a symbol of ``static/icons.svg`` is called where NiceGUI or Quasar wants the name of an icon."""
    return f"svguse:{url_of('icons.svg')}#{name}"


def set_attributes(element: ui.element, attributes: Mapping[str, Any]) -> None:
    """Give an element attributes, whatever characters their values hold; ``_`` in a name stands for ``-``."""
    element.props.update({name.strip("_").replace("_", "-"): value for name, value in attributes.items()})
    element.update()


def table_head(*titles: str) -> str:
    """The first row of a table as HTML."""
    return f"<tr>{''.join(f'<th scope=col>{escape(title)}</th>' for title in titles)}</tr>"


def copy_button(what: str = "") -> ui.element:
    """A button that copies what its neighbour holds that has the attribute ``data-copy``: its value, or else the text.

    :param what: what is copied, for its name.
    """
    label = say("Copy {what}", what=what) if what else say("Copy")
    # A browser lets a page copy while the press lasts, so its script does it and not the server.
    made = block("button", "wb-icon-button wb-copy", type="button", aria_label=label, title=label, data_copies="")
    with made:
        icon("content_copy")
    return made


class Select(ui.element):
    """A native ``<select>``, which keyboards, screen readers and phones know.

    :param options: what a person reads by the value it stands for.
    :param value: the value that is chosen.
    :param label: its name for screen readers, when no ``<label>`` names it.
    :param cookie: the cookie in which the browser keeps what is chosen.
    """

    def __init__(
        self,
        options: Mapping[str, str],
        value: str,
        *,
        label: str | None = None,
        cookie: str | None = None,
        on_change: Callable[[str], Any] | None = None,
    ) -> None:
        super().__init__("select")
        self.classes("wb-select")
        self.value = value
        self._on_change = on_change
        if label:
            self.props["aria-label"] = label
        self.set_options(options, value)
        kept = remembering(cookie, "event.target.value") if cookie else ""
        self.on("change", self._changed, js_handler=f"(event) => {{ {kept} emit(event.target.value); }}")

    def set_options(self, options: Mapping[str, str], value: str) -> None:
        """Offer other values, one of them chosen; nothing is called for it."""
        self.clear()
        with self:
            for key, words in options.items():
                option = text("option", words)
                option.props["value"] = key
        self.set_value(value)

    def set_value(self, value: str) -> None:
        """Choose a value; nothing is called for it."""
        self.value = value
        self.props["value"] = value
        self.update()

    def _changed(self, event: Any) -> Any:
        self.set_value(str(event.args))
        return self._on_change(self.value) if self._on_change else None


def remembering(name: str, value: str) -> str:
    """JavaScript that keeps a choice in a cookie of the browser for a year; never a secret.

    It is run in the browser by the press itself: by way of the server it would come too late for who moves on at once.

    :param value: the expression of JavaScript that gives the value.
    """
    return (
        f"document.cookie = {json.dumps(name)} + '=' + encodeURIComponent({value})"
        " + '; path=/; max-age=31536000; samesite=strict';"
    )
