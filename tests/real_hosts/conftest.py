"""Tests that drive a real host, each in an environment of its own; ``make host-NAME`` installs it and runs them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_ASKED_FOR = os.environ.get("HOSTS", "").split()
collect_ignore = [path.name for path in _HERE.iterdir() if path.is_dir() and path.name not in _ASKED_FOR]


@pytest.fixture(scope="module")
def host_python(request: pytest.FixtureRequest) -> str:
    """The Python of the host's environment: where the host and the connector are installed."""
    host = request.path.relative_to(_HERE).parts[0]
    return f"{os.environ['HOST_ENVIRONMENTS']}{host}/bin/python"
