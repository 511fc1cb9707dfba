"""From the text of a condition to its tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from ..errors import did_you_mean
from .tokens import FqlError, Token, tokens

MOST_DEPTH = 50
_MOST_NEGATIONS = 5

# Functions, and how many arguments each takes. The last is known to the evaluator in browsers only.
FUNCTIONS = {
    "contains": 2, "match": 2, "length": 1, "lowercase": 1, "uppercase": 1, "snakecase": 1, "kebabcase": 1,
    "titlecase": 1, "typeof": 1, "bool": 1, "string": 1, "number": 1, "semver": 3,
}  # fmt: skip
_COMPARISONS = frozenset(("=", "!=", "<", "<=", ">", ">=", "in"))


@dataclass(frozen=True, slots=True)
class Value:
    """A literal; ``doubtful`` when a backslash in it may mean itself or not."""

    value: Any
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A field of the event, by the names that lead there."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function, or an operator (``and``, ``or``, ``!``, ``=`` ...), and what it is applied to."""

    name: str
    arguments: tuple[Node, ...]


Node: TypeAlias = "Value | Path | Items | Call"


def parse(text: str) -> Node:
    """The tree of a condition.

    :raises FqlError: naming place, rule and cure.
    """
    parser = _Parser(text)
    node = parser.either()
    if parser.now.kind != "end":
        raise parser.unexpected("and, or or the end")
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(tokens(text))
        self._index = 0
        self._depth = 0

    @property
    def now(self) -> Token:
        return self._tokens[self._index]

    def either(self) -> Node:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            message = f"the condition is nested more than {MOST_DEPTH} levels deep"
            raise FqlError.at(self._text, self.now.place, message, "split it into several")
        found = [self._both()]
        while self._take("word", "or"):
            found.append(self._both())
        self._depth -= 1
        return found[0] if len(found) == 1 else Call("or", tuple(found))

    def _both(self) -> Node:
        found = [self._comparison()]
        while self._take("word", "and"):
            found.append(self._comparison())
        return found[0] if len(found) == 1 else Call("and", tuple(found))

    def _comparison(self) -> Node:
        left = self._negation()
        operator = self.now.value
        if self.now.kind not in ("sign", "word") or operator not in _COMPARISONS:
            return left
        self._index += 1
        node = Call(operator, (left, self._negation()))
        if self.now.kind in ("sign", "word") and self.now.value in _COMPARISONS:
            message = "two comparisons stand in a row"
            raise FqlError.at(self._text, self.now.place, message, "join them with and, each with both sides")
        return node

    def _negation(self) -> Node:
        count = 0
        while self._take("sign", "!"):
            count += 1
        if count > _MOST_NEGATIONS:
            message = f"there are more than {_MOST_NEGATIONS} ! in a row"
            raise FqlError.at(self._text, self.now.place, message, "two of them cancel each other out: leave them out")
        node = self._operand()
        for _ in range(count):
            node = Call("!", (node,))
        return node

    def _operand(self) -> Node:
        token = self.now
        if token.kind in ("text", "number"):
            self._index += 1
            return Value(token.value, token.doubtful)
        if token.kind == "word" and token.value in ("true", "false", "null"):
            self._index += 1
            return Value({"true": True, "false": False, "null": None}[token.value])
        if self._take("sign", "("):
            node = self.either()
            self._close(")", token)
            return node
        if self._take("sign", "["):
            return Items(tuple(self._list("]", token)))
        if token.kind == "path":
            return self._named(token)
        raise self.unexpected("a field, a value, a function or (")

    def _named(self, token: Token) -> Node:
        self._index += 1
        if not self._take("sign", "("):
            if self.now.kind == "sign" and self.now.value == "[":
                hint = "write fields with dots, and \\ before unusual characters: properties.product\\ 1"
                raise FqlError.at(self._text, self.now.place, "a field has no [ after it", hint)
            return Path(token.value)
        if token.raw not in FUNCTIONS:
            hint = did_you_mean(token.raw, FUNCTIONS) or f"there is {', '.join(FUNCTIONS)}"
            raise FqlError.at(self._text, token.place, f"there is no function {token.raw[:40]}", hint)
        arguments = self._list(")", token)
        wanted = FUNCTIONS[token.raw]
        if len(arguments) != wanted:
            message = f"{token.raw} takes {wanted} argument{'s' if wanted > 1 else ''}, not {len(arguments)}"
            raise FqlError.at(self._text, token.place, message, "separate them with commas")
        return Call(token.raw, tuple(arguments))

    def _list(self, end: str, opened: Token) -> list[Node]:
        found: list[Node] = []
        if self._take("sign", end):
            return found
        while True:
            found.append(self.either())
            if not self._take("sign", ","):
                self._close(end, opened)
                return found

    def _take(self, kind: str, value: str) -> bool:
        if self.now.kind == kind and self.now.value == value:
            self._index += 1
            return True
        return False

    def _close(self, sign: str, opened: Token) -> None:
        if not self._take("sign", sign):
            raise self.unexpected(f"{sign}, which closes {opened.raw} of column {opened.place + 1}")

    def unexpected(self, wanted: str) -> FqlError:
        """The error of a word that cannot stand where it does."""
        token = self.now
        if token.kind == "end":
            message = (
                "the condition is empty" if not self._text.strip() else f"the condition ends where {wanted} is expected"
            )
            return FqlError.at(self._text, token.place, message, "complete it, or leave the whole condition out")
        hint = f"expected here: {wanted}"
        before = self._tokens[self._index - 1] if self._index else None
        for word in (token, before):
            if word is not None and word.kind == "path" and word.raw.lower() in ("and", "or", "in", "not"):
                lower = word.raw.lower()
                hint = f"write {lower} in small letters" if lower != "not" else "write ! for not: !( ... )"
        if token.kind == "path" and hint.startswith("expected") and before is not None and before.kind != "word":
            hint += "; text goes in quotes"
        return FqlError.at(self._text, token.place, f"{token.raw[:40]} is not allowed here", hint)
