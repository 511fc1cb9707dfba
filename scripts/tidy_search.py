#!/usr/bin/env python3
"""Make the search of a built site find pages: one hit a page, and nothing made up of examples.

Usage: tidy_search.py FOLDER. Rewrites search.json: what Zensical lists section by section, with an entry for the page
besides, becomes one entry a page. Of pages that list what others are about, only titles and beginning count.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
_EXAMPLES = re.compile(r"(?:Example|For example): <code>.*?</code>\.?", re.DOTALL)
_LISTS = re.compile(r"^(?:platforms/|language/|changelog|comparison|index\.html|actions/(?:\w+/)?index\.html|presets/)")


def tidy(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry a page; what is used most comes first, as that decides between pages that answer equally well."""
    pages: dict[str, dict[str, Any]] = {}
    for item in items:
        address = item["location"].partition("#")[0]
        page = pages.setdefault(address, {**item, "location": address, "text": ""})
        if item["title"] == page["title"] or not _LISTS.match(address):
            said = _EXAMPLES.sub("", item["text"])
            title = "" if item["title"] == page["title"] else f"<p>{item['title']}</p> "
            page["text"] += f"{title}{said} "
    common = yaml.safe_load((ROOT / "connector.yaml").read_text(encoding="utf-8"))["search"]["common"]
    return sorted(pages.values(), key=lambda page: Path(page["location"]).stem not in common)


def main() -> int:
    """Rewrite the index of the first argument's site, and say how it has shrunk."""
    path = Path(sys.argv[1]) / "search.json"
    index = json.loads(path.read_text(encoding="utf-8"))
    before = len(index["items"])
    index["items"] = tidy(index["items"])
    path.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    sys.stdout.write(f"search: {before:,} entries became {len(index['items']):,}, {path.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
