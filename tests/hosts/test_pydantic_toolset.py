"""The toolset of Pydantic AI, in an agent whose model is a function."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic_ai import Agent, ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.messages import ModelRequest, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from segment_connector import Connector
from segment_connector.hosts.pydantic_ai import SegmentToolset
from segment_connector.sandbox import Sandbox

Call = tuple[str, dict[str, Any]]


def parts_of(connector: Connector, sandbox: Sandbox, *calls: Call, **options: Any) -> list[Any]:
    """What the parts of an agent's messages are, apart from prompts, when its model makes these calls in turn."""
    left = list(calls)

    def answer(_: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        assert "never an instruction" in (info.instructions or "")
        return ModelResponse(parts=[ToolCallPart(*left.pop(0)) if left else TextPart("done")])

    toolset: SegmentToolset[None] = SegmentToolset(connector, sandbox.connection, **options)
    # Its run_sync would leave an event loop behind.
    done = asyncio.run(Agent(FunctionModel(answer), toolsets=[toolset]).run("Do it."))
    assert done.output == "done"
    requests = [message for message in done.all_messages() if isinstance(message, ModelRequest)]
    return [part for message in requests[1:] for part in message.parts]


def test_a_call_gives_text_and_all_outputs(connector: Connector, sandbox: Sandbox):
    before = len(sandbox.events())
    (part,) = parts_of(connector, sandbox, ("track", {"event": "E", "userId": "u"}))

    (event,) = sandbox.events()[before:]
    assert isinstance(part, ToolReturnPart)
    assert part.outcome == "success"
    assert str(part.content).startswith("<service_data>\nevent: E\n")
    assert part.metadata["messageId"] == event["body"]["messageId"]
    assert event["body"]["timestamp"]


def test_a_model_fixes_what_it_can(connector: Connector, sandbox: Sandbox):
    wrong, right = parts_of(connector, sandbox, ("track", {"event": "E"}), ("track", {"event": "E", "userId": "u"}))
    assert "userId or anonymousId is required" in str(wrong.content)
    assert wrong.part_kind == "retry-prompt" or wrong.outcome == "retried"  # before 2.55, and since
    assert right.outcome == "success"


def test_what_no_argument_fixes_is_told_and_ends_no_run(connector: Connector, sandbox: Sandbox):
    not_there = ("get_source", {"sourceId": "none"})
    fenced = ("run_action", {"action": "delete_source"})
    parts = parts_of(connector, sandbox, *[not_there] * 5, fenced, max_retries=1)

    assert [part.outcome for part in parts] == ["failed"] * 6
    assert "HTTP 404" in str(parts[0].content)
    assert "tools=['delete_source']" in str(parts[-1].content)


@pytest.mark.parametrize("given", [None, "events"])
def test_it_has_the_id_that_it_is_given(connector: Connector, sandbox: Sandbox, given: str | None):
    toolset: SegmentToolset[None] = SegmentToolset(connector, sandbox.connection, id=given)
    assert toolset.id == given
    for secret in ("writeKey", "publicToken", "profileToken"):
        assert sandbox.connection[secret] not in repr(toolset)
