"""Assets really materialize, a failed try counts once, and a sensor starts a run for what is new."""

from __future__ import annotations

import json
import subprocess
from typing import Any, NamedTuple

import pytest
from host_programs import run_program

from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox


class Run(NamedTuple):
    told: dict[str, Any]
    output: str
    sandbox: Sandbox


@pytest.fixture(scope="module")
def run(host_python: str, specs: Specs, tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("dagster")
    with Sandbox(specs) as sandbox:
        # It arrives, and nobody says so.
        sandbox.fault(status=503, deliver=True, retryAfter=1, path="/v1/track")
        settings = {"DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "1"}
        told, output = run_program(host_python, "dagster_run.py", {**sandbox.environment, **settings})
        yield Run(told, output, sandbox)


def test_an_event_whose_try_failed_counts_once(run: Run):
    tracks = [event for event in run.sandbox.events() if event["action"] == "track"]
    assert [event["status"] for event in tracks] == ["accepted", "duplicate", "accepted"]
    assert all(event["body"]["timestamp"] for event in tracks)
    assert run.told["metadata"]["order_events"] == {
        "track/events": 2,
        "track/message_ids": [event["id"] for event in tracks if event["status"] == "accepted"],
    }
    assert run.told["kinds"]["right"].count("DagsterEventType.STEP_UP_FOR_RETRY") == 1
    assert "DagsterEventType.RUN_SUCCESS" in run.told["kinds"]["right"]


def test_a_list_is_read_over_its_pages(run: Run):
    metadata = run.told["metadata"]["sources"]
    assert metadata["list_sources/pages"] >= 2
    assert metadata["list_sources/entries"] == run.told["sources"] > 2


def test_a_wrong_call_fails_at_once_with_its_cure(run: Run):
    assert run.told["cure"] == "did you mean 'userId'?"
    assert run.told["wrong"].startswith("track: userID: there is no such parameter")
    assert "DagsterEventType.STEP_UP_FOR_RETRY" not in run.told["kinds"]["wrong"]


def test_what_is_new_starts_one_run(run: Run):
    assert run.told["first_poll"]["keys"] == []
    assert len(run.told["second_poll"]["keys"]) == 1
    assert json.loads(run.told["second_poll"]["cursor"])["known"].keys() >= set(run.told["second_poll"]["keys"])


def test_secrets_are_nowhere(run: Run):
    for name in ("writeKey", "publicToken"):
        assert run.sandbox.connection[name] not in run.output
    assert "write_key=" not in run.told["resource"]


@pytest.mark.parametrize("wrong", ["write_key=['s3cr3t']", "write_key=53737", "write_kye='s3cr3t'"])
def test_a_wrong_connection_is_refused_and_not_shown(host_python: str, wrong: str):
    program = f"from segment_connector_dagster import ConnectorResource; ConnectorResource({wrong})"
    done = subprocess.run([host_python, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert "validation error for ConnectorResource" in done.stderr
    told = done.stderr[done.stderr.index("validation error") :]
    assert "s3cr3t" not in told
    assert "53737" not in told
