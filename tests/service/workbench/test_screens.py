"""Every page looks as it did when somebody last looked at it: ``make screenshots`` takes the pictures anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import Window
from pictures import FOLDER, MOST_OTHER, difference, picture
from playwright.sync_api import Page

from segment_connector.service.backend import Backend
from segment_connector.service.call_history import PastCall
from segment_connector.service.trigger_service import TriggerService
from segment_connector.service.workbench.pages import PAGES

# Where a page is seen that is one for many.
SCREENS = {
    "/": ["/"],
    "/actions/{name}": ["/actions/track", "/actions/delete_source", "/actions/order_completed"],
    "/history/{number}": ["/history/1"],
    "/triggers/{name}": ["/triggers/event_received"],
    "/triggers/{name}/{id}": ["/triggers/event_received/flow"],
}
PATHS = [path for page in PAGES for path in SCREENS.get(page.path, [page.path])]
FORMS = {
    # Half its size is enough to see it, and a quarter of the bytes.
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", "device_scale_factor": 0.5},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "device_scale_factor": 0.75},
}
CALL = PastCall(
    at="2026-11-29T12:00:00.000Z", action="track", connection="sandbox", ok=True, verdict="accepted", status=200,
    seconds=0.012, complete=True, inputs={"event": "Signed Up", "userId": "u-1"}, request={"method": "POST"},
    answer={"ok": True},
)  # fmt: skip
ANEW = "SCREENSHOTS" in os.environ


@pytest.fixture(scope="module", autouse=True)
def _subscribed(backend: Backend, triggers: TriggerService) -> Iterator[None]:
    source = "qQEHquLrjRDN9j1ByrChyn"
    backend.history.keep(CALL)
    triggers.subscribe("event_received", {"id": "flow", "inputs": {"sourceId": source}}, "sandbox")
    yield
    for one in triggers.subscriptions():
        triggers.host.unregister(one.id)
    backend.sandbox.clear()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_looks_as_it_did(open_window: Callable[..., Window], path: str, form: str, tmp_path: Path) -> None:
    page = _opened(open_window, path, form)
    kept = FOLDER / f"{path.strip('/').replace('/', '-') or 'catalogue'}-{form}.png"
    now = picture(page)
    if ANEW:
        FOLDER.mkdir(exist_ok=True)
        if not kept.is_file() or difference(page, kept.read_bytes(), now) > 0:
            kept.write_bytes(now)
        return
    assert kept.is_file(), "no picture of it is kept: run make screenshots"
    share = difference(page, kept.read_bytes(), now)
    if share > MOST_OTHER:
        (tmp_path / kept.name).write_bytes(now)
    assert share <= MOST_OTHER, f"{share:.1%} is other: compare {tmp_path / kept.name}, then run make screenshots"


def test_every_picture_is_of_a_page_and_all_are_small() -> None:
    names = {f"{path.strip('/').replace('/', '-') or 'catalogue'}-{form}.png" for path in PATHS for form in FORMS}
    assert {path.name for path in FOLDER.iterdir()} == names
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_500_000


@pytest.mark.parametrize(
    "change",
    [
        "document.documentElement.style.setProperty('--accent', '#b3261e')",
        "document.querySelector('.wb-start').remove()",
        "document.querySelectorAll('.wb-chip').forEach((chip) => { chip.style.visibility = 'hidden'; })",
        "document.querySelector('.wb-page').style.paddingTop = '36px'",
    ],
)
def test_what_has_changed_is_seen(open_window: Callable[..., Window], change: str) -> None:
    page = _opened(open_window, "/", "wide")
    before = picture(page)
    assert difference(page, before, picture(page)) == 0
    page.evaluate(change)
    assert difference(page, before, picture(page)) > MOST_OTHER


def _opened(open_window: Callable[..., Window], path: str, form: str) -> Page:
    page = open_window(**FORMS[form]).go(path)
    page.wait_for_load_state("networkidle")
    if page.locator(".wb-split .wb-form").count():
        page.wait_for_function("document.activeElement !== document.body")  # a form gets the focus when it listens
    return page
