"""Fixtures of the tests of bulk delivery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bulk_support import make_root
from faultserver import plain_environment

from segment_connector import Connector
from segment_connector.language.specs import Specs
from segment_connector.sandbox.sandbox import Sandbox


@pytest.fixture(scope="session")
def quick_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec root with small limits and short waits."""
    return make_root(tmp_path_factory.mktemp("quick"))


@pytest.fixture(scope="session")
def hasty_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Likewise, with no patience for silence; on a machine that is busy it tries again more often than it need."""
    return make_root(tmp_path_factory.mktemp("hasty"), read=0.3)


@pytest.fixture(scope="session")
def quick(quick_root: Path) -> Connector:
    """A connector of that root, by the machine's clock."""
    return Connector.load(quick_root)


@pytest.fixture
def sandbox(quick_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox of that root."""
    plain_environment(monkeypatch)
    with Sandbox(Specs(quick_root)) as running:
        yield running
