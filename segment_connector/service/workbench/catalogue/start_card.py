"""Where a newcomer begins: the ways that ``start`` of ``connector.yaml`` names, each leading where it says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ....errors import ConnectorError
from ..action.filled_in import FILLED_IN
from ..frame import panel
from ..markup import block, icon, text
from ..spoken import say

if TYPE_CHECKING:
    from ....language.connector_records import StartWay
    from ...backend import Backend

_ICONS = {"write": "send", "read": "source", "delete": "source", "bulk": "upload_file", "agents": "smart_toy"}


def start_card(backend: Backend) -> None:
    """The card; nothing where the connector names no way, or may call none of their actions."""
    ways = [(way, *found) for way in backend.connector.spec.start if (found := _target(backend, way)) is not None]
    if not ways:
        return
    with panel(say("Start here"), "wb-start"), block("ul", "wb-ways"):
        for way, target, picture in ways:
            with block("li"), block("a", "wb-way", href=target):
                icon(picture)
                text("span", say(way.title), "wb-way-title")
                text("span", say(way.summary), "wb-quiet")


def _target(backend: Backend, way: StartWay) -> tuple[str, str] | None:
    """Where a way leads, and the icon of it; ``None`` where that may not be called."""
    if way.action is None:
        return f"/{way.page}", _ICONS[way.page or ""]
    try:
        action = backend.policy.action(way.action)
    except ConnectorError:
        return None
    return f"/actions/{quote(way.action)}?{FILLED_IN}", _ICONS[action.effect]
