"""What every page stands in: the header with navigation, connection and theme, a way past them, and the main part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nicegui import ui

from ...language.locales import locale_titles
from ...markup.look import logo
from .connection_chooser import COOKIE, Chosen, connection_chooser
from .failures import tell_failure
from .markup import Select, block, icon, set_attributes, text
from .spoken import LOCALE_COOKIE, locale, say, speak
from .theme import theme_switch

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from ..backend import Backend

_CHOSEN = "chosen"


@contextmanager
def framed(
    backend: Backend, request: Request, path: str, title: str, navigation: Sequence[tuple[str, str, str]]
) -> Iterator[None]:
    """The frame of one page, whose content is made inside the ``with`` statement.

    :param path: of the page, as it is registered.
    :param navigation: path, title and icon of every page that the header leads to.
    """
    speak(backend.connector.specs.root, request)
    connector = say("{title} connector", title=backend.connector.spec.title)
    ui.page_title(f"{say(title)} - {connector}")
    client = ui.context.client
    client.on_exception(tell_failure)
    client.storage[_CHOSEN] = chosen = Chosen(backend, request.cookies.get(COOKIE, ""))
    client.content.classes("wb-content")
    main = block("div", "wb-page")
    with ui.header(wrap=False, add_scroll_padding=False).classes("wb-header"):
        drawer = _drawer(path, navigation, backend.connector.specs.root)
        menu = block("button", "wb-icon-button wb-menu", type="button", aria_label=say("Menu"), aria_haspopup="dialog")
        menu.on("click", js_handler=f"() => getHtmlElement({drawer.id}).showModal()")
        with menu:
            icon("menu")
        with block("a", "wb-brand", href="/", aria_label=say("{connector}, catalogue", connector=connector)):
            ui.html(logo(), sanitize=False, tag="span").classes("wb-mark").props("aria-hidden=true")
            text("span", backend.connector.spec.title, "wb-brand-name")
            text("span", say("Workbench"), "wb-brand-kind")
        with block("nav", "wb-nav", aria_label=say("Pages")):
            _links(path, navigation)
        block("div", "wb-space")
        _palette_opener()
        connection_chooser(chosen)
        _language_switch(backend.connector.specs.root, "bar")
        theme_switch(request.cookies.get("theme", ""))
    ui.skip_link(say("Skip to content"), target=main).classes("wb-skip")
    with main:
        yield


def chosen() -> Chosen:
    """The connection that is chosen on this page."""
    found: Chosen = ui.context.client.storage[_CHOSEN]
    return found


def heading(title: str, lead: str = "") -> None:
    """The heading of a page, and a sentence below it; the window is named after it."""
    client = ui.context.client
    _, _, connector = client.resolve_title().rpartition(" - ")
    ui.page_title(f"{title} - {connector}")
    with block("div", "wb-heading"):
        text("h1", title, "wb-title")
        if lead:
            text("p", lead, "wb-lead")


@contextmanager
def panel(title: str, classes: str = "", *, note: str = "") -> Iterator[ui.element]:
    """A part of a page on a ground of its own, named by its heading.

    :param note: a few words beside the heading.
    """
    made = block("section", f"wb-panel {classes}", aria_label=title)
    with made:
        with block("div", "wb-panel-head"):
            text("h2", title)
            if note:
                text("span", note, "wb-quiet")
        yield made


def _language_switch(root: Path, place: str) -> None:
    """Where a person chooses another language, when there is one; the page is drawn again in it.

    :param place: ``bar`` of the header, or ``drawer`` where the bar has no room.
    """
    titles = locale_titles(root)
    if len(titles) > 1:
        label = say("Language") if place == "bar" else say("Language, menu")
        Select(
            titles, locale().name, label=label, cookie=LOCALE_COOKIE, on_change=lambda _: ui.navigate.reload()
        ).classes(f"wb-language wb-language--{place}")


def _palette_opener() -> None:
    """What opens the palette by a press, and tells its keys; the script of every page listens."""
    said = say("Go to an action, an event or a page (Ctrl+K)")
    opener = block("button", "wb-opener", type="button", aria_haspopup="dialog", data_palette_opens="")
    words = {"go": say("Go to"), "ask": say("Go to an action, an event or a page"), "found": say("Found"),
             "count": say("{count} found"), "nothing": say("Nothing found")}  # fmt: skip
    set_attributes(opener, {"aria-label": said, "title": said, "aria-keyshortcuts": "Control+K Meta+K"})
    set_attributes(opener, {"data-words": json.dumps(words)})
    with opener:
        icon("search")
        text("kbd", "K", "wb-key wb-key--command", aria_hidden="true")


def _drawer(path: str, navigation: Sequence[tuple[str, str, str]], root: Path) -> ui.element:
    """The navigation of a narrow window: a dialog of the browser's own, which keeps the focus and knows Escape."""
    drawer = block("dialog", "wb-drawer", aria_label=say("Menu"))
    # A click beside it lands on the dialog itself, since all that is inside has an element of its own.
    drawer.on("click", js_handler="(event) => { if (event.target.tagName === 'DIALOG') event.target.close(); }")
    with drawer, block("div", "wb-drawer-inside"):
        close = block("button", "wb-icon-button", type="button", aria_label=say("Close the menu"))
        close.on("click", js_handler=f"() => getHtmlElement({drawer.id}).close()")
        with close:
            icon("close")
        with block("nav", "wb-drawer-nav", aria_label=say("Pages, menu")):
            _links(path, navigation)
        _language_switch(root, "drawer")
    return drawer


def _links(path: str, navigation: Sequence[tuple[str, str, str]]) -> None:
    for target, title, picture in navigation:
        link = block("a", "wb-nav-link", href=target)
        if target == path:
            link.props["aria-current"] = "page"
        with link:
            icon(picture)
            text("span", say(title))
