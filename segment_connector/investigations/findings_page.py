"""What was found as one page that needs nothing else: the way with each gate, and why it stands so."""

from __future__ import annotations

from ..markup.html import html
from .findings import Report


def page_of(found: Report) -> str:
    """The page, as HTML."""
    first, *between, last = found.states
    looks = {first: "good", **dict.fromkeys(between, "doubt"), last: "bad"}
    groups = dict.fromkeys(branch.group for branch in found.branches)
    return html("investigations/page.html", title=found.title, found=found, looks=looks, groups=groups)
