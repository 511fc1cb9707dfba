"""Fixtures of the tests of hosts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _nothing_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of the machine stands between clients and servers on 127.0.0.1."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@pytest.fixture(scope="session")
def sandbox(specs: Specs) -> Iterator[Sandbox]:
    with Sandbox(specs) as served:
        yield served
