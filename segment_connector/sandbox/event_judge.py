"""What the service would make of an event in silence: the runtime's own rules, applied to what arrived.

A body is read back into the inputs that would have made it, by the action's own template; members that no input makes
(the time of sending, a credential) are passed over, as the service does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..call.compiled_action import CompiledAction
from ..call.entries import Judged, Kind, check_entries
from ..errors import Problem, did_you_mean
from .request_reader import copies


@dataclass(frozen=True, slots=True)
class Verdict:
    """One event of a request.

    :ivar action: the action it was judged as.
    :ivar body: the event as the service takes it.
    :ivar reason: why it would be dropped, or ``None``.
    :ivar doubt: what is doubtful about one that would be taken, or ``None``.
    :ivar id: its id, if it has one; ``id_field`` is the member that holds it.
    """

    action: str
    body: Any
    reason: Problem | None
    doubt: Problem | None = None
    id: str | None = None
    id_field: str | None = None


class EventReader:
    """Reads bodies of one action back into inputs, and judges them.

    :param compiled: the action.
    :param passed_over: members of a body that are no business of the action's, such as credentials.
    """

    def __init__(self, compiled: CompiledAction, passed_over: Iterable[str] = ()) -> None:
        self.compiled = compiled
        action = compiled.action
        self._places = {name: place for name, place, joined in copies(action.body) if joined is None}
        self._known = frozenset(action.body) if isinstance(action.body, Mapping) else frozenset()
        self._passed_over = frozenset(passed_over)

    def inputs(self, body: Any) -> dict[str, Any]:
        """The inputs that would have made a body; null counts as not given, as it does for the service."""
        found: dict[str, Any] = {}
        for name, place in self._places.items():
            value = body
            for part in place:
                value = value.get(part) if isinstance(value, dict) else None
            if value is not None:
                found[name] = value
        return found

    def problems(self, body: Any) -> list[Problem]:
        """Everything for which the service would drop a body, at the places where it stands there."""
        return [self._placed(problem) for problem in self.compiled.validator.problems(self.inputs(body))]

    def judge_entry(self, entry: dict[str, Any], by: str, untold: bool) -> Judged:
        """Judge an entry of a list, as ``Kind.judge``: it stays as it came."""
        own = {name: value for name, value in entry.items() if name != by}
        if untold:
            accepted = self.compiled.validator.accepts(self.inputs(own))
            return Judged(entry, [] if accepted else [Problem("more", "is wrong")])
        return Judged(entry, self.problems(own))

    def _placed(self, problem: Problem) -> Problem:
        name, dot, below = (problem.field or "").partition(".")
        place = ".".join(self._places.get(name, (name,)))
        return problem if place == name else replace(problem, field=place + dot + below)

    def verdict(self, body: Any, reason: Problem | None, known: Iterable[str] = ()) -> Verdict:
        """The verdict on a body whose reason to be dropped is known.

        :param known: members that it may have besides those of the action.
        """
        inputs = self.inputs(body)
        name = next((name for name in self.compiled.message_ids if isinstance(inputs.get(name), str)), None)
        doubt = None if reason else self._doubt(body, known)
        action = self.compiled.action.name
        if name is None:
            return Verdict(action, body, reason, doubt)
        return Verdict(action, body, reason, doubt, inputs[name], ".".join(self._places[name]))

    def _doubt(self, body: Any, known: Iterable[str]) -> Problem | None:
        """A member that the action does not have, when it looks like a misspelt one; others are the sender's own."""
        for member in body if isinstance(body, dict) else ():
            if member not in self._known and member not in self._passed_over and member not in known:
                near = did_you_mean(member, self._known)
                if near:
                    return Problem("unknown", "there is no such property, so it is ignored", near, field=member[:80])
        return None


class Judge:
    """Judges whole requests: one event, or a list of events.

    :param find: gives the compiled action of a name.
    """

    def __init__(self, find: Callable[[str], CompiledAction]) -> None:
        self._find = find
        self._readers: dict[tuple[str, frozenset[str]], EventReader] = {}

    def verdicts(self, name: str, body: Any, credentials: Iterable[str], now: str) -> list[Verdict]:
        """What becomes of each event of a request.

        :param name: the action whose endpoint it was sent to.
        :param credentials: members of the body that hold a credential.
        :param now: the current instant, RFC 3339.
        """
        reader = self._reader(name, frozenset(credentials))
        split = reader.compiled.action.split
        if split is None:
            return [reader.verdict(body, next(iter(reader.problems(body)), None))]
        entries = reader.inputs(body).get(split.parameter)
        if not isinstance(entries, list) or not entries:
            problems = reader.problems(body)
            return [reader.verdict(body, problems[0])] if problems else []
        return self._entries(reader, body, entries, now)

    def _reader(self, name: str, credentials: frozenset[str]) -> EventReader:
        key = (name, credentials)
        reader = self._readers.get(key)
        if reader is None:
            reader = self._readers[key] = EventReader(self._find(name), credentials)
        return reader

    def _entries(self, whole: EventReader, body: Any, entries: list[Any], now: str) -> list[Verdict]:
        action = whole.compiled.action
        split = action.split
        assert split is not None
        keyword = action.parameters[split.parameter]["entries"]
        by = keyword["by"]
        readers = {name: self._reader(name, frozenset()) for name in whole.compiled.kinds}

        def verdict(entry: Any, reason: Problem | None) -> Verdict:
            kind = entry.get(by) if isinstance(entry, dict) else None
            reader = readers.get(kind, whole) if isinstance(kind, str) else whole
            return reader.verdict(entry, reason, (by,))

        if len(entries) > split.max_items:
            many = Problem(
                "too_many", f"the request has {len(entries):,} entries; at most {split.max_items:,} are allowed",
                "send fewer in one request", field=split.parameter,
            )  # fmt: skip
            return [verdict(entry, many) for entry in entries]
        shared = {name: body[name] for name in keyword.get("merge", ()) if body.get(name) is not None}
        checked = check_entries(
            entries=entries,
            kinds={
                name: Kind(reader.judge_entry, _nothing_beside, _as_it_came, ()) for name, reader in readers.items()
            },
            by=by,
            shared=shared,
            item_bytes=split.item_bytes,
            place=split.parameter,
            now=now,
            most=math.inf,
        )
        return [
            verdict(entry, checked.refused[index][0] if index in checked.refused else None)
            for index, entry in enumerate(entries)
        ]


def _nothing_beside(_entry: dict[str, Any], _beside: Mapping[str, Any]) -> None:
    """What the list's envelope tells is no business of an entry's verdict."""


def _as_it_came(_entry: dict[str, Any], _now: str) -> None:
    """What the sender left out stays out: an event without an id cannot be known again."""
