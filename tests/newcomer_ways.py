"""What the quick start says that the shortest ways take, for the tests that go them."""

from __future__ import annotations

from guides import ROOT

PAGE = ROOT / "docs" / "guides" / "quick-start.md"


def promised(way: str, place: str) -> str:
    """What the table of the shortest ways has for one of them.

    :param place: the title of a column.
    """
    lines = PAGE.read_text("utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("| To "))
    titles, _, *rows = [_cells(line) for line in lines[begin : lines.index("", begin)]]
    (row,) = [row for row in rows if row[0] == way]
    return row[titles.index(place)]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
