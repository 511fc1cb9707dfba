"""What an action does, told by its method, its path and its parameters.

``POST /shelves`` adds to the list that ``GET /shelves`` gives, ``GET``, ``PATCH`` and ``DELETE /shelves/{id}`` are
about one entry of it, and ``PUT /shelves/{id}/labels`` replaces the member ``labels`` of that entry when it has one,
else a list of its own. ``GET`` and ``PUT`` of a path that is no list are about a document. Of what is left nothing is
kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..language.action_records import Action
from .request_reader import copies
from .routing import Route, Router, Shape
from .simulation_data import OperationKind, SimulationData

_ONE: Mapping[str, OperationKind] = {"GET": "get", "PATCH": "update", "PUT": "update", "DELETE": "delete"}
_MANY: Mapping[str, OperationKind] = {"POST": "add", "PUT": "replace", "PATCH": "merge", "DELETE": "remove"}


@dataclass(frozen=True, slots=True)
class Operation:
    """What an action does, and where.

    :ivar do: what.
    :ivar base: how many parts of the path lead to the collection; ``keys`` of those that follow name the entry.
    :ivar member: the list of the entry that is meant; what follows in the path names an entry of that.
    :ivar values: the parameter that holds the entries of a list.
    """

    do: OperationKind
    base: int
    keys: int = 0
    member: str | None = None
    values: str | None = None


class Operations:
    """Tells what actions do.

    :param find: gives the spec of an action.
    """

    def __init__(self, router: Router, data: SimulationData, find: Callable[[str], Action]) -> None:
        self._router = router
        self._data = data
        self._find = find
        self._schemas: dict[Shape, Mapping[str, Any]] = {}

    def operation(self, route: Route) -> Operation:
        """What the action of a route does."""
        shape = route.shape
        base = max((index + 1 for index, part in enumerate(shape) if part is not None), default=0)
        keys = len(shape) - base
        action = self._find(route.action)
        values = _list_parameter(action, route)
        member = self._member(shape[:base])
        if member and route.method != "GET":
            do: OperationKind = "add" if route.method == "POST" else "remove" if keys else _MANY[route.method]
            return Operation(do, base - 2, 1, member, values)
        if member:
            return Operation("list", base - 2, 1, member)
        here = shape[:base]
        is_listed = self._is_list(here)
        if keys:
            stateful = self._router.has(here, "POST") or is_listed or self._data.seeded(here)
            if is_list(action) and route.method == "GET":
                return Operation("list", len(shape))
            return Operation(_ONE.get(route.method, "answer") if stateful else "answer", base, keys)
        if route.method == "GET":
            return Operation("list" if is_list(action) else "document", base)
        if route.method == "POST":
            return Operation(("add" if values else "create") if self.is_kept(here) else "answer", base, values=values)
        if is_listed and values:
            return Operation(_MANY[route.method], base, values=values)
        is_document = self._router.has(here, "GET") and not is_listed and route.method != "DELETE"
        return Operation("document" if is_document else "answer", base)

    def is_kept(self, shape: Shape) -> bool:
        """Whether a path is that of a collection that the API adds to: what is not in it is not there."""
        below = any(self._router.has((*shape, *ids), *_ONE) for ids in ((None,), (None, None)))
        return (self._router.has(shape, "POST") and (below or self._is_list(shape))) or self._data.seeded(shape)

    def schema(self, shape: Shape) -> Mapping[str, Any]:
        """JSON Schema of the entries of a collection, as its actions describe them; empty when none does."""
        if shape not in self._schemas:
            self._schemas[shape] = self._schema(shape)
        return self._schemas[shape]

    def _schema(self, shape: Shape) -> Mapping[str, Any]:
        for key in (("GET", (*shape, None)), ("GET", shape), ("POST", shape)):
            route = self._router.routes.get(key)
            if route is not None:
                action = self._find(route.action)
                name = list_output(action) if key == ("GET", shape) else item_output(action)
                schema = action.outputs[name].schema if name else {}
                schema = schema.get("items", {}) if key == ("GET", shape) else schema
                if schema.get("properties"):
                    return schema
        return {}

    def _is_list(self, shape: Shape) -> bool:
        route = self._router.routes.get(("GET", shape))
        return route is not None and is_list(self._find(route.action))

    def _member(self, shape: Shape) -> str | None:
        """The list that entries of the collection above have under the name that a path ends with."""
        if len(shape) < 3 or shape[-2] is not None or shape[-1] is None:
            return None
        if self._router.has((*shape, None), "GET", "PATCH"):  # what can be had by itself is not a mere member
            return None
        wanted = _folded(shape[-1])
        for name, schema in self.schema(shape[:-2]).get("properties", {}).items():
            if schema.get("type") == "array" and _folded(name) in (wanted, wanted + "s"):
                return str(name)
        return None


def is_list(action: Action) -> bool:
    """Whether an action gives a list, in pages or whole."""
    return bool(action.paging) or [output.type for output in action.outputs.values()] == ["array"]


def list_output(action: Action) -> str | None:
    """The output that is the action's list."""
    if action.paging:
        return action.paging[0].items
    return next((name for name, output in action.outputs.items() if output.type == "array"), None)


def item_output(action: Action) -> str | None:
    """The output that is the one thing that the action is about."""
    for name, output in action.outputs.items():
        kinds = {output.type} if isinstance(output.type, str) else set(output.type)
        if kinds - {"null"} == {"object"}:
            return name
    return None


def _list_parameter(action: Action, route: Route) -> str | None:
    """The parameter that is the whole of what is sent, when it is a list."""
    tree = action.endpoint.query if route.method == "DELETE" else action.body
    names = [name for name, _, _ in copies(tree)]
    if len(names) == 1 and action.parameters[names[0]].get("type") == "array":
        return names[0]
    return None


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
