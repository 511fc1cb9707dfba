"""What the page of recipes shows is run: code steps as their platforms call them, the command of Home Assistant.

The requests with curl are run by ``test_guides`` with the page.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pytest
import requests
from cli_support import command, environment
from guides import ROOT, blocks_of

from segment_connector import Connector
from segment_connector.language import yaml_reader
from segment_connector.sandbox import Sandbox

PAGE = ROOT / "docs" / "hosts" / "recipes.md"
EVENT = {"event": "Order Completed", "userId": "u-1"}
# How each platform calls a code step of its own.
CALLS = {
    "js": """
        globalThis.defineComponent = (component) => component;
        const { default: component } = await import("./step.mjs");
        const props = { ...given, run: undefined };
        const steps = { trigger: { context: { id: given.id }, event: { body: given.event } } };
        told = await component.run.call(props, { steps, $: { export() {} } });
    """,
    "ts": """
        const { code } = await import("./step.mjs");
        told = await code(given);
    """,
}


@dataclass
class Reached:
    """A service whose own connection leads to a sandbox."""

    address: str
    token: str
    sandbox: Sandbox

    def sent(self) -> list[dict[str, Any]]:
        return [one["body"] for one in self.sandbox.events()]


@pytest.fixture(scope="module")
def reached() -> Iterator[Reached]:
    with (
        Sandbox(Connector.load().specs) as sandbox,
        subprocess.Popen(
            command("serve", "--port", "0", "--no-workbench", "--no-mcp"), env=environment(sandbox.environment),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as running,
    ):  # fmt: skip
        assert running.stdout is not None
        said = next(line for line in running.stdout if "token=" in line)
        address, _, token = said.split()[-1].partition("/?token=")
        yield Reached(address, token, sandbox)
        running.terminate()
        running.communicate(timeout=20)


@pytest.fixture(autouse=True)
def nothing_sent(reached: Reached) -> None:
    reached.sandbox.forget_events()


def block(language: str, word: str = "") -> str:
    return next(one.text for one in blocks_of(PAGE) if one.language == language and word in one.text)


def run_step(language: str, folder: Path, given: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    (folder / "step.mjs").write_text(block(language), encoding="utf-8")
    call = f"const given = {json.dumps(given)}; let told;{CALLS[language]}console.log(JSON.stringify(told));"
    (folder / "call.mjs").write_text(call, encoding="utf-8")
    node = shutil.which("node")
    assert node is not None
    return subprocess.run([node, "call.mjs"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("language", CALLS)
def test_a_code_step_sends_an_event_once(language: str, tmp_path: Path, reached: Reached) -> None:
    given = {"address": reached.address, "token": reached.token, "connection": "environment"}
    wanted = {**given, "id": f"order-{language}", "event": EVENT}
    first, again = (run_step(language, tmp_path, wanted) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    (sent,) = reached.sent()
    assert sent["messageId"] == json.loads(first.stdout)["messageId"]
    assert sent["timestamp"]


@pytest.mark.parametrize("language", CALLS)
def test_a_code_step_fails_with_the_cure(language: str, tmp_path: Path, reached: Reached) -> None:
    given = {"address": reached.address, "token": reached.token, "connection": "environment"}
    failed = run_step(language, tmp_path, {**given, "id": "nobody", "event": {"event": "Order Completed"}})
    assert failed.returncode == 1
    assert re.search(r"Error: userId: .* \(.*\w.*\)", failed.stderr)
    assert reached.token not in failed.stderr
    assert reached.sent() == []


def test_the_command_of_home_assistant_sends_an_event(reached: Reached) -> None:
    one = yaml_reader.parse(block("yaml", "rest_command:"), str(PAGE))["rest_command"]["segment_track"]
    called = yaml_reader.parse(block("yaml", "action:"), str(PAGE))
    assert called["action"] == "rest_command.segment_track"
    known = jinja2.Environment(autoescape=False)
    known.filters["to_json"] = json.dumps
    values = {**called["data"], "event": 'A "quoted" door', "key": "context-1"}
    headers = {name: known.from_string(text).render(values) for name, text in one["headers"].items()}
    headers["Authorization"] = headers["Authorization"].replace("TOKEN", reached.token)
    payload = known.from_string(one["payload"]).render(values)
    url = one["url"].replace("http://127.0.0.1:8765", reached.address)
    answer = requests.request(
        one["method"], url, data=payload, headers={**headers, "Content-Type": one["content_type"]}, timeout=30
    )
    assert answer.status_code == 200, answer.text
    (sent,) = reached.sent()
    assert (sent["event"], sent["userId"], sent["properties"]) == ('A "quoted" door', "home-1", {"door": "front"})
