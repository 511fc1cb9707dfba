"""Count rows: how many there are of each kind, and in each step of time."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from ..values.json_values import encode

_MOST_STEPS = 2_000
_MONTH = 30 * 86_400


def counted(rows: Iterable[Mapping[str, Any]], told: Mapping[str, Any]) -> dict[str, Any]:
    """What ``simulate.count`` asks for.

    :param rows: each with ``stage`` and ``time``.
    :param told: ``of`` (stages), ``where`` (members and the values that count), ``since`` and ``until`` (instants),
        ``by`` (members to tell apart by), ``step`` (seconds).
    :returns: ``total``, and ``groups``: each with its members, ``total`` and ``series``.
    """
    since, until = _instant(told.get("since")), _instant(told.get("until"))
    step = int(told.get("step") or 3_600)
    by = list(told.get("by") or ())
    groups: dict[bytes, dict[str, Any]] = {}
    for row in rows:
        at = _instant(row.get("time"))
        if row["stage"] in told["of"] and _wanted(row, told.get("where") or {}) and _within(at, since, until):
            members = {name: row[name] for name in by if row.get(name) is not None}
            group = groups.setdefault(encode(members), {**members, "at": {}})
            place = int(at // step * step) if at is not None else 0
            group["at"][place] = group["at"].get(place, 0) + 1
    if not by and not groups:
        groups[b""] = {"at": {}}
    steps = _steps(since, until, step)
    found = [
        {
            **{name: item for name, item in group.items() if name != "at"},
            "total": sum(group["at"].values()),
            "series": [{"time": _text(at), "count": group["at"].get(at, 0)} for at in steps or sorted(group["at"])],
        }
        for group in groups.values()
    ]
    return {"total": sum(group["total"] for group in found), "groups": found}


def is_long_before(instant: Any, begun: str) -> bool:
    """Whether an instant lies more than a month before another one."""
    at, end = _instant(instant), _instant(begun)
    return at is not None and end is not None and at < end - _MONTH


def _wanted(row: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    return all(
        row.get(name) in (value if isinstance(value, list) else [value])
        for name, value in where.items()
        if value is not None and value != []
    )


def _within(at: float | None, since: float | None, until: float | None) -> bool:
    return at is not None and (since is None or since <= at) and (until is None or at < until)


def _steps(since: float | None, until: float | None, step: int) -> list[int]:
    if since is None or until is None or (until - since) / step > _MOST_STEPS:
        return []
    return list(range(int(since // step * step), int(-(-until // 1)), step))


def _instant(text: Any) -> float | None:
    if not isinstance(text, str):
        return None
    found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found.replace(tzinfo=found.tzinfo or datetime.timezone.utc).timestamp()


def _text(at: int) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
