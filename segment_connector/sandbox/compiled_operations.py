"""What each action does, ready to be done: what its path tells, and what ``simulate`` tells, compiled once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from ..language.action_records import Action
from ..language.records import build
from ..templates.compiler import Compiler, Template
from .operations import Operation, Operations
from .routing import Route, Shape
from .simulation_data import OperationKind, Override
from .state import address_of

NAMES = ("input", "connection", "parent", "now")
_LATER = ("do", "show", "answer", "also")


@dataclass(frozen=True, slots=True)
class CompiledOperation:
    """What an action does.

    :ivar shape: the address of the collection, as far as it is the same in every call; ``None`` when the path of the
        action leads there.
    :ivar told: gives the members of the override.
    :ivar show: gives what is shown of an entry, if not all of it; ``answer`` gives outputs.
    """

    do: OperationKind
    operation: Operation
    shape: Shape
    elsewhere: bool
    told: Template
    show: Template | None
    answer: Template | None
    also: tuple[CompiledOperation, ...]


class CompiledOperations:
    """The compiled operations of an API."""

    def __init__(self, operations: Operations, find: Callable[[str], Action]) -> None:
        self._operations = operations
        self._find = find
        self._compiled: dict[str, CompiledOperation] = {}

    def of(self, route: Route) -> CompiledOperation:
        """The operation of the action that a route leads to."""
        name = route.action
        if name not in self._compiled:
            action = self._find(name)
            override = build(Override, action.simulate, action.path, "simulate")
            self._compiled[name] = self._compile(override, self._operations.operation(route), route.shape, action.path)
        return self._compiled[name]

    def _compile(self, override: Override, operation: Operation, shape: Shape, source: str) -> CompiledOperation:
        def template(tree: Any, *names: str) -> Template:
            compiler = Compiler((*NAMES, *names), (), source)
            return compiler.template(compiler.value(tree, "simulate"), "simulate")

        members: dict[str, Any] = {
            item.name: value for item in fields(override)
            if item.name not in _LATER and (value := getattr(override, item.name)) is not None
        }  # fmt: skip
        here: Shape = shape[: operation.base]
        if override.at is not None:
            here = tuple(None if "{{" in part else part for part in address_of(override.at))
        return CompiledOperation(
            do=override.do or operation.do,
            operation=operation,
            shape=here,
            elsewhere=override.at is not None,
            told=template(members),
            show=None if override.show is None else template(override.show, "entry"),
            answer=None if override.answer is None else template(dict(override.answer), "item"),
            also=tuple(self._compile(one, operation, shape, source) for one in override.also),
        )
