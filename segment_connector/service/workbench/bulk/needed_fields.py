"""A field for each parameter that an action needs and no column gives: its value is the same for every row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ....language.action_records import Action
from ..markup import block, text
from ..spoken import say
from .column_choices import Choices


class NeededFields:
    """The fields.

    :param changed: called when somebody gave a value.
    """

    def __init__(self, choices: Choices, action: Action, changed: Callable[[], Awaitable[None]]) -> None:
        self._choices = choices
        self._action = action
        self._changed = changed
        self._asked: list[str] = []
        self._fields = block("div", "bk-part")
        self.show()

    def show(self) -> None:
        """Show those that are needed now; while they are the same ones, nothing is touched."""
        needed = self._choices.needed()
        if list(needed) == self._asked:
            return
        self._asked = list(needed)
        self._fields.clear()
        with self._fields:
            for name, value in needed.items():
                self._show_field(name, value)

    def _show_field(self, name: str, value: str) -> None:
        schema = self._action.parameters[name]

        async def fix(event: Any) -> None:
            self._choices.fix((name,), str(event.args))
            await self._changed()

        with block("label", "bk-field"):
            with block("span", "wb-row"):
                text("span", say("{title}, the same for every row", title=schema.get("title", name)))
                text("span", say("required"), "wb-required")
            example = next(iter(schema.get("examples", ())), "")
            given = block(
                "input", "wb-input", type="text", aria_required="true",
                    placeholder=say("For example {example}", example=example),
                **{"^value": value},
            )  # fmt: skip
            given.on("input", fix, js_handler="(event) => emit(event.target.value)", throttle=0.3)
