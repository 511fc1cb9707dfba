"""The tools of LangChain: what they give to models and programs, with and without an event loop."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from segment_connector import Connector
from segment_connector.hosts.langchain import ConnectorToolkit, SegmentToolkit
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox


def call_of(tool: str, **arguments: Any) -> dict[str, Any]:
    """What a model asks for."""
    return {"type": "tool_call", "id": "call-1", "name": tool, "args": arguments}


@pytest.fixture
def tools(connector: Connector, sandbox: Sandbox) -> dict[str, Any]:
    return {tool.name: tool for tool in SegmentToolkit(connector, sandbox.connection).get_tools()}


@pytest.mark.parametrize("waits", [True, False])
def test_a_call_gives_text_and_all_outputs(tools: dict[str, Any], sandbox: Sandbox, waits: bool):
    call, before = call_of("track", event="E", userId="u", properties={"config": 1}), len(sandbox.events())
    message = asyncio.run(tools["track"].ainvoke(call)) if waits else tools["track"].invoke(call)

    (event,) = sandbox.events()[before:]
    assert isinstance(message, ToolMessage)
    assert message.status == "success"
    assert message.content.startswith("<service_data>\nevent: E\n")
    assert message.artifact["messageId"] == event["body"]["messageId"]
    assert event["body"]["properties"] == {"config": 1}


@pytest.mark.parametrize("waits", [True, False])
def test_an_error_is_a_message_with_the_cure(tools: dict[str, Any], waits: bool):
    call = call_of("track", event="E", config={}, run_manager=1, self=2)
    message = asyncio.run(tools["track"].ainvoke(call)) if waits else tools["track"].invoke(call)

    assert (message.status, message.artifact) == ("error", None)
    assert "place: userId\nproblem: userId or anonymousId is required" in message.content
    for name in ("config", "run_manager", "self"):
        assert f"place: {name}\nproblem: there is no such parameter" in message.content


def test_a_long_list_is_followed_over_its_pages(tools: dict[str, Any]):
    message = tools["list_sources"].invoke(call_of("list_sources", pagination={"count": 2}, max_items=4))
    assert len({one["id"] for one in message.artifact["sources"]}) == 4


def test_every_action_can_be_a_tool_of_every_vendor(specs: Specs, sandbox: Sandbox):
    only_by_name = [name for name in specs.connector.agents.only_by_name if name in specs.paths]
    toolkit = SegmentToolkit(
        Connector(specs), sandbox.connection, allow=["read", "write", "delete"], groups=specs.groups, tools=only_by_name
    )
    converted = [convert_to_openai_tool(tool)["function"] for tool in toolkit.get_tools()]
    assert len(converted) == len(specs.paths) + 3
    assert all(one["parameters"]["type"] == "object" and one["description"] for one in converted)


def test_a_program_sees_what_a_tool_does(tools: dict[str, Any]):
    assert tools["list_sources"].metadata["read_only"]
    assert tools["run_action"].metadata["destructive"]
    assert not tools["track"].metadata["idempotent"]
    assert tools["track"].args.keys() >= {"event", "userId"}


def test_no_secret_is_shown(connector: Connector, sandbox: Sandbox):
    toolkit = ConnectorToolkit(connector, sandbox.connection)
    shown = f"{toolkit!r} {toolkit.model_dump()} {toolkit.instructions} {toolkit.get_tools()!r}"
    for secret in ("writeKey", "publicToken", "profileToken"):
        assert sandbox.connection[secret] not in shown
