"""A flow really runs: the block is saved, loaded, and its secrets are nowhere; a retry counts once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from host_programs import run_program

from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox


class Run(NamedTuple):
    told: dict[str, Any]
    output: str
    home: Path
    sandbox: Sandbox


@pytest.fixture(scope="module")
def run(host_python: str, specs: Specs, tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("prefect")
    events = home / "events.jsonl"
    events.write_text(
        "".join(json.dumps({"type": "track", "event": "Seen", "userId": f"u-{n}"}) + "\n" for n in range(5))
    )
    with Sandbox(specs) as sandbox:
        sandbox.fault(status=503, deliver=True, path="/v1/track")  # it arrives, and nobody says so
        settings = {
            "PREFECT_HOME": str(home),
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "DEBUG",
            "DO_NOT_TRACK": "1",
        }
        told, output = run_program(host_python, "prefect_flow.py", {**sandbox.environment, **settings}, str(events))
        yield Run(told, output, home, sandbox)


def test_an_event_whose_try_failed_counts_once(run: Run):
    tracks = [event for event in run.sandbox.events() if event["body"].get("event") == "Order Completed"]
    assert [event["status"] for event in tracks] == ["accepted", "duplicate"]
    assert {event["id"] for event in tracks} == {run.told["track"]["messageId"]}
    assert tracks[0]["body"]["timestamp"]
    assert "Retry 1/3" in run.output


def test_a_list_is_read_over_its_pages(run: Run):
    assert run.told["sources"] > 2
    assert "list_sources: 2 entries read" in run.output


def test_many_events_are_delivered(run: Run):
    assert run.told["bulk"] == 5


def test_a_wrong_call_fails_at_once_with_its_cure(run: Run):
    assert "PermanentFault" in run.told["wrong"]
    assert "did you mean 'userId'?" in run.told["wrong"]
    assert run.output.count("Retry 1/3") == 1


def test_secrets_are_nowhere(run: Run):
    secret = run.sandbox.connection["publicToken"]
    assert secret not in run.output
    assert "SecretStr('**********')" in run.told["block"]
    kept = [path for path in run.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in kept)
    assert [path for path in kept if secret.encode() in path.read_bytes()] == []
