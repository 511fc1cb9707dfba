"""An agent of the OpenAI Agents SDK with the connector's tools: it makes a mistake, reads the cure, and fixes it.

Credentials come from the environment, for example from ``segment-connector sandbox``. The model is a script, so that
the program needs no key; without ``model=`` the agent asks OpenAI.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, Usage, set_trace_processors
from agents.tracing.processor_interface import TracingExporter
from agents.tracing.processors import BatchTraceProcessor
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from segment_connector.hosts.openai_agents import SegmentToolkit

ORDER = {"event": "Order Completed", "properties": {"revenue": 39.5, "currency": "USD"}}
SCRIPT: list[tuple[str, Any]] = [
    ("track", ORDER),
    ("track", {**ORDER, "userId": "u-3"}),
    ("list_sources", {"pagination": {"count": 2}, "max_items": 4}),
    ("run_action", {"action": "delete_source", "inputs": {"sourceId": "website"}}),
    ("track", "{'event': 'not JSON'}"),
]

toolkit = SegmentToolkit(allow=["read", "write"])


class Script(Model):
    """A model that asks for one call after the other."""

    def __init__(self) -> None:
        self.calls = list(SCRIPT)
        self.instructions: str | None = None

    async def get_response(self, system_instructions: str | None, *_: Any, **__: Any) -> ModelResponse:
        """The next call, or the end."""
        self.instructions = system_instructions
        if not self.calls:
            text = ResponseOutputText(annotations=[], text="Done.", type="output_text")
            said = ResponseOutputMessage(id="m", content=[text], role="assistant", status="completed", type="message")
            return ModelResponse([said], Usage(), None)
        name, given = self.calls.pop(0)
        arguments = given if isinstance(given, str) else json.dumps(given)
        call = ResponseFunctionToolCall(
            arguments=arguments, call_id=f"call-{len(self.calls)}", name=name, type="function_call"
        )
        return ModelResponse([call], Usage(), None)

    def stream_response(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        """A script says all at once."""
        raise NotImplementedError


class Kept(TracingExporter):
    """What a trace would tell OpenAI, kept here."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def export(self, items: list[Any]) -> None:
        """Keep traces and spans."""
        self.told += [json.dumps(item.export(), default=str) for item in items]


async def main() -> None:
    """Run the agent; the last line tells what came of it, as JSON."""
    kept, model = Kept(), Script()
    traces = BatchTraceProcessor(kept)
    set_trace_processors([traces])
    agent = Agent(name="Analyst", instructions=toolkit.instructions, tools=toolkit.tools, model=model)
    done = await Runner.run(agent, "Send the events of today.", max_turns=20)
    traces.shutdown()
    told = {
        "tools": [tool.name for tool in toolkit.tools],
        "answers": [item.output for item in done.new_items if item.type == "tool_call_output_item"],
        "output": done.final_output,
        "instructions": model.instructions,
        "trace": f"{kept.told} {done!r} {toolkit!r} {toolkit.tools!r}",
    }
    print(json.dumps(told))


asyncio.run(main())
