"""The memory of the workbench: calls that were made, stars, and forms that were left half filled in."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from browsing import Window, faults_of, overflow_of
from playwright.sync_api import Page, expect

from segment_connector.service.backend import Backend


@pytest.fixture(autouse=True)
def nothing_kept(backend: Backend) -> Iterator[None]:
    """Every test begins without memory."""
    yield
    backend.sandbox.clear()
    backend.history.clear()
    backend.history.switch(on=True)
    for action in backend.history.favourites():
        backend.history.star(action, on=False)


def made(window: Window, event: str = "Order Completed") -> Page:
    page = window.go("/actions/track")
    page.get_by_label("Event name").fill(event)
    page.get_by_label("User ID").fill("u-1")
    page.locator("[data-run]").click()
    expect(page.locator("[data-verdict]")).to_have_text("Accepted")
    return page


def test_a_call_is_kept_looked_at_and_run_again(window: Window, backend: Backend) -> None:
    made(window)
    page = window.go("/history")
    expect(page.locator(".wb-calls tbody tr")).to_have_count(1)
    assert faults_of(page) == []
    page.get_by_role("link", name="Track an event").click()
    expect(page.get_by_role("heading", name="Track an event", level=1)).to_be_visible()
    expect(page.get_by_role("region", name="Inputs", exact=True).locator("pre")).to_contain_text("Order Completed")
    expect(page.get_by_role("region", name="Request", exact=True).locator("pre")).to_contain_text("messageId")
    assert "sandbox-writeKey" not in page.content()
    assert faults_of(page) == []
    first = int(page.url.rpartition("/")[2])
    page.get_by_role("button", name="Run again").click()
    page.wait_for_url(re.compile(f"/history/{first + 1}$"))
    assert len(backend.sandbox.events()) == 2
    page.get_by_role("link", name="Fill the form from it").click()
    expect(page.get_by_label("Event name")).to_have_value("Order Completed")
    window.go(f"/history/{first + 1}")
    page.get_by_role("button", name="Delete from the history").click()
    page.wait_for_url(re.compile("/history$"))
    expect(page.locator(".wb-calls tbody tr")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_button_could_not_do_is_told(
    open_window: Callable[..., Window], backend: Backend, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    def full() -> int:
        raise sqlite3.OperationalError("database or disk is full")

    window = open_window(color_scheme=scheme)
    made(window)
    page = window.go("/history")
    monkeypatch.setattr(backend.history, "clear", full)
    page.get_by_role("button", name="Clear all").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear the history").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Something went wrong. See the server's log.")
    assert faults_of(page) == []
    told.get_by_role("button", name="Close").click()
    expect(told).to_have_count(0)
    monkeypatch.undo()


def test_calls_are_found_and_all_forgotten(window: Window, backend: Backend) -> None:
    made(window, "First Thing")
    page = window.go("/actions/get_source")
    page.get_by_label("Source", exact=True).fill("no-such-source")
    page.locator("[data-run]").click()
    expect(page.locator("[data-verdict]")).to_contain_text("Refused")
    page = window.go("/history")
    rows = page.locator(".wb-calls tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_role("searchbox", name="Search the history").fill("first")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Track an event")
    page.get_by_role("searchbox", name="Search the history").fill("no such words")
    expect(page.get_by_text("No call matches.")).to_be_visible()
    page.get_by_role("searchbox", name="Search the history").fill("")
    page.get_by_role("combobox", name="Outcome").select_option("failed")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Get a source")
    page.get_by_role("combobox", name="Outcome").select_option("")
    page.get_by_role("combobox", name="Action").select_option("track")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Clear all").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear the history").click()
    expect(page.get_by_text("No call was made yet.")).to_be_visible()
    assert backend.history.count() == 0


def test_keeping_is_switched_off(window: Window, backend: Backend) -> None:
    page = window.go("/history")
    page.get_by_label("Keep the calls that follow").uncheck()
    made(window)
    page = window.go("/history")
    expect(page.get_by_label("Keep the calls that follow")).not_to_be_checked()
    assert backend.history.count() == 0


def test_a_call_with_a_secret_is_not_run_again_without_it(window: Window) -> None:
    page = window.go("/actions/create_warehouse")
    page.locator(".wb-example").first.click()
    expect(page.locator(".wb-request pre")).to_be_visible()
    page.locator("[data-run]").click()
    expect(page.locator("[data-verdict]")).to_have_text("Succeeded")
    page = window.go("/history")
    page.locator(".wb-calls a").click()
    expect(page.get_by_text("Some inputs are not kept")).to_be_visible()
    expect(page.get_by_role("button", name="Run again")).to_have_count(0)


def test_a_call_that_is_not_there_is_said_to_be_gone(window: Window) -> None:
    for path in ("/history/77", "/history/x", "/actions/track?call=77"):
        page = window.go(path)
        expect(page.locator(".wb-empty")).to_contain_text("is not in the history")
    window.faults.clear()  # the browser tells of the status


def test_a_form_that_is_left_is_there_again_until_it_is_sent(window: Window) -> None:
    page = window.go("/actions/track")
    page.get_by_label("Event name").fill("Half Done")
    expect(page.locator(".wb-pending")).to_be_visible()
    page.get_by_label("User ID").fill("u-7")
    expect(page.locator(".wb-request pre")).to_contain_text("u-7")
    window.go("/")
    page = window.go("/actions/track")
    expect(page.get_by_label("Event name")).to_have_value("Half Done")
    expect(page.get_by_text("This is what you had filled in.")).to_be_visible()
    page.locator("[data-run]").click()
    expect(page.locator("[data-verdict]")).to_have_text("Accepted")
    page = window.go("/actions/track")
    expect(page.get_by_label("Event name")).to_have_value("")
    page.get_by_label("Event name").fill("Once More")
    expect(page.locator(".wb-call")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    page = window.go("/actions/track")
    expect(page.get_by_label("Event name")).to_have_value("")


def test_stars_and_recent_calls_stand_first(window: Window) -> None:
    page = window.go("/actions/list_sources")
    star = page.get_by_role("button", name="Favourite")
    expect(star).to_have_attribute("aria-pressed", "false")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    made(window)
    page = window.go("/")
    expect(page.get_by_role("group", name="Favourites").get_by_role("link")).to_have_text("List sources")
    page.keyboard.press("Control+k")
    options = page.get_by_role("dialog", name="Go to").get_by_role("option")
    expect(options.nth(0)).to_contain_text("List sources")
    expect(options.nth(1)).to_contain_text("Track an event")
    page.keyboard.press("Escape")
    page.get_by_role("group", name="Recent calls").get_by_role("link", name="Track an event").click()
    expect(page.get_by_label("Event name")).to_have_value("Order Completed")
    page = window.go("/actions/list_sources")
    page.get_by_role("button", name="Favourite").click()
    expect(page.get_by_role("button", name="Favourite")).to_have_attribute("aria-pressed", "false")


def test_the_history_is_readable_on_a_phone(open_window: Callable[..., Window]) -> None:
    window = open_window(viewport={"width": 390, "height": 844}, color_scheme="dark")
    made(window)
    page = window.go("/history")
    assert overflow_of(page) <= 0
    assert faults_of(page) == []
    page = window.go("/history/" + (page.locator(".wb-calls a").get_attribute("href") or "").rpartition("/")[2])
    assert overflow_of(page) <= 0
    assert faults_of(page) == []
