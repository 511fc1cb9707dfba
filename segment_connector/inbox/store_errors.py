"""What can be wrong with a store."""

from __future__ import annotations

from ..errors import ConnectorError


class StoreError(ConnectorError):
    """The store of an inbox cannot be read or written; what was not written must be told as such."""
