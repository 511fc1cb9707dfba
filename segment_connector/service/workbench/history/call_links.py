"""The last calls, a link each to the form that is filled in as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....errors import ConnectorError
from ..lists.form_links import again_link

if TYPE_CHECKING:
    from ....language.action_records import Action
    from ...backend import Backend
    from ...call_history import PastCall

_LOOKED_AT = 100  # calls, of which the last of each action is taken


@dataclass(frozen=True, slots=True)
class RecentCall:
    """A call to go back to.

    :ivar href: the action's form with its inputs.
    """

    action: Action
    call: PastCall
    href: str

    @property
    def about(self) -> str:
        """When it was, with which connection, and what came of it."""
        return f"{self.call.at[:16].replace('T', ' ')} UTC, {self.call.connection}: {self.call.verdict}"


def recent_calls(backend: Backend, most: int) -> list[RecentCall]:
    """The last call of each action, the newest first; it reads the history.

    :param most: how many at most.
    """
    found: dict[str, RecentCall] = {}
    for call in backend.history.find(most=_LOOKED_AT):
        if call.action in found or len(found) == most:
            continue
        try:
            action = backend.policy.action(call.action)
        except ConnectorError:  # it was there in another edition of the specs
            continue
        found[call.action] = RecentCall(action, call, again_link(call.action, call.number))
    return list(found.values())
