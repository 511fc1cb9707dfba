"""What each action does, ready to be done: what its path tells, and what ``simulate`` tells, compiled once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from ..language.action_records import Action
from ..language.records import build
from ..templates.compiler import Compiler, Template
from .deriving import Deed, Deriver
from .routing import Route, Shape
from .scene import Doing, Step
from .state import address_of

NAMES = ("input", "connection", "parent", "now")
_LATER = ("do", "show", "answer", "also")


@dataclass(frozen=True, slots=True)
class Script:
    """What an action does.

    :ivar shape: the address of the collection, as far as it is the same in every call; ``None`` when the path of the
        action leads there.
    :ivar told: gives the members of the step.
    :ivar show: gives what is shown of an entry, if not all of it; ``answer`` gives outputs.
    """

    do: Doing
    deed: Deed
    shape: Shape
    elsewhere: bool
    told: Template
    show: Template | None
    answer: Template | None
    also: tuple[Script, ...]


class Scripts:
    """The scripts of an API."""

    def __init__(self, deriver: Deriver, find: Callable[[str], Action]) -> None:
        self._deriver = deriver
        self._find = find
        self._scripts: dict[str, Script] = {}

    def of(self, route: Route) -> Script:
        """The script of the action that a route leads to."""
        name = route.action
        if name not in self._scripts:
            action = self._find(name)
            step = build(Step, action.simulate, action.path, "simulate")
            self._scripts[name] = self._compiled(step, self._deriver.deed(route), route.shape, action.path)
        return self._scripts[name]

    def _compiled(self, step: Step, deed: Deed, shape: Shape, source: str) -> Script:
        def template(tree: Any, *names: str) -> Template:
            compiler = Compiler((*NAMES, *names), (), source)
            return compiler.template(compiler.value(tree, "simulate"), "simulate")

        members: dict[str, Any] = {
            item.name: value for item in fields(step)
            if item.name not in _LATER and (value := getattr(step, item.name)) is not None
        }  # fmt: skip
        here: Shape = shape[: deed.base]
        if step.at is not None:
            here = tuple(None if "{{" in part else part for part in address_of(step.at))
        return Script(
            do=step.do or deed.do,
            deed=deed,
            shape=here,
            elsewhere=step.at is not None,
            told=template(members),
            show=None if step.show is None else template(step.show, "entry"),
            answer=None if step.answer is None else template(dict(step.answer), "item"),
            also=tuple(self._compiled(one, deed, shape, source) for one in step.also),
        )
