"""The connector in JavaScript, written once, and asked by one process of node at a time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from faultserver import HandClock

from segment_connector import Connector
from segment_connector.exports.javascript.javascript_connector import javascript_files
from segment_connector.language.specs import Specs

HERE = Path(__file__).parent
_OWN_NODE = HERE.parents[1] / "npm" / "node_modules" / ".bin" / "node"
Ask = Callable[[Iterable[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def node() -> str:
    """Node as it is called."""
    return str(_OWN_NODE) if _OWN_NODE.exists() else "node"


@pytest.fixture(scope="module")
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="module")
def python(specs: Specs, clock: HandClock) -> Connector:
    """The connector in Python, at the same moment."""
    return Connector(specs, clock=clock.clock)


@pytest.fixture(scope="session")
def ask(specs: Specs, node: str, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Answers to questions, as the connector in JavaScript gives them."""
    folder = tmp_path_factory.mktemp("javascript")
    connector = Connector(specs)
    for name, content in javascript_files(connector.caller, specs.paths).items():
        (folder / name).write_bytes(content)

    def asked(questions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        text = json.dumps(list(questions))
        done = subprocess.run(
            [node, HERE / "calls.cjs", folder], input=text.encode(), capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        assert not [one["crash"] for one in answers if "crash" in one]
        return answers

    return asked
