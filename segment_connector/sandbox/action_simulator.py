"""Where the actions of an API are simulated: from a call to its outputs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import InputError
from ..language.action_records import Action, Paging
from ..templates.compiler import Template, left_out
from ..values.paths import get, put
from .answer_bodies import believable, good_examples
from .compiled_operations import CompiledOperation, CompiledOperations
from .counting import counted, is_long_before
from .entry_maker import shown
from .entry_selection import fits, selected
from .executor import Change, Executor, NotThere, SimulatedCall
from .list_pages import cut
from .list_pages import told as told_of
from .operations import Operations, item_output, list_output
from .request_reader import RequestReader
from .routing import Found, Router, Shape
from .simulation_data import SimulationData
from .state import Address, State, address_of


class ActionSimulator:
    """Plays actions, one after the other.

    :param state: what is there.
    :param find: gives the spec of an action.
    :param page: gives what an answer tells of where its page stands.
    :param now: gives the current instant, RFC 3339.
    :param changed: told what an action changed.
    :param traffic: gives what became of the events that arrived, or ``None`` where nobody knows.
    """

    def __init__(
        self,
        router: Router,
        data: SimulationData,
        state: State,
        find: Callable[[str], Action],
        page: Template,
        now: Callable[[], str],
        changed: Callable[[Change], None],
        traffic: Callable[[], list[dict[str, Any]] | None] = lambda: None,
    ) -> None:
        self._router = router
        self._data = data
        self.state = state
        self._find = find
        self._page = page
        self._now = now
        self._changed = changed
        self._traffic = traffic
        self._begun = now()
        self._operations = Operations(router, data, find)
        self._compiled = CompiledOperations(self._operations, find)
        self._routes = {route.action: route for route in router.routes.values()}
        self.clear()

    def clear(self) -> None:
        """Make the same new ids again as at the beginning."""
        self._executor = Executor(self._data, self._operations, self.state)

    def simulate(
        self, found: Found, reader: RequestReader, inputs: Mapping[str, Any], path: str, query: str = ""
    ) -> dict[str, Any]:
        """Do what an action does.

        :param path: the path of the request, as it came, and ``query`` its query.
        :returns: the outputs, by name.
        :raises NotThere: when the path leads to what is not there.
        :raises InputError: when another input names what is not there, or is a cursor that is none.
        """
        action, route = self._find(found.route.action), found.route
        fields = route.fields
        self._check_references(action, inputs, fields, found)
        names: dict[str, Any] = {"input": inputs, "connection": found.named("connection"), "now": self._now()}
        parent = self._parent(route.shape, found.segments, fields)
        if parent is not None:
            names["parent"] = parent
        call = SimulatedCall(
            action, path, f"{path}?{query}", found.segments, fields, reader.in_query, reader.in_body, inputs, names,
            believable(action, inputs),
        )  # fmt: skip
        compiled = self._compiled.of(route)
        self._executor.changes = []  # what a request that was refused had noted counts for nothing
        item = self._done(compiled, call)
        for more in compiled.also:
            self._executor.do(more, more.told.evaluate(names), call)
        for change in self._executor.changes:
            self._changed(change)
        if compiled.answer is not None and not (compiled.do == "count" and item is None):
            call.outputs.update(compiled.answer.evaluate({**names, "item": item}))
        return {name: value for name, value in call.outputs.items() if not left_out(value)}

    def _done(self, compiled: CompiledOperation, call: SimulatedCall) -> Any:
        """Do it, and put what comes of it among the outputs; gives the entry that it was about, if there is one."""
        told = compiled.told.evaluate(call.names)
        if compiled.do == "list":
            self._list(compiled, told, call)
        elif compiled.do == "document":
            self._document(compiled, call)
        elif compiled.do == "count":
            return self._count(told, call)
        elif compiled.do != "answer":
            item, added = self._executor.do(compiled, told, call)
            self._show(item, added, compiled, call)
            return item
        return None

    def counts(self, action: str) -> bool:
        """Whether an action counts traffic."""
        route = self._routes.get(action)
        return route is not None and self._compiled.of(route).do == "count"

    def _count(self, told: Mapping[str, Any], call: SimulatedCall) -> Any:
        """Count what arrived; of a time long before this sandbox began, an example is answered."""
        document = self.state.document(call.segments)
        if document is not None:  # what was put there wins
            call.outputs.update({name: document[name] for name in call.action.outputs if name in document})
            return None
        wanted = told["count"]
        rows = self._traffic()
        if rows is None or is_long_before(wanted.get("until"), self._begun):
            return None
        found = counted(rows, wanted)
        action = call.action
        if "total" in action.outputs:
            call.outputs["total"] = found["total"]
        paging = action.paging[0] if action.paging else None
        if paging is not None:
            page = cut(found["groups"], action, paging, call.inputs)
            call.outputs[paging.items] = page.entries
            about = self._page.evaluate({"page": {**page.names, "path": call.path}})
            for place in told_of(paging, page, call.target, action):
                call.outputs[place.partition(".")[0]] = about
        return found

    def _show(self, item: Any, added: list[Any], compiled: CompiledOperation, call: SimulatedCall) -> None:
        """Put among the outputs what was done something to."""
        known, outputs = call.action.outputs, call.outputs
        one, several = item_output(call.action), list_output(call.action)
        if isinstance(item, dict):
            # What an answer tells beside the entry can be a member of it.
            outputs.update({name: shown(item[name], known[name].schema) for name in known if name in item})
            if one is not None:
                outputs[one] = shown(item, known[one].schema)
        if added and several is not None and several not in (item or {}):
            outputs[several] = self._shown(added, compiled, call, known[several].schema)

    def _shown(
        self, entries: list[Any], compiled: CompiledOperation, call: SimulatedCall, schema: Mapping[str, Any]
    ) -> list[Any]:
        """What is shown of the entries of a list."""
        if compiled.show is None:
            return [shown(entry, schema.get("items", {})) for entry in entries]
        return [compiled.show.evaluate({**call.names, "entry": entry}) for entry in entries]

    def _list(self, compiled: CompiledOperation, told: Mapping[str, Any], call: SimulatedCall) -> None:
        action = call.action
        first, *others = action.paging or (None,)
        name = first.items if first else list_output(action)
        assert name is not None
        self._page_of(self._entries(compiled, told, call, name), first, name, compiled, told, call)
        for paging in others:
            self._page_of(_of_examples(action, paging.items), paging, paging.items, compiled, {}, call)

    def _page_of(
        self,
        entries: list[Any],
        paging: Paging | None,
        name: str,
        compiled: CompiledOperation,
        told: Mapping[str, Any],
        call: SimulatedCall,
    ) -> None:
        """Put one page of a list among the outputs, and what tells where it stands."""
        known, outputs = call.action.outputs, call.outputs
        members = known[name].schema.get("items", {}).get("properties")
        if members is None:  # then what entries have is all that is known of them
            members = {member for entry in entries if isinstance(entry, Mapping) for member in entry}
        asked = {query: call.inputs[query] for query in call.in_query if query in members and query in call.inputs}
        entries = selected(entries, {**told, "where": {**asked, **told.get("where", {})}})
        for output, member in told.get("sums", {}).items():
            outputs[output] = sum(entry.get(member, 0) for entry in entries)
        if paging is not None:
            page = cut(entries, call.action, paging, call.inputs, told.get("size"))
            entries = page.entries
            about = self._page.evaluate({"page": {**page.names, "path": call.path}})
            places = told_of(paging, page, call.target, call.action)
            for output in {place.partition(".")[0] for place in places if "." in place}:
                members = known[output].schema.get("properties", about)
                outputs[output] = {key: about[key] for key in about if key in members}
            for place, value in places.items():
                output, _, below = place.partition(".")
                if below and value is not None and get(outputs[output], below) is None:
                    outputs[output] = put(outputs[output], below, value)
                elif not below:
                    outputs[output] = value
        items = self._shown(entries, compiled, call, known[name].schema)
        outputs[name] = items
        if "named" in told:
            outputs[name] = {entry[told["named"]]: item for entry, item in zip(entries, items, strict=True)}

    def _entries(
        self, compiled: CompiledOperation, told: Mapping[str, Any], call: SimulatedCall, name: str
    ) -> list[Any]:
        """The list that is meant, before anything is chosen of it."""
        place = self._executor.place(compiled, told, call)
        member = told.get("member", compiled.operation.member)
        if member:
            return list(self._executor.entry(place, told).get(member) or [])
        entries = self.state.entries(place.address)
        if entries is None:
            kept = compiled.elsewhere or self._operations.is_kept(compiled.shape)
            return [] if kept else _of_examples(call.action, name)
        if place.collection.of:
            there = address_of(place.collection.of)
            keys = ([str(entry[by]) for by in place.by] for entry in entries)
            entries = [found for key in keys if (found := self.state.find(there, place.by, key)) is not None]
        for below, wanted in told.get("having", {}).items():
            entries = [entry for entry in entries if self._has_below(place.address, entry, below, wanted)]
        return [self._executor.counted(entry, place.address) for entry in entries]

    def _is_kept(self, address: Address, shape: Shape) -> bool:
        """Whether what is not in a list is not there."""
        return self.state.entries(address) is not None or self._operations.is_kept(shape)

    def _has_below(self, address: Address, entry: Mapping[str, Any], below: str, wanted: Any) -> bool:
        key = [str(entry[by]) for by in self._data.collection(address).by]
        return any(fits(other, wanted) for other in self.state.entries((*address, *key, below)) or ())

    def _document(self, compiled: CompiledOperation, call: SimulatedCall) -> None:
        document = self.state.document(call.segments)
        if document is None:
            reader = self._router.routes.get(("GET", compiled.shape))
            document = believable(self._find(reader.action), call.inputs) if reader else dict(call.outputs)
        given = {name: call.inputs[name] for name in call.in_body if name in call.inputs}
        if given:
            document = _changed(document, given, call.action)
            self.state.put(call.segments, document)
        call.outputs.update({name: document[name] for name in call.action.outputs if name in document})

    def _parent(self, shape: Shape, segments: Address, fields: tuple[str | None, ...]) -> dict[str, Any] | None:
        """The entry that a path leads through, the last if there are several.

        :raises NotThere: when one of them is not there.
        """
        parent = None
        for end in range(2, len(shape)):
            address = segments[: end - 1]
            by = self._data.collection(address).by
            if fields[end - 1] is None or len(by) > 1 or not self._is_kept(address, shape[: end - 1]):
                continue
            parent = self.state.find(address, by, segments[end - 1 : end])
            if parent is None:
                raise NotThere(fields[end - 1])
        return parent

    def _check_references(
        self, action: Action, inputs: Mapping[str, Any], fields: tuple[str | None, ...], found: Found
    ) -> None:
        """Hold every input that is one of a list to what is in the list.

        :raises NotThere: for an input that is in the path.
        :raises InputError: for any other.
        """
        for name, schema in action.parameters.items():
            options = schema.get("options") or schema.get("items", {}).get("options")
            if name not in inputs or not options or options.get("value", "id") != "id":
                continue
            known = self._listed(options, inputs, found)
            values = inputs[name] if isinstance(inputs[name], list) else [inputs[name]]
            if known is None or all(value in known or value is None for value in values):
                continue
            if name in fields:
                raise NotThere(name)
            hint = f"{options['action']} lists those that are there"
            raise InputError.of("reference", "nothing is there under this id", hint, field=name)

    def _listed(self, options: Mapping[str, Any], inputs: Mapping[str, Any], found: Found) -> list[Any] | None:
        """The ids of a list of options; ``None`` when nothing is kept of it."""
        route = self._routes.get(options["action"])
        if route is None:
            return None
        given = {there: inputs.get(here) for there, here in options.get("inputs", {}).items()}
        parts = zip(route.shape, route.fields, strict=True)
        segments = [part if part is not None else given.get(field or "") for part, field in parts]
        compiled, action = self._compiled.of(route), self._find(route.action)
        if compiled.do != "list" or not all(isinstance(part, str) for part in segments):
            return None
        names = {"input": given, "connection": found.named("connection"), "now": self._now()}
        call = SimulatedCall(action, "", "", tuple(map(str, segments)), route.fields, (), (), given, names, {})
        told = compiled.told.evaluate(names)
        place = self._executor.place(compiled, told, call)
        if not self._is_kept(place.address, compiled.shape):
            return None
        name = list_output(action)
        assert name is not None
        return [get(entry, "id") for entry in selected(self._entries(compiled, told, call, name), told)]


def _of_examples(action: Action, name: str) -> list[Any]:
    """What the examples of an action list, each thing once."""
    found: list[Any] = []
    for example in good_examples(action):
        value = example.output.get(name)
        found.extend(item for item in value if item not in found) if isinstance(value, list) else None
    return copy.deepcopy(found)


def _changed(document: Mapping[str, Any], given: Mapping[str, Any], action: Action) -> dict[str, Any]:
    """A document with other members: its own, or those of the object in it that has such a member."""
    changed = copy.deepcopy(dict(document))
    for name, value in given.items():
        holder = changed
        if name not in action.outputs:
            holders = (
                changed.setdefault(output, {}) for output, known in action.outputs.items()
                if name in known.schema.get("properties", {})
            )  # fmt: skip
            holder = next(holders, changed)
        old = holder.get(name)
        holder[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return changed
