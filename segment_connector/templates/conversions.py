"""The filters that make values of text, for sources that know nothing but text: cells of a CSV file, a header.

Each takes text in the forms that exports write, lets a value through that has the type already, null and what was not
given too, and refuses everything else: a value that cannot be read is never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jinja2
import orjson

from ..errors import InputError
from ..values.json_values import MAX_DEPTH, too_deep
from .brackets import BracketError, all_texts, texts
from .instants import check_date_time, date_time
from .numbers import check_divide, check_number, divide, integer, number
from .objects import OBJECT_FILTERS, check_omit, check_pairs
from .texts import TEXT_FILTERS, check_hash, check_none_if, check_replace, check_slice, check_split

BOOLEANS: Mapping[Any, bool] = {
    **dict.fromkeys(("true", "yes", "t", "y", "1"), True),
    **dict.fromkeys(("false", "no", "f", "n", "0"), False),
}


def boolean(value: Any, true: Any = None, false: Any = None, place: str = "") -> Any:
    """True or false: ``true``, ``yes``, ``t``, ``y``, ``1`` and their opposites, in capitals or not.

    :param true: the word that means true in place of these, or several; ``false`` likewise.
    :raises InputError: for anything else.
    """
    if isinstance(value, bool) or _passes(value):
        return value
    words = BOOLEANS
    if true is not None or false is not None:
        words = _words(tuple(true) if type(true) is list else true, tuple(false) if type(false) is list else false)
    key = value.strip().lower() if isinstance(value, str) else str(value) if isinstance(value, int) else None
    made = words.get(key)
    if made is None and key is not None and words is not BOOLEANS:  # a word such as GROSS
        made = words.get(key.casefold())
    if made is None:
        hint = "write true or false (or yes, no, 1, 0), or give its words: boolean(true='ja', false='nein')"
        if words is not BOOLEANS:
            hint = f"it takes {', '.join(words)}: fix the cell, or add its word as an argument"
        raise _refuse("boolean", place, "is neither true nor false", hint)
    return made


def _check_boolean(true: Any = None, false: Any = None) -> None:
    for name, given in (("true=", _given(true)), ("false=", _given(false))):
        all_texts(name, given, empty=True)
    if shared := {word.lower() for word in _given(true)} & {word.lower() for word in _given(false)}:
        raise BracketError(f"has '{min(shared)}' both as true and as false", "give it once")


def _given(words: Any) -> tuple[Any, ...]:
    return () if words is None else texts(words)


@lru_cache(maxsize=256)
def _words(true: Any, false: Any) -> Mapping[Any, bool]:
    sides = ((True, _given(true)), (False, _given(false)))
    usual = {word for side, words in sides if not words for word in BOOLEANS
             if BOOLEANS[word] is side}  # fmt: skip
    made = {word: BOOLEANS[word] for word in BOOLEANS if word in usual}
    for side, words in sides:
        made.update({form: side for word in words for form in (word.strip().lower(), word.strip().casefold())})
    return made


def json_value(value: Any, place: str = "") -> Any:
    """The value of a JSON text: ``["a", "b"]``, ``{"size": 4}``; what is not text stays as it is.

    :raises InputError: for text that is not valid JSON, or nested too deep.
    """
    if not isinstance(value, str):
        return value
    try:
        made = orjson.loads(value)
    except ValueError:
        raise _refuse("json", place, "is not valid JSON", "write it as JSON, texts in double quotes") from None
    if value.count("{") + value.count("[") > MAX_DEPTH and too_deep(made):
        raise _refuse("json", place, f"is nested more than {MAX_DEPTH} levels deep", "flatten it")
    return made


def _passes(value: Any) -> bool:
    return value is None or isinstance(value, jinja2.Undefined)


def _refuse(code: str, place: str, message: str, hint: str) -> InputError:
    # Without the value, which may be a secret of the caller's.
    return InputError.of(code, message, hint, field=place or None)


def use_of(name: str) -> str:
    """How a filter is written with what it takes in its brackets."""
    return _USES.get(name, name)


def check_brackets(name: str, arguments: list[Any], named: Mapping[str, Any]) -> None:
    """Hold what stands in the brackets of a filter to what it takes.

    :param name: of ``FILTERS``.
    :raises BracketError: naming the rule and the cure.
    """
    check = _CHECKS.get(name)
    if check is None:
        if arguments or named:
            raise BracketError("does not take these arguments", "leave out the arguments")
        return
    try:
        check(*arguments, **named)
    except TypeError:
        raise BracketError("does not take these arguments", f"write {_USES[name]}") from None


# By the names that templates use.
CONVERSIONS: Mapping[str, Callable[..., Any]] = {
    "boolean": boolean,
    "date_time": date_time,
    "integer": integer,
    "json": json_value,
    "number": number,
}
FILTERS: Mapping[str, Callable[..., Any]] = {**CONVERSIONS, **TEXT_FILTERS, **OBJECT_FILTERS, "divide": divide}
"""All that are told the place of their value, and may have constants in their brackets."""

_CHECKS: Mapping[str, Callable[..., None]] = {
    "boolean": _check_boolean,
    "date_time": check_date_time,
    "divide": check_divide,
    "hash": check_hash,
    "integer": check_number,
    "none_if": check_none_if,
    "number": check_number,
    "omit": check_omit,
    "pairs": check_pairs,
    "replace": check_replace,
    "slice": check_slice,
    "split": check_split,
}
_USES: Mapping[str, str] = {
    "boolean": "boolean(true='ja', false='nein')",
    "date_time": "date_time('%d/%m/%Y %H:%M', zone='Europe/Madrid')",
    "divide": "divide(100)",
    "hash": "hash, or hash('sha256')",
    "integer": "integer(thousands='.')",
    "none_if": "none_if('n/a', 'NULL')",
    "omit": "omit('id', 'internal_*')",
    "pairs": "pairs('key', 'value')",
    "number": "number(decimal=',', thousands='.', strip='€')",
    "replace": "replace('old', 'new')",
    "slice": "slice(0, 3)",
    "split": "split(',')",
}
