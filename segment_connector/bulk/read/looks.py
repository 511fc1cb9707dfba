"""What a file is, told by its first bytes: its form, its encoding, and where in it the records are."""

from __future__ import annotations

import re
from dataclasses import replace

from ...errors import InputError
from ...values.json_values import decode
from . import zip_members
from .encodings import UTF_8, Encoding, encoding_of, marked, title
from .endings import format_of
from .partition import Partition
from .reading import Reading, codec
from .recoding import Recoded
from .streams import fill, open_bytes, standard_input

_HEAD = 65_536
_LINE = 1_000_000  # bytes of a first line that is looked for to its end
_SEARCHED = 64_000_000  # bytes of a table in which bytes beyond ASCII are looked for
_PIECE = 1_000_000
_SAMPLE = 500_000  # bytes of lines with such bytes that are judged
_MAGIC = ((b"PAR1", "arrow"), (b"ORC", "arrow"), (b"ARROW1", "arrow"), (b"FEA1", "arrow"),
          (b"SQLite format 3\0", "sqlite"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "excel"))  # fmt: skip
_BOOK = re.compile(r"(xl/workbook\.(xml|bin)|content\.xml)\Z")
_TABLES_BY_NAME = (".txt", ".tab", ".dat", "")
_BOM = b"\xef\xbb\xbf"


def look(path: str, name: str, reading: Reading) -> tuple[Partition, list[str]]:
    """What a file is.

    :param name: as ``Partition.name``.
    :returns: the partition, and what a person should know of how it is read, in words; its format is empty where
        nothing tells it.
    :raises InputError: when it cannot be read, or several things can be meant.
    """
    inside, name = _inside(path, name, reading)
    if inside != path:
        path, reading = inside, replace(reading, path=None)
    named = reading.format or format_of(_inner_name(path, name))
    found = Partition(path, name, named or "")
    if reading.format in ("arrow", "excel", "sqlite"):
        return found, []
    try:
        if (known := _by_magic(path)) is not None:
            return replace(found, format=known), []
        if named not in (None, "jsonl", "json", "csv"):
            return found, []
        with open_bytes(path) as stream:
            head, _ = fill(stream, _HEAD)
            while b"\n" not in head[-_HEAD:] and len(head) < _LINE:
                more, _ = fill(stream, _HEAD)
                if not more:
                    break
                head += more
    except InputError:
        if named is not None:  # whoever reads it says the same
            return found, []
        raise
    encoding = _encoding(head, reading)
    text = _as_utf_8(head, encoding.codec)
    if not named:
        named = _by_text(text, name)
        if named is None:
            return found, []
    if named == "csv":
        if reading.encoding is None and encoding is UTF_8:
            encoding = encoding_of(_telling(path))
        found = replace(found, format="csv", encoding=encoding.codec)
    else:
        found = replace(found, format=named, encoding=encoding.codec)
        if named != "jsonl" or reading.path is not None or not _has_lines(text):
            from .json_shape import json_form

            form, inside = json_form(found, text, reading)
            found = replace(found, format=form, inside=inside)
    return found, [*_encoding_notes(found, encoding, reading), *_place_notes(found, reading)]


def look_at_input(found: Partition, reading: Reading) -> Partition:
    """What standard input is, as far as its first bytes tell: not more than a short line has, as others may be late.

    :raises Stopped: when the run ends before there are any.
    """
    named = found.format
    head = standard_input().head(4)
    if head[:2] == b"\x1f\x8b" or head == b"\x28\xb5\x2f\xfd":
        return replace(found, inside=reading.path or "", format="json" if reading.path else named)
    encoding = Encoding("") if reading.encoding is None and len(head) < 4 else _encoding(head, reading)
    found = replace(found, encoding=encoding.codec)
    if named == "csv":
        return found
    text = _as_utf_8(head, encoding.codec).lstrip()
    if reading.path is not None:
        return replace(found, format="json", inside=reading.path)
    if reading.format is None and text[:1] == b"[":
        return replace(found, format="json")
    if reading.format is None and text[:1] == b"{" and text.removeprefix(b"{").lstrip(b" \t\r") == b"\n":
        return replace(found, format="json")
    return found


def _inside(path: str, name: str, reading: Reading) -> tuple[str, str]:
    """The path of a file, into the archive that it may be."""
    wanted = reading.path
    if wanted and zip_members.split(path)[1] is None and _is_archive(path) and wanted in zip_members.members(path):
        return f"{path}/{wanted}", f"{name}/{wanted}"
    return path, name


def _inner_name(path: str, name: str) -> str:
    member = zip_members.split(path)[1]
    if member is None and _is_archive(path):
        found = zip_members.members(path)
        return found[0] if len(found) == 1 else name
    return member or name


def _first(path: str) -> bytes:
    file, member = zip_members.split(path)
    if member is not None:
        return b""
    try:
        with open(file, "rb") as raw:  # noqa: PTH123 - as it is, unpacked by nobody
            return raw.read(16)
    except OSError:
        return b""


def _is_archive(path: str) -> bool:
    return _first(path).startswith(zip_members.MAGIC) and not any(map(_BOOK.search, zip_members.members(path)))


def _by_magic(path: str) -> str | None:
    first = _first(path)
    for magic, known in _MAGIC:
        if first.startswith(magic):
            return known
    if first.startswith(zip_members.MAGIC) and not _is_archive(path):
        return "excel"
    return None


def _encoding(head: bytes, reading: Reading) -> Encoding:
    if reading.encoding is not None:
        name = codec(reading.encoding)
        return Encoding("" if name in ("utf-8", "utf-8-sig", "ascii") else name)
    # JSON is UTF-8, or says what it is: a byte that is none is rather a mistake in one event.
    return marked(head) or UTF_8


def _as_utf_8(head: bytes, codec: str) -> bytes:
    if not codec:
        return head.removeprefix(_BOM)
    import io

    return Recoded(io.BytesIO(head), codec).read(len(head) * 2).removeprefix(_BOM)


def _by_text(text: bytes, name: str) -> str | None:
    first = text.lstrip()[:1]
    if first in (b"{", b"["):
        return "jsonl"
    if b"\0" in text or not text.strip():
        return None
    from .csv_dialect import has_columns

    ending = name[name.rfind(".") :].lower() if "." in name else ""
    return "csv" if ending in _TABLES_BY_NAME and has_columns(text) else None


def _telling(path: str) -> bytes:
    """Lines of a table with other bytes than ASCII has, from its beginning; its opening where there are none."""
    found: list[bytes] = []
    size = looked = 0
    rest = b""
    with open_bytes(path) as stream:
        while looked < _SEARCHED and size < _SAMPLE:
            data, failure = fill(stream, _PIECE)
            looked += len(data)
            if rest or not data.isascii():
                lines = (rest + data).split(b"\n")
                rest = lines.pop()[-_SAMPLE:]
                telling = [line for line in lines if not line.isascii()]
                found += telling
                size += sum(map(len, telling))
            else:
                rest = data[data.rfind(b"\n") + 1 :][-_SAMPLE:]
            if failure is not None or len(data) < _PIECE:
                found += [rest]
                break
    return b"\n".join([*found, b""])


def _has_lines(text: bytes) -> bool:
    """Whether a text begins with an object on a line of its own, and goes on behind it: as nearly all of them do."""
    line, _, rest = text.lstrip().partition(b"\n")
    try:
        return line[:1] == b"{" and bool(rest.strip()) and decode(line) is not None
    except ValueError:
        return False


def _encoding_notes(partition: Partition, encoding: Encoding, reading: Reading) -> list[str]:
    if reading.encoding is not None:
        return []
    if encoding.mixed:
        return [f"{partition.name} mixes UTF-8 with another encoding: the rows that are not UTF-8 are rejected"]
    if not encoding.codec or encoding.codec.startswith("utf"):
        return []
    doubt = "" if encoding.sure else ", which is a guess: check whether names look right, or"
    said = f"{partition.name} is read as {title(encoding.codec)}{doubt}"
    return [f"{said}{';' if encoding.sure else ''} use --encoding for another one"]


def _place_notes(partition: Partition, reading: Reading) -> list[str]:
    if partition.format != "json" or reading.path is not None or partition.inside in ("", "."):
        return []
    return [f"the events of {partition.name} come from its list '{partition.inside}'; --path . takes the object as one"]
