"""A local stand-in for a service's APIs, made of its specs, that also tells what the service keeps quiet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from ..call.compiled_action import CompiledAction
from ..clock import Clock, machine_clock
from ..language.connector_records import Api
from ..language.specs import Specs
from ..values.paths import put_into
from .context import SandboxContext, Simulation
from .control import Control
from .credentials import Credentials
from .deliveries import Deliveries
from .delivery_control import delivery_endpoints
from .dispatcher import Dispatcher
from .event_follower import EventFollower, Reader
from .faults import Faults
from .growth import Growth
from .http_server import HOST, Server
from .issued_tokens import IssuedTokens
from .ledger import Ledger
from .lenient_api import LenientApi
from .messages import json_reply
from .plan_watch import PlanWatch
from .routes import Simulate, simulated
from .sandbox_file import SandboxFile
from .scene_control import scene_endpoints
from .scenes import Scenes
from .senders import Senders
from .strict_api import StrictApi
from .token_server import TokenServer
from .world import Worlds

ANSWERS: Mapping[str, Callable[[Api, Simulate, SandboxContext], Simulation]] = {
    "always": LenientApi, "strictly": StrictApi, "tokens": TokenServer,
}  # fmt: skip
"""The ways of answering, by the word for them in ``simulate.answers``."""

_Seen = TypeVar("_Seen")

_STOP_CHECK = 0.05  # seconds


class Sandbox:
    """A sandbox on 127.0.0.1, for a ``with`` statement; it serves from ``start`` to ``close``.

    :param specs: what to simulate: every API of ``connector.yaml`` with ``simulate``.
    :param port: where to listen; 0 takes any port that is free.
    :param credentials: right credentials in place of the sandbox's own, by the name of their connection property.
    :param clock: time, by which tokens expire and dates are written; by default the machine's.
    :param file: where events and what the APIs have are kept for the next start; by default nothing is kept.
    :raises SpecError: when the specs cannot be simulated.
    :raises ConnectionConfigError: when ``credentials`` names a property that nothing is signed with.
    :raises InputError: when ``file`` cannot be used, or is of another connector.
    :raises OSError: when the port is taken.
    """

    def __init__(
        self,
        specs: Specs,
        port: int = 0,
        *,
        credentials: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        file: Path | None = None,
    ) -> None:
        self._specs = specs
        self._spec = spec = specs.connector
        self._simulated = simulated(spec, ANSWERS)
        clock = clock or machine_clock()
        compiled: dict[str, CompiledAction] = {}

        def find(name: str) -> CompiledAction:
            if name not in compiled:
                compiled[name] = CompiledAction(specs.action(name), find, clock)
            return compiled[name]

        issued = IssuedTokens(clock.now)
        self._credentials = Credentials(spec, self._simulated, credentials or {}, issued)
        self._ledger = Ledger()
        self._faults = Faults()
        self._worlds = Worlds(self._simulated, Path(spec.path).parent, self._credentials.values)
        self._deliveries = Deliveries(self._worlds, self._credentials, clock)
        self._follower = EventFollower(self._ledger, self._worlds, self._readers)
        self._scenes = Scenes(self._worlds, self._ledger, clock, self._follower.catch_up)
        self._clock = clock
        context = SandboxContext(
            specs, spec, clock, find, self._ledger, self._credentials, issued, self._worlds,
            Senders(self._worlds, self._credentials), self._follower,
        )  # fmt: skip
        self._simulations = simulations = {
            name: ANSWERS[simulate.answers](spec.apis[name], simulate, context)
            for name, simulate in self._simulated.items()
        }
        control = Control(
            self._ledger, self._faults, self.index, self.state, self._reset,
            {
                **delivery_endpoints(self._deliveries, self.settle), **scene_endpoints(self._scenes),
                ("GET", "/violations"): lambda _: json_reply(200, {"violations": self.violations()}),
            },
        )  # fmt: skip
        mounts = {simulate.mount: name for name, simulate in self._simulated.items()}
        self._server = Server(port, Dispatcher(mounts, simulations, control, self._faults), clock)
        self._file = None
        if file is not None:
            self._file = SandboxFile(file, spec.name, self._ledger, self._worlds)
            try:
                self._file.load()
            except BaseException:
                self._server.close()
                raise
            self._follower.skip()  # what is put back was dealt with before
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_CHECK,), name="sandbox", daemon=True
        )

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{HOST}:{self._server.port}"

    @property
    def servers(self) -> dict[str, str]:
        """The base URL of each API that it simulates."""
        return {name: self.url + simulate.mount for name, simulate in self._simulated.items()}

    @property
    def connection(self) -> dict[str, Any]:
        """A connection to it, signed in the plainest way that each API has."""
        needed = {name: value for simulate in self._simulated.values() for name, value in simulate.connection.items()}
        region = self._spec.connection.properties.get("region", {})
        if "region" in self._spec.connection.required and "default" not in region and region.get("enum"):
            needed.setdefault("region", region["enum"][0])
        return {**needed, **self._credentials.simplest(), "servers": self.servers}

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that make the same connection."""
        return dict(_variables(self._spec.connection.properties, self.connection))

    @property
    def shown_environment(self) -> dict[str, str]:
        """``environment`` without the credentials that were given to the sandbox: those are nobody else's to see."""
        hidden: dict[str, Any] = {}
        for name in self._credentials.given:
            put_into(hidden, name, "")
        secret = dict(_variables(self._spec.connection.properties, hidden))
        return {name: value for name, value in self.environment.items() if name not in secret}

    def index(self) -> dict[str, Any]:
        """What ``GET /`` shows: what is simulated where, and the environment variables that lead there."""
        apis = {
            name: {"title": self._spec.apis[name].title, "url": url, "answers": self._simulated[name].answers}
            for name, url in self.servers.items()
        }
        return {
            "name": f"{self._spec.name} sandbox",
            "apis": apis,
            "environment": self.shown_environment,
            "events": f"{self.url}/events",
            "faults": f"{self.url}/faults",
            "state": f"{self.url}/state",
            "deliveries": f"{self.url}/deliveries",
            "scenes": f"{self.url}/scenes",
        }

    def events(self, status: str | None = None) -> list[dict[str, Any]]:
        """The events that arrived, oldest first.

        :param status: only ``accepted``, ``dropped`` or ``duplicate`` ones.
        :returns: for each ``number``, ``receivedAt``, ``api``, ``action``, ``status``, ``code``, ``reason``, ``hint``,
            ``field``, ``id``, ``retryCount``, ``path`` and ``body``.
        """
        return [event.to_dict() for event in self._ledger.page(status=status)[0]]

    def wait(self, since: int, seconds: float, limit: int | None = None) -> tuple[list[dict[str, Any]], int]:
        """The events after a number, at most ``limit``, waiting for the first; and the number to go on from."""
        events, after = self._ledger.page(since, limit, wait=seconds)
        return [event.to_dict() for event in events], after

    def violations(self) -> list[dict[str, Any]]:
        """How often events broke the tracking plan that their sender is connected to, the most frequent first.

        :returns: for each way ``event``, ``kind``, ``field`` (the place, with ``$`` for an entry) and ``count``.
        """
        return self._watched(lambda watch: watch.counts(), [])

    def violations_of(self, number: int) -> list[dict[str, Any]]:
        """What of an event is not as the tracking plan of its sender says.

        :returns: for each ``kind``, ``field``, ``message``, ``hint`` and ``rule``.
        """
        return self._watched(lambda watch: watch.of(number), [])

    def _watched(self, look: Callable[[PlanWatch], _Seen], none: _Seen) -> _Seen:
        watch = self._plan_watch
        if watch is None:
            return none
        with self._worlds.lock:
            self._follower.catch_up(watch.api)
            return look(watch)

    def _forget_violations(self) -> None:
        if (watch := self.__dict__.get("_plan_watch")) is not None:
            with self._worlds.lock:
                watch.forget()

    @cached_property
    def _plan_watch(self) -> PlanWatch | None:
        for name in self._worlds:
            world = self._worlds[name]
            if (rules := world.data.plans) is not None and (spec := self._specs.plans) is not None:
                return PlanWatch(rules, name, spec, world, self._worlds.own_sender(rules.events))
        return None

    def fault(self, **wanted: Any) -> None:
        """Let the next requests fail; the members are those of ``POST /faults``.

        :raises InputError: naming each member that is wrong.
        """
        self._faults.ask(wanted)

    def faults(self) -> list[dict[str, Any]]:
        """The faults to come, ``times`` being what is left of each."""
        return self._faults.listed()

    def forget_events(self) -> int:
        """Forget the events and their ids, and nothing else; gives how many there were."""
        self._forget_violations()
        return self._ledger.clear()

    def forget_deliveries(self) -> int:
        """Forget the deliveries, those that wait too, and nothing else; gives how many there were."""
        return self._deliveries.clear()

    def forget_faults(self) -> int:
        """Forget the faults to come, and nothing else; gives how many there were."""
        return self._faults.clear()

    def deliveries(self, status: str | None = None) -> list[dict[str, Any]]:
        """What was sent to whoever asked for events, oldest first.

        :param status: only ``waiting``, ``retrying``, ``delivered``, ``failed`` or ``dropped`` ones.
        :returns: for each ``number``, ``status``, ``reason``, ``events`` (their numbers), ``outlet`` and ``mapping``
            (the ids of the entries it is sent for), ``method``, ``url``, ``signature``, ``headers``, ``tries`` (each
            with ``at``, ``status``, ``reason`` and ``wait``), ``body`` and ``text``, the body as it is sent.
        """
        return self._deliveries.log.page(status=status)[0]

    def delivery_changes(self, since: int, seconds: float) -> tuple[list[dict[str, Any]], int]:
        """The deliveries that are new or were tried after a change, waiting for the first; and the last change."""
        return self._deliveries.log.changes(since, seconds)

    def deliver(self, **wanted: Any) -> None:
        """Let the next deliveries be unusual; the members are those of ``POST /deliveries/faults``.

        :raises InputError: naming each member that is wrong.
        """
        self._deliveries.faults.ask(wanted)

    def scenes(self) -> list[dict[str, Any]]:
        """What can be played: ``name``, ``title``, ``parameters`` (JSON Schema by name) and ``required`` of each."""
        return self._scenes.listed()

    def play(self, scene: str, times: int = 1, **inputs: Any) -> None:
        """Let something happen that the service does by itself, so often; ``inputs`` are the scene's parameters.

        :raises InputError: when there is no such scene, when an input is wrong, or when what it is about is not there.
        """
        self._scenes.play(scene, inputs, times)

    def settle(self, seconds: float = 10, *, hurry: bool = False) -> bool:
        """Wait until every event that arrived is passed on, and nothing is left to be sent.

        :param seconds: how long at most.
        :param hurry: make the next try of what was not taken at once, and so until it is taken or given up.
        :returns: whether nothing is left.
        """
        self._follower.catch_up("", every=True)
        return self._deliveries.settle(seconds, hurry=hurry)

    def clear(self) -> None:
        """Forget all events and deliveries, ids and faults to come, and put back whatever requests changed."""
        self._follower.skip()
        self._deliveries.clear()
        self._ledger.clear()
        self._faults.clear()
        self._reset()
        self._forget_violations()

    def state(self) -> dict[str, Any]:
        """A copy of what the APIs that remember have now: for each, lists of entries by their path."""
        return {name: kept for name, simulation in self._simulations.items() if (kept := simulation.state())}

    def _readers(self) -> list[Reader]:
        readers: list[Reader] = list(self._deliveries.readers())
        readers += [self._plan_watch] if self._plan_watch is not None else []
        for name in self._worlds:
            world = self._worlds[name]
            if (rules := world.data.follows) is not None:
                readers.append(Growth(rules, name, world, self._worlds.own_sender(rules.events), self._clock))
        return readers

    def _reset(self) -> None:
        with self._worlds.lock:
            if self._follower.is_started:  # what came before meets what was there
                self._follower.catch_up()
            for simulation in self._simulations.values():
                simulation.clear()
            self._follower.changed()

    def start(self) -> Sandbox:
        """Serve, in a thread of its own."""
        self._thread.start()
        if self._file is not None:
            self._file.follow(self._follower.catch_up)
        return self

    def close(self) -> None:
        """Stop serving and end every connection.

        :raises InputError: when what is to be kept cannot be written.
        """
        try:
            if self._file is not None:
                self._file.close(self._follower.catch_up)
        finally:
            self._stop()

    def _stop(self) -> None:
        self._ledger.close()
        self._follower.close()
        self._deliveries.close()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.close()

    def __enter__(self) -> Sandbox:  # noqa: PYI034 - Self came with Python 3.11
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _variables(properties: Mapping[str, Any], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every value whose property has an environment variable."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        schema = properties.get(name, {})
        if isinstance(value, Mapping):
            found.extend(_variables(schema.get("properties", {}), value))
        elif "env" in schema:
            found.append((schema["env"], value))
    return found
