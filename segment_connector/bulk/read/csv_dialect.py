"""How a table of text is written, told by its rows and not by its header alone."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

DELIMITERS = ",;\t|"
_QUOTES = "\"'"
_ROWS = 50
_MOST = 0.5


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table of text is written.

    :ivar delimiter: what parts cells; ``quote`` what a cell is put into that holds a delimiter or a line break.
    :ivar columns: how many cells most rows have; 1 where no delimiter fits.
    """

    delimiter: str = ","
    quote: str = '"'
    columns: int = 1


def sniffed(text: str, delimiter: str | None = None, quote: str | None = None) -> Dialect:
    """The dialect in which most rows have as many cells as the header, and the more the better.

    :param text: the beginning of a table, its header first, of whole lines.
    :param delimiter: where it is known, and ``quote`` likewise.
    """
    best: tuple[tuple[float, ...], Dialect] | None = None
    for mark in quote or _quotes_in(text):
        for order, one in enumerate(delimiter or DELIMITERS):
            rows = _rows(text, one, mark)
            if not rows:
                continue
            width = len(rows[0])
            share = sum(len(row) == width for row in rows) / len(rows)
            usual = Counter(map(len, rows)).most_common(1)[0][0]
            found = Dialect(one, mark, usual)
            fits = width > 1
            weight = (fits, round(share, 1) if fits else 0, width if share > _MOST else 0, mark == '"', -order)
            if best is None or weight > best[0]:
                best = weight, found
    return best[1] if best is not None else Dialect(delimiter or ",", quote or '"')


def has_columns(text: bytes) -> bool:
    """Whether a text looks like a table: several rows that have several cells each, as many as the header."""
    shown = text[: text.rfind(b"\n") + 1].decode("utf-8", "replace") or text.decode("utf-8", "replace")
    found = sniffed(shown)
    rows = _rows(shown, found.delimiter, found.quote)
    return found.columns > 1 and all(len(row) == found.columns for row in rows)


def _quotes_in(text: str) -> str:
    """The quotes that may be meant: single ones only where cells begin and end with them, and no double one does."""
    double = re.search(r'(^|[,;\t|])"', text, re.MULTILINE)
    single = len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r\n]|\Z)", text, re.MULTILINE))
    return "'" if single > 1 and not double else '"'


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, quotechar=quote):
            if row:
                rows.append(row)
            if len(rows) == _ROWS:
                break
    except csv.Error:
        return []
    return rows
