"""Segment as an integration of ModuleX, which finds it by the entry point ``segment_connector`` of ``modulex.tools``.

Manifest and tools are made of the connector's specs when this is imported: an action that is added to them is a tool
without another line. ModuleX brings a smaller integration of its own under the name ``segment``, so this one has
another name.
"""

from __future__ import annotations

from segment_connector import Connector

from .manifest import manifest_of
from .tools import tools_of
from .whole_profile import whole_profile

_CONNECTOR = Connector.load()
_CATALOG = whole_profile(_CONNECTOR)

manifest = manifest_of(_CATALOG)
TOOLS = tools_of(_CATALOG)

__all__ = ["TOOLS", "manifest"]
