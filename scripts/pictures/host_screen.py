"""What the pictures of hosts with a web server have in common: the host's own environment, its server, a browser."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from playwright.sync_api import Page, Route

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from chromium import chromium  # noqa: E402 - beside the tests

HOSTS = os.environ.get("HOST_ENVIRONMENTS", f"{ROOT / '.venv'}-host-")
PICTURES = ROOT / "docs" / "assets" / "hosts"
BIGGEST = 150_000  # bytes of one picture
STARTS = 180  # seconds that a server may take on a busy machine
SIZE = {"width": 1280, "height": 800}
_HERE = "http://127.0.0.1:"
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def program(host: str, name: str) -> str:
    """A program in a host's environment, which ``make host-NAME`` installs."""
    path = Path(f"{HOSTS}{host}") / "bin" / name
    if not path.exists():
        sys.exit(f"error: there is no {path}; run: make host-{host}")
    return str(path)


def surroundings(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a host's programs: this one without what would change the picture, with a home of its own."""
    ours = ("SEGMENT_", "AIRFLOW", "PREFECT_", "DAGSTER_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**inherited, "HOME": str(folder), "DO_NOT_TRACK": "1", "NO_PROXY": "127.0.0.1,localhost", **more}


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def serving(command: list[str], port: int, environment: Mapping[str, str], folder: Path) -> Iterator[str]:
    """A host's server: its URL once it answers. What it says is in ``folder/server.log``."""
    log = folder / "server.log"
    with log.open("wb") as said:
        # A group of its own, as servers start workers.
        server = subprocess.Popen(
            command, env=dict(environment), cwd=folder, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        end = time.monotonic() + STARTS
        while not _answers(port):
            if server.poll() is not None or time.monotonic() > end:
                sys.exit(f"error: {command[0]} does not answer:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)
        yield f"{_HERE}{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _answers(port: int) -> bool:
    try:
        with _DIRECT.open(f"{_HERE}{port}/", timeout=10):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def screen(url: str) -> Iterator[Page]:
    """A page in light colours that reaches nothing but this machine."""
    with chromium() as browser:
        context = browser.new_context(viewport=SIZE, color_scheme="light", base_url=url, reduced_motion="reduce")
        context.route("**/*", _only_here)
        page = context.new_page()
        page.set_default_timeout(60_000)
        yield page


def _only_here(route: Route) -> None:
    if route.request.url.startswith(_HERE):
        route.continue_()
    else:
        route.abort()


def keep(page: Page, name: str) -> None:
    """Take the picture ``docs/assets/hosts/NAME.png``, and say how many bytes it has."""
    page.mouse.move(0, 0)
    taken = _at_rest(page)
    path = PICTURES / f"{name}.png"
    if len(taken) > BIGGEST:
        sys.exit(f"error: {path.name} would have {len(taken):,} bytes, more than {BIGGEST:,}")
    path.write_bytes(taken)
    print(f"{path.relative_to(ROOT)}: {len(taken):,} bytes")


def _at_rest(page: Page) -> bytes:
    """The page once it has looked the same for some time."""
    before = b""
    for _ in range(20):
        page.wait_for_timeout(800)
        now = page.screenshot()
        if now == before:
            return now
        before = now
    sys.exit(f"error: {page.url} keeps changing")
