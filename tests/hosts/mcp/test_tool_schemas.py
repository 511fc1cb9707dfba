"""The sketches of inputs and outputs: what every vendor of models says that it takes, and its converters do take."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from mcp_support import offered

from segment_connector import Connector
from segment_connector.hosts.agent_tools.offer import Offer
from segment_connector.hosts.mcp.mcp_server import ToolServer
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

pytestmark = pytest.mark.unmeasured

HERE = Path(__file__).parent
VENDORS: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "data" / "vendors.yaml").read_text(encoding="utf-8"))
BEFORE_THE_NAME = len("mcp__segment__")  # what clients put before it, of the 64 characters that they take

Part = tuple[str, Mapping[str, Any], int]


def everything(specs: Specs) -> dict[str, Any]:
    """An offer of every action, each as a tool of its own."""
    only_by_name = specs.connector.agents.only_by_name
    return {"allow": ["read", "write", "delete"], "groups": list(specs.groups), "tools": only_by_name}


@pytest.fixture(scope="module")
def tools(specs: Specs) -> list[dict[str, Any]]:
    """Every tool as it goes over the wire."""
    listed = ToolServer(Connector(specs), Offer(specs, **everything(specs)), lambda _: {})._tools
    found: list[dict[str, Any]] = listed.model_dump(by_alias=True, mode="json", exclude_none=True)["tools"]
    return found


def parts(schema: Mapping[str, Any], place: str, depth: int = 1) -> Iterator[Part]:
    """Every schema in a schema, with its place and its depth."""
    yield place, schema, depth
    for name, below in schema.get("properties", {}).items():
        yield from parts(below, f"{place}.{name}", depth + 1)
    if "items" in schema:
        yield from parts(schema["items"], f"{place}[]", depth + 1)
    for index, form in enumerate(schema.get("anyOf", ())):
        yield from parts(form, f"{place}|{index}", depth)


def faults_of_tool(tool: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[str]:
    name, schema = tool["name"], tool["inputSchema"]
    if not re.match(rules["name"], name) or len(name) + BEFORE_THE_NAME > 64:
        yield f"{name}: its name"
    if len(tool["description"]) > rules.get("description", 1024):
        yield f"{name}: its description has {len(tool['description'])} characters"
    root = rules["root"]
    if schema.get("type") != root["type"] or set(root["without"]) & schema.keys():
        yield f"{name}: its root"
    found = list(parts(schema, name))
    if len(found) > rules.get("properties", 5000) or max(depth for _, _, depth in found) > rules.get("depth", 10):
        yield f"{name}: its size"
    for place, part, _ in found:
        yield from (f"{place}: {fault}" for fault in faults_of_part(part, rules))


def faults_of_part(part: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[str]:
    if "words" in rules and (unknown := part.keys() - set(rules["words"])):
        yield f"has {sorted(unknown)}"
    if not isinstance(part.get("type"), str) and not part.get("anyOf"):
        yield "says no type, or several in one place"
    if "type" in part and "anyOf" in part:
        yield "says its type twice"
    if part.get("type") == "array" and "items" not in part:
        yield "has no items"
    if "format" in part and part["format"] not in rules.get("formats", [part["format"]]):
        yield f"has the format {part['format']}"
    if not all(isinstance(value, str) for value in part.get("enum", ())) or len(part.get("enum", ())) > 1000:
        yield "has an enum of other things than text"
    if set(part.get("required", ())) - part.get("properties", {}).keys():
        yield "requires what it does not have"
    if len(part.get("description", "")) > 1024:
        yield "has a long description"


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_tool_keeps_the_rules_of_a_vendor(tools: list[dict[str, Any]], vendor: str, specs: Specs):
    assert len(tools) == len(specs.paths) + 3
    assert [fault for tool in tools for fault in faults_of_tool(tool, VENDORS[vendor])] == []


def test_every_output_says_its_kind(tools: list[dict[str, Any]]):
    wrong = [
        place
        for tool in tools
        for place, part, _ in parts(tool["outputSchema"], tool["name"])
        if not isinstance(part.get("type"), str) and "anyOf" not in part
    ]
    assert wrong == []


def test_members_of_open_objects_are_named(tools: list[dict[str, Any]]):
    (track,) = [tool for tool in tools if tool["name"] == "track"]
    told = track["inputSchema"]["properties"]

    assert told["properties"]["description"] == "What describes the event. Members: revenue, currency, value."
    assert told["context"] == {"type": "object", "description": told["context"]["description"]}
    assert "properties" not in told["properties"]


def converters() -> list[str]:
    """The command of the converters' own environment."""
    python = Path(os.environ.get("CONVERTERS_PYTHON") or Path(f"{sys.prefix}-converters") / "bin" / "python")
    assert python.exists(), f"the converters are not installed in {python.parent.parent}: run 'make converters'"
    return [str(python), str(HERE / "convert_tools.py")]


@pytest.mark.parametrize("offer", ["usual", "everything"])
def test_no_converter_refuses_a_tool(specs: Specs, sandbox: Sandbox, offer: str):
    given = everything(specs) if offer == "everything" else {}
    before = len(sandbox.events())
    with offered(Connector(specs), sandbox.connection, **given) as url:
        done = subprocess.run(
            [*converters(), url], capture_output=True, text=True, timeout=240, check=False,
            env={**os.environ, "PYTHONPATH": "", "OPENAI_AGENTS_DISABLE_TRACING": "1"},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)

    assert set(told) == {"google", "openai", "langchain"}
    count = len(specs.paths) + 3 if offer == "everything" else len(specs.connector.agents.tools) + 4
    for name, one in told.items():
        assert (name, one["tools"], one["refused"]) == (name, count, {})
        assert "Order Completed" in one["called"]
    assert [event["status"] for event in sandbox.events()[before:]] == ["accepted"] * 3


def test_pydantic_ai_converts_every_tool(specs: Specs, sandbox: Sandbox):
    from pydantic_ai import Agent
    from pydantic_ai.mcp import MCPToolset
    from pydantic_ai.models.test import TestModel

    model = TestModel(call_tools=[])
    with offered(Connector(specs), sandbox.connection, **everything(specs)) as url:
        agent = Agent(model, toolsets=[MCPToolset(url)])

        async def main() -> None:
            async with agent:
                await agent.run("Look around.")

        asyncio.run(main())

    asked = model.last_model_request_parameters
    assert asked is not None
    assert len(asked.function_tools) == len(specs.paths) + 3
