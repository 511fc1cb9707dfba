"""The language of a page: chosen in the header, kept by the browser, at first what the browser asks for.

``say`` stands around every text that a page draws, and ``in_words`` around a record of the specs that it draws from.
Calls are made with the records as they are, so errors are in English.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from nicegui import ui
from nicegui.language import Language

from ...language.locales import PLAIN, Locale, locale_of, locale_titles, negotiated, to_say
from ...language.translated_records import translated

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

__all__ = ["LOCALE_COOKIE", "in_words", "locale", "say", "speak", "to_say"]

LOCALE_COOKIE = "locale"
_KEPT = "locale"

_T = TypeVar("_T")


def locale() -> Locale:
    """The language of the page that is being made or changed; English outside of one."""
    try:
        found: Locale = ui.context.client.storage.get(_KEPT, PLAIN)
    except RuntimeError:
        return PLAIN
    return found


def say(english: str, **values: Any) -> str:
    """A text in the language of the page.

    :param values: what stands in the text for each name in braces.
    """
    return locale()(english, **values)


def in_words(record: _T) -> _T:
    """A record of the specs with its texts in the language of the page."""
    said = locale()
    return translated(record, said) if said.texts else record


def asked_for(root: Path, request: Request) -> Locale:
    """The language that a request asks for: what was chosen, else what the browser prefers.

    :param root: the folder of the specs.
    """
    offered = locale_titles(root)
    kept = request.cookies.get(LOCALE_COOKIE, "")
    wanted = request.headers.get("accept-language", "")
    return locale_of(root, kept if kept in offered else negotiated(wanted, offered))


def speak(root: Path, request: Request) -> None:
    """Choose the language of the page that a request asks for; before anything is drawn.

    :param root: the folder of the specs.
    """
    said = asked_for(root, request)
    if said is PLAIN:
        return
    client = ui.context.client
    client.storage[_KEPT] = said
    client.page = copy(client.page)  # the page is shared by all who visit it
    if said.name in get_args(Language):
        client.page.language = said.name  # type: ignore[assignment]
    else:  # its own elements stay English, and the page says what it is
        ui.add_head_html(f"<script>document.documentElement.lang = '{said.name}'</script>")
