"""Do what an action does, with what is there."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import Problem
from ..language.action_records import Action
from ..templates.compiler import Compiler, Template
from ..values.paths import put
from .answer_bodies import good_examples
from .compiled_operations import NAMES, CompiledOperation
from .entry_maker import EntryMaker, dated, proper, slugs
from .entry_selection import fits
from .list_changes import check_replaceable, merged, renamed, rewritten
from .operations import Operations, item_output
from .routing import Shape
from .simulation_data import Collection, SimulationData
from .state import Address, State, address_of


class NotThere(Exception):  # noqa: N818 - an answer
    """Nothing is where a request leads.

    :param field: the parameter that leads there.
    """

    def __init__(self, field: str | None) -> None:
        super().__init__(field)
        self.problem = Problem("not_found", "nothing is there under this id", "take an id that is listed", field=field)


@dataclass(frozen=True, slots=True)
class SimulatedCall:
    """One call of an action.

    :ivar path: the path of the request as it came, ``target`` with its query.
    :ivar segments: its parts below the API, ``fields`` the parameter that each of them is, if it is one.
    :ivar inputs: all parameters; ``in_query`` and ``in_body`` tell where some of them were.
    :ivar names: what templates may name.
    :ivar outputs: what is answered, to be completed.
    """

    action: Action
    path: str
    target: str
    segments: Address
    fields: tuple[str | None, ...]
    in_query: tuple[str, ...]
    in_body: tuple[str, ...]
    inputs: Mapping[str, Any]
    names: Mapping[str, Any]
    outputs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """Where something is done.

    :ivar key: what names the entry there, in the members ``by``; ``field`` is the parameter that does.
    :ivar below: what of the path names an entry of the entry's own list.
    """

    address: Address
    shape: Shape
    collection: Collection
    by: tuple[str, ...]
    key: tuple[str, ...]
    below: tuple[str, ...]
    field: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed.

    :ivar kind: ``create``, ``update`` or ``delete``.
    :ivar address: where the entry is, or was; ``before`` is what it was before, as far as it was there.
    """

    kind: str
    address: Address
    entry: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)


class Executor:
    """Changes what is there.

    :param state: what is there.
    :ivar changes: what was changed, for whoever asks, who empties it.
    """

    def __init__(self, data: SimulationData, operations: Operations, state: State) -> None:
        self._data = data
        self._operations = operations
        self._state = state
        self._maker = EntryMaker()
        self._new: dict[int, Template] = {}
        self.changes: list[Change] = []

    def place(self, compiled: CompiledOperation, told: Mapping[str, Any], call: SimulatedCall) -> Target:
        """Where the operation of a call does something."""
        operation = compiled.operation
        address, key = call.segments[: operation.base], call.segments[operation.base : operation.base + operation.keys]
        below = call.segments[operation.base + operation.keys + 1 :]
        field = call.fields[operation.base] if operation.keys else call.fields[-1] if call.fields else None
        if "at" in told:
            address, key, below = address_of(told["at"]), (), ()
        if "key" in told:
            key = (str(told["key"]),)
        collection = self._data.collection(address)
        by = (told["by"],) if "by" in told else collection.by
        return Target(address, compiled.shape, collection, by, key, below, field)

    def entry(self, place: Target, told: Mapping[str, Any]) -> dict[str, Any]:
        """The entry that is meant.

        :raises NotThere: when it is not there.
        """
        if "find" in told:
            entries = self._state.entries(place.address) or []
            entry: dict[str, Any] | None = next((entry for entry in entries if fits(entry, told["find"])), None)
        else:
            entry = self._state.find(place.address, place.by, place.key)
        if entry is None:
            raise NotThere(place.field)
        return entry

    def do(self, compiled: CompiledOperation, told: Mapping[str, Any], call: SimulatedCall) -> tuple[Any, list[Any]]:
        """Do it.

        :returns: the entry that it was about, if it is about one; and the entries that were put into a list.
        :raises NotThere: when that is not there.
        """
        place = self.place(compiled, told, call)
        one: Mapping[str, Callable[..., Any]] = {
            "get": self._get, "create": self._create, "update": self._update, "delete": self._delete,
        }  # fmt: skip
        if compiled.do in one:
            return one[compiled.do](compiled, told, call, place), []
        return self._change_list(compiled, told, call, place)

    def _get(self, _script: CompiledOperation, told: Mapping[str, Any], _call: SimulatedCall, place: Target) -> Any:
        entry = self.entry(place, told)
        return entry.get(told["member"]) if "member" in told else self.counted(entry, place.address)

    def _create(self, _script: CompiledOperation, told: Mapping[str, Any], call: SimulatedCall, place: Target) -> Any:
        entry = self._made(told, call, place)
        entries = self._state.made(place.address)
        same = self._state.find(place.address, place.by, [str(entry.get(name)) for name in place.by])
        if same is not None:
            before = dict(same)
            same.update(entry)
            self.changes.append(Change("update", place.address, same, before))
            return self.counted(same, place.address)
        entries.append(entry)
        self.changes.append(Change("create", place.address, entry))
        return self.counted(entry, place.address)

    def _update(self, _script: CompiledOperation, told: Mapping[str, Any], call: SimulatedCall, place: Target) -> Any:
        entry = self.entry(place, told)
        before = dict(entry)
        schema = self._operations.schema(place.shape)
        values = {**proper(schema, call.in_body, call.inputs), **told.get("values", {})}
        for name in place.collection.merges:
            if isinstance(values.get(name), dict):
                values[name] = {**entry.get(name, {}), **values[name]}
        _put_all(entry, values)
        self._embed(entry, place.collection, call.inputs)
        entry.update(dict.fromkeys(place.collection.changed, call.names["now"]))
        self.changes.append(Change("update", place.address, entry, before))
        return self.counted(entry, place.address)

    def _delete(self, _script: CompiledOperation, told: Mapping[str, Any], _call: SimulatedCall, place: Target) -> Any:
        entry = self.entry(place, told)
        entries = self._state.made(place.address)
        del entries[next(index for index, other in enumerate(entries) if other is entry)]
        self.changes.append(Change("delete", place.address, entry, entry))
        self._state.drop((*place.address, *(str(entry[name]) for name in place.collection.by)))
        return None

    def _change_list(
        self, compiled: CompiledOperation, told: Mapping[str, Any], call: SimulatedCall, place: Target
    ) -> tuple[Any, list[Any]]:
        operation = compiled.operation
        member = told.get("member", operation.member)
        owner = self.entry(place, told) if member else None
        entries: list[Any] = self._state.made(place.address) if owner is None else owner.setdefault(member, [])
        by = place.collection.by if owner is None else ()
        values = told.get("values", list(place.below) or call.inputs.get(operation.values or ""))
        if values is None and compiled.do == "add":
            values = [self._maker.like(entries[0] if entries else None)]
        wanted = [
            value if isinstance(value, dict) or owner is not None else {by[0]: value}
            for value in copy.deepcopy(values or [])
        ]
        if owner is not None:
            self.changes.append(Change("update", place.address, owner, owner))
        else:
            self._note(compiled.do, place, wanted)
        self._fill(wanted, told.get("fill", {}))
        if compiled.do == "remove":
            left = [entry for entry in entries if not any(fits(entry, value) for value in wanted)]
            if place.below and len(left) == len(entries):
                raise NotThere(call.fields[-1])
            entries[:] = left
            return None, []
        if compiled.do == "replace":
            check_replaceable(entries, place.collection, operation.values)
        if owner is None and place.collection.changed:
            wanted = [self._kept(value, place, call) for value in renamed(entries, wanted, place.collection)]
        entries[:] = wanted if compiled.do == "replace" else merged(entries, wanted, by)
        return owner if owner is not None else self._owner(place.address), wanted

    def _kept(self, value: dict[str, Any], place: Target, call: SimulatedCall) -> dict[str, Any]:
        """An entry of a list as it is kept: what it says of itself is of the one that had its key, or new."""
        collection = place.collection
        before = self._state.find(place.address, place.by, [str(value.get(name)) for name in place.by])
        if before is None:
            known = {**call.names, "fresh": self._maker.fresh(None), "slug": slugs(call.inputs)}
            before = {**collection.defaults, **self._template(collection).evaluate(known)}
        schemas = {name: rewritten(value[name]) for name in collection.schemas if name in value}
        return {**value, **schemas, **{name: before[name] for name in before if name not in value},
                **dict.fromkeys(collection.changed, call.names["now"])}  # fmt: skip

    def _note(self, do: str, place: Target, wanted: list[Any]) -> None:
        """Note the change of a list: of its entries one by one, or of what it is below."""
        if do in ("add", "remove"):
            kind = "create" if do == "add" else "delete"
            for value in wanted:
                key = [str(value.get(name)) for name in place.by] if isinstance(value, dict) else []
                there = self._state.find(place.address, place.by, key) if key else None
                self.changes.append(Change(kind, place.address, there or value))
        else:
            self.changes.append(Change("update", place.address, {}))

    def _fill(self, entries: list[Any], told: Mapping[str, Mapping[str, str]]) -> None:
        """Give entries the members that they take from entries elsewhere."""
        for name, source in told.items():
            there = address_of(source["of"])
            for entry in entries:
                other = self._state.find(there, self._data.collection(there).by, [str(entry.get(source["by"]))])
                if other is not None:
                    entry.setdefault(name, other.get(source["member"]))

    def counted(self, entry: dict[str, Any], address: Address) -> dict[str, Any]:
        """An entry at an address, with the members that tell how many entries are below it."""
        collection = self._data.collection(address)
        for name, below in collection.counts.items():
            key = (str(entry[by]) for by in collection.by)
            entry[name] = len(self._state.entries((*address, *key, below)) or [])
        return entry

    def _owner(self, address: Address) -> dict[str, Any] | None:
        """The entry that a list is below, if it is below one."""
        above, key = address[:-2], address[-2:-1]
        by = self._data.collection(above).by
        owner = self._state.find(above, by, key) if len(by) == len(key) else None
        return None if owner is None else self.counted(owner, above)

    def _made(self, told: Mapping[str, Any], call: SimulatedCall, place: Target) -> dict[str, Any]:
        """A new entry: what was given, and for the rest what the action's example answers."""
        collection, action = place.collection, call.action
        schema = self._operations.schema(place.shape)
        # A key in the path is that of the entry above.
        names = [name for name in action.parameters if name not in place.by or name not in call.fields]
        if "properties" not in schema:  # then what is sent under a name is a member, and nothing else
            names = [name for name in call.in_body if isinstance(action.body, Mapping)]
        given = {**proper(schema, names, call.inputs), **told.get("values", {})}
        example = self._example(action, schema)
        if not given:  # then the one parameter is the entry
            given, example = next((value for value in call.inputs.values() if isinstance(value, dict)), {}), {}
        dated(example, call.names["now"])
        entry = copy.deepcopy({**collection.defaults, **example, **given})
        self._embed(entry, collection, call.inputs)
        fresh = self._maker.fresh(self._sample(place, entry))
        key = {name: given.get(name, fresh["id"]) for name in place.by}
        entry = {**key, **entry, **key}  # first, where people look for it
        known = {**call.names, "fresh": fresh, "slug": slugs(call.inputs)}
        _put_all(entry, self._template(collection).evaluate(known))
        return entry

    def _example(self, action: Action, schema: Mapping[str, Any]) -> dict[str, Any]:
        """What an example of an action answers, without what it was given and need not be."""
        name, examples = item_output(action), good_examples(action)
        found = examples[0].output.get(name) if name and examples else None
        needed = (*schema.get("required", ()), *action.required)
        return {
            member: value for member, value in (found or {}).items()
            if member not in action.parameters or member in needed
        }  # fmt: skip

    def _sample(self, place: Target, entry: Mapping[str, Any]) -> Any:
        entries = self._state.entries(place.address) or self._data.sample(place.shape)
        return entries[0].get(place.by[0]) if entries else entry.get(place.by[0])

    def _embed(self, entry: dict[str, Any], collection: Collection, inputs: Mapping[str, Any]) -> None:
        for member, path in collection.embeds.items():
            there = address_of(path)
            key = inputs.get(member + "Id")
            other = self._state.find(there, self._data.collection(there).by, [str(key)])
            if other is not None:
                entry[member] = copy.deepcopy(other)

    def _template(self, collection: Collection) -> Template:
        if id(collection) not in self._new:
            compiler = Compiler((*NAMES, "fresh", "slug"), (), self._data.path)
            tree = compiler.value(dict(collection.new), "collections.new")
            self._new[id(collection)] = compiler.template(tree, "collections.new")
        return self._new[id(collection)]


def _put_all(entry: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Put values at their dotted places in an entry."""
    for place, value in values.items():
        entry.update(put(entry, place, copy.deepcopy(value)))
