"""The words of an FQL text, with the place of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import ConnectorError

MOST_CHARACTERS = 20_000

_Kind = Literal["path", "text", "number", "word", "sign", "end"]
_SPACE = re.compile(r"\s+")
_SIGN = re.compile(r"!=|<=|>=|[=<>!(),\[\]]")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.\\-])")
_PATH = re.compile(r"(?:[A-Za-z0-9_-]|\\.)+(?:\.(?:[A-Za-z0-9_-]|\\.)+)*", re.DOTALL)
_PART = re.compile(r"((?:[^.\\]|\\.)+)", re.DOTALL)
_TEXT = {quote: re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.DOTALL) for quote in "'\""}
_ESCAPED_QUOTE = re.compile(r"\\(['\"])")
_WORDS = frozenset(("and", "or", "in", "true", "false", "null"))
_CURES = {
    "==": "equality is one sign: write =",
    "&&": "write and",
    "||": "write or",
    "<>": "write !=",
    "=<": "write <=",
    "=>": "write >=",
}


class FqlError(ConnectorError):
    """An FQL text does not parse, so the service drops every event that meets it."""

    @classmethod
    def at(cls, text: str, place: int, message: str, hint: str) -> FqlError:
        """The error at a place of a text, from 0.

        :param message: the rule that is broken, and ``hint`` the cure.
        """
        line = text.count("\n", 0, place) + 1
        column = place - (text.rfind("\n", 0, place) + 1) + 1
        where = f"column {column}" if line == 1 else f"line {line}, column {column}"
        return cls.of("fql", message, hint, field=where)


@dataclass(frozen=True, slots=True)
class Token:
    """One word.

    :ivar value: the parts of a path, the value of a text or number, else the word itself.
    :ivar place: where it begins in the text, from 0.
    :ivar raw: it, as it was written.
    :ivar doubtful: a text with a backslash that stands before no quote.
    """

    kind: _Kind
    value: Any
    place: int
    raw: str
    doubtful: bool = False


def tokens(text: str) -> Iterator[Token]:
    """The words of a text, and one more at its end.

    :raises FqlError: for what is not a word of the language.
    """
    if len(text) > MOST_CHARACTERS:
        raise FqlError.at(text, 0, f"the condition has {len(text):,} characters", f"write at most {MOST_CHARACTERS:,}")
    place = 0
    while place < len(text):
        if found := _SPACE.match(text, place):
            place = found.end()
            continue
        token = _token(text, place)
        yield token
        place += len(token.raw)
    yield Token("end", "the end", len(text), "")


def _token(text: str, place: int) -> Token:
    char = text[place]
    if char in _TEXT:
        found = _TEXT[char].match(text, place)
        if found is None:
            raise FqlError.at(text, place, f"the text that {char} begins is not closed", f"close it with {char}")
        value = _ESCAPED_QUOTE.sub(r"\1", found[1])
        return Token("text", value, place, found[0], doubtful="\\" in value)
    if text[place : place + 2] in _CURES:
        raise FqlError.at(text, place, f"FQL has no {text[place : place + 2]}", _CURES[text[place : place + 2]])
    if found := _SIGN.match(text, place):
        return Token("sign", found[0], place, found[0])
    if found := _NUMBER.match(text, place):
        return Token("number", float(found[0]), place, found[0])
    if found := _PATH.match(text, place):
        return _word(found[0], place)
    if char == "." and place and place + 1 < len(text):
        char, place = text[place + 1], place + 1
    shown = char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
    hint = f"in the name of a field, write \\{shown}; text goes in quotes"
    raise FqlError.at(text, place, f"a condition cannot contain {shown} here", hint)


def _word(raw: str, place: int) -> Token:
    if raw in _WORDS:
        return Token("word", raw, place, raw)
    parts = tuple(re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL) for part in _PART.findall(raw))
    return Token("path", parts, place, raw)
