"""The page of tracking plans: browsed, searched, held against the sandbox, drawn from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Window, faults_of, overflow_of
from playwright.sync_api import Locator, Page, expect

from segment_connector.service.backend import Backend

PLAN = "tp_2XwnSUyp9VaVdEj2vJSxcVhTqFN"


@pytest.fixture(autouse=True)
def empty(backend: Backend) -> Iterator[None]:
    backend.sandbox.clear()
    yield
    backend.sandbox.clear()


def rows(page: Page) -> Locator:
    return page.locator(".tp-events tbody tr")


def send(backend: Backend, event: str, **properties: Any) -> None:
    assert backend.run("track", {"event": event, "userId": "u-1", "properties": properties}, "sandbox").ok


def test_a_plan_is_browsed_and_searched(window: Window) -> None:
    page = window.go("/plans")
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_text("3 events", exact=True)).to_be_visible()
    rows(page).filter(has_text="Order Completed").get_by_role("button").click()
    detail = page.get_by_role("region", name="Event details")
    expect(detail.get_by_role("heading", name="Order Completed")).to_be_visible()
    expect(detail).to_contain_text("properties.orderId")
    expect(detail).to_contain_text("required")
    expect(rows(page).filter(has_text="Order Completed")).to_have_attribute("aria-current", "true")
    page.get_by_label("Search").fill("ORDERID")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_text("1 of 3 events")).to_be_visible()
    page.get_by_label("Search").fill("")
    page.get_by_role("combobox", name="Plan").select_option(label="Support desk")
    expect(rows(page)).to_have_count(0)


def test_what_arrives_in_the_sandbox_is_judged(window: Window, backend: Backend) -> None:
    page = window.go("/plans")
    expect(page.get_by_text("The sandbox has no event that a plan applies to.")).to_be_visible()
    send(backend, "Order Completed", orderId="1")
    expect(page.get_by_text("1 event, all match the plan")).to_be_visible()
    expect(rows(page).filter(has_text="Order Completed")).to_contain_text("1 seen")
    send(backend, "Order Completed", orderId=7)
    send(backend, "order completed")
    expect(page.get_by_text("3 events, 2 in violation of the plan")).to_be_visible()
    faults = page.get_by_role("region", name="Faults").locator("tbody tr")
    expect(faults.filter(has_text="properties.orderId")).to_contain_text("must be text")
    expect(faults.filter(has_text="is not an event")).to_contain_text("did you mean 'Order Completed'?")
    expect(rows(page).filter(has_text="Order Completed")).to_contain_text("1 of 2 wrong")


def test_a_plan_is_drawn_from_the_events_and_compared(window: Window, backend: Backend) -> None:
    for number in range(6):
        send(backend, "Cart Viewed", cart_id=f"c-{number}")
    page = window.go("/plans")
    page.get_by_role("button", name="Create a plan from these events").click()
    changes = page.get_by_label("Changes of the plan")
    expect(changes).to_contain_text("+ TRACK 'Cart Viewed'")
    expect(changes).to_contain_text("- TRACK 'Order Completed'")
    page.get_by_text("TRACK 'Cart Viewed'").last.click()
    expect(page.get_by_label("File of TRACK 'Cart Viewed'")).to_contain_text("cart_id:")


def test_a_workspace_that_does_not_answer_is_told(window: Window) -> None:
    page = window.go("/plans")
    expect(rows(page)).to_have_count(3)
    page.get_by_label("Connection").select_option("production")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    expect(page.get_by_text("There is no plan to show.")).to_be_visible()
    page.get_by_label("Connection").select_option("sandbox")
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_whatever_names_hold_is_shown_as_text(window: Window, backend: Backend) -> None:
    rule = {
        "type": "TRACK", "key": "<img src=x onerror=alert(1)>", "version": 1,
        "jsonSchema": {"properties": {"properties": {"properties": {"<b>\"'&": True}}}, "description": "</td>"},
    }  # fmt: skip
    assert backend.run("update_rules_in_tracking_plan", {"trackingPlanId": PLAN, "rules": [rule]}, "sandbox").ok
    send(backend, "<script>alert(2)</script>")
    page = window.go("/plans")
    rows(page).filter(has_text="<img src=x").get_by_role("button").click()
    detail = page.get_by_role("region", name="Event details")
    expect(detail).to_contain_text("properties.<b>\"'&")
    expect(page.get_by_role("region", name="Faults")).to_contain_text("<script>alert(2)</script>")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_open_event_has_no_serious_fault(open_window: Callable[..., Window], backend: Backend, scheme: str) -> None:
    send(backend, "Order Completed", orderId=7, extra=1)
    page = open_window(viewport={"width": 1280, "height": 900}, color_scheme=scheme).go("/plans")
    rows(page).filter(has_text="Order Completed").get_by_role("button").click()
    expect(page.get_by_role("region", name="Event details")).to_contain_text("properties.orderId")
    page.get_by_role("button", name="Create a plan from these events").click()
    expect(page.get_by_label("Changes of the plan")).to_be_visible()
    assert faults_of(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert overflow_of(page) <= 0
