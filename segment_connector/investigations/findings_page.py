"""What was found as one page that needs nothing else: the way with each gate, and why it stands so."""

from __future__ import annotations

from typing import Any

from ..markup.html import html
from .findings import Report


def page_of(found: Report) -> str:
    """The page, as HTML."""
    return html("investigations/page.html", title=found.title, **_values(found))


def flow_of(found: Report) -> str:
    """The same for a page of somebody else's, in the classes of ``page.css``."""
    return html("investigations/flow.html", **_values(found))


def _values(found: Report) -> dict[str, Any]:
    first, *between, last = found.states
    looks = {first: "good", **dict.fromkeys(between, "doubt"), last: "bad"}
    return {"found": found, "looks": looks, "groups": dict.fromkeys(branch.group for branch in found.branches)}
