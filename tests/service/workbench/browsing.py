"""Windows of the browser, and what can be asked of a page in one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request

SECRET = "a-write-key-that-nobody-sees"
_WHOLE = "window.did_handshake === true && document.querySelector('h1') && !document.querySelector('[aria-busy=true]')"
WAIT = 30_000  # milliseconds; other tests, and others, may use the machine at the same time


class Window:
    """A window of the browser, and what it asked for and complained of.

    :ivar page: Playwright's page.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.asked: list[str] = []
        self.faults: list[str] = []
        page.on("request", self._note)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)

    def go(self, path: str) -> Page:
        """Open a page, and wait until it listens and is whole."""
        self.page.goto(self.url + path)
        self.page.wait_for_function(_WHOLE, timeout=WAIT)
        return self.page

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)


def faults_of(page: Page, *rules: str, every: bool = False) -> list[str]:
    """What axe finds to be a serious or critical fault on the page as it is now.

    :param rules: only these of its rules.
    :param every: also what is no serious fault.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary'][:300]}"
        for one in found
        if every or one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def overflow_of(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def wait_until(true: Callable[[], Any], page: Page, seconds: float = 10) -> None:
    """Wait for something outside the browser, which goes on meanwhile."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about"
        page.wait_for_timeout(20)
