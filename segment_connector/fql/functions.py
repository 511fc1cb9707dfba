"""What the functions and comparisons of FQL make of values, and where that cannot be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .glob import glob_matches, has_wildcard


@dataclass(frozen=True, slots=True)
class Unsure:
    """A value that cannot be told, and why."""

    why: tuple[str, ...]


NOTHING = object()
"""What a function gives for a value that it does not take: equal to nothing, and less or more than nothing."""

_NO_OBJECTS = "the documentation does not say what FQL makes of an object"
_LEADING = re.compile(r"\s*([+-]?[0-9]+)")
_EXACT = 2**53


def unsure(*why: str) -> Unsure:
    """A value that cannot be told for these reasons."""
    return Unsure(why)


def kind_of(value: Any) -> str:
    """The type of a value as ``typeof`` calls it, and ``object`` for what it has no name for."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if isinstance(value, str) else "list" if isinstance(value, list) else "object"


def equal(left: Any, right: Any) -> Any:
    """Whether two values are of one type and the same."""
    if left is NOTHING or right is NOTHING or kind_of(left) != kind_of(right):
        return False
    if isinstance(left, Mapping):
        return unsure(_NO_OBJECTS)
    if isinstance(left, list):
        if len(left) != len(right):
            return False
        found = [equal(one, other) for one, other in zip(left, right, strict=True)]
        return False if False in found else next((one for one in found if one is not True), True)
    return float(left) == float(right) if kind_of(left) == "number" and _small(left, right) else bool(left == right)


def _small(*numbers: Any) -> bool:
    return all(abs(number) <= 1e300 for number in numbers)


def ordered(operator: str, left: Any, right: Any) -> bool:
    """Whether two numbers stand so; what is not a number does not."""
    if kind_of(left) != "number" or kind_of(right) != "number":
        return False
    less, more = bool(left < right), bool(left > right)
    return {"<": less, "<=": not more, ">": more, ">=": not less}[operator]


def within(item: Any, items: Any) -> Any:
    """Whether an item is in a list."""
    if items is None:
        return False
    if not isinstance(items, list):
        return unsure("the documentation does not say what 'in' makes of what is not a list")
    found = [equal(item, other) for other in items]
    if True in found:
        return True
    return next((one for one in found if isinstance(one, Unsure)), False)


def _contains(text: Any, part: Any) -> bool:
    return isinstance(text, str) and isinstance(part, str) and part in text


def matches(text: Any, pattern: Any) -> bool:
    """Whether a pattern matches a text; whatever is not text is not matched."""
    return isinstance(text, str) and isinstance(pattern, str) and glob_matches(pattern, text)


def either_way(text: Any, pattern: Any) -> Any:
    """``match`` of a pattern that stands first, which the documentation shows once, against its own table."""
    as_told, turned = matches(text, pattern), matches(pattern, text)
    if as_told == turned or not isinstance(text, str) or not has_wildcard(text):
        return as_told
    return unsure("the documentation shows match with the pattern second, and once with the pattern first")


def _length(value: Any) -> Any:
    if value is None:
        return 0
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass"))
    return len(value) if isinstance(value, list) else unsure(_NO_OBJECTS) if isinstance(value, Mapping) else NOTHING


def _typeof(value: Any) -> Any:
    kind = "null" if value is NOTHING else kind_of(value)
    return unsure("the documentation has no name for the type of an object") if kind == "object" else kind


def _of_text(change: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A function of text, which gives null for what is not text."""
    return lambda value: change(value) if isinstance(value, str) else None


def _titled(text: str) -> Any:
    by_example = " ".join(word[:1].upper() + word[1:] for word in text.split(" "))
    if by_example == text.replace(" ", "-"):
        return by_example
    return unsure("the documentation says that titlecase writes dashes for spaces, and shows that it writes capitals")


def _bool(value: Any) -> Any:
    return value if isinstance(value, bool) else unsure("the documentation does not say which values bool() calls true")


def _string(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if kind_of(value) == "number" and abs(value) < _EXACT and (float(value).is_integer() or abs(value) > 1e-4):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return unsure("the documentation does not say how string() writes such a value")


def _number(value: Any) -> Any:
    if kind_of(value) == "number":
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,300}(\.[0-9]{1,300})?", value):
        return float(value)
    return unsure("the documentation does not say what number() makes of what is not a number")


def _semver(left: Any, operator: Any, right: Any) -> bool:
    """Two versions compared, as the evaluator in browsers does; the documentation does not list this function."""
    if not all(isinstance(one, str) for one in (left, operator, right)):
        return False
    one, other = _version(left), _version(right)
    if one is None or other is None:
        return False
    compared = {"=": one == other, "!=": one != other, "<": one < other, "<=": one <= other, ">": one > other}
    return one >= other if operator == ">=" else compared.get(operator, False)


def _version(text: str) -> tuple[int, ...] | None:
    parts = text.split(".")
    found = [_LEADING.match(part) for part in parts]
    if len(parts) > 3 or None in found:
        return None
    numbers = [int(one[1][:300]) for one in found if one]
    return (*numbers, 0, 0)[:3]


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "contains": _contains,
    "match": matches,
    "length": _length,
    "lowercase": _of_text(str.lower),
    "uppercase": _of_text(str.upper),
    "snakecase": _of_text(lambda text: text.replace(" ", "_")),
    "kebabcase": _of_text(lambda text: text.replace(" ", "-")),
    "titlecase": _of_text(_titled),
    "typeof": _typeof,
    "bool": _bool,
    "string": _string,
    "number": _number,
    "semver": _semver,
}
"""By the names that conditions use; each takes JSON values or ``NOTHING`` and may give ``Unsure``."""
