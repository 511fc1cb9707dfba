"""The connector in Temporal: what a workflow asks for. The activities, which do it, are in ``activities``.

This module imports nothing else, so that a workflow can import it in Temporal's sandbox.
"""

from __future__ import annotations

from .calls import ActionCall, BulkCall, ListCall

__all__ = ["ActionCall", "BulkCall", "ListCall"]
