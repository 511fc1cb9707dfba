"""The package for n8n: what is in it for any connector, without n8n."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab import Lab

from segment_connector import Connector
from segment_connector.call.policy import Policy
from segment_connector.exports import DIRECT, SERVICE, ExportOptions, find_export


def package(connector: Connector, mode: str, **fence: Any) -> dict[str, Any]:
    options = ExportOptions(mode=mode, policy=Policy(connector.specs, **fence))
    files = find_export("n8n").files(connector, options)
    return {path: json.loads(content) if path.endswith(".json") else content for path, content in files.items()}


def operations(files: dict[str, Any]) -> set[str]:
    (path,) = (one for one in files if one.endswith("Connector/description.json"))
    lists = (one["options"] for one in files[path]["properties"] if one["name"] == "operation")
    return {choice["value"] for choices in lists for choice in choices}


@pytest.mark.parametrize("mode", [DIRECT, SERVICE])
def test_every_action_is_an_operation(connector: Connector, mode: str) -> None:
    files = package(connector, mode)
    assert operations(files) == set(connector.specs.paths)
    told = files["package.json"]["n8n"]
    assert all(path in files for path in (*told["nodes"], *told["credentials"]))
    assert len(told["nodes"]) == (1 if mode == DIRECT else 2)


def test_an_action_that_is_added_is_there_without_another_line(lab: Lab) -> None:
    lab.write("send_parcel", endpoint="POST /parcels", body=["weight"], parameters={
        "weight": {"type": "number", "title": "Weight", "description": "What it weighs.", "minimum": 1},
    })  # fmt: skip
    files = package(lab.connector(), DIRECT)
    assert "send_parcel" in operations(files)
    assert any(path.startswith("dist/nodes/") and path.endswith(".node.js") for path in files)


def test_actions_are_chosen(connector: Connector) -> None:
    found = operations(package(connector, DIRECT, groups=["sources"], allow=["read"]))
    assert found == {one.name for one in connector.actions.values() if (one.group, one.effect) == ("sources", "read")}


def test_what_asks_first_has_a_field_for_the_answer(connector: Connector) -> None:
    files = package(connector, DIRECT)
    described = files["dist/nodes/SegmentConnector/description.json"]["properties"]
    asking = [one["displayOptions"]["show"]["operation"] for one in described if one["name"] == "confirmed"]
    assert {name for names in asking for name in names} == {
        one.name for one in connector.actions.values() if one.confirm
    }  # fmt: skip
