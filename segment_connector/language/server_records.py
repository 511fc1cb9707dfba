"""Another service that takes the calls of one of the connector's APIs, as the runtime sees ``servers/<name>.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SpecError
from .action_records import ErrorCase
from .connector_records import AnswerRules, ConnectionTest
from .records import build


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ServerLimits:
    """What the service takes at most: bytes of one event, bytes and number of events of one batch."""

    item_bytes: int | None = None
    max_bytes: int | None = None
    max_items: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Unverified:
    """What nobody has tried or read in the service's own documentation, and which calls are about it."""

    says: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ServerProfile:
    """How one service differs from the connector's own.

    :ivar api: the API whose calls it takes; ``api_title`` is what the service calls it.
    :ivar servers: its addresses by region, or its only one; empty where every customer has one.
    :ivar address: where a customer finds that one.
    :ivar paths: the actions that it takes, by the path below which their own paths are.
    :ivar auth: the ways to sign that it knows, by their names in the connector.
    """

    path: str
    name: str
    title: str
    summary: str
    api: str
    api_title: str
    paths: Mapping[str, list[str]]
    auth: tuple[str, ...]
    servers: str | Mapping[str, str] = field(default_factory=dict)
    address: str | None = None
    limits: ServerLimits = field(default_factory=ServerLimits)
    answer: AnswerRules = field(default_factory=AnswerRules)
    errors: Mapping[str, ErrorCase] = field(default_factory=dict)
    test: tuple[ConnectionTest, ...] = ()
    unverified: tuple[Unverified, ...] = ()
    simulate: Mapping[str, Any] = field(default_factory=dict)
    docs: str | None = None

    @property
    def path_of(self) -> dict[str, str]:
        """The path below which each of its actions is, by the action's name."""
        return {action: path for path, actions in self.paths.items() for action in actions}


def server_from(data: Any, path: str) -> ServerProfile:
    """The profile from the parsed YAML.

    :raises SpecError: for a mistake in it, with its place.
    """
    profile = build(ServerProfile, data, path, "", path=path)
    if not profile.servers and not profile.address:
        message, hint = "'servers' is missing", "name its addresses, or say in 'address' where a customer finds theirs"
        raise SpecError.at(path, "missing_key", message, hint, field="servers")
    return profile
