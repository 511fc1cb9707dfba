"""Tools and results in the protocol's words."""

from __future__ import annotations

from mcp_types import CallToolResult, TextContent, Tool, ToolAnnotations

from ..agent_tools.results import ToolResult
from ..agent_tools.tools import ToolSpec


def tool_told(tool: ToolSpec) -> Tool:
    """A tool, with every hint written out: a client that finds one missing takes the tool for destructive."""
    return Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=dict(tool.input_schema),
        output_schema=None if tool.output_schema is None else dict(tool.output_schema),
        annotations=ToolAnnotations(
            read_only_hint=tool.hints.reads,
            destructive_hint=tool.hints.destroys,
            idempotent_hint=tool.hints.repeats,
            open_world_hint=tool.hints.outside,
        ),
    )


def result_told(result: ToolResult) -> CallToolResult:
    """What a tool gives."""
    return CallToolResult(
        content=[TextContent(type="text", text=result.text)],
        structured_content=result.structured,
        is_error=result.is_error,
    )
