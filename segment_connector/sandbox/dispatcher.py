"""Behind the socket: which API, or the sandbox itself, answers a request, and what fault spoils the answer."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from .context import Simulation
from .control import Control
from .faults import Fault, Faults
from .messages import Incoming, Reply
from .routes import mounted


class Dispatcher:
    """Answers requests.

    :param mounts: API by mount.
    :param simulations: what simulates each API.
    """

    def __init__(
        self, mounts: Mapping[str, str], simulations: Mapping[str, Simulation], control: Control, faults: Faults
    ) -> None:
        self._mounts = mounts
        self._simulations = simulations
        self._control = control
        self._faults = faults
        self.stopped = threading.Event()

    def respond(self, incoming: Incoming) -> tuple[Reply, Fault | None]:
        """The reply, and the fault that has a say in how it is sent."""
        found = mounted(incoming.path, self._mounts)
        if found is None:
            return self._control.answer(incoming), None
        name, rest = found
        simulation = self._simulations[name]
        below = Incoming(
            incoming.method, incoming.path, incoming.query, incoming.headers, incoming.content, rest or "/"
        )
        fault = self._faults.take(incoming.path)
        if fault is None:
            return simulation.answer(below), None
        if fault.delay:
            self.stopped.wait(fault.delay)
        reply = Reply(fault.status or 200) if fault.replaces else simulation.answer(below)
        if fault.status is not None and fault.content is None:
            reply = Reply(fault.status)
            if fault.status >= 400:
                reply = simulation.refusal(fault.status, "fault", f"the sandbox was asked to answer {fault.status}")
        return fault.spoil(reply), fault
