"""Where a cursor stands in a YAML text that may be half written: the keys around it, and what is being typed there.

A parser of YAML says nothing of a text that is broken, and a text is broken most of the time while somebody types. So
the lines are read by their indentation; ``language.yaml_reader`` remains the judge of what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Path = tuple[str | int, ...]

_DASHES = re.compile(r"(?:-[ ]+)*(?:-$)?")
_KEY = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"\[\]{},&*!|>%@`:-][^:#{}\[\],]*?|[^\s:{}\[\],]+)\s*:(?=\s|$)"""
)
_BLOCK_TEXT = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?$")
_EXPRESSION = re.compile(r"\{\{((?:(?!\}\}).)*)$", re.DOTALL)
_NAME = re.compile(r"[\w.]*$")
_WORD = re.compile(r"[^\s,\[\]{}'\"]*$")


@dataclass(frozen=True, slots=True)
class Cursor:
    """What stands around a cursor.

    :ivar kind: a ``key`` or a ``value`` is being typed, an expression inside ``{{ }}`` (``template``), or free text.
    :ivar path: keys and indexes from the root: of the mapping for a key, of the value itself for the others.
    :ivar prefix: what was typed of it so far.
    :ivar quote: the quote that is open around a value, or nothing.
    :ivar siblings: keys that the mapping has on other lines.
    :ivar filters: in an expression, a filter is being typed.
    """

    kind: Literal["key", "value", "template", "text"]
    path: Path
    prefix: str = ""
    quote: str = ""
    siblings: frozenset[str] = frozenset()
    filters: bool = False


@dataclass(slots=True)
class _Open:
    """The mappings and lists that are open at the end of the lines read so far; the innermost last."""

    parts: list[tuple[int, str | int, bool]] = field(default_factory=list)  # column, key or index, from a dash
    ended: tuple[Path, int] | None = None

    @property
    def path(self) -> Path:
        return tuple(part for _, part, _ in self.parts)

    def entry(self, column: int) -> None:
        index = 0
        while self.parts and (self.parts[-1][0] > column or (self.parts[-1][0] == column and self.parts[-1][2])):
            at, part, dashed = self.parts.pop()
            if at == column and dashed and isinstance(part, int):
                index = part + 1
        self.parts.append((column, index, True))

    def close(self, column: int) -> None:
        while self.parts and self.parts[-1][0] >= column:
            self.parts.pop()


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that says something: the path of its key, or of the entry or value it holds, and the text after it."""

    number: int
    parent: Path
    key: str | None
    column: int
    rest: str


def cursor_at(text: str, line: int, column: int) -> Cursor:
    """What stands around a cursor.

    :param line: its line, from 1.
    :param column: characters of that line before it.
    """
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return Cursor("text", ())
    before = lines[line - 1][:column]
    stack = _Open()
    seen = list(_read([*lines[: line - 1], before], stack))
    last = seen[-1] if seen and seen[-1].number <= line else None
    if last is None or (last.number != line and not _goes_on(last, before)):
        return _on_new_line(lines, line, before)
    if last.number == line and last.key is None and not last.rest.startswith(("{", "[", '"', "'")):
        expression = _EXPRESSION.search(last.rest)
        if expression is None:
            stack.close(last.column)
            path = last.parent
            if path and isinstance(path[-1], int) and not _is_mapping(lines, line, path):
                return Cursor("value", path, _WORD.search(last.rest)[0])  # type: ignore[index]
            return Cursor("key", path, last.rest.strip(), siblings=_siblings(lines, line, path))
    return _in_value(last, (*last.parent, last.key) if last.key is not None else last.parent)


def _goes_on(last: _Line, before: str) -> bool:
    """Whether a line is inside the value that a line before it began."""
    if last.rest[:1] in ("{", "["):
        return _flow(last.rest, ())[1]
    if _BLOCK_TEXT.match(last.rest.partition("\n")[0]):
        return len(before) - len(before.lstrip()) > last.column or not before.strip()
    return False


def _on_new_line(lines: list[str], line: int, before: str) -> Cursor:
    stack = _Open()
    for _ in _read(lines[: line - 1], stack):
        pass
    if before.lstrip().startswith("#"):
        return Cursor("text", ())
    indent = len(before) - len(before.lstrip(" "))
    stack.close(indent)
    path = stack.path
    return Cursor("key", path, before.strip(), siblings=_siblings(lines, line, path))


def _in_value(last: _Line, path: Path) -> Cursor:
    rest = last.rest
    expression = _EXPRESSION.search(rest)
    inner = _flow(rest, path)[0] if rest[:1] in ("{", "[") else None
    if expression is not None:
        said = expression[1]
        name = _NAME.search(said)
        assert name is not None
        at = inner.path if inner is not None else path
        return Cursor("template", at, name[0], filters=bool(re.search(r"\|\s*\w*$", said)))
    if inner is not None:
        return inner
    if _BLOCK_TEXT.match(rest.split("\n")[0]):
        return Cursor("text", path)
    quote = rest[:1] if rest[:1] in ("'", '"') else ""
    return Cursor("value", path, rest[1:] if quote else rest, quote)


@dataclass(slots=True)
class _Collection:
    """A ``{`` or ``[`` that is open: the key or index that is being written in it, and the keys before."""

    kind: str
    part: str | int | None
    keys: set[str] = field(default_factory=set)


def _flow(text: str, path: Path) -> tuple[Cursor, bool]:
    """What stands at the end of ``{...`` or ``[...``, and whether it is still open."""
    inside: list[_Collection] = []
    word, quote = "", ""
    for index, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
            word += letter if quote else ""
        elif letter in "'\"" and not word:
            quote = letter
        elif letter in "{[":
            inside.append(_Collection(letter, None if letter == "{" else 0))
            word = ""
        elif letter in "}]":
            del inside[-1:]
            word = ""
        elif letter == "," and inside:
            top = inside[-1]
            top.part = top.part + 1 if isinstance(top.part, int) else None
            word = ""
        elif letter == ":" and inside and inside[-1].part is None and text[index + 1 : index + 2].strip() == "":
            inside[-1].part = word.strip()
            inside[-1].keys.add(word.strip())
            word = ""
        elif word or not letter.isspace():
            word += letter
    if not inside:
        return Cursor("text", path), False
    top = inside[-1]
    below = (*path, *(one.part for one in inside if one.part is not None))
    if top.part is None:
        return Cursor("key", below, word.strip(), quote, frozenset(top.keys)), True
    return Cursor("value", below, word, quote), True


def _read(lines: list[str], stack: _Open) -> Iterator[_Line]:
    """Every line that begins a key, an entry or a value, with its path; what goes on from a line before joins it."""
    pending: _Line | None = None
    for number, line in enumerate(lines, 1):
        stripped = line.lstrip(" ")
        indent = len(line) - len(stripped)
        if pending is not None and _goes_on(pending, line) and (stripped or number == len(lines)):
            pending = _Line(pending.number, pending.parent, pending.key, pending.column, f"{pending.rest}\n{stripped}")
            continue
        if not stripped or stripped.startswith("#"):
            continue
        if pending is not None:
            yield pending
        dashes = _DASHES.match(stripped)
        column = indent
        for dash in re.finditer("-", dashes[0] if dashes else ""):
            stack.entry(indent + dash.start())
        rest = stripped[dashes.end() :] if dashes else stripped
        column += dashes.end() if dashes else 0
        key = _KEY.match(rest)
        if not (dashes and dashes[0]) or key is not None:
            stack.close(column)
        parent = stack.path
        if key is None:
            pending = _Line(number, parent, None, column, rest)
            continue
        name = key[1].strip("'\"")
        stack.parts.append((column, name, False))
        pending = _Line(number, parent, name, column, rest[key.end() :].lstrip(" "))
    if pending is not None:
        yield pending


def _siblings(lines: list[str], line: int, path: Path) -> frozenset[str]:
    return frozenset(
        one.key for one in _read(lines, _Open()) if one.key is not None and one.parent == path and one.number != line
    )


def _is_mapping(lines: list[str], line: int, path: Path) -> bool:
    """Whether an entry of a list, or those beside it, are mappings."""
    return any(
        one.key is not None and len(one.parent) == len(path) and one.parent[:-1] == path[:-1]
        for one in _read(lines, _Open())
        if one.number != line
    )
