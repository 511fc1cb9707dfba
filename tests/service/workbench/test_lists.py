"""Lists as tables: sorted, filtered, read on, copied and saved, and each row leads to what can be done with it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import Window, faults_of, overflow_of
from playwright.sync_api import Page, expect

from segment_connector.service.backend import Backend


@pytest.fixture(autouse=True)
def clean_sandbox(backend: Backend) -> Iterator[None]:
    """Every test begins with the workspace as the sandbox makes it."""
    yield
    backend.sandbox.clear()


def listed(page: Page) -> Page:
    page.locator("[data-run]").click()
    expect(page.locator(".wb-list-table tbody tr").first).to_be_visible()
    return page


def column(page: Page, head: str) -> list[str]:
    cells = page.locator(f".wb-list-table tbody tr:not([hidden]) td[data-head={head!r}]").all()
    return [cell.get_attribute("data-value") or "" for cell in cells]


def test_a_list_is_a_table_that_is_sorted_by_its_heads(window: Window) -> None:
    page = listed(window.go("/actions/list_sources"))
    before = column(page, "Name")
    assert len(before) > 2
    head = page.get_by_role("columnheader", name="Name", exact=True)
    expect(head).to_have_attribute("aria-sort", "none")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert column(page, "Name") == sorted(before, key=str.casefold)
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert column(page, "Name") == sorted(before, key=str.casefold, reverse=True)
    page.get_by_role("columnheader", name="ID", exact=True).get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "none")
    assert faults_of(page) == []


def test_a_list_is_filtered_by_all_that_its_entries_say_and_shown_as_json(window: Window) -> None:
    page = listed(window.go("/actions/list_sources"))
    total = len(column(page, "Name"))
    status = page.locator(".wb-list").get_by_role("status")
    expect(status).to_have_text(f"{total} entries")
    page.get_by_role("searchbox", name="Filter the list").fill("checkout node")
    expect(status).to_have_text(f"1 of {total} entries")
    assert column(page, "Name") == ["Checkout service"]
    page.get_by_role("searchbox", name="Filter the list").fill("no such thing")
    expect(page.get_by_text("No entry matches.")).to_be_visible()
    page.get_by_role("button", name="JSON", exact=True).click()
    expect(page.locator(".wb-list-table")).to_be_hidden()
    expect(page.locator("[data-shown=json] pre")).to_contain_text('"slug": "website"')
    page.get_by_role("button", name="Table", exact=True).click()
    expect(page.locator(".wb-list-table")).to_be_visible()


def test_the_next_pages_are_read_on(window: Window, backend: Backend) -> None:
    page = window.go("/actions/list_sources")
    page.get_by_role("button", name=backend.connector.specs.action("list_sources").examples[0].title).click()
    expect(page.locator(".wb-request-line")).to_contain_text("pagination.count=2")
    listed(page)
    expect(page.locator(".wb-list").get_by_role("status")).to_have_text("2 entries, and there are more")
    more = page.get_by_role("button", name="Load more")
    more.click()
    expect(page.locator(".wb-list").get_by_role("status")).to_have_text("4 entries, and there are more")
    more.click()
    expect(page.locator(".wb-list").get_by_role("status")).to_have_text("5 entries")
    expect(more).to_be_hidden()
    assert len(set(column(page, "ID"))) == 5
    expect(page.locator("[data-shown=json] pre")).to_contain_text(column(page, "ID")[-1])


def test_a_row_leads_to_what_can_be_done_with_it_and_a_delete_names_it(window: Window, backend: Backend) -> None:
    page = listed(window.go("/actions/list_sources"))
    page.get_by_role("link", name="Checkout service").click()
    expect(page.get_by_role("heading", name="Get a source", level=1)).to_be_visible()
    expect(page.get_by_label("Source", exact=True)).to_have_value("rh5BDZp6QDHvXFCkibm1pR")
    listed(window.go("/actions/list_sources"))
    opener = page.get_by_role("button", name="Actions for Checkout service")
    opener.focus()
    page.keyboard.press("Enter")
    menu = page.get_by_role("group", name="Actions for Checkout service")
    expect(menu.get_by_role("link").first).to_be_focused()
    assert faults_of(page) == []
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link").first).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("List sources")
    window.go(f"/actions/delete_source?inputs={quote(json.dumps({'sourceId': 'rh5BDZp6QDHvXFCkibm1pR'}))}")
    expect(page.locator(".wb-request-line")).to_contain_text("DELETE")
    page.locator("[data-run]").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("Delete source 'Checkout service'")
    dialog.get_by_role("button", name="Delete source").click()
    expect(dialog.get_by_role("heading")).to_have_text("Really delete source 'Checkout service'?")
    page.get_by_role("button", name="Yes, delete source").click()
    expect(page.locator("[data-verdict]")).to_have_text("Succeeded")


def test_a_list_is_copied_and_saved_as_it_is_shown(open_window: Callable[..., Window], tmp_path: Path) -> None:
    window = open_window(permissions=["clipboard-read", "clipboard-write"])
    page = listed(window.go("/actions/list_sources"))
    page.get_by_role("columnheader", name="Name", exact=True).get_by_role("button").click()
    page.get_by_role("searchbox", name="Filter the list").fill("models")
    page.get_by_role("button", name="Copy or save").click()
    page.get_by_role("button", name="Copy as CSV").click()
    heads, *rows = csv.reader(StringIO(page.evaluate("navigator.clipboard.readText()")))
    assert heads[:2] == ["Name", "ID"]
    assert [row[0] for row in rows] == ["Order models"]
    page.get_by_role("searchbox", name="Filter the list").fill("")
    page.get_by_role("button", name="Copy or save").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as JSON").click()
    assert download.value.suggested_filename == "list_sources.json"
    download.value.save_as(tmp_path / "saved.json")
    saved = json.loads((tmp_path / "saved.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in saved] == column(page, "Name")


def test_a_list_is_cards_on_a_phone(open_window: Callable[..., Window]) -> None:
    page = open_window(viewport={"width": 390, "height": 844}, color_scheme="dark").go("/actions/list_sources")
    listed(page)
    assert overflow_of(page) <= 0
    assert faults_of(page) == []
    first = page.locator(".wb-list-table tbody tr").first.bounding_box()
    assert first is not None
    assert first["width"] > 300
    page.get_by_role("columnheader", name="Name", exact=True).get_by_role("button").click()
    assert column(page, "Name") == sorted(column(page, "Name"), key=str.casefold)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [("[1]", "not a JSON object"), ("{", "not a JSON object"), ('{"sourceID": "x"}', "sourceId")],
)
def test_a_link_with_other_inputs_is_refused(window: Window, inputs: str, said: str) -> None:
    page = window.go(f"/actions/get_source?inputs={quote(inputs)}")
    expect(page.locator(".wb-empty")).to_contain_text(said)
    window.faults.clear()  # the browser tells of the status
