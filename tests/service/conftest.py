"""Services for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from service_support import Running, serving

from segment_connector import Connector


@pytest.fixture(scope="session")
def shared_connector() -> Connector:
    """One for all tests of this folder: its specs are read once."""
    return Connector.load()


@pytest.fixture(scope="module")
def service(shared_connector: Connector) -> Iterator[Running]:
    """A service for the tests of one file that change nothing others would see."""
    with serving(shared_connector) as running:
        yield running


@pytest.fixture
def serve(shared_connector: Connector) -> Iterator[Callable[..., Running]]:
    """Makes services of one test's own."""
    with ExitStack() as stack:
        yield lambda **more: stack.enter_context(serving(more.pop("connector", shared_connector), **more))
