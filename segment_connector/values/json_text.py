"""JSON as people and clients write it, read strictly: what is given is what arrives, or it is refused.

Quick readers take the last of two equal names and round integers of more than 64 bits, both in silence.
"""

from __future__ import annotations

import json
from typing import Any

_MOST_DIGITS = 4000  # Python itself refuses more than 4,300, in words of its own


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text; no name may stand twice, NaN is none, and large integers stay exact.

    :raises ValueError: saying what is wrong and where, without showing values.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer)
    except json.JSONDecodeError as error:
        what = error.msg[0].lower() + error.msg[1:]
        raise ValueError(f"{what} (line {error.lineno}, column {error.colno})") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, item in pairs:
        if name in value:
            raise ValueError(f"the name '{name[:80]}' occurs twice in one object")
        value[name] = item
    return value


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number has more than {_MOST_DIGITS:,} digits")
    return int(digits)


def _constant(word: str) -> Any:
    raise ValueError(f"JSON has no {word}")
