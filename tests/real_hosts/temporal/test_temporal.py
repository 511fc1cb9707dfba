"""Workflows really run on Temporal's test server: tries share ids, waits are those that the service asks for."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from host_programs import run_program

from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

ASKED = 3600  # seconds, which the test server skips


class Run(NamedTuple):
    told: dict[str, Any]
    output: str
    sandbox: Sandbox


@pytest.fixture(scope="module")
def run(host_python: str, specs: Specs, tmp_path_factory: pytest.TempPathFactory):
    events: Path = tmp_path_factory.mktemp("temporal") / "events.jsonl"
    rows = [{"type": "track", "event": "Seen", "userId": f"u-{number}"} for number in range(5)]
    events.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with Sandbox(specs) as sandbox:
        # It arrives, and nobody says so.
        sandbox.fault(status=503, deliver=True, retryAfter=ASKED, path="/v1/track")
        told, output = run_program(host_python, "temporal_run.py", sandbox.environment, str(events))
        yield Run(told, output, sandbox)


def test_an_event_whose_try_failed_counts_once(run: Run):
    tracks = [event for event in run.sandbox.events() if event["body"].get("event") == "Order Completed"]
    assert [event["status"] for event in tracks] == ["accepted", "duplicate"]
    assert {event["id"] for event in tracks} == {run.told["track"]["messageId"]}
    assert tracks[0]["body"]["timestamp"]


def test_the_next_try_waits_as_long_as_the_service_asks(run: Run):
    times: dict[str, datetime] = {}
    for event in json.loads(run.told["history"])["events"]:
        times.setdefault(event["eventType"], datetime.fromisoformat(event["eventTime"].replace("Z", "+00:00")))
    # What is written down of the tries of an activity is when it was asked for, and when the last of them began.
    waited = times["EVENT_TYPE_ACTIVITY_TASK_STARTED"] - times["EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"]
    assert ASKED <= waited.total_seconds() < ASKED + 60


def test_a_list_is_read_over_its_pages(run: Run):
    assert run.told["sources"] > 2


def test_many_events_are_delivered(run: Run):
    assert run.told["bulk"] == 5


def test_a_wrong_call_fails_at_once_with_its_cure(run: Run):
    wrong = run.told["wrong"]
    assert wrong["final"]
    assert "track: userID: there is no such parameter (did you mean 'userId'?)" in wrong["message"]
    assert wrong["details"][0]["field"] == "userID"
    unknown = run.told["nobody"]
    assert (unknown["final"], unknown["type"]) == (True, "unknown_connection")
    assert "did you mean 'default'?" in unknown["message"]


def test_secrets_are_nowhere(run: Run):
    history = run.told["history"]
    payloads = [base64.b64decode(one) for one in re.findall(r'"data": "([A-Za-z0-9+/=]+)"', history)]
    assert any(b"Order Completed" in one for one in payloads)
    payloads = [one for one in payloads if b'"writeKeys"' not in one]  # what the list of sources gives is asked for
    for name in ("writeKey", "publicToken"):
        secret = run.sandbox.connection[name]
        assert secret not in run.output
        assert not any(secret.encode() in one for one in payloads)
