"""What happens by itself, step by step: events come, entries and documents are put into what an API has."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..clock import Clock
from ..templates.compiler import Compiler, Template, left_out
from ..values.paths import get, put
from .entry_index import EntryIndex
from .entry_maker import EntryMaker
from .entry_selection import fits
from .ledger import EVERY_SENDER
from .scene_records import EventStep, SceneStep
from .state import Address, address_of
from .world import World

Emit = Callable[[EventStep, str | None, Mapping[str, Any]], None]
"""Lists an event: what is told of it, the id of its sender, and its body."""

_TREE = ("at", "document", "find", "entry", "values", "add")


class SceneSteps:
    """Steps that are ready to happen.

    :param steps: what is told of them, and ``place`` where.
    :param names: what their templates may name, besides ``each``, ``now`` and ``fresh``.
    :param emit: lists an event.
    """

    def __init__(
        self, steps: Sequence[SceneStep], place: str, names: Sequence[str], world: World, clock: Clock, emit: Emit
    ) -> None:
        self._world = world
        self._clock = clock
        self._emit = emit
        self._ids = EntryMaker(place)
        self._index = EntryIndex(world.state)
        compiler = Compiler((*names, "each", "now", "fresh"), (), world.data.path)

        def template(tree: Any, place: str) -> Template | None:
            return None if tree is None else compiler.template(compiler.value(tree, place), place)

        self._steps: list[tuple[SceneStep, Template | None, Template | None, Template]] = []
        for number, step in enumerate(steps):
            here = f"{place}.{number}"
            told = {name: getattr(step, name) for name in _TREE if getattr(step, name) is not None}
            if step.event is not None:
                told["event"] = {**asdict(step.event), "members": [asdict(one) for one in step.event.members]}
                told["event"] = {name: value for name, value in told["event"].items() if value is not None}
            whole = template(told, here)
            assert whole is not None
            self._steps.append((step, template(step.when, f"{here}.when"), template(step.each, f"{here}.each"), whole))

    def run(self, names: Mapping[str, Any]) -> None:
        """Let them happen, one after the other.

        :raises InputError: when a value cannot stand where a template puts it.
        """
        known = {**names, "now": self._clock.timestamp()}
        for step, when, each, whole in self._steps:
            for one in self._each(each, known):
                known["fresh"] = {"id": self._ids.like("x" * 22), "uuid": self._clock.new_id()}
                named = {**known, "each": one}
                if when is None or when.evaluate(named) is True:
                    self._happen(step, whole.evaluate(named))

    def _each(self, each: Template | None, names: Mapping[str, Any]) -> Iterator[Any]:
        if each is None:
            yield None
            return
        value = each.evaluate({**names, "each": None, "fresh": {}})
        if isinstance(value, Mapping):
            yield from ({"name": name, "value": item} for name, item in value.items())
        elif not left_out(value):
            yield from value

    def _happen(self, step: SceneStep, told: Mapping[str, Any]) -> None:
        if step.event is not None:
            event = told["event"]
            for one in event["members"]:
                get(event["body"], one["within"])[one["name"]] = one["value"]
            self._emit(step.event, event.get("sender", EVERY_SENDER), event["body"])
        if step.at is None:
            return
        address = address_of(told["at"])
        if step.document is not None:
            self._world.state.put(address, told["document"])
            return
        entry = self._index.find(address, told["find"]) if step.find is not None else None
        if entry is None:
            if step.entry is None:
                return
            entry = copy.deepcopy({**self._world.data.collection(address).defaults, **told["entry"]})
            self._world.state.made(address).append(entry)
        for place, value in (told.get("values") or {}).items():
            entry.update(put(entry, place, value))
        for member, added in (told.get("add") or {}).items():
            self._add(step, address, entry, member, added if isinstance(added, list) else [added])

    def _add(self, step: SceneStep, address: Address, entry: dict[str, Any], member: str, added: list[Any]) -> None:
        entries = entry.setdefault(member, [])
        for one in added:
            key = {name: one[name] for name in step.by.get(member, ()) if name in one}
            # Most are new, and few lists are short: the index tells without a look at them.
            known = bool(key) and self._index.find(address, {member: key}) is not None
            same = next((old for old in entries if fits(old, key)), None) if known else None
            if same is None:
                entries.append(one)
                self._index.added(address, member, entry, [one])
            else:
                same.update(one)
        del entries[: -step.most]
