"""One trigger: what it is, an item of it, and the form by which somebody subscribes to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....errors import ConnectorError, Problem
from ....language.action_records import Rule
from ....language.trigger_records import Trigger
from ...subscription_request import setting_fields
from ..badges import MEANINGS
from ..forms.form import Form
from ..frame import chosen, heading, panel
from ..json_view import json_view
from ..markup import RUN_KEYS, STABILITIES, Select, block, set_attributes, text
from ..spoken import in_words, say
from ..work import call_in_thread, in_thread
from .set_up_by_hand import show_once
from .subscription_cards import SubscriptionCards, path_of, show_problem
from .triggers_page import STYLE

if TYPE_CHECKING:
    from ....call.dropdown import Options
    from ...trigger_service import TriggerService

_MANUAL = "manual"


async def page(triggers: TriggerService, name: str) -> None:
    """The page at ``/triggers/{name}``.

    :raises UnknownActionError: when there is no such trigger; the frame shows it.
    """
    trigger = in_words(await in_thread(triggers.runner.triggers.trigger, name))
    ui.add_css(STYLE)
    show_head(triggers, trigger)
    with block("div", "wb-split"):
        with panel(say("Subscribe")):
            _SubscribeForm(triggers, trigger)
        ui.run_javascript("wbFirstField()")
        with block("div", "wb-side"):
            await SubscriptionCards(triggers, name).start()
            _show_sample(triggers, trigger)


def show_head(triggers: TriggerService, trigger: Trigger, name: str | None = None) -> None:
    """The way back, the title, and how the trigger is told.

    :param name: of the subscription that the page is about.
    """
    with block("nav", "wb-crumbs", aria_label=say("Breadcrumbs")):
        text("a", say("Triggers"), href="/triggers")
        if name is not None:
            text("span", "/", aria_hidden="true")
            text("a", trigger.title, href=f"/triggers/{trigger.name}")
    with block("div", "wb-action-head"):
        heading(trigger.title if name is None else name, trigger.summary)
        with block("div", "wb-row"):
            text("code", trigger.name, "wb-name")
            kind = "webhook" if trigger.kind == "webhook" else "polled"
            text("span", kind, "wb-chip wb-chip--info", title=say(MEANINGS[kind]))
            if trigger.stability != "stable":
                text("span", trigger.stability, "wb-chip wb-chip--warn", title=say(STABILITIES[trigger.stability]))
            if trigger.docs:
                text("a", say("{title}'s own page", title=triggers.backend.connector.spec.title), "wb-quiet",
                     href=trigger.docs,
                     target="_blank", rel="noopener noreferrer")  # fmt: skip
        if trigger.description.strip() and name is None:
            text("p", trigger.description, "wb-about")


def _show_sample(triggers: TriggerService, trigger: Trigger) -> None:
    sample = next(iter(triggers.runner.sample(trigger.name)), None)
    if sample is None:
        return
    with panel(say("An item")):
        text("p", say("What is sent each time; the outputs are under data."), "wb-quiet")
        json_view(sample, say("An item as JSON"), tall=True)


@dataclass(frozen=True, slots=True)
class _Settings:
    """What is asked for besides the trigger's own parameters."""

    parameters: Mapping[str, Mapping[str, Any]]
    required: Sequence[str] = ()
    rules: Sequence[Rule] = ()


class _SubscribeForm:
    """The trigger's parameters, who sets it up, and where its items go; in its place, what is told once."""

    def __init__(self, triggers: TriggerService, trigger: Trigger) -> None:
        self._triggers, self._trigger = triggers, trigger
        self._chosen = chosen()
        self._tried = self._busy = False
        self._who: Select | None = None
        with block("div", "tg-form", tabindex="-1") as self._place:
            self._draw()
        self._chosen.on_change(self._tell)
        self._tell()

    def _draw(self) -> None:
        trigger = self._trigger
        if trigger.examples:
            with block("div", "wb-examples", role="group", aria_label=say("Examples")):
                text("span", say("Fill in an example"), "wb-quiet", aria_hidden="true")
                for one in trigger.examples:
                    button = text("button", one.title, "wb-example", type="button")
                    button.on("click", lambda _, inputs=one.input: self._fill(inputs))
        self._form = Form(trigger, self._changed, self._options)
        if trigger.webhook is not None:
            with block("label", "tg-who"):
                text("span", say("Set up"), "wb-label")
                self._who = Select(self._ways(), "", on_change=lambda _: self._tell()).classes("wb-wide")
        self._settings = Form(_Settings(setting_fields(trigger)), self._changed, _no_options)
        self._said = block("div", "tg-problem")
        with block("div", "wb-run"):
            self._button = text("button", "", "wb-button wb-button--main", type="button", data_run="")
            self._button.on("click", self._pressed)
            set_attributes(self._button, RUN_KEYS)

    def _fill(self, inputs: Mapping[str, Any]) -> Any:
        self._tried = False
        return self._form.fill(inputs)

    @property
    def _by_hand(self) -> bool:
        return self._who is not None and self._who.value == _MANUAL

    def _ways(self) -> dict[str, str]:
        return {
            "": say("By this connector, with '{name}'", name=self._chosen.name),
            _MANUAL: say("By hand, step by step"),
        }

    def _tell(self) -> None:
        if self._button.is_deleted:  # what is told once stands in its place
            return
        if self._who is not None:
            self._who.set_options(self._ways(), self._who.value)
        words = (
            say("Show the address and the steps")
            if self._by_hand
            else say("Subscribe with '{name}'", name=self._chosen.name)
        )
        self._button.set_text(words)

    def _options(self, place: str, search: str | None, cursor: Any) -> Options:
        inputs, _ = self._form.read()
        return self._triggers.options(
            self._trigger.name, place, self._chosen.name, inputs=inputs, search=search, cursor=cursor
        )

    async def _changed(self) -> tuple[dict[str, Any], list[Problem]]:
        compiled = self._triggers.runner.compiled(self._trigger.name)
        inputs, _, problems = await self._form.plan(compiled.checked)
        settings, unreadable = self._settings.read()
        self._form.show(problems, everything=self._tried)
        self._settings.show(unreadable, everything=self._tried)
        body: dict[str, Any] = {**settings, "inputs": inputs, "manual": self._by_hand}
        if "callback" in settings:
            body["callback"] = {"url": settings["callback"]}
        return body, [*problems, *unreadable]

    async def _pressed(self) -> None:
        if self._busy:
            return
        self._tried = True
        self._said.clear()
        body, problems = await self._changed()
        if problems:
            anchor = self._form.anchor_of(problems[0].field or "")
            ui.run_javascript(f"document.getElementById('{anchor}')?.scrollIntoView({{block: 'center'}})")
            return
        self._busy = True
        self._button.props["aria-disabled"] = "true"
        self._button.update()
        try:
            made = await call_in_thread(
                self._triggers.subscribe, self._trigger.name, body, None if self._by_hand else self._chosen.name
            )
        except ConnectorError as error:
            self._refuse(error.problems)
            return
        finally:
            self._busy = False
            self._button.props["aria-disabled"] = "false"
            self._button.update()
        told = self._triggers.secrets(made)
        if "manual" not in told and "callback_secret" not in told:
            ui.navigate.to(path_of(made))
            return
        self._place.clear()
        with self._place:
            show_once(made, told)
        ui.run_javascript(
            f"getHtmlElement({self._place.id}).focus(); getHtmlElement({self._place.id}).scrollIntoView()"
        )

    def _refuse(self, problems: Sequence[Problem]) -> None:
        self._form.show(problems, everything=True)
        self._settings.show(problems, everything=True)
        known = {*self._form.fields, *self._settings.fields}
        with self._said:
            for one in problems:
                if (one.field or "").partition(".")[0] not in known:
                    show_problem(one)


def _no_options(*_: Any) -> Any:
    raise AssertionError("no setting has a dropdown")
