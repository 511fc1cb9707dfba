"""The event debugger: from a call to the event in the list, whatever became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Window, faults_of, overflow_of
from faultserver import FaultServer, answer
from playwright.sync_api import Locator, Page, expect

from segment_connector.service.backend import Backend
from segment_connector.service.workbench.debugger.event_feed import (
    MOST,
    Feed,
    Wanted,
    feed_of,
)


@pytest.fixture(autouse=True)
def empty(backend: Backend) -> Iterator[None]:
    """Nothing has arrived yet."""
    feed_of(backend).clear()
    yield
    feed_of(backend).clear()


def send(backend: Backend, event: str, **more: Any) -> None:
    assert backend.run("track", {"event": event, "userId": "u-1", **more}, "sandbox").ok


def send_raw(backend: Backend, **body: Any) -> None:
    """An event past our own checks, as a program of somebody else's may send it."""
    inputs = {"api": "tracking", "method": "POST", "path": "/track", "body": body}
    backend.run("custom_api_call", inputs, "sandbox")


def rows(page: Page) -> Locator:
    return page.locator(".db-table tbody tr")


def test_what_arrives_is_shown_while_it_arrives(window: Window, backend: Backend) -> None:
    page = window.go("/debugger")
    expect(page.get_by_text("Nothing has arrived yet")).to_be_visible()
    expect(page.get_by_label("Environment variables of the sandbox")).to_contain_text(
        backend.sandbox.servers["tracking"]
    )
    send(backend, "First")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_text("Nothing has arrived yet")).to_be_hidden()
    send(backend, "Second")
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("Second")
    expect(rows(page).first).to_contain_text("accepted")
    expect(page.get_by_text("2 of 2 events")).to_be_visible()


def test_a_run_on_the_actions_page_is_found_here(window: Window) -> None:
    page = window.go("/actions/track")
    page.get_by_role("button", name="An order with its revenue").click()
    page.get_by_role("button", name="Run in the sandbox").click()
    page.get_by_role("link", name="open the debugger").click()
    expect(rows(page).first).to_contain_text("Order Completed")


def test_an_event_is_opened_with_its_reason_and_cure(window: Window, backend: Backend) -> None:
    page = window.go("/debugger")
    send_raw(backend, userId="u-1", properties={"price": 1})
    dropped = rows(page).filter(has_text="dropped")
    expect(dropped).to_have_count(1)
    dropped.get_by_role("button").focus()
    page.keyboard.press("Enter")
    detail = page.get_by_role("region", name="Event details")
    event = backend.sandbox.events("dropped")[0]
    expect(dropped).to_contain_text(f"{event['field']}: {event['reason']}")
    expect(detail).to_contain_text(event["reason"])
    expect(detail).to_contain_text(event["hint"])
    expect(detail).to_contain_text(f"Rule: {event['code']}")
    expect(detail.get_by_label("The event as JSON", exact=True)).to_contain_text('"price": 1')
    expect(dropped).to_have_attribute("aria-current", "true")


def test_an_event_shows_what_of_it_is_not_as_the_plan_of_its_source_says(window: Window, backend: Backend) -> None:
    page = window.go("/debugger")
    send(backend, "Order Completed", properties={"revenue": 5})
    expect(rows(page).first).to_contain_text("1 plan violation")
    rows(page).first.get_by_role("button").click()
    detail = page.get_by_role("region", name="Event details")
    expect(detail).to_contain_text("properties.orderId: is required")
    expect(detail).to_contain_text("Tracking Plan: TRACK 'Order Completed'")


def test_a_duplicate_says_which_event_came_first(window: Window, backend: Backend) -> None:
    page = window.go("/debugger")
    for _ in range(2):
        send(backend, "Twice", messageId="the-same")
    expect(rows(page).first).to_contain_text("duplicate")
    expect(rows(page).first).to_contain_text("had the same id")


def test_the_list_is_narrowed_by_status_type_and_text(window: Window, backend: Backend) -> None:
    page = window.go("/debugger")
    send(backend, "Apple Eaten", properties={"colour": "Crimson"})
    assert backend.run("identify", {"userId": "u-2"}, "sandbox").ok
    send_raw(backend, userId="u-3")
    expect(rows(page)).to_have_count(3)
    page.get_by_role("button", name="dropped 1").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="all 3").click()
    page.get_by_label("Type").select_option("identify")
    expect(rows(page)).to_have_count(1)
    page.get_by_label("Type").select_option("")
    page.get_by_label("Search").fill("CRIMSON")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Apple Eaten")
    page.get_by_label("Search").fill("no event has these words")
    expect(page.get_by_text("No event matches.")).to_be_visible()
    expect(page.locator(".db-table")).to_be_hidden()
    page.get_by_label("Search").fill("CRIMSON")
    expect(rows(page)).to_have_count(1)
    send(backend, "Pear Eaten")
    send(backend, "Another crimson thing")
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_text("2 of 5 events")).to_be_visible()


def test_a_pause_lets_one_read(window: Window, backend: Backend) -> None:
    page = window.go("/debugger")
    send(backend, "Before")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("paused: new ones wait")).to_be_visible()
    send(backend, "Meanwhile")
    page.wait_for_timeout(900)  # two looks at the sandbox: it must do nothing, which no condition tells
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    expect(rows(page)).to_have_count(2)


def test_clear_empties_every_window(open_window: Callable[..., Window], backend: Backend) -> None:
    first, second = (open_window().go("/debugger") for _ in range(2))
    send(backend, "Once")
    for page in (first, second):
        expect(rows(page)).to_have_count(1)
    first.get_by_role("button", name="Clear").click()
    for page in (first, second):
        expect(rows(page)).to_have_count(0)
        expect(page.get_by_text("Nothing has arrived yet")).to_be_visible()
    assert backend.sandbox.events() == []
    send(backend, "After")
    expect(rows(first)).to_have_count(1)


def test_many_events_stay_few_rows(window: Window, backend: Backend) -> None:
    page = window.go("/debugger")
    events = [{"type": "track", "event": f"Number {number}", "userId": "u"} for number in range(1500)]
    assert backend.run("batch", {"batch": events}, "sandbox").ok
    expect(page.get_by_text("100 of 1,500 events")).to_be_visible()
    expect(rows(page)).to_have_count(100)
    expect(rows(page).first).to_contain_text("Number 1499")
    page.get_by_role("button", name="Show older events").click()
    expect(rows(page)).to_have_count(200)
    send(backend, "The newest")
    expect(rows(page).first).to_contain_text("The newest")
    expect(rows(page)).to_have_count(200)


def test_the_feed_keeps_the_last_events_only() -> None:
    class Sandbox:
        def wait(self, since: int, _seconds: float, limit: int) -> tuple[list[dict[str, Any]], int]:
            numbers = range(since + 1, min(since + limit, MOST + 2_500) + 1)
            made = {"receivedAt": "2026-01-31T12:00:00.000Z", "action": "a", "status": "accepted", "code": None,
                    "reason": None, "field": None, "id": None, "body": {}}  # fmt: skip
            return [{**made, "number": number} for number in numbers], max(since, *numbers, 0)

        def violations_of(self, _number: int) -> list[Any]:
            return []

    class Connector:
        actions: dict[str, Any] = {}  # noqa: RUF012 - a stand-in

    class StandIn:
        sandbox = Sandbox()
        connector = Connector()

    feed = Feed(StandIn())  # type: ignore[arg-type]
    feed.read()
    assert sum(feed.counts()[0].values()) == MOST
    assert [entry.number for entry in feed.newest(Wanted(), 2)] == [MOST + 2_500, MOST + 2_499]
    assert feed.newest(Wanted(), 100, above=MOST + 2_499)[0].number == MOST + 2_500


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_open_event_has_no_serious_fault(open_window: Callable[..., Window], backend: Backend, scheme: str) -> None:
    page = open_window(viewport={"width": 1280, "height": 900}, color_scheme=scheme).go("/debugger")
    send(backend, "Fine")
    send_raw(backend, userId="u-3")
    send(backend, "Fine", messageId="same")
    send(backend, "Fine", messageId="same")
    expect(rows(page)).to_have_count(4)
    rows(page).filter(has_text="dropped").get_by_role("button").click()
    expect(page.get_by_label("The event as JSON", exact=True)).to_be_visible()
    assert faults_of(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert overflow_of(page) <= 0


def test_what_is_sent_on_to_a_webhook_is_shown_try_by_try(window: Window, backend: Backend) -> None:
    with FaultServer(answer(status=503), answer()) as hook:
        made = backend.run(
            "create_destination",
            {
                "sourceId": "qQEHquLrjRDN9j1ByrChyn", "metadataId": "614a3c7d791c91c41bae7599", "enabled": True,
                "settings": {"sharedSecret": "not to be told"},
            },
            "sandbox",
        ).outputs["destination"]["id"]  # fmt: skip
        backend.run(
            "create_destination_subscription",
            {
                "destinationId": made, "name": "x", "actionId": "a", "enabled": True, "trigger": 'type = "track"',
                "settings": {"url": hook.url},
            },
            "sandbox",
        )  # fmt: skip
        page = window.go("/debugger")
        expect(page.get_by_text("Sent to webhooks")).to_be_hidden()
        send(backend, "First")
        assert backend.sandbox.settle(hurry=True)
        sent = page.get_by_role("region", name="List of deliveries").locator("tbody tr")
        expect(sent).to_have_count(1)
        expect(sent).to_contain_text("delivered")
        expect(sent).to_contain_text(hook.url)
        sent.get_by_role("button").click()
        panel = page.locator(".db-sent")
        expect(panel).to_contain_text("HTTP 503")
        expect(panel).to_contain_text("X-Signature")
        expect(panel.get_by_label("The body as it is sent", exact=True)).to_contain_text('"event":"First"')
        expect(panel).not_to_contain_text("not to be told")
        page.get_by_role("button", name="Clear").click()
        expect(page.get_by_text("Sent to webhooks")).to_be_hidden()
    backend.sandbox.clear()


def test_calls_are_let_fail_by_a_menu(window: Window, backend: Backend) -> None:
    page = window.go("/debugger")
    panel = page.get_by_role("region", name="Let calls fail")
    expect(panel.get_by_role("status")).to_have_text("Nothing is to go wrong.")
    panel.get_by_label("Retry-After").fill("soon\x07")
    panel.get_by_role("button", name="Let them fail").click()
    expect(panel.get_by_role("alert")).not_to_be_empty()
    panel.get_by_label("Retry-After").fill("0")
    panel.get_by_label("Times").fill("2")
    panel.get_by_role("button", name="Let them fail").click()
    expect(panel.get_by_role("status")).to_have_text("1 to come")
    expect(panel.locator(".wb-error")).to_be_empty()
    assert backend.sandbox.faults() == [{"status": 429, "retryAfter": 0, "times": 2}]
    panel.get_by_label("What happens").select_option("late")
    panel.get_by_label("Only paths that begin with").fill("/nowhere")
    panel.get_by_role("button", name="Let them fail").click()
    expect(panel.get_by_role("status")).to_have_text("2 to come")
    assert faults_of(page) == []
    panel.get_by_role("button", name="Clear").click()
    expect(panel.get_by_role("status")).to_have_text("Nothing is to go wrong.")
    assert backend.sandbox.faults() == []


def test_events_are_filtered_by_what_one_of_them_holds(window: Window, backend: Backend) -> None:
    for user in ("u-first", "u-second", "u-first"):
        backend.run("track", {"event": "Signed Up", "userId": user}, "sandbox")
    page = window.go("/debugger")
    rows = page.locator(".db-table tbody tr")
    expect(rows).to_have_count(3)
    rows.first.click()
    expect(page.locator(".db-one pre .wb-j-key").first).to_be_visible()
    page.get_by_role("group", name="Only events with").get_by_role("button", name="userId: u-first").click()
    expect(rows).to_have_count(2)
    expect(page.get_by_placeholder("Any text in an event")).to_have_value("u-first")
    assert overflow_of(page) <= 0
    assert faults_of(page) == []
