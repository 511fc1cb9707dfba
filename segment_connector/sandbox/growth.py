"""What an API learns from the events that another one accepted, before anyone looks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..clock import Clock
from ..values.json_values import decode
from .ledger import EVERY_SENDER, Event
from .scene_records import EventStep, FollowRules
from .scene_steps import SceneSteps
from .world import World

_NAMES = ("event", "action", "received", "sender")


class Growth:
    """Learns from events.

    :param own: id of the sender whose events come with the sandbox's own credential.
    """

    eager = False

    def __init__(self, rules: FollowRules, api: str, world: World, own: str | None, clock: Clock) -> None:
        self.api = api
        self._events = rules.events
        self._own = own
        self._steps = SceneSteps(rules.steps, f"{api}.follows.steps", _NAMES, world, clock, _emit_nothing)

    def take(self, events: Iterable[Event]) -> None:
        """Learn from events."""
        for event in events:
            body = decode(event.body) if event.api == self._events else None
            if isinstance(body, dict):
                sender = self._own if event.sender in (None, EVERY_SENDER) else event.sender
                names = {"event": body, "action": event.action, "received": event.received_at, "sender": sender}
                self._steps.run(names)

    def flush(self, *, every: bool) -> None:
        """Nothing is put off."""

    def changed(self) -> None:
        """What else is there does not matter."""

    @property
    def waiting(self) -> bool:
        """Nothing is put off."""
        return False


def _emit_nothing(_step: EventStep, _sender: Any, _body: Any) -> None:
    """What is learnt of an event is not an event."""
