"""What happens on demand: somebody enters a group, a delivery fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..clock import Clock
from ..errors import InputError, did_you_mean
from ..schema.validator import Validator
from ..templates.compiler import Compiler, Template
from ..values.json_values import copy_json, encode
from .entry_selection import fits
from .ledger import Event, Ledger
from .scene_records import EventStep, Scene
from .scene_steps import SceneSteps
from .state import address_of
from .world import World, Worlds

_TIMES: Mapping[str, Any] = {"type": "integer", "minimum": 1, "maximum": 100_000}


@dataclass(frozen=True, slots=True)
class _Ready:
    scene: Scene
    world: World
    validator: Validator
    known: Mapping[str, Template]
    steps: SceneSteps


class Scenes:
    """The scenes of all APIs.

    :param catch_up: called before one is played, with what is there locked.
    """

    def __init__(self, worlds: Worlds, ledger: Ledger, clock: Clock, catch_up: Callable[[], None]) -> None:
        self._worlds = worlds
        self._ledger = ledger
        self._clock = clock
        self._catch_up = catch_up

    def listed(self) -> list[dict[str, Any]]:
        """What can be played: ``name``, ``title``, ``parameters`` (JSON Schema) and ``required`` of each."""
        with self._worlds.lock:
            return [
                {
                    "name": name,
                    "title": one.scene.title,
                    "parameters": {**one.scene.parameters},
                    "required": list(one.scene.required),
                }
                for name, one in self._ready.items()
            ]

    def play(self, name: str, inputs: Mapping[str, Any], times: int = 1) -> None:
        """Let a scene happen.

        :param inputs: what it is given.
        :param times: how often it happens; ``index`` counts from 0.
        :raises InputError: when there is no such scene, when an input is wrong, or when what it is about is not there.
        """
        with self._worlds.lock:
            one = self._ready.get(name)
            if one is None:
                hint = did_you_mean(name, self._ready) or f"there is {', '.join(self._ready)}"
                raise InputError.of("unknown", f"the sandbox has no scene '{name[:80]}'", hint, field="name")
            given = copy_json(inputs)
            problems = one.validator.problems({**given, "times": times})
            if problems:
                raise InputError(problems)
            for parameter, schema in one.scene.parameters.items():
                if "default" in schema:
                    given.setdefault(parameter, schema["default"])
            self._catch_up()
            names: dict[str, Any] = {"input": given}
            names.update({known: self._known(one, known, names) for known in one.known})
            for index in range(times):
                one.steps.run({**names, "index": index})

    def _known(self, one: _Ready, name: str, names: Mapping[str, Any]) -> Any:
        told = one.known[name].evaluate(names)
        for entry in one.world.state.entries(address_of(told["at"])) or ():
            if fits(entry, told["find"]):
                return entry
        wanted = " and ".join(f"{member} '{value}'" for member, value in told["find"].items())
        raise InputError.of(
            "not_found", f"there is no {name} with {wanted}", f"list what is at {told['at']}", field=name
        )

    @cached_property
    def _ready(self) -> dict[str, _Ready]:
        found: dict[str, _Ready] = {}
        for api in self._worlds:
            world = self._worlds[api]
            for name, scene in world.data.scenes.items():
                schema = {
                    "type": "object",
                    "properties": {**scene.parameters, "times": _TIMES},
                    "required": list(scene.required),
                    "additionalProperties": False,
                }
                compiler, place = Compiler(("input",), (), world.data.path), f"{api}.scenes.{name}"
                known = {
                    one: compiler.template(compiler.value({"at": about.at, "find": dict(about.find)}, place), place)
                    for one, about in scene.known.items()
                }
                names = ("input", "index", *scene.known)
                steps = SceneSteps(scene.steps, f"{place}.steps", names, world, self._clock, self._emitter(name))
                found[name] = _Ready(scene, world, Validator(schema), known, steps)
        return found

    def _emitter(self, scene: str) -> Callable[[EventStep, str | None, Mapping[str, Any]], None]:
        def emit(step: EventStep, sender: str | None, body: Mapping[str, Any]) -> None:
            now = self._clock.timestamp()
            event = Event(
                received_at=now, api=step.to, action=step.action, status="accepted", problem=None,
                id=body.get(step.id), id_field=step.id, retry_count=0, path=f"/scenes/{scene}",
                body=encode(body), sender=sender,
            )  # fmt: skip
            self._ledger.record([event])

        return emit
