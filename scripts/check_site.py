#!/usr/bin/env python3
"""Hold a built site to what it promises: every link leads somewhere, and a browser loads nothing from outside.

Usage: check_site.py FOLDER. Exit code 1 when something is wrong, with a line for each thing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches of its own accord; 'a' is followed only by a person.
_FETCHED = {"img", "script", "iframe", "audio", "video", "source", "embed", "object", "track", "input"}
_LINKS_FETCHED = {
    "stylesheet",
    "icon",
    "preload",
    "modulepreload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "manifest",
}
_IN_CSS = re.compile(r"""(?:url\(\s*['"]?|@import\s+['"])\s*((?:https?:)?//[^'")\s]+)""")


class _Page(HTMLParser):
    """What one page names: links to follow, resources to fetch, anchors to jump to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and _LINKS_FETCHED & set(given.get("rel", "").split()):
            self.fetched.append(given.get("href", ""))
        elif tag in _FETCHED:
            self.fetched += [given[name] for name in ("src", "data", "poster") if name in given]
            self.fetched += [part.split()[0] for part in given.get("srcset", "").split(",") if part.split()]


def problems(folder: Path) -> Iterator[str]:
    """Everything that is wrong with a site, a line each."""
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        here = path.relative_to(folder)
        for address in page.fetched:
            if urlsplit(address).netloc:
                yield f"{here}: loads {address} from outside"
        # The page for what is not there is served at any address, so its own links begin at the root.
        base = folder if path.name == "404.html" else path.parent
        for address in page.links + page.fetched:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = path if not parts.path else (base / unquote(parts.path).lstrip("/")).resolve()
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                yield f"{here}: {address} leads nowhere"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{here}: {address} names no heading"
    for path in sorted(folder.rglob("*.css")):
        for address in _IN_CSS.findall(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(folder)}: loads {address} from outside"


def main() -> int:
    """Check the site of the first argument, and say what was found."""
    folder = Path(sys.argv[1]).resolve()
    found = list(problems(folder))
    pages = len(list(folder.rglob("*.html")))
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.stdout.write(f"{pages} pages, {len(found)} problems\n")
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
