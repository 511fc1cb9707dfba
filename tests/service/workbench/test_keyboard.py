"""The keyboard alone: search, palette, forms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from browsing import Window, faults_of
from playwright.sync_api import expect

from segment_connector.service.backend import Backend
from segment_connector.service.workbench.palette.palette_index import found

pytestmark = pytest.mark.unmeasured


def test_what_is_found_is_opened_by_arrows_and_enter(window: Window) -> None:
    page = window.go("/")
    page.keyboard.press("/")
    page.keyboard.type("delete source")
    page.keyboard.press("ArrowDown")
    expect(page.locator("a.wb-action").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("a.wb-action").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox", name="Search actions")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Delete a source", level=1)).to_be_visible()


def test_enter_waits_for_what_the_last_words_find(window: Window) -> None:
    page = window.go("/?q=label")
    page.get_by_role("searchbox", name="Search actions").fill("identify a user")
    page.keyboard.press("Enter")  # what is listed at this moment was found by the words before
    expect(page.get_by_role("heading", name="Identify a user", level=1)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_palette_leads_to_everything(open_window: Callable[..., Window], scheme: str) -> None:
    window = open_window(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page = window.go("/connections")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Go to")
    typed = palette.get_by_role("combobox", name="Go to")
    expect(typed).to_be_focused()
    expect(palette.get_by_role("option", name="Debugger")).to_be_visible()
    assert faults_of(page) == []
    page.keyboard.type("remove soruce")
    expect(palette.get_by_role("option", selected=True)).to_contain_text("delete_source")
    expect(typed).to_have_attribute("aria-activedescendant", "wb-palette-0")
    page.keyboard.press("ArrowDown")
    expect(typed).to_have_attribute("aria-activedescendant", "wb-palette-1")
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(typed).to_have_value("")
    page.keyboard.type("order completed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Order Completed", level=1)).to_be_visible()


def test_the_palette_opens_by_a_press_on_a_phone(open_window: Callable[..., Window]) -> None:
    page = open_window(viewport={"width": 390, "height": 800}, has_touch=True).go("/actions/track")
    page.get_by_role("button", name="Go to an action").tap()
    page.get_by_role("combobox", name="Go to").fill("triggers")
    page.get_by_role("option", name="Triggers Page").tap()
    expect(page.get_by_role("heading", name="Triggers", level=1)).to_be_visible()


def test_the_palette_ranks_as_every_search_does(backend: Backend) -> None:
    for typed in ("tra", "trac", "Track", "track an"):  # a word that is only begun is found as well
        assert found(backend, typed)[0].name == "track"
    assert found(backend, "list s")[0].name == "list_sources"
    assert found(backend, "upload a spreadsheet")[0].title == "Bulk"
    assert next(one.kind for one in found(backend, "an audience was entered")) == "Trigger"
    assert {one.kind for one in found(backend, "")} == {"Page", "Action"}
    assert found(backend, "quux xyzzy") == []


@pytest.mark.parametrize(
    ("way", "heading"),
    [("Import a file", "Bulk"), ("Look at my workspace", "List sources"), ("Give it to an agent", "Agents")],
)
def test_the_start_card_leads_where_it_says(window: Window, way: str, heading: str) -> None:
    page = window.go("/")
    page.get_by_role("region", name="Start here").get_by_role("link", name=way).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def test_an_agent_is_given_what_is_chosen(window: Window) -> None:
    page = window.go("/agents")
    shown = page.get_by_role("region", name="Configuration")
    expect(shown).to_contain_text('"--sandbox"')
    page.get_by_label("The agent may").select_option("read,write")
    expect(shown).to_contain_text('"read,write"')
    page.get_by_label("Connection").select_option("production")
    expect(shown).to_contain_text("SEGMENT_WRITE_KEY")
    expect(page.get_by_role("region", name="Address")).to_contain_text("/mcp?connection=production")


def test_a_phone_is_not_made_to_open_its_keyboard(open_window: Callable[..., Window]) -> None:
    page = open_window(viewport={"width": 390, "height": 800}, has_touch=True).go("/actions/track")
    assert page.evaluate("matchMedia('(pointer: coarse)').matches") is True
    expect(page.get_by_label("Event name")).not_to_be_focused()
