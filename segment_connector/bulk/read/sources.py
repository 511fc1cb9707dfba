"""What a source is made of: the files of a folder or a pattern, each a partition, in the same order every time."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from urllib.parse import unquote

from ...errors import InputError, Problem, did_you_mean
from .csv_text import is_blank
from .json_lines import seekable
from .partition import Partition

FORMATS: Mapping[str, str] = {
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "jsonl"),
    **dict.fromkeys((".csv", ".tsv"), "csv"),
    **dict.fromkeys((".parquet", ".pq", ".feather", ".arrow", ".ipc", ".arrows", ".orc"), "arrow"),
}
"""The format of a file by the end of its name."""

_PACKED = (".gz", ".zst")
_OURS = (".checkpoint", ".checkpoint-wal", ".checkpoint-shm", ".rejects.jsonl")  # beside what was delivered
_BESIDE = ("", "-wal", "-shm", ".part")  # what a checkpoint has beside it, and a reject file while it is written
_NULL = "__HIVE_DEFAULT_PARTITION__"  # what Hive and Spark name the folder of rows without a value


def partitions(
    source: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
    targets: Iterable[str | os.PathLike[str]] = (),
) -> list[Partition]:
    """The files of a source, one partition each, in the order of their names.

    :param source: a file, a folder (with the folders in it), a pattern such as ``exports/*.csv``, or ``-`` for standard
        input. In folders, what begins with ``.`` or ``_`` (Spark's ``_SUCCESS``) and our own files are passed over; so
        is, beside files with rows, CSV of nothing but blank lines, as exports of a day without rows are.
    :param format: ``jsonl``, ``csv`` or ``arrow``, for files whose names do not tell.
    :param targets: the files that the caller writes, an earlier time perhaps; in a folder or a pattern they, and what
        SQLite keeps beside them, are no part of the source.
    :raises InputError: when nothing is there, or a file is of no known format.
    """
    if format is not None and format not in FORMATS.values():
        known = sorted(set(FORMATS.values()))
        hint = did_you_mean(format, known) or f"take one of {', '.join(known)}"
        raise InputError.of("option", f"there is no format '{format[:40]}'", hint, field="format")
    text = os.fspath(source)
    if text == "-":
        return [Partition("-", "-", _stdin_format(format))]
    path = Path(text)
    ours = {Path(f"{os.fspath(target)}{ending}").resolve() for target in targets for ending in _BESIDE}
    if path.is_dir():
        files = [(file, file.relative_to(path).as_posix()) for file in _files(path, ours)]
        nothing = "the folder holds no file", "name the folder that holds the files"
    elif path.exists():
        files = [(path, path.name)]
        nothing = "", ""
    else:
        base = _before_pattern(text)
        found = sorted(base.glob(str(path.relative_to(base)))) if glob.has_magic(text) else []
        files = [
            (file, file.relative_to(base).as_posix()) for file in found if file.is_file() and not _is_ours(file, ours)
        ]
        nothing = "there is no such file or folder", "check the path"
    if not files:
        raise InputError.of("source", nothing[0], nothing[1], path=text)
    wrong = [(file, name) for file, name in files if format is None and format_of(name) is None]
    if wrong:
        raise InputError([_unknown(file, name) for file, name in wrong[:5]])
    made = [Partition(str(file), name, format or format_of(name) or "") for file, name in files]
    if len(made) > 1:  # one alone, or all, is rather a mistake, which reading tells
        made = [one for one in made if one.format != "csv" or not is_blank(one.path)] or made
    return [_sized(partition) for partition in sorted(made, key=lambda one: one.name)]


def format_of(name: str) -> str | None:
    """The format that a file's name tells, or ``None``."""
    lower = name.lower()
    for ending in _PACKED:
        bare = lower.removesuffix(ending)
        if bare != lower:
            found = FORMATS.get(PurePath(bare).suffix)
            return found if found != "arrow" else None  # its formats pack what is in them
    return FORMATS.get(PurePath(lower).suffix)


def folder_columns(name: str) -> dict[str, str | None]:
    """The columns that folders name, as ``country=PL/part-0.parquet`` does: text, or ``None`` where Hive has null.

    :param name: a partition's name, below the source.
    """
    found: dict[str, str | None] = {}
    for part in name.split("/")[:-1]:
        key, equals, value = part.partition("=")
        if equals and key:
            found[unquote(key)] = None if value == _NULL else unquote(value)
    return found


def _files(folder: Path, ours: set[Path]) -> Iterator[Path]:
    if (folder / "_delta_log").is_dir():
        message = "this is a Delta table, whose folder holds rows that were deleted as well"
        hint = "write what the table holds now to a folder of its own: df.write.parquet(...)"
        raise InputError.of("source", message, hint, path=str(folder))
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "_")) or _is_ours(path, ours):
            continue
        if path.is_dir():
            yield from _files(path, ours)
        else:
            yield path


def _is_ours(path: Path, ours: set[Path]) -> bool:
    return path.name.endswith(_OURS) or (bool(ours) and path.resolve() in ours)


def _before_pattern(text: str) -> Path:
    """The folder that a pattern begins in."""
    parts = Path(text).parts
    first = next((index for index, part in enumerate(parts) if glob.has_magic(part)), len(parts) - 1)
    return Path(*parts[:first])


def _stdin_format(format: str | None) -> str:  # noqa: A002
    if format == "arrow":
        message, hint = "Parquet and Arrow cannot be read from standard input", "name the file"
        raise InputError.of("source", message, hint, field="format")
    return format or "jsonl"


def _sized(partition: Partition) -> Partition:
    """With the end, where it is known without reading."""
    if partition.format != "jsonl" or not seekable(partition):
        return partition
    return Partition(partition.path, partition.name, "jsonl", 0, Path(partition.path).stat().st_size)


def _unknown(file: Path, name: str) -> Problem:
    known = ", ".join(FORMATS)
    hint = f"read are {known}; the texts also as .gz and .zst; say 'format' where the name does not tell"
    if name.lower().endswith((".xlsx", ".xls", ".ods")):
        hint = "save the sheet as CSV (UTF-8)"
    return Problem("format", "its name tells no known format", hint, path=str(file))
