"""Stars: what a person uses often is marked, and stands first on the first page and in the palette."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from nicegui import ui

from ....errors import ConnectorError
from ..frame import panel
from ..markup import block, icon, set_attributes, text
from ..spoken import in_words, say
from ..work import in_thread
from .call_links import recent_calls

if TYPE_CHECKING:
    from ....language.action_records import Action
    from ...backend import Backend

_RECENT = 6


def star_button(backend: Backend, action: str, *, starred: bool) -> ui.element:
    """A button that marks an action, or takes the mark away."""
    button = block("button", "wb-icon-button wb-star", type="button", aria_pressed=str(starred).lower())
    label = say("Favourite")
    set_attributes(button, {"aria-label": label, "title": label})
    with button:
        icon("star")

    async def pressed() -> None:
        on = button.props["aria-pressed"] != "true"
        await in_thread(backend.history.star, action, on=on)
        set_attributes(button, {"aria-pressed": str(on).lower()})

    return button.on("click", pressed)


async def own_card(backend: Backend) -> None:
    """The actions with a star, and the last calls; nothing for somebody who has neither."""
    starred = await in_thread(lambda: list(map(_known(backend), backend.history.favourites())))
    recent = await in_thread(recent_calls, backend, _RECENT)
    favourites = [one for one in starred if one is not None]
    if not favourites and not recent:
        return
    with panel(say("Yours"), "wb-own"):
        if favourites:
            with block("div", "wb-row", role="group", aria_label=say("Favourites")):
                text("span", say("Favourites"), "wb-quiet", aria_hidden="true")
                for action in favourites:
                    with block("a", "wb-example wb-own-link", href=f"/actions/{quote(action.name)}"):
                        icon("star")
                        text("span", in_words(action).title)
        if recent:
            with block("div", "wb-row", role="group", aria_label=say("Recent calls")):
                text("span", say("Recent calls"), "wb-quiet", aria_hidden="true")
                for one in recent:
                    text("a", in_words(one.action).title, "wb-example wb-own-link", href=one.href, title=one.about)
                text("a", say("History"), "wb-quiet", href="/history")


def _known(backend: Backend) -> Callable[[str], Action | None]:
    def find(name: str) -> Action | None:
        try:
            return backend.policy.action(name)
        except ConnectorError:  # it was there in another edition of the specs
            return None

    return find
