"""The browser that tests of pages look at them with."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

# As root in a container, without what it would ask of Google at every start.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    # Letters are drawn alike whatever the machine's own settings are.
    "--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb",
]  # fmt: skip


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, driven by Playwright.

    :raises AssertionError: where there is none; ``scripts/install-browser`` brings it.
    """
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert path, "there is no Chromium: run scripts/install-browser"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()
