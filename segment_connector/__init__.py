"""Twilio Segment as data: every action is a YAML file, a small generic runtime does the rest.

>>> from segment_connector import Connector
>>> connector = Connector.load()
>>> result = connector.run("track", {"event": "Order Completed", "userId": "u-1"}, {"writeKey": "..."})
>>> result.ok, result.meta.delivery
(True, 'accepted')

The names below are the whole public API. They are imported on first use, so ``import segment_connector`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .call.request import Request
    from .connector import Connector
    from .errors import (
        ConnectionConfigError,
        ConnectorError,
        InputError,
        Problem,
        SpecError,
        SpecVersionError,
        UnknownActionError,
    )
    from .result import CallFailed, Result

__version__ = "0.1.0"

PROGRAM = "segment-connector"
"""The command that the package installs, and how it calls itself to services."""

PORT = 8766
"""Where the service listens, unless it is told otherwise."""

__all__ = [
    "CallFailed",
    "ConnectionConfigError",
    "Connector",
    "ConnectorError",
    "InputError",
    "Problem",
    "Request",
    "Result",
    "SpecError",
    "SpecVersionError",
    "UnknownActionError",
    "__version__",
]

_HOMES = {"CallFailed": ".result", "Connector": ".connector", "Request": ".call.request", "Result": ".result"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, ".errors"), __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
