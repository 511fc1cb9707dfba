"""Words of a spec as people read them."""

from __future__ import annotations

import pytest

from segment_connector.markup.markdown import sentence


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("send fewer events", "Send fewer events."),
        ("send fewer events.", "Send fewer events."),
        ("did you mean 'name'?", "Did you mean 'name'?"),
        ("userId is missing", "userId is missing."),
        ("list_sources tells", "list_sources tells."),
    ],
)
def test_a_fragment_becomes_a_sentence(words: str, read: str) -> None:
    assert sentence(words) == read
