"""Let calls to the sandbox fail: a menu of what goes wrong, and what is still to come."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ....errors import InputError
from ..forms.form_values import number_of
from ..frame import panel
from ..markup import Select, block, text
from ..spoken import say, to_say
from ..work import in_thread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicegui import ui

    from ...backend import Backend


@dataclass(frozen=True, slots=True)
class _Kind:
    """A way to fail.

    :ivar fault: what the sandbox is asked for; ``asked`` the members that a person gives, with their first values.
    """

    title: str
    fault: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)


_KINDS = {
    "limited": _Kind(to_say("429: too many requests"), {"status": 429}, {"retryAfter": "2"}),
    "broken": _Kind(to_say("500: an error of the server"), {"status": 500}),
    "away": _Kind(to_say("503: not there at the moment"), {"status": 503}, {"retryAfter": ""}),
    "unsigned": _Kind(to_say("401: not let in"), {"status": 401}),
    "status": _Kind(to_say("Another status"), {}, {"status": "403", "retryAfter": ""}),
    "late": _Kind(to_say("The answer comes late"), {}, {"delay": "3"}),
    "stalled": _Kind(to_say("The answer stops in the middle"), {}, {"stall": "3"}),
    "reset": _Kind(to_say("The connection is reset"), {"reset": True}),
    "cut": _Kind(to_say("The answer is cut off"), {"truncate": True}),
    "lost": _Kind(to_say("It counts, and the answer is lost"), {"reset": True, "deliver": True}),
}
_TITLES = {
    "status": to_say("Status"),
    "retryAfter": to_say("Retry-After, in seconds"),
    "delay": to_say("Seconds"),
    "stall": to_say("Seconds"),
    "times": to_say("Times"),
    "path": to_say("Only paths that begin with"),
}


class FaultPanel:
    """The panel."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._kind = next(iter(_KINDS))
        self._seen: list[dict[str, Any]] | None = None
        self._fields: dict[str, ui.element] = {}
        self._values: dict[str, str] = {}
        with panel(say("Let calls fail"), "db-faults", note=say("the next ones that reach the sandbox")):
            with block("div", "db-tools"):
                with block("label", "db-field"):
                    text("span", say("What happens"))
                    Select({name: say(one.title) for name, one in _KINDS.items()}, self._kind, on_change=self._choose)
                self._asked = block("div", "db-tools")
                text("button", say("Let them fail"), "wb-button", type="button").on("click", self._ask)
                self._clearer = text("button", say("Clear"), "wb-button", type="button").on("click", self._clear)
            self._wrong = text("p", "", "wb-error", role="alert")
            self._said = text("p", "", "wb-quiet", role="status")
            self._list = block("ul", "db-faults-list")
        self._choose(self._kind)

    async def look(self) -> None:
        """Show what is still to come, as far as that has changed."""
        now = await in_thread(self._backend.sandbox.faults)
        if now == self._seen:
            return
        self._seen = now
        self._said.set_text(say("{count} to come", count=len(now)) if now else say("Nothing is to go wrong."))
        self._clearer.set_visibility(bool(now))
        self._list.clear()
        with self._list:
            for one in now:
                with block("li"):
                    text("code", json.dumps(one, ensure_ascii=False)[1:-1].replace('"', ""), "wb-name")

    def _choose(self, kind: str) -> None:
        self._kind = kind
        self._values = {**_KINDS[kind].asked, "times": "1", "path": ""}
        self._asked.clear()
        with self._asked:
            for name, value in self._values.items():
                with block("label", "db-field"):
                    text("span", say(_TITLES[name]))
                    made = block("input", "wb-input", value=value, size="8", maxlength="100")
                made.on(
                    "input", lambda event, name=name: self._values.update({name: str(event.args)}),
                    js_handler="(event) => emit(event.target.value)",
                )  # fmt: skip

    async def _ask(self) -> None:
        given = {name: value.strip() for name, value in self._values.items() if value.strip()}
        path = {"path": given.pop("path")} if "path" in given else {}
        wanted = {**_KINDS[self._kind].fault, **{name: number_of(value) for name, value in given.items()}, **path}
        try:
            await in_thread(lambda: self._backend.sandbox.fault(**wanted))
        except InputError as error:
            places = [one.field or "" for one in error.problems]
            titles = [say(_TITLES.get(place, place)) for place in places]
            told = [f"{title}: {one.message}." for title, one in zip(titles, error.problems, strict=True)]
            self._wrong.set_text(" ".join(told))
        else:
            self._wrong.set_text("")
        await self.look()

    async def _clear(self) -> None:
        await in_thread(self._backend.sandbox.forget_faults)
        await self.look()
