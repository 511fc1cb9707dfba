"""The OpenAPI document: valid, one operation an action, and true: what it says is what the service does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest
from cli_support import environment
from jsonschema import Draft202012Validator
from service_support import TOKEN, Running, serving

from segment_connector import Connector

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def document(service: Running) -> Any:
    return service.get("/openapi.json").json()


@pytest.mark.unmeasured
def test_it_is_valid(document: Any) -> None:
    openapi_spec_validator.validate(document)
    assert document["openapi"].startswith("3.1")


def test_every_action_is_one_operation(document: Any, service: Running) -> None:
    for name, action in service.backend.connector.actions.items():
        operation = document["paths"][f"/v1/actions/{name}/run"]["post"]
        assert operation["operationId"] == name
        assert operation["tags"] == [action.group]
        assert set(action.parameters) == set(
            resolved(document, body_of(operation)["properties"]["inputs"])["properties"]
        )
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(names) == len(set(names)) == len(service.backend.connector.actions) + 14


def body_of(operation: Any) -> Any:
    return operation["requestBody"]["content"]["application/json"]["schema"]


def resolved(document: Any, schema: Any) -> Any:
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def test_examples_fit_their_schemas(document: Any, service: Running) -> None:
    for name in service.backend.connector.actions:
        operation = document["paths"][f"/v1/actions/{name}/run"]["post"]
        judge = Draft202012Validator({**body_of(operation), "components": document["components"]})
        for example in operation["requestBody"]["content"]["application/json"].get("examples", {}).values():
            judge.validate(example["value"])


def test_secrets_are_passwords_and_forms_are_not_in_it(document: Any) -> None:
    connection = document["components"]["schemas"]["ConnectionOrName"]["anyOf"][1]
    assert connection["properties"]["writeKey"]["format"] == "password"
    text = json.dumps(document)
    for words in ('"secret": true', '"advanced": true', '"generate": "', '"placeholder": "xxx'):
        assert words not in text


def test_it_is_made_once_and_again_when_a_connection_is_added(service: Running) -> None:
    first, second = (service.app.state.document.text() for _ in range(2))
    assert first is second
    service.backend.connections.put("later", {"region": "eu"}, version=None)
    later = json.loads(service.app.state.document.text())
    assert "later" in later["components"]["schemas"]["ConnectionName"]["enum"]


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("chosen", "settings"),
    [
        (("--phases=examples,fuzzing", "--max-examples=2"), {"inline": False}),
        (("--phases=coverage", "--include-tag=service"), {"inline": False}),
        (("--phases=coverage,fuzzing", "--include-path=/v1/connections/{name}"), {}),
    ],
    ids=["every operation", "every rule of the service's own", "connections that may be changed"],
)
def test_schemathesis_finds_nothing(
    chosen: tuple[str, ...], settings: dict[str, Any], shared_connector: Connector, tmp_path: Path
) -> None:
    # Its only connection is the sandbox, or nothing is called, so that nothing made up leads anywhere else.
    with serving(shared_connector, **settings) as running:
        done = subprocess.run(
            [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
             "--config-file", ROOT / "schemathesis.toml", "run", f"{running.url}/openapi.json",
             "--header", f"Authorization: Bearer {TOKEN}", "--generation-deterministic", "--no-color", *chosen],
            cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Tested: " in done.stdout
