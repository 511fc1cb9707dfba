"""Colours for JSON, as HTML."""

from __future__ import annotations

import re
from html import escape

_PARTS = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)')


def coloured_json(words: str) -> str:
    """JSON text as HTML, its parts marked by ``wb-j-...`` classes; what is not valid JSON is escaped all the same."""
    made, end = [], 0
    for found in _PARTS.finditer(words):
        made.append(escape(words[end : found.start()], quote=False))
        text, colon, word, _ = found.groups()
        kind = "key" if text and colon else "text" if text else "word" if word else "number"
        made.append(f'<span class="wb-j-{kind}">{escape(text or found[0], quote=False)}</span>{colon or ""}')
        end = found.end()
    return "".join(made) + escape(words[end:], quote=False)
