"""The filters that look into what was read: members of many entries, conditions of the service, spans of time."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jinja2

from ..errors import InputError

if TYPE_CHECKING:
    from ..fql.condition import Condition
    from ..fql.tokens import FqlError

_SPAN = re.compile(r"(-?[0-9]{1,9})\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def pluck(value: Any, name: str) -> list[Any]:
    """The member of a name of each entry of a list, of those that have it."""
    if not isinstance(value, list):
        return []
    return [item[name] for item in value if isinstance(item, dict) and item.get(name) is not None]


def filled(value: Any, members: Any) -> dict[str, Any]:
    """An object with further members, where it has none of that name, or null."""
    own = {name: item for name, item in value.items() if item is not None} if isinstance(value, dict) else {}
    return {**{name: item for name, item in dict(members).items() if item is not None}, **own}


def fql(value: Any, event: Any, whole: bool = True) -> dict[str, Any]:
    """Whether an event meets a condition in FQL.

    :param event: the event; ``whole`` unless it has members that are not known.
    :returns: ``met`` (``yes``, ``no``, ``unsure`` or ``broken``), ``why`` and the ``cure`` of one that is broken.
    """
    condition, error = _condition(value if isinstance(value, str) else "")
    if condition is None:
        assert error is not None
        problem = error.problems[0]
        return {"met": "broken", "why": f"{problem.field}: {problem.message}", "cure": problem.hint}
    verdict = condition.judge(event if isinstance(event, Mapping) else {}, whole=bool(whole))
    if verdict.met is None:
        return {"met": "unsure", "why": "; ".join(verdict.why), "cure": None}
    return {"met": "yes" if verdict.met else "no", "why": None, "cure": None}


@lru_cache(maxsize=1_000)
def _condition(text: str) -> tuple[Condition | None, FqlError | None]:
    from ..fql.condition import Condition
    from ..fql.tokens import FqlError

    try:
        return Condition(text), None
    except FqlError as error:
        return None, error


def plus(value: Any, span: str) -> str:
    """An instant so much later, or earlier: ``-10m``; units are s, m, h and d.

    :raises InputError: for what is not an instant, or no span.
    """
    found = _SPAN.fullmatch(span)
    if found is None:
        raise InputError.of("span", "is not a duration", "write it like 90s, 10m, 2h or 3d")
    try:
        made = datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        made = made.replace(tzinfo=made.tzinfo or datetime.timezone.utc).astimezone(datetime.timezone.utc)
        made += datetime.timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    except (OverflowError, ValueError):
        hint = "write 2026-01-31T12:00:00Z, or how long ago: 90s, 10m, 2h, 3d"
        raise InputError.of("date_time", "is not a valid time", hint) from None
    return made.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(value: Any, now: str) -> Any:
    """An instant, or how long ago it was: ``2026-01-31T12:00:00Z``, ``10m``.

    :raises InputError: for what is neither.
    """
    if value is None or isinstance(value, jinja2.Undefined):
        return value
    if isinstance(value, str) and (found := _SPAN.fullmatch(value.strip())):
        return plus(now, f"-{found[1].lstrip('-')}{found[2]}")
    return plus(value, "0s")


LOOKUPS = {"filled": filled, "fql": fql, "instant": instant, "pluck": pluck, "plus": plus}
