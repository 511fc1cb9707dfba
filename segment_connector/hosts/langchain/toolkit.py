"""A toolkit of LangChain: each tool of the box as a structured tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.tools import BaseTool, BaseToolkit, StructuredTool, ToolException
from pydantic import PrivateAttr

from ..agent_tools.in_process import Connection, told_of, toolbox
from ..agent_tools.results import ToolResult
from ..agent_tools.toolbox import Toolbox
from ..agent_tools.tools import ToolSpec

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ...connector import Connector
    from ..agent_tools.in_process import Options

Answer = tuple[str, dict[str, Any] | None]


class ConnectorToolkit(BaseToolkit):
    """The tools of a connector for LangChain and LangGraph.

    A message of a tool has a short text as content, for the model, and all outputs as ``artifact``, for the program. An
    error is a message with the status ``error`` and the cure in it; nothing is raised.

    :param connector: whose actions; by default those that come with the package.
    :param connection: region, credentials and server addresses, or what gives them for each call; by default what the
        environment variables say.
    :param options: what agents may do, as ``agent_tools.in_process.toolbox`` has it.
    :raises ConnectorError: for an option or a connection that is wrong.
    """

    _box: Toolbox = PrivateAttr()
    _tools: list[BaseTool] = PrivateAttr()

    def __init__(
        self, connector: Connector | None = None, connection: Connection | None = None, **options: Unpack[Options]
    ) -> None:
        super().__init__()
        self._box = toolbox(connector, connection, **options)
        self._tools = [_ConnectorTool.made(self._box, one) for one in self._box.tools.values()]

    def get_tools(self) -> list[BaseTool]:
        """The tools, those first that most jobs need; the last ones find and run all others that are allowed."""
        return list(self._tools)

    @property
    def instructions(self) -> str:
        """What belongs into the system prompt: how to use the tools, and that what a service says is data."""
        return self._box.instructions


class _ConnectorTool(StructuredTool):
    """A structured tool that takes arguments of every name: the usual one keeps ``config`` for itself."""

    _box: Toolbox = PrivateAttr()

    @classmethod
    def made(cls, box: Toolbox, tool: ToolSpec) -> _ConnectorTool:
        async def called(**arguments: Any) -> Answer:  # LangGraph reads the hints of a function, and of nothing else
            return _said(await box.call(tool.name, arguments))

        made = cls(
            name=tool.name,
            description=tool.description,
            args_schema=dict(tool.input_schema),
            response_format="content_and_artifact",
            handle_tool_error=True,
            metadata=told_of(tool),
            coroutine=called,  # without one, LangChain would take a thread for each call
        )
        made._box = box
        return made

    def _run(self, /, **arguments: Any) -> Answer:  # type: ignore[override]  # LangChain looks what it takes
        return _said(self._box.call_and_wait(self.name, arguments))

    async def _arun(self, /, **arguments: Any) -> Answer:  # type: ignore[override]  # as above
        assert self.coroutine is not None
        answer: Answer = await self.coroutine(**arguments)
        return answer


def _said(result: ToolResult) -> Answer:
    """Content and artifact.

    :raises ToolException: when the call did not succeed; LangChain makes a message of it.
    """
    if result.is_error:
        raise ToolException(result.text)
    return result.text, result.structured
