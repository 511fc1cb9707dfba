"""The filters that read numbers, with the marks, signs and units that people and their programs write around them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jinja2
import orjson

from ..errors import InputError
from .brackets import BracketError, all_texts, one_of, texts

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_WITH_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_DECIMALS = (".", ",")
_THOUSANDS = ("", ".", ",", " ", "'", "_")
# The characters that stand for a mark where programs care for typography.
_SIGNS = "+\\-\u2212\u2013"
_ALIKE = {" ": "[ \\u00a0\\u2009\\u202f]", "'": "['\\u2019]"}


def number(value: Any, decimal: str = "", thousands: str = "", strip: Any = "", place: str = "") -> Any:
    """A number: ``14.99``, ``-3``, ``1e5``; a whole one stays whole.

    :param decimal: what stands before the decimals, ``,`` in much of Europe; by default a point, where that does not
        stand between thousands.
    :param thousands: what stands between groups of digits: ``.``, ``,``, a space, ``'`` or ``_``. Groups have three
        digits (or two in front of the last one, as in India), and the last one always three.
    :param strip: what may stand around the number and says nothing, such as a currency: a text or several. With it or
        ``thousands``, a minus may stand behind the number, and brackets around it mean minus.
    :param place: where the value came from, for the error.
    :raises InputError: for text that is not a number, or one that JSON cannot hold.
    """
    if type(value) is str:
        if thousands or strip:
            return _marked(decimal or _decimal(thousands), thousands, texts(strip))(value, place)
        try:
            made = orjson.loads(value)
        except ValueError:
            pass
        else:
            # What JSON reads as well is the usual case; an integer that became a float has lost digits.
            if decimal in ("", ".") and (type(made) is int or (type(made) is float and not _WHOLE.fullmatch(value))):
                return made
        return _plain(value, decimal or ".", place)
    if _passes(value) or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    raise _refuse("number", place, "is not a number", "remove the filter, or map another column")


def integer(value: Any, decimal: str = "", thousands: str = "", strip: Any = "", place: str = "") -> Any:
    """A whole number: ``12``, and ``12.0`` as programs write it that keep whole numbers as floats.

    :param decimal: as for ``number``, and so are ``thousands`` and ``strip``.
    :raises InputError: for what is not a whole number.
    """
    made = number(value, decimal, thousands, strip, place)
    if isinstance(made, float):
        if not made.is_integer() or abs(made) >= 2**53:
            raise _refuse("integer", place, "is not a whole number", "use 'number', or round it at its source")
        return int(made)
    return made


def divide(value: Any, by: int, place: str = "") -> Any:
    """A number divided by a whole one, as amounts in cents are by 100; a whole result stays whole.

    :raises InputError: for what is not a number.
    """
    if _passes(value):
        return value
    made = number(value, place=place)
    return made // by if isinstance(made, int) and made % by == 0 else made / by


def check_divide(by: Any) -> None:
    """Hold the brackets of ``divide`` to a whole number.

    :raises BracketError: for anything else.
    """
    if type(by) is not int or by < 1:
        raise BracketError("takes a whole number above 0", "write divide(100)")


def check_number(decimal: Any = "", thousands: Any = "", strip: Any = "") -> None:
    """Hold the brackets of ``number`` to what it takes.

    :raises BracketError: naming what it does not take.
    """
    one_of("thousands=", thousands, _THOUSANDS)
    one_of("decimal=", decimal or _decimal(thousands), _DECIMALS)
    if decimal and decimal == thousands:
        raise BracketError(f"has '{decimal}' both before decimals and between thousands", "give two different marks")
    all_texts("strip=", texts(strip), empty=strip == "")


def _decimal(thousands: str) -> str:
    return "," if thousands == "." else "."


def _plain(value: str, decimal: str, place: str) -> Any:
    text = value.strip()
    if decimal != ".":
        text = "" if "." in text else text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        hint = "say which marks it uses: number(decimal=',', thousands='.', strip='€')"
        if decimal == "." and _WITH_COMMA.fullmatch(value.strip()):
            hint = "where a comma stands before the decimals, write number(',')"
        raise _refuse("number", place, "is not a number", hint)
    return _held(text, place)


@lru_cache(maxsize=256)
def _marked(decimal: str, thousands: str, strip: tuple[str, ...]) -> Callable[[str, str], Any]:
    """A reader of numbers with marks."""
    mark = _ALIKE.get(thousands, re.escape(thousands))
    groups = f"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}|" if thousands else ""
    words = sorted(filter(None, strip), key=len, reverse=True)
    around = f"\\s*(?:(?:{'|'.join(map(re.escape, words))})\\s*)?" if words else "\\s*"
    before = re.escape(decimal)
    form = re.compile(
        f"\\s*(?P<open>\\()?\\s*(?P<first>[{_SIGNS}]?){around}(?P<second>[{_SIGNS}]?)\\s*"
        f"(?:(?P<whole>{groups}[0-9]+)(?:{before}(?P<part>--?|[0-9]*))?|{before}(?P<only>[0-9]+))"
        f"(?P<power>[eE][+-]?[0-9]+)?\\s*(?P<last>[{_SIGNS}]?){around}(?P<close>\\))?\\s*",
        re.IGNORECASE,
    )
    between = re.compile(mark) if thousands else None
    usual = re.compile(f"({groups}[0-9]{{1,15}}){before}([0-9]{{1,15}})")

    def read(value: str, place: str) -> Any:
        text = value
        for word in words:
            if value.endswith(word):
                text = value[: -len(word)].rstrip()
                break
        if (quick := usual.fullmatch(text)) is not None:  # no sign, and decimals: the form of most amounts
            whole, part = quick.groups()
            try:
                return float(f"{whole.replace(thousands, '') if between is not None else whole}.{part}")
            except ValueError:  # another kind of blank than the one that was said
                pass
        found = form.fullmatch(value)
        signs = [] if found is None else [sign for sign in (found["first"], found["second"], found["last"]) if sign]
        if found is None or bool(found["open"]) != bool(found["close"]) or len(signs) + bool(found["open"]) > 1:
            said = [f"decimal={decimal!r}", *([f"thousands={thousands!r}"] if thousands else ())]
            said += [f"strip={', '.join(map(repr, words))}"] if words else []
            hint = f"it is read with {', '.join(said)}: fix the cell, or say what else it contains"
            raise _refuse("number", place, "is not a number", hint)
        whole = found["whole"] or "0"
        whole = between.sub("", whole) if between is not None else whole
        part = found["only"] or (found["part"] or "").strip("-")
        minus = "-" if found["open"] or (signs and signs[0] != "+") else ""
        return _held(f"{minus}{whole}{f'.{part}' if part else ''}{found['power'] or ''}", place)

    return read


def _held(text: str, place: str) -> Any:
    """The number of a text in digits, with a point."""
    if _WHOLE.fullmatch(text):
        whole = int(text) if len(text) <= 21 else 2**64
        if not -(2**63) <= whole < 2**64:
            raise _refuse("number", place, "is an integer of more than 64 bits", "remove the filter: text keeps it")
        return whole
    made = float(text)
    if not math.isfinite(made):
        raise _refuse("number", place, "is too large for JSON", "remove the filter: text keeps it")
    return made


def _passes(value: Any) -> bool:
    return value is None or isinstance(value, jinja2.Undefined)


def _refuse(code: str, place: str, message: str, hint: str) -> InputError:
    # Without the value, which may be a secret of the caller's.
    return InputError.of(code, message, hint, field=place or None)
