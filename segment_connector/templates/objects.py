"""The filters that change objects and lists of JSON, for exports that name or nest their members in their own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jinja2

from ..errors import InputError
from ..values.paths import get
from .brackets import BracketError, all_texts, texts
from .numbers import number
from .texts import Missing


def omit(value: Any, *names: str, place: str = "") -> Any:
    """An object without some members.

    :param names: of members; one that ends in ``*`` is the beginning of names.
    """
    if value is None or isinstance(value, jinja2.Undefined):
        return value
    if not isinstance(value, dict):
        raise _refuse(place, "is not an object", "put 'json' before it where it is JSON as text")
    beginnings = tuple(name[:-1] for name in names if name.endswith("*"))
    return {
        name: item
        for name, item in value.items()
        if name not in names and not (beginnings and name.startswith(beginnings))
    }


def pairs(value: Any, key: str, *values: str, numbers: Any = (), place: str = "") -> Any:
    """The object that a list of pairs is: ``[{"key": "page", "value": {"string_value": "/"}}]`` is ``{"page": "/"}``.

    :param key: the member of a pair that has the name.
    :param values: those that may have the value, dotted where they are nested; the first that has one is taken.
    :param numbers: likewise, those whose text is a number.
    """
    if value is None or isinstance(value, jinja2.Undefined):
        return value
    if not isinstance(value, list):
        raise _refuse(place, "is not a list", "put 'json' before it where it is JSON as text")
    made: dict[str, Any] = {}
    for pair in value:
        name = get(pair, key) if isinstance(pair, dict) else None
        if not isinstance(name, str):
            raise _refuse(
                place, f"has an entry without '{key}'", f"name the property that holds the name, instead of '{key}'"
            )
        found = next((one for path in values if (one := get(pair, path)) is not None), None)
        if found is None:
            found = next(
                (number(one, place=place) for path in texts(numbers) if (one := get(pair, path)) is not None), None
            )
        if found is not None:
            made[name] = found
    return made


def each(value: Any, make: Callable[[Any], Any], place: str) -> Any:
    """What a function makes of each entry of a list."""
    if value is None or isinstance(value, jinja2.Undefined):
        return value
    if not isinstance(value, list):
        raise InputError.of("type", "is not a list", "name a list, or make one with 'json' or 'split'", field=place)
    return [make(entry) for entry in value]


def spread(value: Any, more: dict[str, Any], place: str) -> Any:
    """The members of an object with others beside them, which win."""
    if value is None or isinstance(value, jinja2.Undefined):
        return more or Missing(name="every property")
    if not isinstance(value, dict):
        raise InputError.of("type", "is not an object", "name an object, or make one with 'json'", field=place)
    return {**value, **more}


def check_omit(*names: Any) -> None:
    """Hold the brackets of ``omit`` to names."""
    if not names:
        raise BracketError("takes the names of properties to leave out", "write omit('a', 'b_*')")
    all_texts("its arguments", names)


def check_pairs(key: Any, *values: Any, numbers: Any = ()) -> None:
    """Hold the brackets of ``pairs`` to names."""
    all_texts("its arguments", (key, *values))
    all_texts("numbers=", texts(numbers))


def _refuse(place: str, message: str, hint: str) -> InputError:
    return InputError.of("type", message, hint, field=place or None)


OBJECT_FILTERS: Mapping[str, Callable[..., Any]] = {"omit": omit, "pairs": pairs}
"""By the names that templates use."""

__all__: Sequence[str] = ("OBJECT_FILTERS", "check_omit", "check_pairs", "omit", "pairs")
