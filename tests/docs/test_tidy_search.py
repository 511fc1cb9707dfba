"""The index of the site's search: one entry a page, and nothing of examples."""

from __future__ import annotations

import importlib.util
from typing import Any

from guides import ROOT

_SPEC = importlib.util.spec_from_file_location("tidy_search", ROOT / "scripts" / "tidy_search.py")
assert _SPEC is not None
assert _SPEC.loader is not None
tidy_search = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(tidy_search)


def item(location: str, title: str, text: str) -> dict[str, Any]:
    return {"location": location, "level": 1, "title": title, "text": text, "path": [], "tags": []}


def test_a_page_is_one_entry_without_values_of_examples() -> None:
    found = tidy_search.tidy(
        [
            item("guides/bulk.html", "Bulk", ""),
            item("guides/bulk.html#bulk", "Bulk", "Files of events."),
            item("guides/bulk.html#ids", "Ids", "An id. Example: <code>507f191e</code>. It stays."),
            item("platforms/x.html", "X", "A platform."),
            item("platforms/x.html#batch", "Batch", "Not of this page."),
            item("actions/tracking/track.html", "Track an event", "Purchase."),
        ]
    )
    assert [one["location"] for one in found] == ["actions/tracking/track.html", "guides/bulk.html", "platforms/x.html"]
    assert " ".join(found[1]["text"].split()) == "Files of events. <p>Ids</p> An id. It stays."
    assert "Not of" not in found[2]["text"]
