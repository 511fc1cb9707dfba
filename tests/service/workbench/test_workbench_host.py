"""NiceGUI's globals: apps take turns in a process, and each has its own backend. In a process of its own as well."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import asyncio
from types import SimpleNamespace

from nicegui import Client
from starlette.applications import Starlette
from starlette.testclient import TestClient

from segment_connector import Connector
from segment_connector.call.policy import Policy
from segment_connector.service.call_history import CallHistory
from segment_connector.service.workbench import mount


def made(name):
    app, connector = Starlette(), Connector.load()
    names = SimpleNamespace(names=lambda: [name])
    shared = SimpleNamespace(
        connector=connector, connections=names, policy=Policy(connector.specs), history=CallHistory()
    )
    mount(app, shared, None)
    return app


first, second = made("first"), made("second")
for app, name in ((first, "first"), (second, "second"), (first, "first")):
    with TestClient(app) as client:
        answer = client.get("/")
        assert answer.status_code == 200, answer
        assert f'"{name}"' in answer.text.replace("&quot;", '"'), name
        assert client.get("/no-such-page").status_code == 404
        assert client.get("/actions/no_such_action").status_code == 404
        try:
            with TestClient(second if app is first else first):
                raise AssertionError("two at once")
        except RuntimeError as error:
            assert "is being served" in str(error)
    assert not Client.instances, "pages stay when their app has gone"
print("well")
"""


def test_apps_take_turns_and_two_at_once_are_refused(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.stdout == "well\n", done.stderr
    assert list(tmp_path.iterdir()) == [], "nothing is left in the folder it was started in"
