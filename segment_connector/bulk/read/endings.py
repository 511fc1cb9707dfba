"""The formats that there are, and what the ends of names tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

FORMATS: Mapping[str, str] = {
    "jsonl": "one event or row per line",
    "json": "lists of objects, objects over several lines, a list inside an object",
    "csv": "rows of text",
    "arrow": "Parquet, Feather, Arrow and ORC",
    "excel": "a sheet of a workbook",
    "sqlite": "a table of a SQLite file",
    "sql": "the result of a database query",
}
"""What each format is."""

ENDINGS: Mapping[str, str] = {
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "jsonl"),
    **dict.fromkeys((".csv", ".tsv"), "csv"),
    **dict.fromkeys((".parquet", ".pq", ".feather", ".arrow", ".ipc", ".arrows", ".orc"), "arrow"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "excel"),
    **dict.fromkeys((".sqlite", ".sqlite3", ".db"), "sqlite"),
}
"""The format of a file by the end of its name; what is in a ``.json`` says whether it is one of lines."""

TEXTS = ("jsonl", "json", "csv")
"""The formats whose times are texts."""
PACKED = (".gz", ".zst", ".zip")


def format_of(name: str) -> str | None:
    """The format that a file's name tells, or ``None``."""
    lower = name.lower()
    for ending in PACKED:
        bare = lower.removesuffix(ending)
        if bare != lower:
            found = ENDINGS.get(PurePath(bare).suffix)
            return found if found in ("jsonl", "csv") else None  # the others pack what is in them
    return ENDINGS.get(PurePath(lower).suffix)
