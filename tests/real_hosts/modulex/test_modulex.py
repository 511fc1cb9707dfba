"""ModuleX's own package finds the integration, takes its manifest and calls its tools."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from host_programs import run_program

from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox(specs: Specs):
    with Sandbox(specs) as served:
        yield served


@pytest.fixture(scope="module")
def run(host_python: str, sandbox: Sandbox) -> tuple[Any, str]:
    return run_program(host_python, "modulex_tools.py", sandbox.environment)


def test_every_action_is_a_tool_of_the_manifest(run: Any, specs: Specs):
    told, _ = run
    manifest = told["manifest"]
    assert manifest["name"] == "segment_connector"  # the package of ModuleX has a 'segment' already
    assert told["tools"] == [action["name"] for action in manifest["actions"]]
    assert len(told["tools"]) == len(specs.paths)
    types = {parameter["type"] for action in manifest["actions"] for parameter in action["parameters"].values()}
    assert types == {"string", "integer", "number", "boolean", "array", "object"}


def test_parameters_have_the_names_of_modulex(run: Any):
    actions = {action["name"]: action for action in run[0]["manifest"]["actions"]}
    assert {"user_id", "anonymous_id", "message_id"} <= actions["track"]["parameters"].keys()
    assert "source_id" in actions["get_source"]["parameters"]


def test_credentials_are_asked_for(run: Any):
    (auth,) = run[0]["manifest"]["auth_schemas"]
    asked = {one["name"]: one for one in auth["setup_environment_variables"]}
    assert asked["write_key"]["sensitive"]
    assert asked["public_token"]["sensitive"]
    assert not asked["region"]["sensitive"]
    assert all(one["inject_into_auth_data"] for one in asked.values())


def test_an_event_arrives(run: Any, sandbox: Sandbox):
    answer = run[0]["track"]
    assert (answer["success"], answer["error"]) == (True, None)
    (event,) = sandbox.events("accepted")
    assert event["body"]["properties"] == {"revenue": 39.5}
    assert event["body"]["messageId"] == answer["outputs"]["messageId"]
    assert event["body"]["timestamp"]


def test_a_list_is_read_over_two_pages(run: Any):
    first, second = run[0]["sources"]
    assert len(first) == 2
    assert second
    assert not {source["id"] for source in first} & {source["id"] for source in second}


def test_what_is_wrong_is_told_with_its_cure(run: Any):
    wrong, no_key = run[0]["wrong"], run[0]["no_key"]
    assert not wrong["success"]
    assert "did you mean 'user_id'?" in wrong["error"]
    assert not no_key["success"]
    assert "write_key" in no_key["error"]


def test_no_secret_is_told(run: Any, sandbox: Sandbox):
    told, output = run
    logged = output.replace(json.dumps(told), "")
    beside = json.dumps({name: value for name, value in told.items() if name != "sources"})  # which have write keys
    for name in ("writeKey", "publicToken"):
        assert sandbox.connection[name] not in beside + logged


def test_the_page_of_the_integration_has_the_sections_that_modulex_wants(run: Any, host_python: str):
    module = "segment_connector_modulex.readme"
    written = subprocess.run([host_python, "-W", "ignore", "-m", module], capture_output=True, text=True, check=True)
    lines = written.stdout.splitlines()
    heads = [line for line in lines if line.startswith(("# ", "## "))]
    assert heads == ["# Segment", "## Authentication", "## Tools", "## Limits & Quotas", "## Maintainer"]
    assert [line.split("`")[1] for line in lines if line.startswith("| `")] == run[0]["tools"]
