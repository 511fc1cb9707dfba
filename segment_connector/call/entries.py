"""A parameter that is a list of calls: each entry is checked as the action of its type, and completed.

The keyword ``entries`` of a parameter says which member names the action, which actions there are, and which other
parameters are merged into every entry, as the service itself would do on arrival. Parameter names are wire names, so a
checked entry is what is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from ..errors import MOST_PROBLEMS, Problem, did_you_mean
from ..result import Warn
from ..values.json_values import encode
from .step import Look


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry that was looked at.

    :ivar entry: it, in the form that is sent but for what is filled in.
    :ivar problems: what is wrong with it; ``warnings`` what is doubtful if nothing is.
    """

    entry: dict[str, Any]
    problems: list[Problem]
    warnings: list[Warn] = field(default_factory=list)


def _is_absent(entry: Mapping[str, Any], name: str) -> bool:
    return name not in entry


@dataclass(frozen=True, slots=True)
class Kind:
    """What an entry of one type must be, and how absent members are filled in.

    :ivar judge: looks at an entry, of which the name of a member names the type; told that nobody will read the
        problems, it gives any one, which is had sooner.
    :ivar lacks: whether a member is not given.
    :ivar complete: puts into an entry what only the envelope around the list tells.
    """

    judge: Callable[[dict[str, Any], str, bool], Judged]
    complete: Callable[[dict[str, Any], Mapping[str, Any]], None]
    fill: Callable[[dict[str, Any], str], None]
    item_ids: tuple[str, ...]
    lacks: Callable[[Mapping[str, Any], str], bool] = _is_absent


@dataclass(frozen=True, slots=True)
class CheckedEntries:
    """The entries of one call.

    :ivar accepted: entries to send, completed, with their index in what was given.
    :ivar refused: the problems of others, by index.
    :ivar untold: the indexes of those that are wrong as well, when enough problems were told.
    :ivar ids: the message ids of ``accepted``, in order.
    :ivar warnings: doubts about ``accepted``, each once with the place of the first.
    """

    accepted: list[tuple[int, dict[str, Any]]]
    refused: dict[int, list[Problem]]
    untold: list[int]
    ids: list[str]
    warnings: list[Warn] = field(default_factory=list)


def check_entries(
    entries: Iterable[Any],
    kinds: Mapping[str, Kind],
    by: str,
    shared: Mapping[str, Any],
    item_bytes: int,
    place: str,
    now: str,
    *,
    beside: Mapping[str, Any] = MappingProxyType({}),
    most: float = MOST_PROBLEMS,
    to_the_end: bool = True,
    look: Look | None = None,
) -> CheckedEntries:
    """Check and complete the entries of a list parameter.

    :param entries: the list that was given; entries are changed in place.
    :param kinds: by the value of the member ``by``.
    :param shared: objects that are merged into every entry, an entry's own members winning.
    :param item_bytes: size in bytes that one entry may have as JSON.
    :param place: the parameter's name, for errors.
    :param now: the instant of the call, RFC 3339.
    :param beside: members of the list's envelope that tell of its entries, as ``RecordedForm.shared``.
    :param most: problems that are told; of one entry all.
    :param to_the_end: whether to look at further entries when there are more.
    :param look: what else looks at an entry that is right so far.
    """
    accepted: list[tuple[int, dict[str, Any]]] = []
    refused: dict[int, list[Problem]] = {}
    untold: list[int] = []
    told = 0
    ids: list[str] = []
    seen: dict[str, int] = {}
    doubts: dict[tuple[str, str], list[Warn]] = {}
    for index, entry in enumerate(entries):
        if full := told > most:
            if not to_the_end:
                break
            if not _has_type(entry, kinds, by):
                untold.append(index)
                continue
        problems, warnings = type_problems(entry, kinds, by), []
        if not problems:
            kind = kinds[entry[by]]
            for name, value in shared.items():
                entry[name] = merged(value, entry[name]) if name in entry else value
            kind.complete(entry, beside)
            judged = kind.judge(entry, by, full)
            entry, problems = judged.entry, judged.problems  # noqa: PLW2901 - the same one, in plain form
            warnings = judged.warnings
        if not problems:
            kind.fill(entry, now)
            looked = look(entry[by], entry) if look is not None else None
            size = size_problem(len(encode(entry)), item_bytes)
            problems = [*([size] if size else []), *_double_problems(entry, kind, seen, index, place)]
            if looked is not None:
                problems += looked.problems
                warnings = [*warnings, *looked.warnings]
        if problems and full:
            untold.append(index)
        elif problems:
            refused[index] = [_placed(problem, f"{place}.{index}") for problem in problems]
            told += len(problems)
        else:
            accepted.append((index, entry))
            for warn in warnings:
                doubts.setdefault((warn.field, warn.message), []).append(
                    replace(warn, field=f"{place}.{index}.{warn.field}".rstrip("."))
                )
            ids.extend(entry[name] for name in kind.item_ids)
    return CheckedEntries(accepted, refused, untold, ids, _few([_together(held) for held in doubts.values()]))


def _together(held: list[Warn]) -> Warn:
    first, *more = held
    return replace(first, message=f"{first.message} (and in {len(more):,} more)") if more else first


def _few(warnings: list[Warn]) -> list[Warn]:
    """The first doubts; of many, the last one tells how many there are."""
    if len(warnings) <= MOST_PROBLEMS:
        return warnings
    more = len(warnings) - MOST_PROBLEMS
    return [*warnings[:MOST_PROBLEMS], Warn(f"there are {more:,} more doubts than these", "look at these first", "")]


def _has_type(entry: Any, kinds: Mapping[str, Any], by: str) -> bool:
    return isinstance(entry, dict) and isinstance(kind := entry.get(by), str) and kind in kinds


def type_problems(entry: Any, kinds: Mapping[str, Any], by: str) -> list[Problem]:
    """What is wrong with the type of an entry.

    :param kinds: what an entry can be, by the value of the member ``by``.
    """
    listed = ", ".join(kinds)
    if not isinstance(entry, dict):
        return [Problem("type", "must be an object", f"write an object with '{by}': one of {listed}")]
    if by not in entry:
        return [Problem("required", "is required", f"one of {listed}", field=by)]
    if not isinstance(entry[by], str) or entry[by] not in kinds:
        near = did_you_mean(entry[by], kinds) if isinstance(entry[by], str) else None
        return [Problem("enum", f"must be one of {listed}", near or "take one of these", field=by)]
    return []


def size_problem(size: int, most: int) -> Problem | None:
    """What is wrong with an entry of ``size`` bytes as JSON, where ``most`` are taken."""
    if size <= most:
        return None
    return Problem("too_large", f"has {size:,} bytes as JSON; at most {most:,} are allowed", "send less in it")


def _double_problems(entry: Any, kind: Kind, seen: dict[str, int], index: int, place: str) -> list[Problem]:
    """Two entries under one id count once: the second would be lost in silence."""
    for name in kind.item_ids:
        first = seen.setdefault(entry[name], index)
        if first != index:
            return [
                Problem(
                    "duplicate",
                    f"is the same as that of {place}.{first}, so only one of the two would be counted",
                    "give each entry its own, or none",
                    field=name,
                )
            ]
    return []


def merged(shared: Any, own: Any) -> Any:
    """What all entries have, with what one has of its own: of objects each member, else the entry's if it has any."""
    if isinstance(shared, dict) and isinstance(own, dict):
        return {**shared, **{name: _member(shared, name, value) for name, value in own.items()}}
    return shared if own is None else own


def _member(shared: dict[str, Any], name: str, own: Any) -> Any:
    return merged(shared[name], own) if isinstance(own, dict) and name in shared else own


def _placed(problem: Problem, place: str) -> Problem:
    field = f"{place}.{problem.field}" if problem.field else place
    return Problem(problem.code, problem.message, problem.hint, field)
