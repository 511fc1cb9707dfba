"""Light or dark: as the system has it, until a person says otherwise; the browser keeps what was said."""

from __future__ import annotations

from nicegui import ui

from .markup import block, icon, icon_name, remembering, set_attributes
from .spoken import say, to_say

# What one press leads to: the next theme, what NiceGUI calls it, its icon.
_THEMES: dict[str, tuple[str, bool | None, str]] = {
    "system": ("light", None, "brightness_auto"),
    "light": ("dark", False, "light_mode"),
    "dark": ("system", True, "dark_mode"),
}
# The page is drawn by a script; until then the window has the colour of its theme.
_BEFORE = {
    "system": "html{color-scheme:light dark}",
    "light": "html{color-scheme:light}",
    "dark": "html{color-scheme:dark}",
}


_SAID = {"system": to_say("Theme: system"), "light": to_say("Theme: light"), "dark": to_say("Theme: dark")}


def theme_switch(kept: str) -> None:
    """The button of the header.

    :param kept: what the browser kept; anything unknown is the system's.
    """
    theme = kept if kept in _THEMES else "system"
    ui.add_head_html(f"<style>{_BEFORE[theme]}</style>")
    dark = ui.dark_mode(_THEMES[theme][1])
    button = block("button", "wb-icon-button", type="button")
    with button:
        picture = icon(_THEMES[theme][2])

    def show(theme: str) -> None:
        following, value, name = _THEMES[theme]
        dark.value = value
        picture.name = icon_name(name)
        said = say(_SAID[theme])
        set_attributes(button, {"aria-label": said, "title": said, "data-next": following})

    show(theme)
    keep = remembering("theme", "next")
    button.on(
        "click",
        lambda event: show(event.args) if event.args in _THEMES else None,
        js_handler=f"(event) => {{ const next = event.currentTarget.dataset.next; {keep} emit(next); }}",
    )
