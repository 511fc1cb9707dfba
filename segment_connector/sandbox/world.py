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
from .state import State


class World:
    """What one API has: what is told of it, and what is there now.

    :param path: the file with its simulation data, or ``None`` for an API that nothing is told of.
    :param files: the files that were read already, by path.
    """

    def __init__(self, api: str, path: Path | None, files: dict[Path, Any]) -> None:
        self._api = api
        self._path = path
        self._files = files

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
        return State(self.data.seeds)

    def clear(self) -> None:
        """Put everything back to how it was at the beginning."""
        if "state" in self.__dict__:
            self.state.reset()


class Worlds:
    """The worlds of all APIs with simulation data, by the name of the API.

    :param beside: the folder that names of files are relative to.
    :ivar lock: held by whoever looks at one or changes one; what happens in one may change another.
    """

    def __init__(self, simulated: Mapping[str, Simulate], beside: Path) -> None:
        files: dict[Path, Any] = {}
        self._worlds = {
            name: World(name, beside / simulate.seed if simulate.seed else None, files)
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
