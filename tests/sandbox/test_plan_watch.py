"""What the sandbox counts of events that are not as the tracking plan of their source says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from segment_connector import Connector
from segment_connector.sandbox import Sandbox

CONNECTOR = Connector.load()
PLAN = "tp_2XwnSUyp9VaVdEj2vJSxcVhTqFN"


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(CONNECTOR.specs) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    served.clear()
    return served


def track(sandbox: Sandbox, event: str, **properties: Any) -> None:
    inputs = {"event": event, "userId": "u-1", "properties": properties}
    assert CONNECTOR.run("track", inputs, sandbox.connection).ok


def call(sandbox: Sandbox, action: str, **inputs: Any) -> dict[str, Any]:
    return CONNECTOR.run(action, inputs, sandbox.connection).unwrap()


def test_events_are_counted_by_how_they_break_the_plan_of_their_source(sandbox: Sandbox) -> None:
    track(sandbox, "Order Completed", orderId="o-1")
    for _ in range(2):
        track(sandbox, "Order Completed", revenue=5)
    track(sandbox, "Order Refunded")
    assert sandbox.violations() == [
        {"event": "Order Completed", "kind": "required", "field": "properties.orderId", "count": 2},
        {"event": "Order Refunded", "kind": "unplanned_event", "field": "event", "count": 1},
    ]
    numbers = [event["number"] for event in sandbox.events()]
    assert sandbox.violations_of(numbers[0]) == []
    assert [one["field"] for one in sandbox.violations_of(numbers[1])] == ["properties.orderId"]
    assert {event["status"] for event in sandbox.events()} == {"accepted"}


def test_they_can_be_asked_for_over_http(sandbox: Sandbox) -> None:
    track(sandbox, "Nothing Planned")
    with requests.Session() as session:
        session.trust_env = False
        told = session.get(f"{sandbox.url}/violations", timeout=10).json()["violations"]
    assert [(one["event"], one["count"]) for one in told] == [("Nothing Planned", 1)]


def test_a_plan_that_changes_judges_what_comes_then(sandbox: Sandbox) -> None:
    track(sandbox, "Order Refunded")
    rule = {"type": "TRACK", "key": "Order Refunded", "version": 1, "jsonSchema": {"type": "object"}}
    call(sandbox, "update_rules_in_tracking_plan", trackingPlanId=PLAN, rules=[rule])
    track(sandbox, "Order Refunded")
    assert [one["count"] for one in sandbox.violations()] == [1]


def test_a_source_without_a_plan_breaks_none(sandbox: Sandbox) -> None:
    for source in call(sandbox, "list_sources_from_tracking_plan", trackingPlanId=PLAN)["sources"]:
        call(sandbox, "remove_source_from_tracking_plan", trackingPlanId=PLAN, sourceId=source["id"])
    track(sandbox, "Nothing Planned")
    assert sandbox.violations() == []


def test_what_is_forgotten_is_not_counted(sandbox: Sandbox) -> None:
    track(sandbox, "Nothing Planned")
    assert sandbox.violations()
    sandbox.forget_events()
    assert sandbox.violations() == []
