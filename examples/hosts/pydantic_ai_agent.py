"""An agent of Pydantic AI with the connector's toolset: it makes a mistake, is asked to fix it, and goes on.

Credentials come from the environment, for example from ``segment-connector sandbox``. The model is a script, so that
the program needs no key; in an agent of your own the name of a model takes its place.
"""

import asyncio
import json

from pydantic_ai import Agent, ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models.function import AgentInfo, FunctionModel

from segment_connector.hosts.pydantic_ai import SegmentToolset

ORDER = {"event": "Order Completed", "properties": {"revenue": 39.5, "currency": "USD"}}
SCRIPT = [
    ("track", ORDER),
    ("track", {**ORDER, "userId": "u-4"}),
    ("list_sources", {"pagination": {"count": 2}, "max_items": 4}),
    ("get_source", {"sourceId": "none"}),
    ("run_action", {"action": "delete_source", "inputs": {"sourceId": "website"}}),
]


async def main() -> None:
    """Run the agent; the last line tells what came of it, as JSON."""
    calls, seen = list(SCRIPT), []

    def model(_: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        seen.append(info)
        return ModelResponse(parts=[ToolCallPart(*calls.pop(0)) if calls else TextPart("Done.")])

    toolset: SegmentToolset[None] = SegmentToolset(allow=["read", "write"], tools=["get_source"])
    done = await Agent(FunctionModel(model), toolsets=[toolset]).run("Send the events of today.")
    requests = [message for message in done.all_messages() if isinstance(message, ModelRequest)]
    told = {
        "tools": [tool.name for tool in seen[0].function_tools],
        "answers": [
            {"tool": part.tool_name, "outcome": part.outcome, "text": str(part.content), "metadata": part.metadata}
            for request in requests[1:]
            for part in request.parts
        ],
        "output": done.output,
        "instructions": seen[0].instructions,
        "trace": f"{done.all_messages_json()!r} {toolset!r} {seen!r}",
    }
    print(json.dumps(told))


asyncio.run(main())
