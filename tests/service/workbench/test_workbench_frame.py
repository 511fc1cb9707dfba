"""The frame: navigation, theme, connection and keyboard; every page at every width and in both themes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from browsing import Window, faults_of, overflow_of
from playwright.sync_api import expect

from segment_connector.service.workbench.pages import PAGES

pytestmark = pytest.mark.unmeasured

# Of the list of all actions a part is enough, in both of its forms.
PATHS = ["/?resource=sources", "/?q=label", "/actions/track", "/actions/create_source", "/triggers/event_received"] + [
    page.path for page in PAGES if "{" not in page.path and page.path != "/"
]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_every_window_and_axe_finds_no_fault(open_window: Callable[..., Window], path: str) -> None:
    page = open_window(viewport={"width": 1920, "height": 1000}, color_scheme="light").go(path)
    for width in (1920, 1100, 768, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow_of(page) <= 0, f"at {width} pixels"
    assert faults_of(page, every=True) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert faults_of(page, every=True) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    # Themes differ in colours alone.
    assert faults_of(page, "color-contrast") == []


def test_the_whole_catalogue_fits_a_phone(open_window: Callable[..., Window]) -> None:
    page = open_window(viewport={"width": 390, "height": 800}, has_touch=True).go("/")
    assert overflow_of(page) <= 0


def test_the_theme_is_the_systems_until_it_is_chosen(open_window: Callable[..., Window]) -> None:
    window = open_window(color_scheme="dark")
    page = window.go("/")
    expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    page.get_by_role("button", name="Theme: system").click()
    expect(page.locator("body")).to_have_class(re.compile("body--light"))
    window.go("/actions/track")
    expect(page.locator("body")).to_have_class(re.compile("body--light"))
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()


def test_the_chosen_connection_is_kept(window: Window) -> None:
    page = window.go("/actions/track")
    page.get_by_label("Connection").select_option("production")
    expect(page.get_by_role("button", name="Run with 'production'")).to_be_visible()
    window.go("/actions/identify")
    expect(page.get_by_label("Connection")).to_have_value("production")
    expect(page.get_by_role("button", name="Run with 'production'")).to_be_visible()


def test_the_keyboard_finds_past_the_header(window: Window) -> None:
    page = window.go("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("region", name="Start here").get_by_role("link").first).to_be_focused()


def test_a_phone_has_the_pages_in_a_drawer(open_window: Callable[..., Window]) -> None:
    window = open_window(viewport={"width": 390, "height": 800}, has_touch=True)
    page = window.go("/actions/track")
    expect(page.get_by_role("navigation", name="Pages", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).click()
    drawer = page.get_by_role("dialog", name="Menu")
    expect(drawer.get_by_role("link", name="Catalogue")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).click()
    drawer.get_by_role("link", name="Catalogue").click()
    expect(page.get_by_role("heading", name="Catalogue", level=1)).to_be_visible()


@pytest.mark.parametrize("path", ["/actions/no_such_action", "/no-such-page"])
def test_what_is_not_there_is_said_without_a_traceback(open_window: Callable[..., Window], path: str) -> None:
    window = open_window()
    answer = window.page.goto(window.url + path)
    assert answer is not None
    assert answer.status == 404
    expect(window.page.get_by_role("link", name="Back to the catalogue")).to_be_visible()
    assert "Traceback" not in window.page.content()
    assert "segment-connector list" not in window.page.content()  # no terminal is at hand
    window.faults.clear()  # the browser counts the status as one
