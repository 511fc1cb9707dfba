"""What everything that people look at has in common: one logo and one palette.

Both are files of this folder. In a page the logo takes the page's colours; by itself, as in a tab, it has its own.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

COLOURS = Path(__file__).parent / "colours.css"
"""A style sheet of custom properties such as ``--accent``; ``color-scheme`` decides which of each two colours it is."""

_LOGO = Path(__file__).parent / "logo.svg"


@cache
def logo() -> str:
    """The logo as SVG, a line."""
    return _LOGO.read_text(encoding="utf-8").strip()
