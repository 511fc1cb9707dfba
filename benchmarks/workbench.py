"""How soon the workbench is there, beside a bare page of the library that it is built on, in one run.

Both services are processes of their own. A Chromium visits them in turn, so a visit of ours has a bare one beside it.
Run: make bench, or python benchmarks/workbench.py [--rounds 15]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import yaml
from playwright.sync_api import Page
from service import service

from segment_connector.authoring.action_files import Workshop
from segment_connector.language.specs import Specs

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from chromium import chromium

ROUNDS = 15
EDITED = "create_destination"

# The comparison: the least that this library shows.
BARE = """
import uvicorn
from fastapi import FastAPI
from nicegui import ui

app = FastAPI()

@app.get("/healthz")
def healthz():
    return {}

@ui.page("/")
def page():
    ui.label("bare")

class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(f"token=- http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}/", flush=True)

ui.run_with(app)
Server(uvicorn.Config(app, port=0, log_level="warning")).run()
"""


SEEN = ("first paint of the first page", "it listens to its user", "browser and network are idle")
IDLE = """async () => {
    await new Promise(done => requestIdleCallback(done))
    return Math.max(performance.now(), ...performance.getEntriesByType('resource').map(one => one.responseEnd))
}"""


def visit(page: Page, url: str) -> tuple[float, float, float]:
    """Milliseconds from the navigation until what ``SEEN`` names."""
    page.goto(url)
    page.wait_for_function("window.did_handshake === true")
    listens = page.evaluate("performance.now()")
    idle = page.evaluate(IDLE)
    painted = page.wait_for_function(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    ).json_value()
    return painted, listens, idle


def pages(rounds: int) -> None:
    with (
        service("-m", "segment_connector", "serve", "--port", "0") as own,
        service("-c", BARE) as bare,
        chromium() as browser,
    ):
        windows = {name: browser.new_page() for name in ("ours", "bare")}
        urls = {"ours": f"http://127.0.0.1:{own.port}/", "bare": f"http://127.0.0.1:{bare.port}/"}
        windows["ours"].goto(f"{urls['ours']}?token={own.token}")
        for name, window in windows.items():
            visit(window, urls[name])
        times = [{name: visit(windows[name], urls[name]) for name in windows} for _ in range(rounds)]
    for number, what in enumerate(SEEN):
        values = {name: [one[name][number] for one in times] for name in windows}
        ratio = statistics.median(mine / its for mine, its in zip(values["ours"], values["bare"], strict=True))
        middle = statistics.median(values["ours"])
        print(f"{what:32}{middle:6.0f} ms, {ratio:.2f} of a bare page (goal: under 1000 ms)")


def typing(rounds: int) -> None:
    workshop = Workshop(Specs())
    text = workshop.open(EDITED).text
    workshop.judge(EDITED, text)
    times = []
    for number in range(rounds):
        changed = f"{text}# {number}\n"
        start = time.thread_time()
        workshop.judge(EDITED, changed)
        between = time.thread_time()
        yaml.safe_load(changed)
        times.append((between - start, time.thread_time() - between))
    ours = statistics.median(mine for mine, _ in times) * 1000
    ratio = statistics.median(mine / its for mine, its in times)
    print(f"{'an edited action is judged':32}{ours:6.0f} ms of CPU, {ratio:.1f} of yaml.safe_load (goal: under 300 ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen = parser.parse_args()
    pages(chosen.rounds)
    typing(chosen.rounds)


if __name__ == "__main__":
    main()
