"""The actions as a toolset of Pydantic AI; needs the extra ``pydantic-ai``.

>>> from segment_connector.hosts.pydantic_ai import SegmentToolset
>>> toolset = SegmentToolset(connection={"writeKey": "..."}, allow=["read", "write"])
"""

from __future__ import annotations

from ..agent_tools.in_process import without

try:
    from .toolset import ConnectorToolset
except ModuleNotFoundError as error:
    raise without("pydantic_ai", "pydantic-ai", error) from None

SegmentToolset = ConnectorToolset
"""The toolset under the name of the connector that comes with the package."""

__all__ = ["ConnectorToolset", "SegmentToolset"]
