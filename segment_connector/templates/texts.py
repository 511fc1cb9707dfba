"""The filters that change text, or tell what stands for nothing.

Null and what was not given pass all of them, so that they can stand one after another in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import jinja2

from ..errors import InputError
from .brackets import BracketError, all_texts

_HASHES = ("sha256", "sha512", "sha1", "md5")


class Missing(jinja2.Undefined):
    """The value of a name that has none: false, empty, equal to nothing, left out of objects; any other use fails."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(self._fail_with_undefined_error())


_NONE = Missing(name="a value that means none")


def text(value: Any, place: str = "") -> Any:
    """A number or true/false as text: ``12345``, also of ``12345.0``, as programs write it that keep ids as floats.

    :raises InputError: for lists and objects.
    """
    if isinstance(value, str) or _passes(value):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, (int, float)):
        return str(value)
    raise _refuse(place, "is a list or an object, which has no text", "name one of its properties")


def lower(value: Any, place: str = "") -> Any:  # noqa: ARG001 - all filters of this table take it
    """Text in small letters."""
    return value if _passes(value) else _only_text(value).lower()


def upper(value: Any, place: str = "") -> Any:  # noqa: ARG001 - all filters of this table take it
    """Text in capitals."""
    return value if _passes(value) else _only_text(value).upper()


def trim(value: Any, place: str = "") -> Any:  # noqa: ARG001 - all filters of this table take it
    """Text without the blanks around it."""
    return value if _passes(value) else _only_text(value).strip()


def replace(value: Any, old: str, new: str = "", place: str = "") -> Any:
    """Text with another in place of each ``old``."""
    return value if _passes(value) else _text(value, place).replace(old, new)


def split(value: Any, separator: str = ",", place: str = "") -> Any:
    """The parts of a text as a list, without the blanks around each and without empty ones."""
    if _passes(value) or isinstance(value, list):
        return value
    return [part for one in _text(value, place).split(separator) if (part := one.strip())]


def cut(value: Any, start: int, end: int | None = None, place: str = "") -> Any:
    """The characters of a text, or the entries of a list, from ``start`` to before ``end``, as Python counts them."""
    if _passes(value):
        return value
    return value[start:end] if isinstance(value, list) else _text(value, place)[start:end]


def hashed(value: Any, algorithm: str = "sha256", place: str = "") -> Any:
    """The hash of a text in hexadecimal, as advertising platforms take e-mail addresses.

    :param algorithm: sha256, sha512, sha1 or md5.
    """
    if _passes(value):
        return value
    return hashlib.new(algorithm, _text(value, place).encode(), usedforsecurity=False).hexdigest()


def none_if(value: Any, *words: Any, place: str = "") -> Any:  # noqa: ARG001 - as above
    """The value, or what was not given where it is one of ``words``, as ``n/a`` and ``NULL`` in exports.

    Blanks around a text do not count. Null is one of the words where ``none`` stands among them.
    """
    known = value.strip() if isinstance(value, str) else value
    if isinstance(value, jinja2.Undefined):
        return value
    return _NONE if any(type(known) is type(word) and known == word for word in words) else value


def check_replace(old: Any, new: Any = "") -> None:
    """Hold the brackets of ``replace`` to two texts."""
    all_texts("its first place", [old])
    all_texts("its second place", [new], empty=True)


def check_split(separator: Any = ",") -> None:
    """Hold the brackets of ``split`` to a text."""
    all_texts("its arguments", [separator])


def check_slice(start: Any, end: Any = None) -> None:
    """Hold the brackets of ``slice`` to whole numbers."""
    for given in (start, end):
        if given is not None and type(given) is not int:
            raise BracketError("takes whole numbers: where to begin, and before which to end", "write slice(0, 3)")


def check_hash(algorithm: Any = "sha256") -> None:
    """Hold the brackets of ``hash`` to what there is."""
    if algorithm not in _HASHES:
        raise BracketError(f"does not take {algorithm!r}"[:80], f"it takes one of {', '.join(_HASHES)}")


def check_none_if(*words: Any) -> None:
    """Hold the brackets of ``none_if`` to plain values."""
    if not words or any(isinstance(word, (list, dict)) for word in words):
        raise BracketError("takes the values that mean none", "write none_if('n/a', 'NULL')")


def _passes(value: Any) -> bool:
    return value is None or isinstance(value, jinja2.Undefined)


def _only_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError("is for text")


def _text(value: Any, place: str) -> str:
    if isinstance(value, str):
        return value
    raise _refuse(place, "is not text", "put the filter 'text' before this one")


def _refuse(place: str, message: str, hint: str) -> InputError:
    return InputError.of("text", message, hint, field=place or None)


TEXT_FILTERS: Mapping[str, Callable[..., Any]] = {
    "hash": hashed,
    "lower": lower,
    "none_if": none_if,
    "replace": replace,
    "slice": cut,
    "split": split,
    "text": text,
    "trim": trim,
    "upper": upper,
}
"""By the names that templates use."""
