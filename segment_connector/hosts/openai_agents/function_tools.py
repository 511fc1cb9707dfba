"""Function tools of the OpenAI Agents SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents import FunctionTool, Tool
from agents.tool_context import ToolContext

from ...errors import InputError
from ...values.json_text import parse_json
from ..agent_tools.in_process import Connection, toolbox
from ..agent_tools.results import error_of
from ..agent_tools.toolbox import Toolbox
from ..agent_tools.tools import ToolSpec

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ...connector import Connector
    from ..agent_tools.in_process import Options


class ConnectorToolkit:
    """The tools of a connector for agents of the OpenAI Agents SDK.

    A tool gives text: outputs, or what went wrong with its cure, so that a model can fix it in its next turn.

    :param connector: whose actions; by default those that come with the package.
    :param connection: region, credentials and server addresses, or what gives them for each call; by default what the
        environment variables say.
    :param options: what agents may do, as ``agent_tools.in_process.toolbox`` has it.
    :ivar tools: for ``Agent(tools=...)``, those first that most jobs need; the last ones find and run all others.
    :raises ConnectorError: for an option or a connection that is wrong.
    """

    def __init__(
        self, connector: Connector | None = None, connection: Connection | None = None, **options: Unpack[Options]
    ) -> None:
        self._box = toolbox(connector, connection, **options)
        self.tools: list[Tool] = [_function_tool(self._box, one) for one in self._box.tools.values()]

    @property
    def instructions(self) -> str:
        """What belongs into ``Agent(instructions=...)``: how to use the tools, and that what a service says is data."""
        return self._box.instructions


def _function_tool(box: Toolbox, tool: ToolSpec) -> FunctionTool:
    async def invoke(_: ToolContext[Any], arguments: str) -> str:
        try:
            given = _read(arguments)
        except InputError as error:
            return error_of(error).text
        return (await box.call(tool.name, given)).text

    # Objects with members of the user's own are open, which strict schemas cannot say.
    return FunctionTool(tool.name, tool.description, dict(tool.input_schema), invoke, strict_json_schema=False)


def _read(arguments: str) -> dict[str, Any]:
    """The arguments of a call, which come as JSON text.

    :raises InputError: when they are no JSON object.
    """
    try:
        given = parse_json(arguments or "{}")
    except ValueError as error:
        hint = "call it again with one JSON object"
        raise InputError.of("json", f"are not JSON: {error}", hint, field="arguments") from None
    if not isinstance(given, dict):
        raise InputError.of("type", "must be a JSON object", "give the arguments by name", field="arguments")
    return given
