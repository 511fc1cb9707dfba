"""The actions as tools of LangChain and LangGraph; needs the extra ``langchain``.

>>> from segment_connector.hosts.langchain import SegmentToolkit
>>> tools = SegmentToolkit(connection={"writeKey": "..."}, allow=["read", "write"]).get_tools()
"""

from __future__ import annotations

from ..agent_tools.in_process import without

try:
    from .toolkit import ConnectorToolkit
except ModuleNotFoundError as error:
    raise without("langchain_core", "langchain", error) from None

SegmentToolkit = ConnectorToolkit
"""The toolkit under the name of the connector that comes with the package."""

__all__ = ["ConnectorToolkit", "SegmentToolkit"]
