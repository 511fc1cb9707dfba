"""The connector in Dagster: a resource that calls its actions, and sensors on its polled triggers."""

from __future__ import annotations

from .connector_resource import ConnectorResource
from .poll_sensor import poll_sensor

__all__ = ["ConnectorResource", "poll_sensor"]
