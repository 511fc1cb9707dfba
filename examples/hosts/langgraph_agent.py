"""An agent of LangGraph with the connector's tools: events, a list over two pages, errors with their cures.

Credentials come from the environment, for example from ``segment-connector sandbox``. The model is a script, so that
the program needs no key; in an agent of your own, ``init_chat_model("...").bind_tools(tools)`` takes its place.
"""

import asyncio
import json
import re
from collections.abc import Iterator

from langchain_core.messages import AIMessage, SystemMessage, ToolMessage
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from segment_connector import Connector
from segment_connector.hosts.langchain import SegmentToolkit

ORDER = {"event": "Order Completed", "properties": {"revenue": 39.5, "currency": "USD"}}

toolkit = SegmentToolkit(allow=["read", "write"], timeout=5)
tools = toolkit.get_tools()


def script() -> Iterator[tuple[str, dict]]:
    """What a model would ask for, call by call; it is sent the message that came of the last one."""
    yield "track", {**ORDER, "userId": "u-1"}
    yield "track", ORDER
    yield "list_sources", {"pagination": {"count": 2}, "max_items": 4}
    yield "find_action", {"query": "delete a source"}
    yield "run_action", {"action": "delete_source", "inputs": {"sourceId": "website"}}
    # It takes too long to know whether it arrived, so the error says how a repeat counts once.
    failed = yield "page", {"name": "Pricing", "userId": "u-1"}
    repeat = json.loads(re.search(r"repeat: with (\{.*\})", failed.content)[1])
    yield "page", {"name": "Pricing", "userId": "u-1", **repeat}


def agent() -> object:
    """The usual graph: the model calls tools until it has no more to ask."""
    calls = script()

    def model(state: MessagesState) -> dict:
        last = state["messages"][-1]
        try:
            name, arguments = calls.send(last) if isinstance(last, ToolMessage) else next(calls)
        except StopIteration:
            return {"messages": [AIMessage("Done.")]}
        call = {"name": name, "args": arguments, "id": f"call-{len(state['messages'])}"}
        return {"messages": [AIMessage("", tool_calls=[call])]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", model)
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile()


async def main() -> None:
    """Run the agent, and call one tool as a program does; the last line tells what came of it, as JSON."""
    traced = RunCollectorCallbackHandler()
    begin = {"messages": [SystemMessage(toolkit.instructions), ("user", "Send the events of today.")]}
    done = await agent().ainvoke(begin, {"callbacks": [traced], "recursion_limit": 50})
    answers = [message for message in done["messages"] if isinstance(message, ToolMessage)]

    everything = SegmentToolkit(allow=["read", "write", "delete"], groups=Connector.load().specs.groups).get_tools()
    told = {
        "tools": [tool.name for tool in tools],
        "converted": len([convert_to_openai_tool(tool) for tool in everything]),
        "answers": [
            {"tool": one.name, "status": one.status, "text": one.content, "artifact": one.artifact} for one in answers
        ],
        "trace": f"{traced.traced_runs} {done} {toolkit!r} {tools!r}",
    }
    print(json.dumps(told))


def waiting() -> str:
    """The status of a call that is made without an event loop."""
    track = next(tool for tool in tools if tool.name == "track")
    return track.invoke({"type": "tool_call", "id": "call", "name": "track", "args": {**ORDER, "userId": "u-2"}}).status


if __name__ == "__main__":
    assert waiting() == "success"
    asyncio.run(main())
