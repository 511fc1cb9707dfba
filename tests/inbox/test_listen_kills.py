"""A listener that is killed at any time, while its consumer is away now and then and deliveries come twice, reordered.

In the end every event was handed on, and by its id once. A few seeds by default; for more:
KILL_SEEDS=30 python -m pytest tests/inbox/test_listen_kills.py
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_support import command, environment
from faultserver import plain_environment

from segment_connector import Connector
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

SEEDS = int(os.environ.get("KILL_SEEDS", "2"))
SOURCE = "qQEHquLrjRDN9j1ByrChyn"
EVENTS = 60
# Takes an item into the file that its first argument names, unless the file of the second is there: then it is away.
CONSUMER = """\
import json, os, sys
item = json.load(sys.stdin)
if os.path.exists(sys.argv[2]):
    sys.exit(75)
with open(sys.argv[1], "a") as taken:
    taken.write(item["id"] + "\\n")
"""


class Listener:
    """The command in a process of its own, which can be killed and started again."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder = folder
        self._port = _free_port()
        (folder / "consumer.py").write_text(CONSUMER)
        self.away = folder / "away"
        self._env = {**sandbox.environment, "NO_PROXY": "127.0.0.1"}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        consumer = f"{sys.executable} {self._folder}/consumer.py {self._folder}/taken {self.away}"
        words = command(
            "listen", "event_received", "-p", f"sourceId={SOURCE}", "--port", str(self._port),
            "--file", str(self._folder / "inbox.db"), "--exec", consumer,
        )  # fmt: skip
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(words, env=environment(self._env), stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if "deliveries come to" in self._log()[self._read :]:
                self._read = len(self._log())
                return
            assert self._process.poll() is None, self._log()
            time.sleep(0.02)
        raise AssertionError(self._log())

    _read = 0

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        assert self._process.wait(30) == 0, self._log()

    def taken(self) -> list[str]:
        file = self._folder / "taken"
        return file.read_text().split() if file.exists() else []

    def _log(self) -> str:
        file = self._folder / "log"
        return file.read_text() if file.exists() else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.unmeasured
@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_event_is_handed_on_and_by_its_id_once(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_environment(monkeypatch)
    chosen = random.Random(seed)
    connector = Connector.load()
    with Sandbox(Specs()) as sandbox:
        listener = Listener(tmp_path, sandbox)
        listener.start()
        sent = []
        for number in range(EVENTS):
            if chosen.random() < 0.3:
                asked = chosen.choice([{"duplicates": 2}, {"reorder": 3}, {"batch": 3}, {"signature": "upper"}])
                sandbox.deliver(**asked)
            if chosen.random() < 0.1:
                listener.away.touch() if not listener.away.exists() else listener.away.unlink()
            if number in (15, 40):
                time.sleep(chosen.random() * 0.3)
                listener.kill()
            name = f"{seed}-{number}"
            sent.append(name)
            done = connector.run(
                "track", {"event": "Seen", "userId": "u", "messageId": name}, sandbox.connection, raise_errors=True
            )
            assert done.ok
            if number in (18, 43):
                listener.start()
        listener.away.unlink(missing_ok=True)
        deadline = time.monotonic() + 60
        while set(listener.taken()) != set(sent) and time.monotonic() < deadline:
            sandbox.settle(1, hurry=True)
        listener.stop()
    taken = listener.taken()
    assert set(taken) == set(sent), (set(sent) - set(taken), sandbox.deliveries("failed")[:3])
    # Twice only what was being handed on when the process was killed.
    assert len(taken) - len(set(taken)) <= 2
