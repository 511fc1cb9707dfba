"""What an agent asks for that is new: triggers found, described, and polled from where it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mcp_support import call, data_of, text_of

from segment_connector import Connector
from segment_connector.hosts.agent_tools.offer import Offer
from segment_connector.hosts.mcp.mcp_server import ToolServer
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox


@pytest.fixture(autouse=True)
def fresh(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.clear()


def poll(url: str, trigger: str, most: int | None = None, **inputs: Any) -> Any:
    arguments: dict[str, Any] = {"action": trigger, "inputs": inputs}
    result = call(url, "run_action", arguments if most is None else {**arguments, "max_items": most})
    assert not result.is_error, text_of(result)
    return result.structured_content["outputs"]


def add_source(url: str, slug: str) -> None:
    inputs = {"slug": slug, "enabled": True, "metadataId": "IqDTy1TpoU"}
    assert not call(url, "run_action", {"action": "create_source", "inputs": inputs}).is_error


def test_an_agent_finds_and_reads_a_trigger(url: str):
    found = call(url, "find_action", {"query": "somebody changed something in the workspace"}).structured_content
    assert found["triggers"][0]["name"] == "workspace_changed"
    assert (
        "triggers"
        not in call(url, "find_action", {"query": "workspace changed", "effect": "delete"}).structured_content
    )
    result = call(url, "describe_action", {"action": "delivery_failing"})
    assert result.structured_content["input_schema"]["required"] == ["destinationId", "sourceId"]
    assert "- state (string): What the last poll gave" in text_of(result)


def test_an_agent_goes_on_where_it_was(url: str, sandbox: Sandbox):
    first = poll(url, "new_source")
    assert first["items"] == []
    for slug in ("one", "two", "three"):
        add_source(url, slug)
    second = poll(url, "new_source", 2, state=first["state"])
    assert (len(second["items"]), second["waiting"]) == (2, 1)
    third = poll(url, "new_source", state=second["state"])
    assert {one["title"] for one in second["items"] + third["items"]} == {"one", "two", "three"}
    assert poll(url, "new_source", state=third["state"])["items"] == []
    assert len(poll(url, "new_source", state=first["state"])["items"]) == 3  # a call that is repeated tells it again
    assert sandbox.connection["publicToken"] not in json.dumps(second)


def test_what_happened_since_an_instant_is_told_at_once(url: str):
    add_source(url, "one")
    inputs = {"since": "2026-01-01T00:00:00Z"}
    result = call(url, "run_action", {"action": "workspace_changed", "inputs": inputs})
    items = result.structured_content["outputs"]["items"]
    assert "one" in {one["data"].get("resourceName") for one in items}
    assert "Source Modified" in data_of(result)  # between tags: what the workspace says is data


@pytest.mark.parametrize(
    ("trigger", "inputs", "said"),
    [
        ("event_received", {}, "it cannot be polled"),
        ("new_source", {"since": "2026-01-01T00:00:00Z"}, "the list has no times"),
        ("workspace_changed", {"since": "yesterday"}, "is not a time with a time zone"),
        ("workspace_changed", {"since": 5}, "since"),
        ("workspace_changed", {"resourceTipe": "x"}, "resourceTipe"),
        ("delivery_failing", {}, "destinationId"),
        ("new_item", {"list": "create_source"}, "changes something, and a poll may only read"),
        ("new_source", {"state": "nothing"}, "is not known"),
    ],
)
def test_what_is_wrong_is_told_with_its_cure(url: str, trigger: str, inputs: dict[str, Any], said: str):
    result = call(url, "run_action", {"action": trigger, "inputs": inputs})
    assert result.is_error
    assert said in text_of(result)


def test_a_state_is_of_the_poll_that_gave_it(url: str):
    state = poll(url, "new_source")["state"]
    result = call(url, "run_action", {"action": "new_warehouse", "inputs": {"state": state}})
    assert "belongs to a poll of 'new_source'" in text_of(result)


@pytest.mark.parametrize(
    ("fence", "may"),
    [({}, {"new_source", "new_warehouse"}), ({"groups": ["sources"]}, {"new_source"}), ({"allow": ["write"]}, set())],
)
def test_a_trigger_is_offered_as_the_lists_that_it_reads(specs: Specs, fence: dict[str, Any], may: set[str]):
    server = ToolServer(Connector(specs), Offer(specs, **fence), lambda _: {})
    found = {one["name"] for one in server._toolbox.find({"query": "new source or warehouse"}).get("triggers", ())}
    assert found & {"new_source", "new_warehouse"} == may
