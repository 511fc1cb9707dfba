"""What a workflow gives an activity. It is kept in the workflow's history, so it names a connection and holds none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class ActionCall:
    """A call of one action.

    :ivar action: its name.
    :ivar inputs: its parameters by name.
    :ivar connection: the name of a connection that the worker has.
    """

    action: str
    inputs: dict[str, Any] = field(default_factory=dict)
    connection: str = "default"


@dataclass
class ListCall:
    """A list to read over all of its pages; the members are those of ``ActionCall``.

    :ivar max_items: entries at most; Temporal takes 2 MB of them by default.
    """

    action: str
    inputs: dict[str, Any] = field(default_factory=dict)
    connection: str = "default"
    max_items: int | None = None


@dataclass
class BulkCall:
    """Many events to deliver.

    :ivar source: a file or folder that the worker can read, or a database's address.
    :ivar options: the other arguments of ``Connector.bulk``: ``action``, ``mapping``, ``checkpoint`` ...
    :ivar connection: as for ``ActionCall``.
    """

    source: str
    options: dict[str, Any] = field(default_factory=dict)
    connection: str = "default"
