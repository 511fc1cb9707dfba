"""``sandbox deliveries``, ``deliver``, ``settle`` and ``play`` as a user calls them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests
from cli_support import cli
from faultserver import FaultServer, answer

from segment_connector.cli.sandbox_scene_commands import delivery_line
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

SOURCE = "qQEHquLrjRDN9j1ByrChyn"
WEBHOOK = "614a3c7d791c91c41bae7599"


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(Specs()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    shared.clear()
    yield shared
    shared.clear()


@pytest.fixture
def hook(sandbox: Sandbox) -> Iterator[FaultServer]:
    """A server that is sent every track event."""
    with FaultServer(answer()) as server, requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {sandbox.connection['publicToken']}"
        url = sandbox.servers["public"] + "/destinations"
        body = {"sourceId": SOURCE, "metadataId": WEBHOOK, "enabled": True, "settings": {"sharedSecret": "hidden"}}
        made = session.post(url, json=body).json()["data"]["destination"]["id"]
        body = {"name": "x", "actionId": "a", "trigger": 'type = "track"', "enabled": True}
        session.post(f"{url}/{made}/subscriptions", json={**body, "settings": {"url": server.url}})
        yield server


def test_what_is_sent_is_listed(sandbox: Sandbox, hook: FaultServer) -> None:
    at = ["--url", sandbox.url]
    assert cli("sandbox", "deliveries", *at).stderr == "no delivery yet\n"
    asked = cli("sandbox", "deliver", *at, "--signature", "wrong", "--times", "2")
    assert json.loads(asked.stdout.removeprefix("asked for: ")) == {"signature": "wrong", "times": 2}
    assert cli("sandbox", "play", "audience_entered", *at, "-p", "userId=7", "--times", "3").stdout == (
        "played audience_entered 3 times\n"
    )
    assert cli("sandbox", "settle", *at).stdout == "everything is sent\n"
    lines = cli("sandbox", "deliveries", *at, "--status", "delivered").stdout.splitlines()
    assert [("signature: wrong" in line, hook.url in line) for line in lines] == [(True, True)] * 2 + [(False, True)]
    listed = cli("sandbox", "deliveries", *at, "--json").stdout
    assert [json.loads(line)["body"]["userId"] for line in listed.splitlines()] == ["7", "7-1", "7-2"]
    assert "hidden" not in listed
    assert cli("sandbox", "clear", *at).stdout == "cleared: 3 events, 0 faults, 3 deliveries\n"


def test_what_is_left_is_told(sandbox: Sandbox, hook: FaultServer) -> None:
    hook.replies = [answer(status=503), answer()]
    at = ["--url", sandbox.url]
    cli("sandbox", "play", "event_blocked", *at)
    left = cli("sandbox", "settle", *at, "--seconds", "0.05")
    assert (left.code, left.stdout) == (1, "1 delivery left\n")
    assert cli("sandbox", "settle", *at, "--hurry").code == 0
    (line,) = cli("sandbox", "deliveries", *at).stdout.splitlines()
    assert "try 2" in line


def test_scenes_are_listed_with_what_they_take(sandbox: Sandbox) -> None:
    listed = cli("sandbox", "play", "--url", sandbox.url).stdout
    assert "delivery_failing         Deliveries to a destination fail" in listed
    assert "failed: How many deliveries failed.  [default: 40]" in listed


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["play", "audience_entred"], "error: name: the sandbox has no scene 'audience_entred'"),
        (["play", "delivery_failing", "-p", "failed=many"], 'error: failed: must be a whole number, not text "many"'),
        (["play", "delivery_failing", "-p", "failed"], "error: 'failed' is not a parameter"),
        (["deliver"], "error: batch: nothing is asked for"),
    ],
)
def test_what_cannot_be_is_refused(sandbox: Sandbox, arguments: list[str], error: str) -> None:
    result = cli("sandbox", *arguments, "--url", sandbox.url)
    assert (result.code, result.errors[:1]) == (2, [error])


def test_a_line_tells_what_became_of_a_delivery() -> None:
    one = {
        "number": 7, "status": "retrying", "reason": "no answer within 10 s", "events": [1, 2, 3, 4, 5, 6],
        "method": "POST", "url": "http://127.0.0.1:1/\x1b", "signature": "right",
        "tries": [{"at": "2026-01-31T12:00:00.000Z", "status": None, "reason": "no answer within 10 s", "wait": 2.4}],
    }  # fmt: skip
    line = delivery_line(one)
    assert "retrying" in line
    assert "events 1, 2, 3, 4, 5, ...  no answer within 10 s  next try in 2 s" in line
    assert "\x1b]" not in line
    never = delivery_line(
        {**one, "status": "dropped", "reason": "its settings give no address", "tries": [], "url": ""}
    )
    assert never.endswith("its settings give no address")
