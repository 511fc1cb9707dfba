"""What a source is made of: the files of a folder or a pattern, each a partition, in the same order every time."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from ...errors import InputError, Problem
from . import zip_members
from .cell_values import zone_of
from .csv_text import is_blank
from .database_url import shown_url
from .endings import ENDINGS, FORMATS
from .json_lines import seekable
from .looks import look
from .partition import Partition
from .reading import UNSAID, Reading, codec, hold_to_formats

_OURS = (".checkpoint", ".checkpoint-wal", ".checkpoint-shm", ".rejects.jsonl")  # beside what was delivered
_BESIDE = ("", "-wal", "-shm", ".part")  # what a checkpoint has beside it, and a reject file while it is written
_NULL = "__HIVE_DEFAULT_PARTITION__"  # what Hive and Spark name the folder of rows without a value


@dataclass(frozen=True, slots=True)
class Found:
    """What a source is made of.

    :ivar partitions: its files, one partition each, in the order of their names.
    :ivar notes: what a person should know of how they are read, in words.
    """

    partitions: list[Partition]
    notes: list[str] = field(default_factory=list)


def partitions(
    source: str | os.PathLike[str],
    reading: Reading | str | None = None,
    targets: Iterable[str | os.PathLike[str]] = (),
) -> list[Partition]:
    """The files of a source, as ``found_in``; ``reading`` may be the name of a format."""
    reading = Reading(format=reading) if isinstance(reading, str) else reading or UNSAID
    return found_in(source, reading, targets).partitions


def found_in(
    source: str | os.PathLike[str], reading: Reading = UNSAID, targets: Iterable[str | os.PathLike[str]] = ()
) -> Found:
    """The files of a source, and how each is read.

    :param source: a file, a folder (with the folders in it), a pattern such as ``exports/*.csv``, a file of an archive
        (``archive.zip/orders.csv``), or ``-`` for standard input. In folders, what begins with ``.`` or ``_`` (Spark's
        ``_SUCCESS``) and our own files are passed over; so is, beside files with rows, CSV of nothing but blank lines,
        as exports of a day without rows are.
    :param reading: what the files do not tell by themselves.
    :param targets: the files that the caller writes, an earlier time perhaps; in a folder or a pattern they, and what
        SQLite keeps beside them, are not part of the source.
    :raises InputError: when nothing is there, or a file is of no known format; when ``reading`` names an encoding or a
        time zone that there is not.
    """
    if reading.format is not None:
        hold_to_formats(reading.format, FORMATS)
    if reading.encoding is not None:
        codec(reading.encoding)
    zone_of(reading.zone)
    text = os.fspath(source)
    if text == "-":
        return Found([_standard_input(reading)])
    if reading.database is not None:
        shown = shown_url(reading.database)
        if reading.query is None:
            hint = "give one with --query 'SELECT ...'"
            raise InputError.of("query", "there is no query for the database", hint, field="query", path=shown)
        return Found([Partition(shown, shown, "sql")])
    if reading.query is not None or reading.format == "sql":
        hint = "give its URL as the source, for example postgresql+psycopg://user@host/name or sqlite:///file.db"
        raise InputError.of("source", "a query needs a database", hint, path=shown_url(text))
    path = Path(text)
    ours = {Path(f"{os.fspath(target)}{ending}").resolve() for target in targets for ending in _BESIDE}
    if path.is_dir():
        files = [(file, file.relative_to(path).as_posix()) for file in _files(path, ours)]
        nothing = "the folder contains no file", "name the folder that holds the files"
    elif path.exists():
        files = [(path, path.name)]
        nothing = "", ""
    elif (archive := zip_members.split(text))[1] is not None:
        zip_members.the_member(*archive)
        files = [(path, f"{Path(archive[0]).name}/{archive[1]}")]
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
    looked = [look(str(file), name, reading) for file, name in sorted(files, key=lambda one: one[1])]
    if wrong := [made for made, _ in looked if not made.format]:
        raise InputError([_unknown(made) for made in wrong[:5]])
    if len(looked) > 1:  # one alone, or all, is rather a mistake, which reading tells
        looked = [one for one in looked if one[0].format != "csv" or not is_blank(one[0].path)] or looked
    return Found([_sized(made) for made, _ in looked], [note for _, notes in looked for note in notes])


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


def _standard_input(reading: Reading) -> Partition:
    if reading.format in ("arrow", "excel", "sqlite"):
        message, hint = "files of this format cannot be read from standard input", "name the file"
        raise InputError.of("source", message, hint, field="format")
    return Partition("-", "-", reading.format or "jsonl")


def _sized(partition: Partition) -> Partition:
    """With the end, where it is known without reading."""
    if not partition.in_bytes or not seekable(partition):
        return partition
    return replace(partition, end=Path(partition.path).stat().st_size)


def _unknown(partition: Partition) -> Problem:
    known = ", ".join(ENDINGS)
    hint = f"known are {known}; text formats also as .gz, .zst and .zip; give 'format' where the name does not show it"
    return Problem("format", "neither its name nor its first bytes show a known format", hint, path=partition.path)
