"""A toolset of Pydantic AI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_ai import ModelRetry, RunContext, ToolReturn
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.tools import AgentDepsT, ToolDefinition
from pydantic_ai.toolsets import AbstractToolset, ToolsetTool
from pydantic_core import SchemaValidator, core_schema

from ..agent_tools.in_process import Connection, told_of, toolbox

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ...connector import Connector
    from ..agent_tools.in_process import Options

MAX_RETRIES = 3
"""How often in a row a model may fix the arguments of one tool before the run ends."""

# Arguments are judged by the action's whole schema, with a cure for what is wrong; here they only have to be an object.
_OBJECT = SchemaValidator(core_schema.dict_schema(core_schema.str_schema(strict=True), core_schema.any_schema()))


class ConnectorToolset(AbstractToolset[AgentDepsT]):
    """The tools of a connector for agents of Pydantic AI.

    A tool returns a short text for the model, with all outputs as ``metadata`` for the program. What other arguments
    fix is a ``ModelRetry`` with the cure; every other error is a ``ToolFailed`` that the model reads, so that no run
    ends for what the service said.

    :param connector: whose actions; by default those that come with the package.
    :param connection: region, credentials and server addresses, or what gives them for each call; by default what the
        environment variables say.
    :param id: of the toolset; needed where two are registered with an agent, and for durable execution.
    :param max_retries: how often in a row a model may fix the arguments of one tool before the run ends.
    :param options: what agents may do, as ``agent_tools.in_process.toolbox`` has it.
    :raises ConnectorError: for an option or a connection that is wrong.
    """

    def __init__(
        self, connector: Connector | None = None, connection: Connection | None = None, *,
        id: str | None = None, max_retries: int = MAX_RETRIES, **options: Unpack[Options],  # noqa: A002
    ) -> None:  # fmt: skip
        self._id = id
        self._box = toolbox(connector, connection, **options)
        self._tools: dict[str, ToolsetTool[AgentDepsT]] = {
            name: ToolsetTool(
                toolset=self,
                tool_def=ToolDefinition(
                    name=name,
                    description=tool.description,
                    parameters_json_schema=dict(tool.input_schema),
                    strict=False,  # objects with members of the user's own are open, which strict schemas cannot say
                    metadata=told_of(tool),
                ),
                max_retries=max_retries,
                args_validator=_OBJECT,
            )
            for name, tool in self._box.tools.items()
        }

    @property
    def id(self) -> str | None:
        """As given."""
        return self._id

    async def get_instructions(self, ctx: RunContext[AgentDepsT]) -> str:  # noqa: ARG002
        """How to use the tools, and that what a service says is data."""
        return self._box.instructions

    async def get_tools(self, ctx: RunContext[AgentDepsT]) -> dict[str, ToolsetTool[AgentDepsT]]:  # noqa: ARG002
        """The tools by name, those first that most jobs need; the last ones find and run all others."""
        return dict(self._tools)

    async def call_tool(
        self,
        name: str,
        tool_args: dict[str, Any],
        ctx: RunContext[AgentDepsT],  # noqa: ARG002
        tool: ToolsetTool[AgentDepsT],  # noqa: ARG002
    ) -> ToolReturn[Any]:
        """What comes of a call.

        :raises ModelRetry: for what the model can fix by other arguments.
        :raises ToolFailed: when the call did not succeed for another reason.
        """
        result = await self._box.call(name, tool_args)
        if result.is_error:
            raise ModelRetry(result.text) if result.fixable else ToolFailed(result.text)
        return ToolReturn(return_value=result.text, metadata=result.structured)
