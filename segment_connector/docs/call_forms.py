"""One call in the forms that people write it in: a step of YAML, Python, a command line, HTTP, a tool of an agent."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .. import PORT, PROGRAM
from ..language.action_records import Example
from ..language.connector_records import ConnectorSpec
from .literals import json_text, python_text

if TYPE_CHECKING:
    from ..call.policy import Policy

SERVICE = f"http://127.0.0.1:{PORT}"
"""Where the service is on the reader's own machine, unless it was started otherwise."""

GENERAL_TOOL = "run_action"
"""The tool that calls what is not a tool itself."""

# Characters that mean something in the name of a parameter on the command line; a backslash takes the meaning away.
SPECIAL = ".=:\\"
_LINE = 4  # members that an object of an example may have before it is written as JSON and not as dotted names
_WIDTH = 80

_START = """\
import os

from segment_connector import Connector

connector = Connector.load({root})
connection = connector.connection_from_environment(os.environ)
"""


def step_text(action: str, inputs: Mapping[str, Any]) -> str:
    """The call as a step of a workflow: the action's name and its inputs, as YAML."""
    from ..language.yaml_writer import dump  # it takes milliseconds, which a call from the command line has no use for

    return dump({"action": action, "input": inputs}).rstrip("\n")


def python_call(spec: ConnectorSpec, action: str, inputs: Mapping[str, Any]) -> str:
    """The call as a Python program, with the connection from the environment."""
    return f"{_start(spec)}result = {python_line('connector.run', action, inputs)}\nprint(result.ok, result.outputs)"


def python_loop(spec: ConnectorSpec, action: str, inputs: Mapping[str, Any]) -> str:
    """A Python program that walks through all entries of a list."""
    walk = python_line("connector.iterate", action, inputs)
    return f"{_start(spec)}entries = {walk}\nfor entry in entries:\n    print(entry)"


def python_line(function: str, action: str, inputs: Mapping[str, Any]) -> str:
    """A call of a function that takes an action, inputs and a connection, an argument a line where it is long."""
    line = f'{function}("{action}", {python_text(inputs)}, connection)'
    if len(line) < _WIDTH - 10 and "\n" not in line:
        return line
    return f'{function}(\n    "{action}",\n    {python_text(inputs, 4)},\n    connection,\n)'


def example_line(program: str, action: str, example: Example) -> str:
    """The command that makes the call of an example, quoted for a shell.

    :param program: what is typed to start the command line, likewise quoted.
    """
    return " ".join(_words(program, action, example.input))


def command_text(program: str, action: str, inputs: Mapping[str, Any]) -> str:
    """The command that makes a call, an input a line where one line is too long."""
    words = _words(program, action, inputs)
    line = " ".join(words)
    return line if len(line) <= _WIDTH else " \\\n  ".join(words)


def assignment_text(path: tuple[str, ...], value: Any) -> str:
    """The ``-p`` argument that gives a value, quoted for a shell.

    :param path: the parts of the name.
    """
    name = name_text(path)
    if isinstance(value, str):
        return f"-p {quoted(name, '=', value)}"
    return f"-p {quoted(name, ':=', json.dumps(value, ensure_ascii=False))}"


def name_text(path: tuple[str, ...]) -> str:
    """The name of a value inside of values, as the command line reads it."""
    return ".".join("".join(f"\\{char}" if char in SPECIAL else char for char in part) for part in path)


def quoted(name: str, sign: str, text: str) -> str:
    """An assignment quoted for a shell: name and text apart, since event='A B' reads better than 'event=A B'."""
    return f"{shlex.quote(name)}{sign}{shlex.quote(text) if text else ''}"


def http_text(action: str, inputs: Mapping[str, Any]) -> str:
    """The call of the service's HTTP API, as a command for curl; the service's token is in ``$TOKEN``."""
    lines = (
        f"curl {SERVICE}/v1/actions/{action}/run",
        '--header "Authorization: Bearer $TOKEN"',
        f"--json {shlex.quote(json_text({'inputs': inputs}))}",
    )
    return " \\\n  ".join(lines)


def tool_text(offer: Policy, action: str, inputs: Mapping[str, Any]) -> str:
    """The message of an MCP client that makes the call; what is not a tool itself is called by another.

    :param offer: what agents are offered.
    """
    by_another = action not in offer.agents.tools and offer.permits(offer.specs.action(action))
    params = (
        {"name": GENERAL_TOOL, "arguments": {"action": action, "inputs": dict(inputs)}}
        if by_another
        else {"name": offer.tool_name(action), "arguments": dict(inputs)}
    )
    return json.dumps({"method": "tools/call", "params": params}, ensure_ascii=False, indent=2)


def _start(spec: ConnectorSpec) -> str:
    return _START.format(root="" if spec.command == PROGRAM else '"DIR"')


def _words(program: str, action: str, inputs: Mapping[str, Any]) -> list[str]:
    given = [assignment_text(path, value) for path, value in assignments((), inputs)]
    return [f"{program} run {action}", *given]


def assignments(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What a command line gives one by one: each value with the parts of its name; large objects stay whole."""
    if isinstance(value, Mapping) and (not path or (0 < len(value) <= _LINE and all(value))):
        for name, item in value.items():
            yield from assignments((*path, name), item)
    else:
        yield path, value
