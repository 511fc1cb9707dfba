"""What stands in a sheet and has no value: formulas that nobody reckoned, errors, cells that are merged with others."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

_PIECE = 1_000_000
_OVERLAP = 20_000  # more than a cell's formula has, about
_SHOWN = 3
_BARE = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*>\s*<f[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>')
_ERROR = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*\bt="e"[^>]*>(?:(?!</c>).)*?<v>([^<]*)</v>', re.DOTALL)
_SHEET = re.compile(rb"<sheet\b[^>]*>")
_RELATION = re.compile(rb"<Relationship\b[^>]*>")


@dataclass(slots=True)
class SheetFaults:
    """Cells by their names, such as ``B2``.

    :ivar bare: formulas without a value; ``errors`` cells that hold an error such as ``#N/A``; ``merged`` ranges.
    """

    bare: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)

    def said(self) -> list[str]:
        """In words, a sentence for each kind that there is."""
        found = []
        if self.bare:
            cure = "open and save the file in a program that calculates them"
            found.append(f"formulas without a value count as empty: {_listed(self.bare)}; {cure}")
        if self.errors:
            found.append(f"cells that hold an error, such as #N/A, count as empty: {_listed(self.errors)}")
        if self.merged:
            found.append(f"of merged cells only the first has the value: {_listed(self.merged)}")
        return found


def faults_of(path: str, sheet: str) -> SheetFaults:
    """What is told by the XML of a sheet; nothing of a workbook that is none of XML.

    :param sheet: its name.
    """
    found = SheetFaults()
    if not zipfile.is_zipfile(path):
        return found
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return found
        bare: dict[str, None] = {}
        errors: dict[str, None] = {}
        with archive.open(part) as stream:
            rest = b""
            while data := stream.read(_PIECE):
                text = rest + data
                if b"<f" in text:
                    bare.update((match[1].decode(), None) for match in _BARE.finditer(text))
                if b't="e"' in text:
                    errors.update((match[1].decode(), None) for match in _ERROR.finditer(text))
                rest = text[-_OVERLAP:]
        found.bare, found.errors = list(bare), list(errors)
    return found


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The member of an .xlsx that holds a sheet."""
    try:
        book, relations = archive.read("xl/workbook.xml"), archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return None
    key = next((_attribute(one, "r:id") for one in _SHEET.findall(book) if _attribute(one, "name") == sheet), None)
    target = next(
        (_attribute(one, "Target") for one in _RELATION.findall(relations) if _attribute(one, "Id") == key), ""
    )
    name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return name if key and name in archive.namelist() else None


def _attribute(tag: bytes, name: str) -> Any:
    from html import unescape

    found = re.search(rf'\b{re.escape(name)}="([^"]*)"'.encode(), tag)
    return unescape(found[1].decode("utf-8", "replace")) if found else ""


def _listed(cells: list[str]) -> str:
    return ", ".join(cells[:_SHOWN]) + (f" and {len(cells) - _SHOWN:,} more" if len(cells) > _SHOWN else "")
