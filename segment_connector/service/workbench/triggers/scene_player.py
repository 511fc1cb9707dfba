"""What the sandbox can let happen, so that a trigger can be seen at work: a scene, its parameters, and a button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ....errors import ConnectorError, Problem
from ....language.action_records import Rule
from ..forms.form import Form
from ..frame import panel
from ..markup import Select, block, text
from ..spoken import say
from ..work import call_in_thread

if TYPE_CHECKING:
    from ....inbox.registration import Registration
    from ...trigger_service import TriggerService


@dataclass(frozen=True, slots=True)
class _SceneFields:
    parameters: Mapping[str, Mapping[str, Any]]
    required: Sequence[str]
    rules: Sequence[Rule] = ()


class ScenePlayer:
    """The panel."""

    def __init__(self, triggers: TriggerService, registration: Registration) -> None:
        self._triggers = triggers
        self._registration = registration
        self._scenes = {one["name"]: one for one in triggers.backend.sandbox.scenes()}
        with panel(say("Simulate something in the sandbox")):
            with block("p", "wb-quiet"):
                text("span", say("Play a scene, or "))
                text("a", say("run an action"), href="/")
                text("span", say(" with the connection of the sandbox, such as one that sends an event."))
            if not self._scenes:
                return
            # A scene is often named as the trigger that it sets off.
            first = registration.trigger if registration.trigger in self._scenes else next(iter(self._scenes))
            with block("label", "tg-field"):
                text("span", say("Scene"), "wb-label")
                titles = {name: one["title"] for name, one in self._scenes.items()}
                self._choice = Select(titles, first, on_change=lambda _: self._draw()).classes("wb-wide")
            self._place = block("div", "tg-scene")
            with block("div", "wb-row"):
                text("button", say("Play it"), "wb-button", type="button").on("click", self._play)
                self._said = text("span", "", "wb-quiet", role="status")
        self._draw()

    def _draw(self) -> None:
        scene = self._scenes[self._choice.value]
        folded = {name: {**one, "advanced": name not in scene["required"]} for name, one in scene["parameters"].items()}
        self._place.clear()
        with self._place:
            self._form = Form(_SceneFields(folded, scene["required"]), lambda: None, _no_options)
        for name, field in self._form.fields.items():
            if name in self._registration.inputs:
                field.write(self._registration.inputs[name])

    async def _play(self) -> None:
        inputs, problems = self._form.read()
        if not problems:
            self._said.set_text(say("Playing ..."))
            try:
                await call_in_thread(self._happen, self._choice.value, inputs)
            except ConnectorError as error:
                problems = list(error.problems)
        self._form.show(problems, everything=True)
        beside = [one for one in problems if (one.field or "").partition(".")[0] not in self._form.fields]
        self._said.set_text("; ".join(_words(one) for one in beside) if problems else say("Done."))

    def _happen(self, scene: str, inputs: Mapping[str, Any]) -> None:
        self._triggers.backend.sandbox.play(scene, **inputs)
        if self._registration.subscription is None:
            self._triggers.poll_now(self._triggers.subscription(self._registration.trigger, self._registration.id))


def _words(problem: Problem) -> str:
    return f"{problem.message}; {problem.hint}" if problem.hint else problem.message


def _no_options(*_: Any) -> Any:
    raise AssertionError("no parameter of a scene has a dropdown")
