"""The connector in Prefect: a block that keeps a connection, and tasks that call its actions with it."""

from __future__ import annotations

from .connection_block import ConnectionBlock
from .tasks import read_list, run_action, send_bulk

__all__ = ["ConnectionBlock", "read_list", "run_action", "send_bulk"]
