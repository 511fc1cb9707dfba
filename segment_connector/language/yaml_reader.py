"""Read YAML strictly: what the author typed is what arrives, and nothing is guessed.

- A plain scalar is a number only where the number prints as it was typed: ``14.99`` is one, ``1.10``, ``0777``,
  ``1_000`` and ``1e3`` stay strings, and so does an integer of more than 64 bits. ``true``, ``false`` and ``null`` are
  the only other words with a meaning, so ``NO``, ``on`` and ``2026-01-31`` stay strings (YAML 1.1 makes a boolean, a
  boolean and a date of them).
- A key that occurs twice, an anchor, an alias or a tag is refused, with its line. So no alias can loop or explode.
- The file is read as a stream of events with a stack of our own: deep nesting cannot overflow, and ``read_head``
  stops at the first nested value.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import SpecError

# The C parser is an order of magnitude faster; a PyYAML without libyaml still reads the same language.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MAX_BYTES = 1_000_000
_MAX_DEPTH = 60
_TOO_DEEP = f"nested more than {_MAX_DEPTH} levels deep"
# libyaml reads ahead on a line, and from 0.2.6 on it stops at a depth of its own before an event is seen.
_PARSERS_LIMIT = re.compile(r"\bmax\w* nesting\b", re.IGNORECASE)
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+\Z")
_WORDS = {"true": True, "false": False, "null": None, "": None}


def read(path: Path) -> Any:
    """The value of one YAML file.

    :raises SpecError: with the line, when the file cannot be read or breaks a rule of this module.
    """
    return parse(_text(path), str(path))


def parse(text: str, source: str) -> Any:
    """The value of a YAML text; ``source`` is the name used in errors.

    :raises SpecError: as ``read``.
    """
    return _build(_events(text, source), source)


def read_head(path: Path, lists: Container[str] = ()) -> dict[str, Any]:
    """The scalars that open a mapping file, up to its first nested value: enough to list a file cheaply.

    :param lists: members that may be lists of scalars and belong to the head all the same.

    :raises SpecError: as ``read``, for the part that is read.
    """
    source = str(path)
    head: dict[str, Any] = {}
    key: str | None = None
    items: list[Any] | None = None
    for event in _events(_text(path), source):
        if isinstance(event, yaml.ScalarEvent):
            if key is None:
                key = _key(event, head, source)
            elif items is not None:
                items.append(_scalar(event, source))
            else:
                head[key], key = _scalar(event, source), None
        elif items is None and key in lists and isinstance(event, yaml.SequenceStartEvent):
            _plain(event, source)
            items = []
        elif items is not None and isinstance(event, yaml.SequenceEndEvent):
            head[str(key)], key, items = items, None, None
        elif key is not None or isinstance(event, (yaml.MappingEndEvent, yaml.SequenceStartEvent)):
            break
    return head


def line_of(path: Path, place: tuple[str | int, ...]) -> int:
    """The 1-based line where a place in a file begins, or that of its nearest ancestor that exists.

    :param place: keys and indexes from the root of the file.
    """
    try:
        lines = lines_of(_text(path), str(path))
    except SpecError:
        return 1
    return line_in(lines, place)


def lines_of(text: str, source: str) -> dict[tuple[str | int, ...], int]:
    """The 1-based line of every place in a YAML text, up to where it cannot be read any further.

    :param source: the name used in errors.
    """
    lines: dict[tuple[str | int, ...], int] = {}
    with contextlib.suppress(SpecError):
        _build(_events(text, source), source, lines)
    return lines


def line_in(lines: Mapping[tuple[str | int, ...], int], place: tuple[str | int, ...]) -> int:
    """The line of a place among those of ``lines_of``, or that of its nearest ancestor that exists."""
    found = (lines[place[:length]] for length in range(len(place), 0, -1) if place[:length] in lines)
    return next(found, 1)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SpecError.at(
            path, "unreadable", f"the file cannot be read: {error.strerror}", "check the path"
        ) from error
    if len(raw) > _MAX_BYTES:
        raise SpecError.at(path, "too_large", f"the file is larger than {_MAX_BYTES:,} bytes", "split it")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SpecError.at(path, "encoding", "the file is not UTF-8", "save it as UTF-8", line=line) from error


def _events(text: str, source: str) -> Iterator[Any]:
    try:
        documents = 0
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _refuse(event, source, "documents", "a file holds one document", "remove the second '---'")
            yield event
    except UnicodeEncodeError as error:  # only a text that was made in Python can hold one
        message = "the text holds half of a surrogate pair"
        raise SpecError.at(source, "encoding", message, "save it as UTF-8") from error
    except yaml.YAMLError as error:
        mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
        if mark and opened and mark.index >= len(text.rstrip()):
            mark = opened  # what was never closed is fixed where it was opened, not at the end of the file
        unprintable = None if mark else yaml.reader.Reader.NON_PRINTABLE.search(text)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it ends too early"
        if mark and _PARSERS_LIMIT.search(what):
            raise SpecError.at(source, "nesting", _TOO_DEEP, "flatten it", line=mark.line + 1) from error
        line = mark.line + 1 if mark else text.count("\n", 0, unprintable.start()) + 1 if unprintable else None
        hint = "look at the indentation, quotes and brackets here and on the line above"
        raise SpecError.at(source, "yaml", f"this is not valid YAML: {what}", hint, line=line) from error


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _refuse(event: Any, source: str, code: str, message: str, hint: str) -> SpecError:
    return SpecError.at(source, code, message, hint, line=_line(event))


def _build(events: Iterator[Any], source: str, lines: dict[tuple[str | int, ...], int] | None = None) -> Any:
    """The value that the events spell; ``lines`` collects the line of every place when it is given."""
    containers: list[Any] = []
    keys: list[str | None] = []
    places: list[tuple[str | int, ...]] = []

    def here() -> tuple[str | int, ...]:
        if not containers:
            return ()
        parent = containers[-1]
        return (*places[-1], len(parent) if isinstance(parent, list) else str(keys[-1]))

    def attach(value: Any) -> bool:
        """Put a finished value where it belongs; true when it was the root."""
        if not containers:
            return True
        parent = containers[-1]
        if isinstance(parent, list):
            parent.append(value)
        else:
            parent[keys[-1]] = value
            keys[-1] = None
        return False

    root: Any = None
    for event in events:
        if isinstance(event, yaml.ScalarEvent):
            if containers and isinstance(containers[-1], dict) and keys[-1] is None:
                keys[-1] = _key(event, containers[-1], source)
                if lines is not None:
                    lines[here()] = _line(event)
                continue
            if lines is not None:
                lines.setdefault(here(), _line(event))
            value = _scalar(event, source)
            if attach(value):
                root = value
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            _plain(event, source)
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            if containers and isinstance(containers[-1], dict) and keys[-1] is None:
                raise _refuse(event, source, "key", "a key must be text", "quote a value that begins with { or [")
            if len(containers) >= _MAX_DEPTH:
                raise _refuse(event, source, "nesting", _TOO_DEEP, "flatten it")
            if lines is not None:
                lines.setdefault(here(), _line(event))
            places.append(here())
            containers.append({} if is_mapping else [])
            keys.append(None)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = containers.pop()
            keys.pop()
            places.pop()
            if attach(done):
                root = done
        elif isinstance(event, yaml.AliasEvent):
            raise _refuse(
                event,
                source,
                "alias",
                f"'*{event.anchor}' is an alias, which the language does not have",
                "write it out, or move it to schemas/types/ and use $ref",
            )
    return root


def _plain(event: Any, source: str) -> None:
    if event.anchor is not None:
        raise _refuse(
            event,
            source,
            "alias",
            f"'&{event.anchor}' is an anchor, which the language does not have",
            "write it out, or move it to schemas/types/ and use $ref",
        )
    if event.tag is not None:
        raise _refuse(event, source, "tag", f"'{event.tag}' is a tag, which the language does not have", "remove it")


def _key(event: Any, siblings: dict[str, Any], source: str) -> str:
    _plain(event, source)
    key: str = event.value
    if key in siblings:
        raise _refuse(event, source, "duplicate_key", f"the key '{key}' occurs twice", "keep one of the two")
    if key == "<<":
        raise _refuse(event, source, "merge", "'<<' is a merge key, which the language does not have", "write it out")
    return key


def _scalar(event: Any, source: str) -> Any:
    _plain(event, source)
    text: str = event.value
    if event.style:  # quoted or block: always text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text) and (integer := _to_int(text)) is not None and str(integer) == text:
        return integer
    if _DECIMAL.match(text) and repr(float(text)) == text:
        return float(text)
    return text


def _to_int(text: str) -> int | None:
    # CPython refuses to convert huge literals, so the length is looked at first.
    integer = int(text) if len(text) <= 20 else None
    return integer if integer is not None and -(2**63) <= integer < 2**64 else None
