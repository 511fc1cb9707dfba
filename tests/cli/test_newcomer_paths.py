"""What somebody does who knows nothing but the program's name: in a terminal, by what it prints, and never back."""

from __future__ import annotations

import ast
import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import NO_PROFILES
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from messy_orders import write_messy_orders
from newcomer_ways import promised
from tmux_terminal import Terminal

ROWS = 300


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with Terminal(tmp_path) as opened:
        yield opened


def ways(terminal: Terminal) -> dict[str, list[str]]:
    """The first screen: the commands below each title."""
    terminal.type("segment-connector")
    shown: dict[str, list[str]] = {}
    title = ""
    for line in terminal.enter():
        if line.startswith("    "):
            shown[title].append(line.strip())
        elif line.startswith("  "):
            title = line.strip()
            shown[title] = []
        elif line.startswith("No account?"):
            assert "--sandbox" in line
    return shown


def in_words(terminal: Terminal) -> str:
    return f"{terminal.commands} commands, {terminal.steps} steps"


def test_an_event_is_sent(terminal: Terminal) -> None:
    (command,) = ways(terminal)["Send an event"]
    terminal.type(command)
    terminal.type(" --sandbox")
    told = terminal.enter()
    assert "sandbox: 1. track accepted" in told
    assert any(line.startswith("accepted by the sandbox") for line in told)
    assert terminal.steps <= 6
    assert promised("send an event", "in a terminal") == in_words(terminal)


def test_a_messy_file_is_imported(terminal: Terminal) -> None:
    without = write_messy_orders(terminal.folder / "orders.csv", ROWS)
    propose, send = ways(terminal)["Import a file"]
    terminal.type(propose.replace("FILE", "orders.csv"))
    terminal.steps += 1  # the copied line, and the file's name in it
    hints = "\n".join(terminal.enter())
    assert "bulk orders.csv --map FILE" in hints
    terminal.type(send.replace("FILE", "orders.csv"))
    terminal.steps += 1
    terminal.type(" --sandbox")
    told = terminal.enter()
    assert f"Done: {ROWS - len(without)} events accepted, {len(without)} records rejected" in told
    assert terminal.steps <= 10
    assert promised("import a spreadsheet", "in a terminal") == in_words(terminal)


def test_an_agent_gets_the_tools(terminal: Terminal) -> None:
    (command,) = ways(terminal)["Give it to an agent"]
    terminal.type(command)
    terminal.type(" --sandbox")
    printed = terminal.enter()
    (server,) = json.loads("\n".join(printed))["mcpServers"].values()

    async def use() -> str:
        started = StdioServerParameters(command=server["command"], args=server["args"], env=NO_PROFILES)
        async with Client(started) as client:
            given = await client.call_tool("track", {"event": "Lamp Lit", "userId": "u-1"})
            assert not given.is_error
            return str(given.content)

    assert "Lamp Lit" in asyncio.run(use())
    assert terminal.commands <= 3
    assert promised("give the tools to an agent", "in a terminal") == in_words(terminal)


def test_sources_are_listed_by_a_program_of_ones_own(
    terminal: Terminal, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (command,) = ways(terminal)["Call it from Python"]
    terminal.type(command)
    terminal.type(" > sources.py")
    assert [line for line in terminal.enter() if line.startswith("error")] == []
    with Terminal(tmp_path_factory.mktemp("second")) as second:
        second.begin("segment-connector sandbox --port 0")
        second.lines_with("To stop:")  # the last line of its greeting
        terminal.paste(second.lines_with("export "))
        terminal.type("python sources.py")
        told = terminal.enter()
    sources = [ast.literal_eval(line) for line in told]
    assert len({source["id"] for source in sources}) == len(sources) > 2
    terminal.steps += second.steps
    terminal.commands += second.commands
    assert promised("list sources in Python", "in a terminal") == in_words(terminal)
