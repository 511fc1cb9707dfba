"""Tools for agents that run in a program of the user's own: what frameworks make tools of, with one set of options."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from ...call.policy import USUAL
from ...connection import Connections
from ...connector import Connector
from .offer import Offer
from .offer_wording import PROGRAM
from .toolbox import Toolbox
from .tools import ToolSpec

if TYPE_CHECKING:
    from typing_extensions import Unpack

Connection = Mapping[str, Any] | Callable[[], Mapping[str, Any]]


class Options(TypedDict, total=False):
    """What agents may do, and how much room they have; the members are those of ``Offer`` and ``Toolbox``."""

    allow: Collection[str] | str
    groups: Collection[str] | str
    tools: Collection[str] | str
    timeout: float
    most_calls: int
    max_result: int


def toolbox(
    connector: Connector | None = None, connection: Connection | None = None, **options: Unpack[Options]
) -> Toolbox:
    """The tools of a connector for agents of this program.

    :param connector: whose actions; by default those that come with the package.
    :param connection: region, credentials and server addresses, or what gives them for each call; by default what the
        environment variables say. No tool, message or error shows them.
    :param options: ``allow`` (effects that actions may have, by default what reads and writes), ``groups`` (only
        actions of these, each as a tool), ``tools`` (actions that are allowed and shown besides), ``timeout`` (seconds
        that a call may take), ``most_calls`` (that run at once), ``max_result`` (tokens of a result, about).
    :raises InputError: for an effect, group or action that there is not.
    :raises ConnectionConfigError: when the connection is wrong.
    """
    connector = connector or Connector.load()
    if connection is None:
        connection = connector.connection_from_environment(os.environ)
    if callable(connection):
        ask = connection
    else:
        Connections(connector.spec).check(connection)
        given = dict(connection)
        ask = given.copy
    offer = Offer(
        connector.specs,
        allow=_several(options.pop("allow", USUAL)),
        groups=_several(options.pop("groups", ())),
        tools=_several(options.pop("tools", ())),
        wording=PROGRAM,
    )
    limits: Any = options
    return Toolbox(connector, offer, lambda _: ask(), **limits)


def told_of(tool: ToolSpec) -> dict[str, Any]:
    """What a program may want to know of a tool before it lets a model call it."""
    hints = tool.hints
    return {
        "title": tool.title, "read_only": hints.reads, "destructive": hints.destroys, "idempotent": hints.repeats,
    }  # fmt: skip


def without(library: str, extra: str, error: ModuleNotFoundError) -> ImportError:
    """The error of an import that failed, with the cure when it is for want of an extra."""
    if (error.name or "").partition(".")[0] != library:
        return error
    return ImportError(f"{library} is not installed (pip install 'segment-connector[{extra}]')", name=error.name)


def _several(given: Collection[str] | str) -> Collection[str]:
    return (given,) if isinstance(given, str) else given
