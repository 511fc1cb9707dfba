"""What is counted, for Prometheus: calls, errors by code, latency, retries. Labels are names of specs, never values."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.process_collector import ProcessCollector

from ..result import Result

LIMITS = ("slow_head", "for_room", "refused", "unread")
"""Why a connection is closed: its head did not come in time; another one needed its place, since it had no request
under way; there was no room, nor one to make it; nobody read its answer."""
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

_Labelled = TypeVar("_Labelled", Counter, Histogram)


class Metrics:
    """The counters of one service, in a registry of their own.

    :ivar registry: holds them; a host that has its own exposition can register it there.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._calls = Counter(
            "segment_connector_calls", "Calls of actions, by what became of them.", ["action", "outcome"],
            registry=registry,
        )  # fmt: skip
        self._errors = Counter(
            "segment_connector_errors", "Calls that did not succeed, by the code of their error.", ["action", "code"],
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "segment_connector_call_seconds", "Seconds that calls took, retries included.", ["action"],
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._retries = Counter(
            "segment_connector_retries", "Requests sent again within a call.", ["action"], registry=registry
        )
        self._answers = Counter(
            "segment_connector_http_answers", "Answers of the HTTP API, by route and status.", ["route", "status"],
            registry=registry,
        )  # fmt: skip
        self.running = Gauge(
            "segment_connector_calls_running", "Calls that run or wait for their turn now.", registry=registry
        )
        self.connections = Gauge(
            "segment_connector_http_connections", "Connections of clients that are open now.", registry=registry
        )
        self._closed = Counter(
            "segment_connector_http_connections_closed", "Connections that a limit has closed, by which.", ["limit"],
            registry=registry,
        )  # fmt: skip
        self._deliveries = Counter(
            "segment_connector_deliveries", "Deliveries to triggers, by the status of the answer.", ["status"],
            registry=registry,
        )  # fmt: skip
        self._items = Counter(
            "segment_connector_items_stored", "Items of triggers that were stored, by how they came.", ["way"],
            registry=registry,
        )  # fmt: skip
        self._polls = Counter(
            "segment_connector_polls", "Polls of triggers, by what became of them.", ["trigger", "outcome"],
            registry=registry,
        )  # fmt: skip
        self._handed_on = Counter(
            "segment_connector_items_handed_on", "Tries to hand an item on, by what became of them.",
            ["trigger", "outcome"], registry=registry,
        )  # fmt: skip
        for limit in LIMITS:
            self._closed.labels(limit)
        ProcessCollector(registry=registry)
        self._calls_of = _children(self._calls)
        self._errors_of = _children(self._errors)
        self._seconds_of = _children(self._seconds)
        self._retries_of = _children(self._retries)
        self._answers_of = _children(self._answers)

    def called(self, action: str, result: Result, seconds: float) -> None:
        """Count a call that was made.

        :param seconds: how long it took.
        """
        error = result.error
        self._calls_of(action, "ok" if error is None else result.meta.delivery).inc()
        self._seconds_of(action).observe(seconds)
        if error is not None:
            self._errors_of(action, error.code).inc()
        if result.meta.attempts > 1:
            self._retries_of(action).inc(result.meta.attempts - 1)

    def refused(self, action: str, code: str, outcome: str = "not_sent") -> None:
        """Count a call that came to no result: it was refused before anything was sent, or given up.

        :param action: name of an action that there is; other names would be labels without an end.
        """
        self._calls_of(action, outcome).inc()
        self._errors_of(action, code).inc()

    def answered(self, route: str, status: int) -> None:
        """Count an answer of the HTTP API.

        :param route: the path as it is declared, with its parameters unfilled.
        """
        self._answers_of(route, str(status)).inc()

    def delivered(self, status: int, new: int) -> None:
        """Count a delivery to a trigger.

        :param status: of the answer.
        :param new: items that were stored.
        """
        self._deliveries.labels(str(status)).inc()
        self._items.labels("delivery").inc(new)

    def polled(self, trigger: str, new: int, *, ok: bool) -> None:
        """Count a poll.

        :param new: items that were stored.
        """
        self._polls.labels(trigger, "ok" if ok else "failed").inc()
        self._items.labels("poll").inc(new)

    def handed_on(self, trigger: str, *, taken: bool) -> None:
        """Count a try to hand an item on."""
        self._handed_on.labels(trigger, "taken" if taken else "not_taken").inc()

    def closed(self, limit: str) -> None:
        """Count a connection that was closed.

        :param limit: one of ``LIMITS``.
        """
        self._closed.labels(limit).inc()

    def text(self) -> bytes:
        """Everything in the text format of Prometheus."""
        return generate_latest(self.registry)


def _children(metric: _Labelled) -> Callable[..., _Labelled]:
    """The metric of some labels; finding it anew each time would cost more than counting."""
    return lru_cache(maxsize=4096)(metric.labels)
