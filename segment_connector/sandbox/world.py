"""What the simulated APIs that remember have, read when it is first needed, and one lock over all of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..language import yaml_reader
from .routes import Simulate
from .simulation_data import SimulationData
from .state import State, address_of


class World:
    """What one API has: what is told of it, and what is there now.

    :param path: the file with its simulation data, or ``None`` for an API that nothing is told of.
    :param files: the files that were read already, by path.
    :param credentials: the right ones, by member of the connection.
    """

    def __init__(
        self, api: str, path: Path | None, files: dict[Path, Any], credentials: Mapping[str, str] | None = None
    ) -> None:
        self._api = api
        self._path = path
        self._files = files
        self._credentials = credentials or {}

    @cached_property
    def data(self) -> SimulationData:
        """What is told of it.

        :raises SpecError: when the file cannot be read, or breaks the language.
        """
        content: Any = {}
        if self._path is not None:
            if self._path not in self._files:
                self._files[self._path] = yaml_reader.read(self._path)
            content = self._files[self._path]
        return SimulationData(content, str(self._path), self._api)

    @cached_property
    def state(self) -> State:
        """What is there now."""
        rules, seeds = self.data.senders, self.data.seeds
        own = self._credentials.get(rules.credential) if rules is not None else None
        if rules is None or own is None:
            return State(seeds)
        address = address_of(rules.at)
        entries = [
            {**entry, rules.member: [*entry.get(rules.member, ()), own]} if entry["id"] == rules.own else entry
            for entry in seeds.get(address, ())
        ]
        return State({**seeds, address: entries})

    def clear(self) -> None:
        """Put everything back to how it was at the beginning."""
        if "state" in self.__dict__:
            self.state.reset()


class Worlds:
    """The worlds of all APIs with simulation data, by the name of the API.

    :param beside: the folder that names of files are relative to.
    :param credentials: the right ones, by member of the connection: the entry that signs with one holds it.
    :ivar lock: held by whoever looks at one or changes one; what happens in one may change another.
    """

    def __init__(
        self, simulated: Mapping[str, Simulate], beside: Path, credentials: Mapping[str, str] | None = None
    ) -> None:
        files: dict[Path, Any] = {}
        self._worlds = {
            name: World(name, beside / simulate.seed if simulate.seed else None, files, credentials)
            for name, simulate in simulated.items()
        }
        self._told = [name for name, simulate in simulated.items() if simulate.seed]
        self.lock = threading.RLock()

    def __getitem__(self, api: str) -> World:
        return self._worlds[api]

    def __iter__(self) -> Iterator[str]:
        return iter(self._told)

    def own_sender(self, events: str) -> str | None:
        """The id of the entry whose events come with the sandbox's own credential, for the events of an API."""
        rules = (self[name].data.senders for name in self)
        return next((rule.own for rule in rules if rule is not None and rule.events == events), None)

    def clear(self) -> None:
        """Put everything back to how it was at the beginning."""
        for world in self._worlds.values():
            world.clear()
