"""Subscriptions as a person sees them: how each is doing, and what can be done with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from nicegui import ui

from ....errors import ConnectorError
from ....markup.markdown import sentence
from ..confirm_dialog import ask
from ..frame import panel
from ..markup import block, text
from ..spoken import say, to_say
from ..work import call_in_thread, in_thread

if TYPE_CHECKING:
    from ....errors import Problem
    from ....inbox.registration import Registration
    from ...trigger_service import TriggerService

_EVERY = 1.0  # seconds between two looks
_STATE = {"active": "good", "paused": "warn", "setting_up": "warn", "manual": "info"}
_WORDS = {"setting_up": to_say("being set up"), "manual": to_say("set up by hand")}


def path_of(registration: Registration) -> str:
    """Where the page of a subscription is."""
    return f"/triggers/{quote(registration.trigger)}/{quote(registration.id, safe='')}"


def show_problem(problem: Problem) -> None:
    """What is wrong, and the cure."""
    with block("div", "wb-note wb-note--bad", role="alert"):
        text("strong", f"{problem.field}: {problem.message}" if problem.field else sentence(problem.message))
        if problem.hint:
            text("span", sentence(problem.hint), "wb-note-hint")


class SubscriptionCard:
    """One subscription.

    :param gone: called when it was removed.
    :param linked: whether its name leads to its page.
    """

    def __init__(
        self, triggers: TriggerService, registration: Registration, gone: Callable[[], Any], *, linked: bool = True
    ) -> None:
        self._triggers = triggers
        self._registration = registration
        self._gone = gone
        self._shown: Mapping[str, Any] | None = None
        spec = triggers.runner.triggers.trigger(registration.trigger)
        name = registration.id
        with block("div", "tg-card", role="group", aria_label=say("Subscription {name}", name=name)) as self.element:
            with block("div", "tg-what"):
                with block("div", "wb-row"):
                    if linked:
                        with text("h3", ""):
                            text("a", name, href=path_of(registration))
                    self._state = text("span", "", "wb-chip")
                    self._counts = text("span", "", "wb-quiet")
                text("p", _about(spec.title, registration), "tg-about")
                self._problem = block("div", "tg-problem")
            with block("div", "wb-row tg-buttons"):
                self._pause = self._button(say("Pause"), self._toggle)
                if registration.subscription is None:
                    self._poll = self._button(say("Poll now"), self._poll_now)
                self._remove = self._button(say("Remove"), self._ask_to_remove)
            self._said = text("p", "", "wb-quiet tg-said", role="status")

    def _button(self, words: str, pressed: Callable[[], Any]) -> ui.element:
        label = f"{words}: {self._registration.id}"
        return text("button", words, "wb-button", type="button", aria_label=label).on("click", pressed)

    def show(self, described: Mapping[str, Any]) -> None:
        """Show how it is doing.

        :param described: as ``TriggerService.described`` gives it.
        """
        if described == self._shown:
            return
        self._shown = described
        state, counts = described["state"], described["items"]
        self._state.set_text(say(_WORDS.get(state, state)))
        self._state.classes(replace=f"wb-chip wb-chip--{_STATE.get(state, 'warn')}")
        told = [f"{count:,} {status}" for status, count in counts.items() if count]
        self._counts.set_text(", ".join(told) or say("no items yet"))
        words = say("Resume") if described["paused"] else say("Pause")
        self._pause.set_text(words)  # type: ignore[attr-defined]  # made by text()
        self._pause.props["aria-label"] = f"{words}: {self._registration.id}"
        self._pause.update()
        self._problem.clear()
        if problem := described["problem"]:
            with self._problem, block("div", "wb-note wb-note--warn"):
                text("strong", sentence(str(problem["message"])))
                if problem["hint"]:
                    text("span", sentence(str(problem["hint"])), "wb-note-hint")

    def _found(self) -> Registration:
        return self._triggers.subscription(self._registration.trigger, self._registration.id)

    async def _do(self, words: str, what: Callable[[], str]) -> bool:
        """Do something that may wait, and say how it went."""
        self._said.set_text(words)
        try:
            self._said.set_text(await call_in_thread(what))
        except ConnectorError as error:
            self._said.set_text("")
            self._problem.clear()
            with self._problem:
                show_problem(error.problems[0])
            return False
        return True

    async def _toggle(self) -> None:
        def change() -> str:
            found = self._found()
            self._triggers.pause(found, paused=not found.paused)
            return ""

        await self._do("", change)
        self.show(await in_thread(lambda: self._triggers.described(self._found())))

    async def _poll_now(self) -> None:
        def poll() -> str:
            report = self._triggers.poll_now(self._found())
            if report.added is None:
                return ""  # the problem is shown with the rest
            return say("Polled: {new:,} new", new=report.added.new) + (say(", from now on") if report.first else "")

        await self._do(say("Asking ..."), poll)

    async def _ask_to_remove(self) -> None:
        name = self._registration.id
        by_hand = (self._shown or {}).get("state") == "manual"
        away = say("What you set up in the service by hand stays there: remove it yourself.") if by_hand else ""
        words = say("It ends, and its items are deleted. {away}", away=away).strip()
        if await ask(say("Remove {name}?", name=name), words, say("Remove {name}", name=name), self._remove):

            def remove() -> str:
                self._triggers.host.unregister(name)
                return ""

            if await self._do(say("Removing ..."), remove):
                self._gone()


class SubscriptionCards:
    """The subscriptions of all triggers, or of one, as they come and go.

    :param trigger: whose.
    """

    def __init__(self, triggers: TriggerService, trigger: str | None = None) -> None:
        self._triggers = triggers
        self._trigger = trigger
        self._cards: dict[str, SubscriptionCard] = {}
        with panel(say("Subscriptions")) as self._panel:
            self._none = text("p", say("There are none yet. Choose a trigger below."), "wb-quiet")
            self._list = block("div", "tg-cards")
        self._panel.set_visibility(trigger is None)

    async def start(self) -> None:
        """Show them, and go on looking."""
        await self._look()
        with self._panel:
            ui.timer(_EVERY, self._look, immediate=False)

    async def _look(self) -> None:
        def read() -> list[tuple[Registration, dict[str, Any]]]:
            return [(one, self._triggers.described(one)) for one in self._triggers.subscriptions(self._trigger)]

        found = await in_thread(read)
        names = [one.id for one, _ in found]
        for name in self._cards.keys() - set(names):
            self._cards.pop(name).element.delete()
        for one, described in found:
            if one.id not in self._cards:
                with self._list:
                    self._cards[one.id] = SubscriptionCard(self._triggers, one, self._look)
            self._cards[one.id].show(described)
        self._none.set_visibility(not names)
        self._panel.set_visibility(self._trigger is None or bool(names))


def _about(title: str, registration: Registration) -> str:
    parts = [title]
    if registration.inputs:
        parts.append(json.dumps(registration.inputs, ensure_ascii=False)[1:-1].replace('"', ""))
    if registration.connection is not None:
        parts.append(say("connection {connection}", connection=registration.connection))
    if registration.callback is not None:
        parts.append(say("sent to {url}", url=registration.callback.url))
    return " \u00b7 ".join(parts)
