"""Polls: what is new since the last one, told at least once and once by id, whatever clock and list do."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from segment_connector import Connector
from segment_connector.errors import InputError
from segment_connector.result import CallFailed, Failure, Meta, Result
from segment_connector.triggers.polling import Polled, poll

UTC = dt.timezone.utc
NOON = dt.datetime(2026, 1, 31, 12, tzinfo=UTC)
_RUNNER = Connector.load().trigger_runner


def written(instant: dt.datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class AuditTrail:
    """An audit trail, newest first, as the service tells it."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.asked: list[Mapping[str, Any]] = []
        self.fails = False

    def happens(self, at: dt.datetime, *names: str) -> None:
        self.events += [
            {
                "id": name,
                "timestamp": written(at),
                "type": "Source Modified",
                "resourceId": "s1",
                "resourceType": "source",
            }
            for name in names
        ]

    def walk(self, action: str, inputs: Mapping[str, Any]) -> Iterator[Any]:
        assert action == "list_audit_events"
        self.asked.append(inputs)
        if self.fails:
            failure = Failure("timeout", "no answer", retryable=True)
            raise CallFailed(Result(False, action, {}, failure, Meta()))
        newest_first = sorted(self.events, key=lambda event: str(event["timestamp"]), reverse=True)
        return (event for event in newest_first if event["timestamp"] >= inputs["startTime"])

    def poll(self, state: Mapping[str, Any] | None, now: dt.datetime, **inputs: Any) -> Polled:
        compiled = _RUNNER.compiled("workspace_changed")
        return poll(compiled, compiled.checked(inputs), state, _no_run, self.walk, now)


def _no_run(action: str, inputs: Mapping[str, Any]) -> Result:
    raise AssertionError(action)


def ids(polled: Polled) -> list[str]:
    return [item.id for item in polled.items]


def test_what_was_before_is_passed_over_and_what_comes_later_is_told_once() -> None:
    trail = AuditTrail()
    trail.happens(NOON - dt.timedelta(minutes=5), "before")
    first = trail.poll(None, NOON)
    assert (ids(first), first.first) == ([], True)
    trail.happens(NOON + dt.timedelta(minutes=1), "b")
    trail.happens(NOON + dt.timedelta(seconds=30), "a")
    second = trail.poll(first.state, NOON + dt.timedelta(minutes=5))
    assert ids(second) == ["a", "b"]  # the oldest first
    third = trail.poll(second.state, NOON + dt.timedelta(minutes=10))
    assert ids(third) == []


def test_the_same_poll_from_the_same_state_gives_the_same() -> None:
    trail = AuditTrail()
    first = trail.poll(None, NOON)
    trail.happens(NOON + dt.timedelta(minutes=1), "a")
    again = [trail.poll(first.state, NOON + dt.timedelta(minutes=minutes)) for minutes in (2, 3)]
    assert [ids(one) for one in again] == [["a"], ["a"]]


def test_what_is_told_late_is_not_lost() -> None:
    trail = AuditTrail()
    state = trail.poll(None, NOON).state
    trail.happens(NOON + dt.timedelta(minutes=9), "quick")
    told = trail.poll(state, NOON + dt.timedelta(minutes=10))
    trail.happens(NOON + dt.timedelta(minutes=2), "late")
    later = trail.poll(told.state, NOON + dt.timedelta(minutes=15))
    assert (ids(told), ids(later)) == (["quick"], ["late"])


@pytest.mark.parametrize("jump", [dt.timedelta(days=3), dt.timedelta(hours=-7)])
def test_a_clock_that_was_wrong_for_a_while_loses_nothing(jump: dt.timedelta) -> None:
    trail = AuditTrail()
    state = trail.poll(None, NOON).state
    wrong = trail.poll(state, NOON + jump)
    trail.happens(NOON + dt.timedelta(minutes=6), "a")
    right = trail.poll(wrong.state, NOON + dt.timedelta(minutes=7))
    assert [*ids(wrong), *ids(right)] == ["a"]


def test_an_event_of_the_future_hides_nothing() -> None:
    trail = AuditTrail()
    state = trail.poll(None, NOON).state
    trail.happens(NOON + dt.timedelta(days=30), "future")
    first = trail.poll(state, NOON + dt.timedelta(minutes=1))
    trail.happens(NOON + dt.timedelta(minutes=2), "a")
    second = trail.poll(first.state, NOON + dt.timedelta(minutes=3))
    third = trail.poll(second.state, NOON + dt.timedelta(minutes=4))
    assert [*ids(first), *ids(second), *ids(third)] == ["future", "a"]


def test_a_poll_that_fails_keeps_its_state() -> None:
    trail = AuditTrail()
    state = trail.poll(None, NOON).state
    trail.happens(NOON + dt.timedelta(minutes=1), "a")
    trail.fails = True
    with pytest.raises(CallFailed, match="no answer"):
        trail.poll(state, NOON + dt.timedelta(minutes=2))
    trail.fails = False
    assert ids(trail.poll(state, NOON + dt.timedelta(minutes=3))) == ["a"]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_times_every_event_is_told_once(seed: int) -> None:
    """Events appear up to nine minutes after they happened, and some polls are repeated from the state before."""
    dice = random.Random(seed)
    trail, now, names = AuditTrail(), NOON, itertools.count()
    state = trail.poll(None, now).state
    told: list[str] = []
    for _ in range(60):
        now += dt.timedelta(seconds=dice.randrange(1, 900))
        for _ in range(dice.randrange(4)):
            late = dt.timedelta(seconds=dice.randrange(540))
            trail.happens(max(now - late, NOON), str(next(names)))
        polled = trail.poll(state, now)
        if dice.random() < 0.8:  # else the host died before it kept anything
            told += ids(polled)
            state = polled.state
    told += ids(trail.poll(state, now + dt.timedelta(seconds=1)))
    assert sorted(told, key=int) == [str(number) for number in range(next(names))]


def test_what_is_known_is_bounded() -> None:
    trail, now, state = AuditTrail(), NOON, None
    for number in range(200):
        now += dt.timedelta(minutes=1)
        trail.happens(now, str(number))
        state = trail.poll(state, now).state
    assert state is not None
    assert len(state["known"]) < 25


def test_ten_thousand_events_at_once() -> None:
    trail = AuditTrail()
    state = trail.poll(None, NOON).state
    trail.happens(NOON + dt.timedelta(minutes=1), *map(str, range(10_000)))
    begin = time.perf_counter()
    polled = trail.poll(state, NOON + dt.timedelta(minutes=2))
    assert len(polled.items) == 10_000
    assert time.perf_counter() - begin < 5
    assert ids(trail.poll(polled.state, NOON + dt.timedelta(minutes=3))) == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"version": 0, "since": "2026-01-01T00:00:00Z"}, "made by something else"),
        ({"version": 2, "at": None, "watermark": "2026-01-01T00:00:00Z", "known": {}}, "made by a newer version"),
        ({"version": 1, "at": None, "watermark": "yesterday", "known": {}}, "lacks what a poll needs"),
        ({"version": 1, "watermark": "2026-01-01T00:00:00Z", "known": {}, "more": 1}, "made by something else"),
        ({}, "made by something else"),
    ],
)
def test_a_state_that_cannot_be_read_is_refused_and_stays_what_it_was(state: dict[str, Any], said: str) -> None:
    before = dict(state)
    with pytest.raises(InputError, match=said):
        AuditTrail().poll(state, NOON)
    assert state == before


class Listed:
    """A list that is looked at whole."""

    def __init__(self, *ids: str) -> None:
        self.entries = [{"id": one, "name": one.upper()} for one in ids]

    def poll(self, state: Mapping[str, Any] | None, now: dt.datetime) -> Polled:
        compiled = _RUNNER.compiled("new_source")
        return poll(compiled, {}, state, _no_run, lambda _action, _inputs: iter(self.entries), now)


def test_an_entry_is_new_when_it_was_not_in_the_list_before() -> None:
    first = Listed("a", "b").poll(None, NOON)
    second = Listed("c", "a").poll(first.state, NOON + dt.timedelta(minutes=5))
    third = Listed("c", "a", "b").poll(second.state, NOON + dt.timedelta(minutes=10))
    assert [ids(one) for one in (first, second, third)] == [[], ["c"], ["b"]]
    assert second.items[0].title == "C"


class Metrics:
    """The deliveries of a destination."""

    def poll(self, state: Mapping[str, Any] | None, now: dt.datetime, good: int, bad: int, **inputs: Any) -> Polled:
        compiled = _RUNNER.compiled("delivery_failing")
        counts = [{"metricName": "successes", "total": good}, {"metricName": "failures", "total": bad}]

        def run(action: str, given: Mapping[str, Any]) -> Result:
            return Result(True, action, {"deliveryMetricsSummary": {"metrics": counts}}, None, Meta())

        wanted = compiled.checked({"destinationId": "d1", "sourceId": "s1", **inputs})
        return poll(compiled, wanted, state, run, _no_walk, now)


def _no_walk(action: str, inputs: Mapping[str, Any]) -> Iterator[Any]:
    raise AssertionError(action)


def test_a_threshold_is_told_when_it_is_crossed_and_again_only_after_it_was_not() -> None:
    metrics, told, state = Metrics(), [], None
    counts: Sequence[tuple[int, int]] = [(100, 0), (90, 10), (80, 20), (100, 0), (50, 50), (0, 10), (0, 20)]
    for minute, (good, bad) in enumerate(counts):
        polled = metrics.poll(state, NOON + dt.timedelta(minutes=minute), good, bad)
        state = polled.state
        told.append([(item.title, item.id) for item in polled.items])
    assert [len(one) for one in told] == [0, 1, 0, 0, 1, 0, 1]
    assert told[1][0][0] == "10.0 % of deliveries fail"
    names = [name for one in told for _title, name in one]
    assert len(set(names)) == len(names)


def test_a_poll_may_only_read() -> None:
    connection = {"publicToken": "made-up-token"}
    with pytest.raises(InputError, match="'create_source' changes something"):
        _RUNNER.poll("new_item", {"list": "create_source"}, connection, None)
    with pytest.raises(InputError, match="does not return a paged list"):
        _RUNNER.poll("new_item", {"list": "get_workspace"}, connection, None)


def test_a_first_poll_may_begin_in_the_past_where_what_it_reads_has_times() -> None:
    trail = AuditTrail()
    trail.happens(NOON - dt.timedelta(hours=2), "before")
    trail.happens(NOON - dt.timedelta(minutes=30), "after")
    state = _RUNNER.state_since("workspace_changed", written(NOON - dt.timedelta(hours=1)))
    assert [item.id for item in trail.poll(state, NOON).items] == ["after"]
    with pytest.raises(InputError, match="the list has no times"):
        _RUNNER.state_since("new_source", written(NOON))
