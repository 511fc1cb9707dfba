#!/usr/bin/env python3
"""Hold the search of a built site to what people ask: the right page is among the first three, and none shows twice.

Usage: check_search.py FOLDER. The site's own search is asked, in Chromium. Exit code 1 when something is wrong, with a
line for each thing.
"""

from __future__ import annotations

import functools
import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import yaml
from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from chromium import chromium  # noqa: E402 - beside the tests

QUESTIONS = Path(__file__).with_name("search_questions.yaml")
FIRST = 3
# An id of an example: a search for it leads nowhere.
MADE_UP = "507f191e810c19729de860ea"
_HITS = """() => {
  const found = (root) => [...root.querySelectorAll('*')].flatMap(
    (one) => [...(one.matches('ol a[href]') ? [one.href] : []), ...(one.shadowRoot ? found(one.shadowRoot) : [])]);
  return [...document.querySelectorAll('*')].filter((one) => one.shadowRoot).flatMap((one) => found(one.shadowRoot));
}"""


def problems(page: Page, base: str) -> Iterator[str]:
    """Everything that is wrong with the answers, a line each."""
    page.goto(f"{base}/index.html")
    page.locator(".md-search__button").click()
    field = page.locator("input:focus")
    field.wait_for()
    for question, wanted in {**yaml.safe_load(QUESTIONS.read_text(encoding="utf-8")), MADE_UP: None}.items():
        hits = [hit.removeprefix(f"{base}/").partition("#")[0].partition("?")[0] for hit in _asked(page, question)]
        first = hits[:FIRST]
        if wanted is None and hits:
            yield f"{question}: is an id of an example, and leads to {', '.join(first)}"
        elif wanted is not None and wanted not in first:
            yield f"{question}: leads to {', '.join(first) or 'nothing'}, not to {wanted}"
        if len(set(hits)) < len(hits):
            yield f"{question}: shows a page more than once"


def _asked(page: Page, question: str) -> list[str]:
    """The addresses of the hits, once they have stopped to change."""
    page.locator("input:focus").fill(question)
    before: list[str] | None = None
    for _ in range(40):
        page.wait_for_timeout(150)
        hits: list[str] = page.evaluate(_HITS)
        if hits == before:
            break
        before = hits
    return hits


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


def main() -> int:
    """Ask the site of the first argument, and say what was found."""
    handler = functools.partial(_Quiet, directory=sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with chromium() as browser:
        found = list(
            problems(
                browser.new_page(viewport={"width": 1280, "height": 900}), f"http://127.0.0.1:{server.server_port}"
            )
        )
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.stdout.write(f"{len(yaml.safe_load(QUESTIONS.read_text(encoding='utf-8')))} questions, {len(found)} problems\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
