"""The catalogue: found by words, resource, effect and platform, and fast."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import Window
from playwright.sync_api import Browser, expect

from segment_connector import Connector
from segment_connector.service.workbench.catalogue.listing import Filter, entries, platforms, ranking

pytestmark = pytest.mark.unmeasured


@pytest.fixture(scope="module")
def loaded() -> Connector:
    return Connector.load()


def test_every_action_is_listed_and_leads_to_its_page(window: Window, loaded: Connector) -> None:
    page = window.go("/")
    total = len(loaded.specs.paths)
    expect(page.get_by_role("status").first).to_have_text(f"{total} actions")
    assert page.locator("a.wb-action").count() == total
    page.get_by_role("link", name="Track an event").click()
    expect(page.get_by_role("heading", name="Track an event", level=1)).to_be_visible()


def test_words_find_an_action_and_the_way_back_keeps_them(window: Window) -> None:
    page = window.go("/")
    page.keyboard.press("/")
    page.keyboard.type("delete source")
    expect(page.locator("a.wb-action").first).to_contain_text("Delete a source")
    page.locator("a.wb-action").first.click()
    expect(page.get_by_role("heading", name="Delete a source", level=1)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("searchbox", name="Search actions")).to_have_value("delete source")
    expect(page.locator("a.wb-action").first).to_contain_text("Delete a source")
    page.get_by_role("searchbox", name="Search actions").fill("quux xyzzy")
    expect(page.get_by_text("Nothing found.")).to_be_visible()


def test_resource_and_effect_narrow_the_list(window: Window) -> None:
    page = window.go("/")
    page.get_by_role("button", name="Sources 13").click()
    expect(page.get_by_role("status").first).to_contain_text("13 of")
    page.get_by_label("Effect").select_option("delete")
    expect(page.locator("a.wb-action .wb-chip--delete").first).to_be_visible()
    expect(page.locator("a.wb-action .wb-chip--read")).to_have_count(0)
    expect(page).to_have_url(f"{window.url}/?resource=sources&effect=delete")


def test_a_platform_lists_it_in_its_own_names(window: Window, loaded: Connector) -> None:
    page = window.go("/")
    listed = entries(loaded, "naios")
    page.get_by_label("Platform").select_option("naios")
    expect(page.get_by_role("status").first).to_have_text(f"{len(listed)} actions")
    expect(page.locator("code.wb-action-name", has_text=listed[0].name).first).to_be_visible()


def test_the_first_page_is_small_and_loads_no_fonts(browser: Browser, service: tuple[str, Any], signed_in: Any) -> None:
    context = browser.new_context()
    context.add_cookies(signed_in)
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: dict[str, int] = {}
    network.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(service[0] + "/")
    page.wait_for_function("window.did_handshake === true")
    page.wait_for_load_state("networkidle")
    context.close()
    assert [url for url in asked if "woff" in url] == []
    assert len(asked) < 25
    assert 100_000 < sum(sizes.values()) < 350_000  # bytes as they come over the wire, heads included


@pytest.mark.parametrize(
    ("search", "first"),
    [
        ("track", "track"),
        ("TRACK an Event", "track"),
        ("list_sources", "list_sources"),
        ("list sources", "list_sources"),
        ("get source", "get_source"),
    ],
)
def test_what_is_named_stands_before_what_is_mentioned(loaded: Connector, search: str, first: str) -> None:
    assert Filter(search)(ranking(loaded, entries(loaded)))[0].action == first


def test_every_platform_can_be_listed(loaded: Connector) -> None:
    known = set(loaded.specs.paths)
    assert len(platforms(loaded)) >= 5
    for platform in platforms(loaded):
        listed = entries(loaded, platform)
        assert listed
        assert {entry.action for entry in listed} <= known
