r"""Patterns of ``match``: ``*`` any characters, ``?`` one, ``[a-z]`` one of these, ``\x`` the character itself.

A pattern matches the whole text, and ``*`` crosses every character. It is matched without going back further than to
the last ``*``, so time grows with the product of both lengths and never beyond.
"""

from __future__ import annotations

_Piece = str | tuple[bool, tuple[tuple[str, str], ...]] | None  # a character; a class and its sense; any character
_STAR = "*star*"


def glob_matches(pattern: str, text: str) -> bool:
    """Whether a pattern matches a text; one that is broken matches nothing."""
    pieces = _pieces(pattern)
    if pieces is None:
        return False
    at = there = 0
    star: tuple[int, int] | None = None
    while there < len(text):
        if at < len(pieces) and pieces[at] == _STAR:
            at += 1
            star = (at, there)
        elif at < len(pieces) and _fits(pieces[at], text[there]):
            at, there = at + 1, there + 1
        elif star is not None:
            at, there = star[0], star[1] + 1
            star = (at, there)
        else:
            return False
    return all(piece == _STAR for piece in pieces[at:])


def has_wildcard(pattern: str) -> bool:
    """Whether a text means something else as a pattern than itself."""
    return any(char in pattern for char in "*?[\\")


def _fits(piece: _Piece, char: str) -> bool:
    if piece is None:
        return True
    if isinstance(piece, str):
        return piece == char
    wanted, ranges = piece
    return any(low <= char <= high for low, high in ranges) is wanted


def _pieces(pattern: str) -> list[_Piece] | None:
    found: list[_Piece] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            found.append(_STAR)
        elif char == "?":
            found.append(None)
        elif char == "[":
            made = _class(pattern, at)
            if made is None:
                return None
            piece, at = made
            found.append(piece)
        elif char == "\\":
            if at == len(pattern):
                return None
            found.append(pattern[at])
            at += 1
        else:
            found.append(char)
    return found


def _class(pattern: str, at: int) -> tuple[_Piece, int] | None:
    """The class that begins at a place, and where it ends; ``None`` when it does not end, or holds nothing."""
    wanted = pattern[at : at + 1] != "^"
    at += not wanted
    ranges: list[tuple[str, str]] = []
    while True:
        if pattern[at : at + 1] == "]" and ranges:
            return (wanted, tuple(ranges)), at + 1
        low = _member(pattern, at)
        if low is None:
            return None
        char, at = low
        last = char
        if pattern[at : at + 1] == "-":
            high = _member(pattern, at + 1)
            if high is None:
                return None
            last, at = high
        ranges.append((char, last))


def _member(pattern: str, at: int) -> tuple[str, int] | None:
    if pattern[at : at + 1] in ("", "-", "]"):
        return None
    at += pattern[at] == "\\"
    return (pattern[at], at + 1) if at + 1 < len(pattern) else None
