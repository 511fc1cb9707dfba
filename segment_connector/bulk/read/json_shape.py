"""How the events lie in a JSON text: a line each, in a list, or in a list inside an object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ...errors import InputError
from ...values.json_values import decode
from .json_cursor import CUT_OFF, Cursor, Scan
from .json_texts import ITSELF
from .partition import Partition
from .reading import Reading
from .recoding import open_text

_LOOKED_AT = 64_000_000  # bytes of one object, in which a second list is looked for
_LINE = 1_000_000  # bytes that a line of an event may have
_DEPTH = 3  # objects one in the other, in which a list is looked for
_LINES_BY_NAME = (".jsonl", ".ndjson")


@dataclass(slots=True)
class Shape:
    """What an object is made of.

    :ivar lists: the paths of its lists of objects, as ``json_texts.parts_of`` takes them.
    :ivar members: the names of its members.
    :ivar alone: whether nothing but it is in the text.
    """

    lists: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    alone: bool = False


def json_form(partition: Partition, head: bytes, reading: Reading) -> tuple[str, str]:
    """The format of a JSON text, and the path of its lists.

    :param partition: with its path, name and encoding.
    :param head: its first bytes as UTF-8, those of a whole line if that is no longer than any event.
    :raises InputError: when an object has several lists, and nobody says which is meant.
    """
    if reading.format == "jsonl" and reading.path is None:
        return "jsonl", ""
    if reading.path is not None:
        return "json", reading.path
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] != b"{":
        return ("json" if text[:1] == b"[" else reading.format or "jsonl"), ""
    line, has_more, rest = text.partition(b"\n")
    is_line = _is_json(line)
    if reading.format is None:
        if is_line and (rest.strip() or partition.name.lower().endswith(_LINES_BY_NAME)):
            return "jsonl", ""  # one record a line
        if not is_line and has_more and not _goes_on(text, line):
            return "jsonl", ""
        if not is_line and not has_more and len(text) < _LINE:
            return "jsonl", ""  # it breaks off
    found = shape_of(partition)
    if found.alone and found.lists and reading.kind_member not in found.members:
        if len(found.lists) > 1:
            named = ", ".join(map(repr, found.lists[:10]))
            hint = (
                f"choose one with --path, for example --path {found.lists[0]}; --path . takes the object as one record"
            )
            message = f"holds {len(found.lists)} lists of objects: {named}"
            raise InputError.of("path", message, hint, path=partition.path)
        # What stands beside such a list is said of its events, so that the object is read as a whole while it can be.
        is_post = found.lists == [reading.list_member] and len(text) < _LINE
        return "json", ITSELF if is_post else found.lists[0]
    if reading.format == "json" or not is_line:
        return "json", ITSELF
    return "jsonl", ""


def _is_json(line: bytes) -> bool:
    try:
        decode(line)
    except ValueError:
        return False
    return True


def _goes_on(text: bytes, line: bytes) -> bool:
    """Whether the value that begins on a line goes on behind it, and is no half of one."""
    next_line = text[len(line) + 1 :].lstrip().partition(b"\n")[0].strip()
    if next_line[:1] == b"{" and _is_json(next_line):
        return False
    end = Scan().feed(text, 0)
    if 0 <= end <= len(line):
        return False
    return _is_json(text[:end]) if end >= 0 else line.rstrip().endswith((b"{", b"[", b",", b":"))


def shape_of(partition: Partition) -> Shape:
    """What the first object of a text is made of; of a long one, its first part."""
    with open_text(partition) as stream:
        cursor = Cursor(stream, 1_000_000)
        cursor.more()
        cursor.at = 3 if cursor.data.startswith(b"\xef\xbb\xbf") else 0
        shape = Shape()
        if cursor.peek() == b"{":
            cursor.at += 1
            found = list(_walk(cursor, (), shape.members))
            lists = [path for path, holds_objects in found if holds_objects]
            if not lists and len(found) == len(shape.members) == 1:  # of a day without events
                lists = [found[0][0]]
            shape.lists = [".".join(part.replace(".", "\\.") for part in path) for path in lists]
            shape.alone = cursor.position > _LOOKED_AT or not cursor.peek()
        return shape


def _walk(cursor: Cursor, above: tuple[str, ...], members: list[str] | None = None) -> Iterator[tuple[Any, bool]]:
    """The lists of an object that is open, and whether they hold objects; up to behind its end."""
    while (byte := cursor.peek()) in (b'"', b",") and cursor.position < _LOOKED_AT:
        if byte == b",":
            cursor.at += 1
            continue
        start = cursor.at
        if cursor.pass_value(_LINE) < 0:
            return
        name = _name(cursor.data[start : cursor.at])
        if members is not None:
            members.append(name)
        if cursor.peek() != b":":
            return
        cursor.at += 1
        value = cursor.peek()
        cursor.drop(cursor.at)
        if value == b"{" and len(above) < _DEPTH - 1:
            cursor.at += 1
            yield from _walk(cursor, (*above, name))
            continue
        if value == b"[":
            cursor.at += 1
            yield (*above, name), cursor.peek() == b"{"
            if _pass(cursor, 1) == CUT_OFF:
                return
        elif _pass(cursor, 0) == CUT_OFF:
            return
    if byte == b"}":
        cursor.at += 1


def _pass(cursor: Cursor, depth: int) -> int:
    return cursor.pass_over(depth, _LOOKED_AT)


def _name(piece: bytes) -> str:
    try:
        return str(decode(piece))
    except ValueError:
        return ""
