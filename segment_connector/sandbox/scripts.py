"""What each action does, ready to be done: what its path tells, and what the scene tells, compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..language.records import build
from ..templates.compiler import Compiler, Template
from .deriving import Deed, Deriver
from .routing import Route, Shape
from .scene import Doing, Scene, Step
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

    def __init__(self, scene: Scene, deriver: Deriver) -> None:
        self._scene = scene
        self._deriver = deriver
        self._scripts: dict[str, Script] = {}

    def of(self, route: Route) -> Script:
        """The script of the action that a route leads to."""
        name = route.action
        if name not in self._scripts:
            deed = self._deriver.deed(route)
            self._scripts[name] = self._compiled(self._scene.step(name), deed, route.shape, f"actions.{name}")
        return self._scripts[name]

    def _compiled(self, step: Step, deed: Deed, shape: Shape, place: str) -> Script:
        def template(tree: Any, *names: str) -> Template:
            compiler = Compiler((*NAMES, *names), (), self._scene.path)
            return compiler.template(compiler.value(tree, place), place)

        members: dict[str, Any] = {
            item.name: value for item in fields(step)
            if item.name not in _LATER and (value := getattr(step, item.name)) is not None
        }  # fmt: skip
        here: Shape = shape[: deed.base]
        if step.at is not None:
            here = tuple(None if "{{" in part else part for part in address_of(step.at))
        more: list[Mapping[str, Any]] = step.also
        return Script(
            do=step.do or deed.do,
            deed=deed,
            shape=here,
            elsewhere=step.at is not None,
            told=template(members),
            show=None if step.show is None else template(step.show, "entry"),
            answer=None if step.answer is None else template(dict(step.answer), "item"),
            also=tuple(
                self._compiled(build(Step, one, self._scene.path, f"{place}.also.{index}"), deed, shape, place)
                for index, one in enumerate(more)
            ),
        )
