"""The last events of the sandbox in short, for every debugger that is open: bounded, whoever looks and however long."""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from ...backend import Backend

MOST = 10_000
_AT_ONCE = 500
_SEARCHED = 4_000  # characters of an event; most are shorter
_SHOWN = 80
_NAMES = 2


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One event in short.

    :ivar number: its place in the sandbox's list, by which ``Feed.whole`` finds it.
    :ivar received: time of day.
    :ivar action: the action it was judged as.
    :ivar title: what it says first, for a person.
    :ivar code: the rule that dropped it or doubts it, or nothing; ``reason`` in words, with the field.
    :ivar violations: how much of it is not as the tracking plan of its sender says.
    :ivar text: what a search looks at, without regard to case.
    """

    number: int
    received: str
    action: str
    status: str
    title: str
    code: str
    reason: str
    text: str
    violations: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a person wants to see; an empty member means all."""

    status: str = ""
    action: str = ""
    text: str = ""

    def has(self, entry: FeedEntry) -> bool:
        """Whether an event is one of them."""
        return (
            self.status in ("", entry.status)
            and self.action in ("", entry.action)
            and (not self.text or self.text.casefold() in entry.text)
        )


class Feed:
    """What the sandbox of a backend received, the last ``MOST`` of it; safe to share between threads.

    :ivar cleared: how often it was emptied; a page that sees another number begins anew.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._lock = threading.Lock()
        self._entries: deque[FeedEntry] = deque(maxlen=MOST)
        self._after = 0
        self._orders: dict[str, tuple[str, ...]] = {}
        self.cleared = 0

    def read(self) -> None:
        """Take over what arrived since; it waits for nothing but the sandbox's start."""
        sandbox = self._backend.sandbox
        with self._lock:
            while True:
                events, after = sandbox.wait(self._after, 0, _AT_ONCE)
                self._entries.extend(self._in_short(event) for event in events)
                self._after = after
                if len(events) < _AT_ONCE:
                    return

    def newest(self, wanted: Wanted, most: int, above: int = 0) -> list[FeedEntry]:
        """The newest events that are wanted, newest first.

        :param most: how many at most.
        :param above: only those with a larger number.
        """
        with self._lock:
            newer = iter(self._entries) if not above else _newer(self._entries, above)
            kept = list(newer)
        return list(islice((entry for entry in reversed(kept) if wanted.has(entry)), most))

    def counts(self) -> tuple[Mapping[str, int], list[str]]:
        """How many events there are of each status, and which actions there are, by name."""
        with self._lock:
            statuses = Counter(entry.status for entry in self._entries)
            return statuses, sorted({entry.action for entry in self._entries})

    def whole(self, number: int) -> dict[str, Any] | None:
        """One event with its body and its ``violations`` of the plan, or ``None`` when the sandbox has it no more."""
        events, _ = self._backend.sandbox.wait(number - 1, 0, 1)
        if not events or events[0]["number"] != number:
            return None
        return {**events[0], "violations": self._backend.sandbox.violations_of(number)}

    def clear(self) -> None:
        """Forget all events and deliveries, here and in the sandbox."""
        self._backend.sandbox.forget_deliveries()
        self._backend.sandbox.forget_events()
        with self._lock:
            self._entries.clear()
            self.cleared += 1

    def _in_short(self, event: Mapping[str, Any]) -> FeedEntry:
        text = json.dumps(event["body"], ensure_ascii=False)
        violations = self._backend.sandbox.violations_of(event["number"])
        broken = [f"{one['field']}: {one['message']}" for one in violations]
        said = [event["action"], event["code"] or "", said_of(event), event["id"] or "", *broken, text]
        return FeedEntry(
            event["number"], event["receivedAt"][11:23], event["action"], event["status"],
            self._title(event["action"], event["body"]) or _cut(text), event["code"] or "", said_of(event),
            " ".join(said)[:_SEARCHED].casefold(), len(violations),
        )  # fmt: skip

    def _title(self, action: str, body: Any) -> str:
        """The first values that its form asks for: what it is, and whom it is about."""
        if not isinstance(body, Mapping):
            return ""
        if action not in self._orders:
            found = self._backend.connector.actions.get(action)
            self._orders[action] = tuple(found.parameters) if found else ()
        values = (body.get(name) for name in self._orders[action])
        said = (_cut(str(value)) for value in values if isinstance(value, (str, int, float)) and value != "")
        return " \u00b7 ".join(islice(said, _NAMES))


def said_of(event: Mapping[str, Any]) -> str:
    """Why an event was dropped or doubted, with the field that it is about; nothing for others."""
    reason, field = event["reason"] or "", event["field"]
    return f"{field}: {reason}" if field and field not in reason else reason


def _cut(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 3].rstrip()}..."


def _newer(entries: deque[FeedEntry], above: int) -> Iterator[FeedEntry]:
    """The entries at the end whose number is larger, in their order; without a walk through all the others."""
    found: list[FeedEntry] = []
    for entry in reversed(entries):
        if entry.number <= above:
            break
        found.append(entry)
    return reversed(found)


_FEEDS: WeakKeyDictionary[Backend, Feed] = WeakKeyDictionary()
_MAKING = threading.Lock()


def feed_of(backend: Backend) -> Feed:
    """The feed of a backend, which all its pages share."""
    with _MAKING:
        return _FEEDS.setdefault(backend, Feed(backend))
