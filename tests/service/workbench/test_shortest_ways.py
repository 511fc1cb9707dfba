"""How few clicks and keys somebody needs who sees the workbench for the first time, and never has to go back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browsing import WAIT, Window
from messy_orders import ZONE, write_messy_orders
from newcomer_ways import promised
from playwright.sync_api import Page, expect

from segment_connector.service.backend import Backend
from segment_connector.service.workbench.debugger.event_feed import feed_of

pytestmark = pytest.mark.unmeasured

ROWS = 300


class Presses:
    """Clicks, and presses keys, and counts both; what is typed into a field that has the focus is not counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1

    def click(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name).click()  # type: ignore[arg-type]
        self.count += 1

    def begin(self, way: str) -> None:
        """Take one of the ways of the card *Start here*."""
        self.page.get_by_role("region", name="Start here").get_by_role("link", name=way).click()
        self.count += 1

    @property
    def in_words(self) -> str:
        return f"{self.count} clicks and keys"


@pytest.fixture
def keys(window: Window, backend: Backend) -> Presses:
    feed_of(backend).clear()
    return Presses(window.go("/"))


def test_an_event_is_sent(keys: Presses, backend: Backend) -> None:
    page = keys.page
    keys.begin("Send an event")
    expect(page.get_by_label("Event name")).to_be_focused()
    page.keyboard.type("Lamp Lit")  # in place of the example's, which is selected
    keys.press("Tab")
    page.keyboard.type("u-17")
    keys.press("Control+Enter")
    expect(page.locator("[data-verdict]")).to_have_text("Accepted")
    (event,) = backend.sandbox.events()
    assert (event["body"]["event"], event["body"]["userId"]) == ("Lamp Lit", "u-17")
    assert keys.count <= 6
    assert keys.in_words == promised("send an event", "in the workbench")


def test_a_messy_file_is_imported(keys: Presses, backend: Backend, tmp_path: Path) -> None:
    page, file = keys.page, tmp_path / "orders.csv"
    without = write_messy_orders(file, ROWS)
    keys.begin("Import a file")
    page.locator("[data-ready]").wait_for()
    with page.expect_file_chooser() as asked:
        page.locator("label.bk-drop").click()
        keys.count += 1
    asked.value.set_files(file)  # chosen by one more
    keys.count += 1
    zone = page.get_by_label("Time zone for times without one")
    zone.click(timeout=3 * WAIT)
    keys.count += 1
    zone.fill(ZONE)
    keys.press("Tab")
    expect(page.get_by_role("region", name="3. The first records")).to_contain_text(
        f"{len(without)} of the first {ROWS} records would be rejected", timeout=3 * WAIT
    )
    keys.click("button", "Send all into the sandbox")
    expect(page.get_by_role("alert")).to_contain_text(f"{ROWS - len(without)} events accepted", timeout=3 * WAIT)
    sent = backend.sandbox.events("accepted")
    assert len(sent) == ROWS - len(without)
    assert {one["body"]["timestamp"][-6:] for one in sent} == {"+01:00", "+02:00"}  # the clocks of Madrid
    assert keys.count <= 10
    assert keys.in_words == promised("import a spreadsheet", "in the workbench")


def test_sources_are_listed_and_their_program_is_shown(keys: Presses) -> None:
    page = keys.page
    keys.begin("Look at my workspace")
    expect(page.get_by_role("heading", name="List sources", level=1)).to_be_visible()
    page.wait_for_function("window.did_handshake === true")
    keys.press("Control+Enter")
    expect(page.locator("[data-verdict]")).to_have_text("Succeeded")
    keys.click("button", "Python")
    expect(page.locator(".wb-shown")).to_contain_text('"list_sources",')
    assert keys.in_words == promised("list sources in Python", "in the workbench")


def test_an_agent_gets_the_tools(keys: Presses) -> None:
    keys.begin("Give it to an agent")
    shown = keys.page.get_by_role("region", name="Configuration")
    expect(shown).to_contain_text("mcpServers")
    (server,) = json.loads(shown.inner_text())["mcpServers"].values()
    assert server["args"] == ["mcp", "--allow", "read", "--sandbox"]
    keys.click("button", "Copy configuration")
    assert keys.in_words == promised("give the tools to an agent", "in the workbench")
