"""A Redis of the tests' own: on a socket in a folder of its own, gone at the end."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

PASSWORD = "made-up-password-of-the-tests"
NONE = "there is no redis-server: run scripts/install-redis"


def path() -> str | None:
    """The program, or ``None`` where it is not installed."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


@contextmanager
def running() -> Iterator[str]:
    """The address of a server, with a password in it."""
    program = path()
    assert program is not None, NONE
    with tempfile.TemporaryDirectory() as folder:
        # A socket's path is short, or the system does not take it: so not the folder of the test.
        at = Path(folder) / "redis.sock"
        words = (
            "--port", "0", "--unixsocket", str(at), "--save", "", "--appendonly", "yes", "--appendfsync", "always",
            "--dir", folder, "--requirepass", PASSWORD,
        )  # fmt: skip
        url = f"unix://:{PASSWORD}@{at}?db=0"
        with subprocess.Popen([program, *words], stdout=subprocess.DEVNULL) as process:
            try:
                _wait(url)
                yield url
            finally:
                process.terminate()


def _wait(url: str) -> None:
    deadline = time.monotonic() + 20
    with redis.Redis.from_url(url) as client:
        while not _answers(client):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def _answers(client: redis.Redis) -> bool:
    try:
        client.ping()
    except redis.ConnectionError:
        return False
    return True
