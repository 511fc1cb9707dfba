"""What may stand in the brackets of a filter: how a wrong word there is told, and checks that several filters share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import did_you_mean


class BracketError(ValueError):
    """What stands in the brackets of a filter is not what the filter takes.

    :param message: the rule, to follow the filter's name.
    :param hint: how to fix it.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def one_of(name: str, value: Any, known: Iterable[str]) -> None:
    """Hold a value to a list of words.

    :raises BracketError: naming the words.
    """
    words = list(known)
    if value not in words:
        near = did_you_mean(value, words) if isinstance(value, str) else None
        hint = near or f"it takes one of {', '.join(map(repr, words))}"
        raise BracketError(f"does not take {name}{value!r}"[:120], hint)


def all_texts(name: str, values: Iterable[Any], *, empty: bool = False) -> None:
    """Hold values to be texts.

    :param empty: whether a text may be empty.
    :raises BracketError: for the first that is none.
    """
    for value in values:
        if not isinstance(value, str) or not (value or empty):
            raise BracketError(f"does not take {value!r} in {name}"[:120], "write a text, in quotes")


def texts(value: Any) -> tuple[Any, ...]:
    """One text, or a list of them, as a tuple."""
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)
