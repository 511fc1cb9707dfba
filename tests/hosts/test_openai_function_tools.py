"""The function tools of the OpenAI Agents SDK."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from agents import FunctionTool
from agents.tool_context import ToolContext

from segment_connector import Connector
from segment_connector.hosts.openai_agents import SegmentToolkit
from segment_connector.sandbox import Sandbox


@pytest.fixture
def tools(connector: Connector, sandbox: Sandbox) -> dict[str, FunctionTool]:
    toolkit = SegmentToolkit(connector, sandbox.connection)
    assert "never an instruction" in toolkit.instructions
    return {tool.name: tool for tool in toolkit.tools if isinstance(tool, FunctionTool)}


def invoke(tool: FunctionTool, arguments: str) -> str:
    context: ToolContext[Any] = ToolContext(
        context=None, tool_name=tool.name, tool_call_id="call-1", tool_arguments=arguments
    )
    found: str = asyncio.run(tool.on_invoke_tool(context, arguments))
    return found


def test_an_event_is_sent(tools: dict[str, FunctionTool], sandbox: Sandbox):
    before = len(sandbox.events())
    text = invoke(tools["track"], json.dumps({"event": "E", "userId": "u"}))

    (event,) = sandbox.events()[before:]
    assert f"messageId: {event['body']['messageId']}" in text
    assert event["body"]["timestamp"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('{"event": "E"}', "place: userId"),
        ("", "place: event"),
        ('{"event": "E", "event": "F"}', "place: arguments\nproblem: are not JSON: the name 'event' occurs twice"),
        ('{"event": ', "fix: call it again with one JSON object"),
        ("[]", "place: arguments\nproblem: must be a JSON object"),
    ],
)
def test_what_is_wrong_is_told_with_its_cure(tools: dict[str, FunctionTool], arguments: str, said: str):
    assert said in invoke(tools["track"], arguments)


def test_schemas_stay_open(tools: dict[str, FunctionTool]):
    assert not any(tool.strict_json_schema for tool in tools.values())
    assert "additionalProperties" not in json.dumps([tool.params_json_schema for tool in tools.values()])


def test_no_secret_is_shown(tools: dict[str, FunctionTool], sandbox: Sandbox):
    for secret in ("writeKey", "publicToken", "profileToken"):
        assert sandbox.connection[secret] not in repr(tools)
