"""Everything about how the sandbox calls out: the list of deliveries, what is unusual about the next ones, waiting."""

from __future__ import annotations

from collections.abc import Sequence

from ..clock import Clock
from .courier import Courier
from .credentials import Credentials
from .delivery_faults import DeliveryFaults
from .delivery_log import DeliveryLog
from .webhooks import Webhooks
from .world import Worlds


class Deliveries:
    """What is sent to whoever asked for events.

    :ivar log: the list of deliveries; ``faults`` what is unusual about the next ones.
    """

    def __init__(self, worlds: Worlds, credentials: Credentials, clock: Clock) -> None:
        self.log = DeliveryLog()
        self.faults = DeliveryFaults()
        self._worlds = worlds
        self._credentials = credentials
        self._clock = clock
        self._courier = Courier(self.log, clock)
        self._webhooks: list[Webhooks] = []

    def readers(self) -> Sequence[Webhooks]:
        """What passes events on, for each API that does so."""
        for name in self._worlds:
            data = self._worlds[name].data
            if (rules := data.webhooks) is not None:
                own, hidden = self._worlds.own_sender(rules.events), self._credentials.members(rules.events)
                self._webhooks.append(
                    Webhooks(rules, name, self._worlds[name], own, hidden, self._courier, self.faults, self._clock)
                )
        return self._webhooks

    def settle(self, seconds: float, *, hurry: bool) -> bool:
        """Wait until what was passed on is sent; see ``Courier.settle``."""
        return self._courier.settle(seconds, hurry=hurry)

    @property
    def waiting(self) -> int:
        """How many deliveries are not done with."""
        return self._courier.waiting

    def clear(self) -> int:
        """Forget the deliveries, those that wait too, and what is asked of them. Gives how many there were."""
        with self._worlds.lock:
            for one in self._webhooks:
                one.clear()
            self._courier.clear()
        self.faults.clear()
        return self.log.clear()

    def close(self) -> None:
        """Send nothing more."""
        self.log.close()
        self._courier.close()
