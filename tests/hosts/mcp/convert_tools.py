"""Convert the tools of an MCP server as the frameworks of three vendors do, and say what each refused.

A program of its own, with the libraries of ``requirements/converters.txt``, which want another release of the SDK than
the server. It prints ``{converter: {"tools": count, "refused": {tool: reason}, "called": text}}`` for a URL.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

CALL = ("track", {"event": "Order Completed", "userId": "u-1"})


def convert(tools: Iterable[Any], by: Callable[[Any], Any]) -> dict[str, Any]:
    """How a function converts tools: how many, and why not the others."""
    done, refused = 0, {}
    for tool in tools:
        try:
            by(tool)
            done += 1
        except Exception as error:  # noqa: BLE001, PERF203 - what a converter raises is what is asked for
            refused[tool.name] = f"{type(error).__name__}: {error}"[:500]
    return {"tools": done, "refused": refused}


async def google(url: str) -> dict[str, Any]:
    """Gemini's function declarations, and its own client's session."""
    from google.genai import _mcp_utils
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with streamablehttp_client(url) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        tools = (await session.list_tools()).tools
        called = await session.call_tool(*CALL)
        found = convert(tools, _mcp_utils.mcp_to_gemini_tool)
        return {**found, "called": called.content[0].text}


async def openai(url: str) -> dict[str, Any]:
    """Function tools of an agent, with strict schemas and without."""
    from agents import Agent, RunContextWrapper
    from agents.mcp import MCPServerStreamableHttp, MCPUtil
    from agents.strict_schema import ensure_strict_json_schema

    async with MCPServerStreamableHttp(params={"url": url}) as server:
        tools = await server.list_tools()

        def both(tool: Any) -> None:
            MCPUtil.to_function_tool(tool, server, convert_schemas_to_strict=False)
            ensure_strict_json_schema(json.loads(json.dumps(tool.inputSchema)))
            # Where an object is open it falls back by itself: a strict one could have no members of the user's own.
            MCPUtil.to_function_tool(tool, server, convert_schemas_to_strict=True)

        called = await server.call_tool(*CALL)
        found = convert(tools, both)
        listed = await Agent(name="a", mcp_servers=[server]).get_all_tools(RunContextWrapper(context=None))
        return {**found, "listed": len(listed), "called": called.content[0].text}


async def langchain(url: str) -> dict[str, Any]:
    """Tools of LangChain, and from them what OpenAI and Anthropic are sent."""
    from langchain_core.utils.function_calling import convert_to_openai_tool
    from langchain_mcp_adapters.client import MultiServerMCPClient

    client = MultiServerMCPClient({"segment": {"url": url, "transport": "streamable_http"}})
    tools = await client.get_tools()
    found = convert(tools, convert_to_openai_tool)
    called = await next(tool for tool in tools if tool.name == CALL[0]).ainvoke(CALL[1])
    return {**found, "called": json.dumps(called, default=str)}


async def main(url: str) -> None:
    json.dump({by.__name__: await by(url) for by in (google, openai, langchain)}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
