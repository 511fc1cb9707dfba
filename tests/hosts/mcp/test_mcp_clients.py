"""Clients of others: the Inspector's command line, the conformance suite, an agent of pydantic-ai.

The first two are programs of Node.js, which ``npm ci --prefix tests/npm`` installs; without them the tests fail.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_support import environment
from faultserver import FaultServer, Seen, answer
from mcp_support import DEADLINE, node_environment, node_tool, offered

from segment_connector import Connector
from segment_connector.sandbox import Sandbox

pytestmark = pytest.mark.unmeasured

DATA = Path(__file__).parent / "data"
INSPECTOR = ("@modelcontextprotocol/inspector", "clients/launcher/build/index.js")
CONFORMANCE = ("@modelcontextprotocol/conformance", "dist/index.js")


def run(command: list[str], home: Path, timeout: float = 90) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, env=node_environment(home), cwd=home, timeout=timeout, check=False
    )


def inspect(home: Path, *arguments: str) -> Any:
    """What the Inspector's command line prints, as JSON."""
    done = run([*node_tool(*INSPECTOR), "--cli", *arguments, "--format", "json"], home)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_finds_no_fault_in_strict_mode(url: str, era: str, tmp_path: Path):
    command = [*node_tool(*INSPECTOR), "--cli", url, "--transport", "http", "--protocol-era", era]
    done = run([*command, "--method", "tools/list", "--strict"], tmp_path)

    assert done.returncode == 0, done.stderr
    assert re.search(r"^0 errors, ", done.stderr, re.MULTILINE) or "warning" not in done.stderr
    names = {tool["name"] for tool in json.loads(done.stdout)["tools"]}
    assert {"track", "run_action"} <= names


def test_the_inspector_finds_no_fault_in_any_action(sandbox: Sandbox, specs: Any, tmp_path: Path):
    every = {
        "allow": ["read", "write", "delete"],
        "groups": list(specs.groups),
        "tools": specs.connector.agents.only_by_name,
    }
    with offered(Connector(specs), sandbox.connection, **every) as url:
        command = [*node_tool(*INSPECTOR), "--cli", url, "--transport", "http", "--method", "tools/list", "--strict"]
        done = run(command, tmp_path)

    assert done.returncode == 0, done.stderr[-3000:]
    assert len(json.loads(done.stdout)["tools"]) == len(specs.paths) + 3


def test_the_inspector_starts_the_program_and_calls_a_tool(sandbox: Sandbox, tmp_path: Path):
    variables = [part for name, value in sandbox.environment.items() for part in ("-e", f"{name}={value}")]
    said = inspect(
        tmp_path, *variables, "-e", "NO_PROXY=127.0.0.1", sys.executable, "-m", "segment_connector", "mcp",
        "--method", "tools/call", "--tool-name", "track",
        "--tool-args-json", '{"event": "Order Completed", "userId": "u-1"}',
    )  # fmt: skip

    result = said.get("result", said)
    assert result["structuredContent"]["event"] == "Order Completed"
    assert not result.get("isError")


def test_the_conformance_suite_passes_but_for_what_is_explained(tmp_path: Path):
    def service(seen: Seen, _: Any) -> bytes:
        if seen.target == "/error":
            return answer({"message": "This tool intentionally returns an error for testing"}, 404)
        if seen.target == "/slow" and len([one for one in backend.seen if one.target == "/slow"]) < 5:
            return answer({}, 503)
        return answer({"text": "This is a simple text response for testing."})

    expected = DATA / "expected_failures.yaml"
    connector = Connector.load(DATA / "everything")
    with FaultServer(service) as backend, offered(connector, {"servers": {"main": backend.url}}) as url:
        command = [*node_tool(*CONFORMANCE), "server", "--url", url, "--suite", "all"]
        done = run([*command, "--expected-failures", str(expected), "-o", str(tmp_path / "out")], tmp_path)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_every_expected_failure_has_its_reason():
    lines = (DATA / "expected_failures.yaml").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if line.startswith("  - ")]

    assert len(listed) == len(set(listed)) <= 19
    assert all(re.fullmatch(r"  - [a-z0-9-]+ # .{10,}", line) for line in listed)


def test_an_agent_of_pydantic_ai_uses_the_tools(sandbox: Sandbox, url: str):
    from pydantic_ai import Agent
    from pydantic_ai.mcp import MCPToolset
    from pydantic_ai.messages import ToolReturnPart
    from pydantic_ai.models.test import TestModel

    reading = ["get_workspace", "list_sources", "list_tracking_plans", "find_action"]
    model = TestModel(call_tools=reading)
    agent = Agent(model, toolsets=[MCPToolset(url)])

    async def main() -> Any:
        async with agent:
            return await agent.run("Look around.")

    result = asyncio.run(main())

    returned = {
        part.tool_name: part.content
        for message in result.all_messages()
        for part in message.parts
        if isinstance(part, ToolReturnPart)
    }
    assert set(returned) == set(reading)
    assert len(returned["list_sources"]["sources"]) == 5
    offered_tools = {tool.name for tool in model.last_model_request_parameters.function_tools}
    assert {"track", "run_action"} <= offered_tools


def test_an_agent_of_pydantic_ai_gets_errors_to_mend(url: str):
    from pydantic_ai import Agent
    from pydantic_ai.mcp import MCPToolset
    from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import AgentInfo, FunctionModel

    asked: list[str] = []

    def answer_with(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
        if len(messages) == 1:
            return ModelResponse([ToolCallPart("track", {"event": "Order Completed"})])
        if not asked:  # the kind of the part that tells of an error differs between versions
            asked.append(str(messages[-1].parts[-1].content))
            return ModelResponse([ToolCallPart("track", {"event": "Order Completed", "userId": "u-1"})])
        return ModelResponse([TextPart("done")])

    agent = Agent(FunctionModel(answer_with), toolsets=[MCPToolset(url)])

    async def main() -> Any:
        async with agent:
            return await agent.run("Track it.")

    assert asyncio.run(main()).output == "done"
    assert "fix: an event without an id is dropped" in asked[0]


def test_an_agent_of_pydantic_ai_starts_the_program(sandbox: Sandbox):
    from fastmcp.client.transports import StdioTransport
    from pydantic_ai import Agent
    from pydantic_ai.mcp import MCPToolset
    from pydantic_ai.models.test import TestModel

    arguments = ["-m", "segment_connector", "mcp", "--allow", "read"]
    transport = StdioTransport(sys.executable, arguments, env=environment(sandbox.environment), keep_alive=False)
    agent = Agent(TestModel(call_tools=["get_workspace"]), toolsets=[MCPToolset(transport, init_timeout=DEADLINE)])

    async def main() -> Any:
        async with agent:
            return await agent.run("Which workspace is it?")

    assert "get_workspace" in asyncio.run(main()).output
