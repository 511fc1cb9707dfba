"""A catalogue as one HTML page that holds all it needs: style, script and icon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language.locales import PLAIN, Locale
from ..markup.html import html
from . import facts


def page(entry: Mapping[str, Any], say: Locale = PLAIN) -> str:
    """The page of a catalogue in the shape that all platforms share.

    :param say: the language of its own words.
    """
    return html(
        "platforms/catalogue_page.html", entry=entry, title=facts.title_of(entry, say), icon=entry.get("icon", {}),
        by_name={action["name"]: action for action in entry["actions"]}, facts=facts, say=say, lang=say.name,
    )  # fmt: skip
