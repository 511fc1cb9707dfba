"""The sandbox counts what became of events: received, refused, stopped at the source, held back, passed on."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from segment_connector import Connector
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox
from segment_connector.sandbox.counting import counted

WEBSITE, CHECKOUT, AMPLITUDE = "qQEHquLrjRDN9j1ByrChyn", "rh5BDZp6QDHvXFCkibm1pR", "fP7qoQw2HTWt9WdMr718gn"
CHECKOUT_KEY = "demo-checkout-write-key"


class Counted:
    """A sandbox, and what its metrics tell of the last and the next hour."""

    def __init__(self, specs: Specs, sandbox: Sandbox) -> None:
        self.connector = Connector(specs, max_retries=0)
        self.sandbox = sandbox

    def send(self, event: str, user: str = "u-1", key: str | None = None, **inputs: Any) -> None:
        connection = {**self.sandbox.connection, **({"writeKey": key} if key else {})}
        self.connector.run("track", {"event": event, "userId": user, **inputs}, connection).unwrap()

    def ask(self, name: str, **inputs: Any) -> dict[str, Any]:
        now = datetime.datetime.now(datetime.timezone.utc)
        hour = datetime.timedelta(hours=1)
        span = {"startTime": (now - hour).isoformat(), "endTime": (now + hour).isoformat(), "granularity": "MINUTE"}
        return self.connector.run(name, {**span, **inputs}, self.sandbox.connection).unwrap()

    def metric(self, kind: str, source: str = WEBSITE, **inputs: Any) -> Any:
        """The total, or the totals by reason."""
        answer = self.ask(f"get_{kind}_metrics_from_delivery_overview", sourceId=source, **inputs)
        if "groupBy" not in inputs:
            return answer["total"]
        return {one[inputs["groupBy"][0]]: one["total"] for one in answer["dataset"]}


@pytest.fixture(scope="module")
def served(specs: Specs) -> Iterator[Sandbox]:
    with Sandbox(specs) as sandbox:
        yield sandbox


@pytest.fixture
def seen(specs: Specs, served: Sandbox) -> Counted:
    served.clear()
    return Counted(specs, served)


def test_volumes_grow_with_what_was_sent(seen):
    assert seen.metric("ingress_success") == 0
    seen.send("Order Completed")
    assert seen.metric("ingress_success") == 1
    seen.send("Order Completed", "u-2")
    seen.send("Signed Up")
    volume = seen.ask("get_events_volume_from_workspace", groupBy=["eventName"])
    assert {one["eventName"]: one["total"] for one in volume["result"]} == {"Order Completed": 2, "Signed Up": 1}
    assert sum(step["count"] for one in volume["result"] for step in one["series"]) == 3
    only = seen.ask("get_events_volume_from_workspace", eventName=["Signed Up"], sourceId=[WEBSITE])
    assert only["result"][0]["total"] == 1


def test_each_source_counts_its_own(seen):
    seen.send("Anything", key=CHECKOUT_KEY)
    assert (seen.metric("ingress_success"), seen.metric("ingress_success", CHECKOUT)) == (0, 1)


def test_an_event_is_counted_once_and_one_with_a_wrong_key_never(seen):
    seen.send("Order Completed", messageId="m-1")
    seen.send("Order Completed", messageId="m-1")
    seen.send("Order Completed", key="some-wrong-key")
    assert seen.metric("ingress_success") == 1
    assert seen.metric("ingress_failed") == 0


def test_schema_settings_block_and_filters_drop(seen):
    seen.send("Not Planned")
    seen.send("Order Completed", "anna@example.com")
    seen.send("Order Completed", "u-1")
    assert seen.metric("filtered_at_source", groupBy=["discardReason"]) == {"blocked.unplanned_event": 1}
    to = {"destinationConfigId": AMPLITUDE}
    assert seen.metric("filtered_at_destination", groupBy=["discardReason"], **to) == {"filtered.destination_filter": 1}
    assert seen.metric("egress_success", **to) == 1
    summary = seen.ask("list_delivery_metrics_summary_from_destination", sourceId=WEBSITE, destinationId=AMPLITUDE)
    assert summary["deliveryMetricsSummary"]["metrics"][0]["total"] == 1


def test_a_filter_that_is_switched_off_drops_no_more(seen):
    filters = {"destinationId": AMPLITUDE, "filterId": "2DrXi3N7S85LobhzPphZz0uFzJ4"}
    connection = seen.sandbox.connection
    seen.connector.run("update_filter_for_destination", {**filters, "enabled": False}, connection).unwrap()
    seen.send("Order Completed", "anna@example.com")
    assert seen.metric("egress_success", destinationConfigId=AMPLITUDE) == 1


def test_of_a_time_before_the_sandbox_began_an_example_is_answered(seen):
    then = {"startTime": "2026-01-29T00:00:00Z", "endTime": "2026-01-31T00:00:00Z", "granularity": "DAY"}
    assert seen.ask("get_ingress_success_metrics_from_delivery_overview", sourceId=WEBSITE, **then)["total"] == 2310


def test_steps_of_time_begin_where_clocks_do():
    rows = [{"stage": "received", "time": f"2026-01-01T10:{minute}:30Z", "kind": "a"} for minute in ("01", "01", "03")]
    told = {"of": ["received"], "since": "2026-01-01T10:00:10Z", "until": "2026-01-01T10:04:00Z", "step": 60}
    found = counted(rows, told)
    assert found["total"] == 3
    assert [(one["time"][14:16], one["count"]) for one in found["groups"][0]["series"]] == [
        ("00", 0), ("01", 2), ("02", 0), ("03", 1),
    ]  # fmt: skip
    assert counted(rows, {**told, "where": {"kind": ["b"]}, "by": ["kind"]}) == {"total": 0, "groups": []}
