"""A local stand-in for the service's APIs.

>>> from segment_connector.sandbox import Sandbox
>>> with Sandbox(connector.specs) as sandbox:
...     connector.run("track", {"event": "Signed Up", "userId": "u-1"}, sandbox.connection)
...     sandbox.events()
"""

from __future__ import annotations

from .sandbox import Sandbox

__all__ = ["Sandbox"]
