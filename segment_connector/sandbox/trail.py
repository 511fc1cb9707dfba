"""The list of what was changed, when an API keeps one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..clock import Clock
from ..templates.compiler import Compiler, Template
from .entry_maker import EntryMaker
from .executor import Change
from .scene_records import TrailRules
from .simulation_data import has_shape, shape_of
from .state import Address, address_of
from .world import World


class Trail:
    """Notes changes.

    :param world: what the API has, the list among it.
    """

    def __init__(self, rules: TrailRules, world: World, clock: Clock) -> None:
        self._rules = rules
        self._world = world
        self._clock = clock
        self._ids = EntryMaker("trail")
        names = ("entry", "before", "title", "type", "change", "now", "fresh")
        self._compiler = Compiler(names, (), world.data.path)
        self._entry = self._template(dict(rules.entry), "entry")
        self._kinds = {
            shape_of(path): (
                kind.type,
                self._template(kind.title, f"kinds.{path}.title"),
                {
                    name: self._template(word, f"kinds.{path}.changes.{name}")
                    for name, word in {**rules.changes, **kind.changes}.items()
                },
            )
            for path, kind in rules.kinds.items()
        }

    def note(self, change: Change) -> None:
        """Put a change on the list, if its kind is told of; a change below an entry is one of the entry."""
        found = self._kind(change.address)
        while found is None:
            above = self._above(change)
            if above is None:
                return
            change, found = above, self._kind(above.address)
        kind, title, changes = found
        names: dict[str, Any] = {"entry": change.entry, "before": change.before, "type": kind}
        names["title"] = title.evaluate(names)
        names["change"] = changes[change.kind].evaluate(names)
        names["now"] = self._clock.timestamp()
        entries = self._world.state.made(address_of(self._rules.at))
        names["fresh"] = self._ids.fresh(entries[0].get("id") if entries else "x" * 22)
        entries.append(self._entry.evaluate(names))
        del entries[: -self._rules.most]

    def _kind(self, address: Address) -> tuple[str, Template, dict[str, Template]] | None:
        return next((kind for shape, kind in self._kinds.items() if has_shape(address, shape)), None)

    def _above(self, change: Change) -> Change | None:
        """The change as one of the entry that it is below."""
        address, key = change.address[:-2], change.address[-2:-1]
        by = self._world.data.collection(address).by
        entry = self._world.state.find(address, by, key) if address and len(by) == len(key) else None
        return None if entry is None else replace(change, kind="update", address=address, entry=entry, before=entry)

    def _template(self, tree: Any, place: str) -> Template:
        return self._compiler.template(self._compiler.value(tree, f"trail.{place}"), f"trail.{place}")
