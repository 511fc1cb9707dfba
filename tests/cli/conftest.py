"""What all tests of the command line share."""

from __future__ import annotations

import math

import pytest

from segment_connector.cli import progress


@pytest.fixture(autouse=True)
def no_progress_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run in the process of a test shows no progress, however long a busy machine takes for it; a program does."""
    monkeypatch.setattr(progress, "_FIRST_LINE", math.inf)
