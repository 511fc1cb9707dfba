#!/usr/bin/env python3
"""Take the pictures of the product for the docs: the workbench in light and dark, a bulk report, and a terminal.

Everything is a real run: a service with its sandbox, a browser that signs in by the link, commands in a terminal.
Usage: scripts/pictures/product.py [NAME...]; without a name all of docs/assets/pictures is taken.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from chromium import chromium  # noqa: E402 - beside the tests

PICTURES = ROOT / "docs" / "assets" / "pictures"
BIGGEST = 150_000  # bytes of one picture
COMMAND = Path(sys.executable).with_name("segment-connector")
WIDTH = 92  # columns of the terminal
SIZE = {"width": 1200, "height": 760}
ORDERS = """customer;total;placed
u-1;14,99;03.05.2026 10:15
u-2;7,50;03.05.2026 10:17
;3,20;03.05.2026 10:18
u-4;120,00;03.05.2026 10:21
"""
MAPPING = """event: Order Completed
userId: "{{ row.customer }}"
timestamp: "{{ row.placed | date_time('%d.%m.%Y %H:%M', zone='Europe/Berlin') }}"
properties: {revenue: "{{ row.total | number(',') }}", currency: EUR}
"""
_RUN = ("run", "track", "-p")
TERMINAL = {
    "run": (*_RUN, "event=Order Completed", "-p", "userId=u-1", "-p", "properties.revenue:=14.99", "--sandbox"),
    "refused": ("run", "track", "-p", "evnt=Order Completed", "-p", "properties.revenue=$14.99", "--sandbox"),
    "list": ("list", "--group", "sources"),
    "bulk": ("bulk", "orders.csv", "--as", "track", "--map", "orders.yaml", "--sandbox"),
}  # fmt: skip
# Ground and letters as those of the docs, then the eight colours, plain and bright.
_LIGHT = ["14191d", "b3261e", "1a6e3c", "855000", "1f5fa8", "7a3e9d", "0b6b53", "4a555d"]
_DARK = ["171c21", "ff8f87", "74d396", "f0bc6b", "84b9f5", "d3a6f0", "5fd0ac", "e9edf0"]
_SVG = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px;
}}
{styles}
</style>
<defs>{lines}</defs>
<rect fill="GROUND" width="100%" height="100%" rx="8"/>
<g transform="translate(9, 12)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main(wanted: list[str]) -> None:
    """Take what is wanted, and say of each picture how many bytes it has."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "orders.csv").write_text(ORDERS, encoding="utf-8")
        (Path(folder) / "orders.yaml").write_text(MAPPING, encoding="utf-8")
        for name, arguments in TERMINAL.items():
            if not wanted or f"terminal-{name}" in wanted:
                _terminal(name, arguments, folder)
        if not wanted or set(wanted) & SCENES.keys():
            with chromium() as browser:
                for scheme in ("light", "dark"):
                    _screens(browser, scheme, folder, wanted)
    big = [path.name for path in PICTURES.iterdir() if path.stat().st_size > BIGGEST]
    if big:
        sys.exit(f"error: larger than {BIGGEST:,} bytes: {', '.join(big)}")


def _terminal(name: str, arguments: tuple[str, ...], folder: str) -> None:
    shown = " ".join(f"'{word}'" if " " in word or "$" in word else word for word in arguments)
    said = _typed(arguments, folder)
    for scheme, ground, colours in (("light", "eff2f3", _LIGHT), ("dark", "11161a", _DARK)):
        console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
        console.print(Text.assemble(("$ ", "green"), (f"segment-connector {shown}", "bold")))
        console.print(Text.from_ansi(said))
        parts = [
            tuple(int(colour[at : at + 2], 16) for at in (0, 2, 4))
            for colour in (ground, colours[0] if scheme == "light" else colours[7], *colours)
        ]
        theme = TerminalTheme(parts[0], parts[1], parts[2:], parts[2:])
        text = console.export_svg(theme=theme, code_format=_SVG.replace("GROUND", f"#{ground}"), unique_id=f"t-{name}")
        _keep(f"terminal-{name}-{scheme}.svg", text.encode())


def _typed(arguments: tuple[str, ...], folder: str) -> str:
    """What a command says on a terminal: its last state of each line, with colours and without what moves a cursor."""
    ours, theirs = os.openpty()
    environment = {**os.environ, "COLUMNS": str(WIDTH), "LINES": "50", "TERM": "xterm-256color"}
    with subprocess.Popen(
        [COMMAND, *arguments], cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ):  # fmt: skip
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # the other end was closed
            while block := os.read(ours, 65_536):
                said += block
    os.close(ours)
    lines = re.sub(r"\x1b\[[\d;?]*[A-LN-Za-ln-z]", "", said.decode().replace("\r\n", "\n")).strip("\n").split("\n")
    last = (line.rpartition("\r")[2] for line in lines)
    return "\n".join(line for line in last if "\u2501" not in line)  # a bar, while it moved


def _screens(browser: Browser, scheme: str, folder: str, wanted: list[str]) -> None:
    """Every page of one colour, from a service that was started for it."""
    command = [COMMAND, "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as service:
        assert service.stdout is not None
        link = next(found[0] for line in service.stdout if (found := re.search(r"http\S+/\?token=\S+", line)))
        try:
            context = browser.new_context(viewport=SIZE, color_scheme=scheme, base_url=link.partition("/?")[0])
            page = context.new_page()
            page.set_default_timeout(60_000)
            page.goto(link)
            for name, scene in SCENES.items():
                if not wanted or name in wanted:
                    scene(page, Path(folder))
                    page.mouse.move(0, 0)
                    page.wait_for_timeout(600)  # whatever moves has come to rest
                    _keep(f"{name}-{scheme}.png", page.screenshot())
        finally:
            service.terminate()


def _open(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_function("window.did_handshake === true && !!document.querySelector('h1')")


def _catalogue(page: Page, _folder: Path) -> None:
    _open(page, "/")


def _action(page: Page, _folder: Path) -> None:
    _open(page, "/actions/track?example=1")
    page.wait_for_function("document.activeElement !== document.body")
    page.keyboard.press("Control+Enter")
    page.locator("[data-verdict]").wait_for()


def _palette(page: Page, _folder: Path) -> None:
    _open(page, "/")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("who bought")
    page.wait_for_timeout(500)


def _bulk(page: Page, folder: Path) -> None:
    _open(page, "/bulk")
    page.get_by_label("File to send").set_input_files(folder / "orders.csv")
    page.get_by_role("button", name="Send all into the sandbox").wait_for()


def _debugger(page: Page, _folder: Path) -> None:
    _open(page, "/debugger")
    page.locator(".db-table tbody tr").first.get_by_role("button").click()
    page.get_by_role("region", name="Event details").wait_for()


def _report(page: Page, folder: Path) -> None:
    report = folder / "report.html"
    if not report.exists():
        subprocess.run(
            [COMMAND, *TERMINAL["bulk"], "--report", report, "--checkpoint", folder / "report.sqlite"],
            cwd=folder, check=False, capture_output=True,
        )  # fmt: skip
    page.goto(report.as_uri())


SCENES: dict[str, Callable[[Page, Path], None]] = {
    "catalogue": _catalogue,
    "action": _action,
    "palette": _palette,
    "debugger": _debugger,
    "bulk": _bulk,
    "report": _report,
}


def _keep(name: str, content: bytes) -> None:
    (PICTURES / name).write_bytes(content)
    sys.stdout.write(f"{name}: {len(content):,} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
