"""Fixtures that several test files share."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from faultserver import HandClock
from lab import Lab

from segment_connector import Connector
from segment_connector.language.specs import Specs

hypothesis.settings.register_profile("project", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("project")


# The files that take longest begin first, lest one worker is left with the last of them.
LONGEST = {"test_faults", "test_service_openapi", "test_guides", "test_dask", "test_mcp_stdio", "test_lines"}


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, as tests wait for browsers and servers a third of the time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in LONGEST)


def pytest_collection_finish() -> None:
    """What was imported until now stays: looking through it for garbage took 0.2 s of every bulk delivery."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[object]:
    """What is marked ``unmeasured``, or tries many values, runs without coverage's tracer: two to six times as fast."""
    if item.get_closest_marker("unmeasured") or getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        with _unmeasured():
            return (yield)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Iterator[object]:
    """The same holds for what a test, or a whole module, that is marked has set up: its servers in threads for one."""
    if request.node.get_closest_marker("unmeasured"):
        with _unmeasured():
            return (yield)
    return (yield)


@contextlib.contextmanager
def _unmeasured() -> Iterator[None]:
    """``no_cover`` of pytest-cov would end the measurement in the threads of shared servers for good."""
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
        threading.settrace(of_threads)


@pytest.fixture(scope="session")
def specs() -> Specs:
    """The specs of this repository."""
    return Specs()


@pytest.fixture
def connector(specs: Specs) -> Connector:
    """The connector of this repository; its clock stands still at 2026-01-31T12:00:00Z and its ids are numbered."""
    return Connector(specs, clock=HandClock().clock)


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever opens a socket fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)
