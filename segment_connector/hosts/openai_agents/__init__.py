"""The actions as tools of the OpenAI Agents SDK; needs the extra ``openai-agents``.

>>> from segment_connector.hosts.openai_agents import SegmentToolkit
>>> tools = SegmentToolkit(connection={"writeKey": "..."}, allow=["read", "write"]).tools
"""

from __future__ import annotations

from ..agent_tools.in_process import without

try:
    from .function_tools import ConnectorToolkit
except ModuleNotFoundError as error:
    raise without("agents", "openai-agents", error) from None

SegmentToolkit = ConnectorToolkit
"""The toolkit under the name of the connector that comes with the package."""

__all__ = ["ConnectorToolkit", "SegmentToolkit"]
