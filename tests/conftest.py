"""Fixtures that several test files share."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from faultserver import HandClock

from segment_connector import Connector, Request
from segment_connector.specs.index import Specs

DATA = Path(__file__).parent / "data"

hypothesis.settings.register_profile("project", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("project")


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


class Lab:
    """A spec root of its own, for the service of ``data/lab``, whose one action each test writes."""

    def __init__(self, root: Path) -> None:
        self.root = Path(shutil.copytree(DATA / "lab", root / "lab"))

    def write(self, action: str = "act", /, **members: Any) -> Path:
        """Write an action: what is not given is taken from the plainest one there can be; ``None`` leaves it out."""
        plain = {
            "name": action, "title": "Act", "summary": "Act.", "description": "Act on it.", "api": "main",
            "effect": "write", "idempotent": True, "stability": "stable",
            "endpoint": {"method": "POST", "path": "/act"},
        }  # fmt: skip
        chosen = {key: value for key, value in {**plain, **members}.items() if value is not None}
        path = self.root / "actions" / "things" / f"{action}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(chosen, indent=1, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
        return path

    def connector(self) -> Connector:
        return Connector.load(self.root, clock=HandClock().clock)

    def plan(self, inputs: Any, connection: Any = None, /, **members: Any) -> Request:
        """The request that an action of these members makes of the inputs."""
        self.write(**members)
        return self.connector().plan("act", inputs, {"apiKey": "key-1234"} if connection is None else connection)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)
