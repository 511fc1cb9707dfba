"""The page of an action: its form, the call as it would be made, and what comes back when it is made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from nicegui import ui

from ....clock import machine_clock
from ....connector import Connector
from ....errors import ConnectorError, InputError, Problem
from ....language.action_records import Action
from ....language.preset_records import PresetSummary
from ....markup.html import html
from ....redact import redact
from ..confirm_dialog import confirmed
from ..forms.form import Form
from ..frame import chosen, heading, panel
from ..history.favourites import star_button
from ..history.form_drafts import draft_of, keep_draft, visitor
from ..history.kept_call import call_and_keep
from ..lists.seen_names import name_in, remember
from ..markup import EFFECTS, RUN_KEYS, STABILITIES, block, set_attributes, text
from ..masking import masked
from ..spoken import in_words, say, to_say
from ..work import call_in_thread, in_thread
from .answer_view import AnswerPanel, say_pause
from .call_panel import CallPanel
from .filled_in import wanted_inputs

if TYPE_CHECKING:
    from ....call.dropdown import Options
    from ....call.request import Request
    from ....http.attempts import Pause
    from ....result import Result
    from ...backend import Backend


async def page(backend: Backend, name: str) -> None:
    """The page at ``/actions/{name}``.

    :raises UnknownActionError: when there is no action of that name; the frame shows it.
    :raises NotOffered: when it may not be called.
    """
    action = in_words(await in_thread(backend.policy.action, name))
    _head(backend, action, starred=action.name in await in_thread(backend.history.favourites))
    await _presets(backend.connector, action)
    await _Page(backend, action).draw()


def _head(backend: Backend, action: Action, *, starred: bool) -> None:
    connector = backend.connector
    group = connector.spec.groups.get(action.group)
    with block("nav", "wb-crumbs", aria_label=say("Breadcrumbs")):
        text("a", say("Catalogue"), href="/")
        text("span", "/", aria_hidden="true")
        text("a", say(group.title) if group else action.group, href=f"/?resource={quote(action.group)}")
    with block("div", "wb-action-head"):
        heading(action.title, action.summary)
        with block("div", "wb-row"):
            text("code", action.name, "wb-name")
            text("span", action.effect, f"wb-chip wb-chip--{action.effect}", title=say(EFFECTS[action.effect]))
            if action.stability != "stable":
                text("span", action.stability, "wb-chip wb-chip--warn", title=say(STABILITIES[action.stability]))
            if api := connector.spec.apis.get(action.api):
                text("span", api.title, "wb-chip", title=say("The API that the action calls"))
            star_button(backend, action.name, starred=starred)
            if action.docs:
                text("a", say("{title}'s own page", title=connector.spec.title), "wb-quiet", href=action.docs,
                     target="_blank", rel="noopener noreferrer")  # fmt: skip
        if action.deprecated is not None:
            with block("div", "wb-note wb-note--warn"):
                text(
                    "span",
                    say("Deprecated since {since}. {use}", since=action.deprecated.since, use=action.deprecated.use),
                )
        if action.description.strip():
            with block("details", "wb-about"):
                text("summary", say("More about it"))
                text("p", action.description)


async def _presets(connector: Connector, action: Action) -> None:
    """A choice of the known events that the action sends; each has a page of its own."""
    every = await in_thread(lambda: list(connector.specs.presets.summaries()))
    families: dict[str, list[PresetSummary]] = {}
    for one in every:
        if one.action == action.called:
            known = connector.spec.presets.get(one.family)
            families.setdefault(known.title if known else one.family, []).append(one)
    if not families:
        return
    shown = html("service/workbench/action/presets.html", families=families, sender=action.called, chosen=action.name)
    with block("div", "wb-row"):
        # One element for all: an option each would be a hundred that a server keeps.
        ui.html(shown, sanitize=False).on(
            "change", js_handler="(event) => { location.href = `/actions/${event.target.value}`; }"
        )
        if action.beneath:
            mode = connector.plan_step.mode if connector.plan_step is not None and not action.doubted else "warn"
            text("span", say(_WHAT_IS_DONE[mode]), "wb-quiet")


_WHAT_IS_DONE = {
    "warn": to_say("Anything that differs from this description gives a warning, and is sent anyway."),
    "reject": to_say("What violates the Tracking Plan is refused."),
    "as-source": to_say("What violates the Tracking Plan is treated as the source's settings say."),
}


class _Stopped(Exception):  # noqa: N818 - no error: a person said so
    """Nobody waits for the answer any more."""


@dataclass(slots=True)
class _Run:
    """A call that is on its way."""

    task: asyncio.Task[Result] | None = None
    stopped: bool = False


class _Page:
    def __init__(self, backend: Backend, action: Action) -> None:
        self._backend = backend
        self._action = action
        self._ids = _Ids()
        # The same ids and no socket while a person types; what is sent is planned by the backend.
        clock = replace(machine_clock(), new_id=self._ids)
        self._planner = Connector(backend.connector.specs, send=_never, clock=clock)
        self._planner.plan_step = backend.connector.plan_step
        self._chosen = chosen()
        self._run: _Run | None = None
        self._tried = False
        self._turn = 0
        self._problems: list[Problem] = []
        self._visitor = visitor()

    async def draw(self) -> None:
        with block("div", "wb-split"):
            with panel(say("Inputs"), "wb-inputs"):
                self._examples()
                self._restored = text("p", "", "wb-quiet wb-restored", role="status")
                self._form = Form(self._action, self._changed, self._options)
                self._buttons()
            with block("div", "wb-side"):
                self._call = CallPanel(
                    self._backend.connector.caller, self._action.name, self._form.title_of, self._form.anchor_of
                )
                self._answer = AnswerPanel(self._backend, self._action, self._form.title_of)
        self._chosen.on_change(self._connection_changed)
        await self._begin()
        ui.run_javascript("wbFirstField()")

    async def _begin(self) -> None:
        """Fill the form with what a link asks for, or else with what was filled in and not sent."""
        query = ui.context.client.request.query_params
        wanted = await in_thread(wanted_inputs, self._action, query, self._backend.history)
        if wanted is not None:
            await self._fill(wanted)
        elif (draft := draft_of(self._backend, self._visitor, self._action)) is not None:
            await self._fill(draft)
            self._restored.set_text(say("This is what you had filled in."))
        else:
            await self._refresh()

    def _examples(self) -> None:
        if not self._action.examples:
            return
        with block("div", "wb-examples", role="group", aria_label=say("Examples")):
            text("span", say("Fill in an example"), "wb-quiet", aria_hidden="true")
            for example in self._action.examples:
                button = text("button", example.title, "wb-example", type="button")
                button.on("click", lambda _, inputs=example.input: self._fill(inputs))

    def _buttons(self) -> None:
        with block("div", "wb-run"):
            look = "wb-button wb-button--main" if self._action.effect != "delete" else "wb-button wb-button--danger"
            self._runner = text("button", self._run_words(), look, type="button", data_run="")
            self._runner.on("click", self._pressed)
            set_attributes(self._runner, RUN_KEYS)
            text("kbd", "Enter", "wb-key wb-key--command", aria_hidden="true")
            text("button", say("Clear"), "wb-button wb-button--quiet", type="button").on("click", self._clear)

    def _run_words(self) -> str:
        return (
            say("Run in the sandbox") if self._chosen.is_sandbox else say("Run with '{name}'", name=self._chosen.name)
        )

    async def _clear(self) -> None:
        self._restored.set_text("")
        await self._fill({})

    async def _fill(self, inputs: Mapping[str, Any]) -> None:
        self._tried = False
        await self._form.fill(inputs)

    async def _connection_changed(self) -> None:
        self._runner.set_text(self._run_words())
        await self._refresh()

    async def _changed(self) -> None:
        await self._refresh()

    async def _refresh(self) -> None:
        """Look at the form anew, and say what is wrong and what would be sent."""
        self._turn += 1
        turn = self._turn
        connection = self._chosen.name
        inputs, request, problems = await self._form.plan(lambda inputs: self._plan(inputs, connection))
        if turn != self._turn:  # the form has changed meanwhile
            return
        self._problems = problems
        keep_draft(self._backend, self._visitor, self._action, inputs)
        self._form.show(problems, everything=self._tried)
        self._call.show(inputs, request, problems, tried=self._tried)

    def _plan(self, inputs: Mapping[str, Any], connection: str) -> Request:
        self._ids.again()
        given = self._backend.resolve(connection)
        return self._planner.caller.plan(self._action.name, inputs, given, need_credential=False)

    def _options(self, place: str, search: str | None, cursor: Any) -> Options:
        inputs, _ = self._form.read()
        connection = self._chosen.name
        found = self._backend.options(self._action.name, place, connection, inputs=inputs, search=search, cursor=cursor)
        lister = self._action.parameters.get(place, {}).get("options", {}).get("action")
        for option in found.items if lister else ():
            remember(self._backend, connection, lister, option.value, option.label)
        return found

    async def _pressed(self) -> None:
        if self._run is not None:
            return
        self._tried = True
        await self._refresh()
        if self._problems and not await self._may_run(self._problems):
            return
        inputs, _ = self._form.read()
        connection = self._chosen.name
        shown = await in_thread(self._plan, inputs, connection)
        line = f"{shown.method} {redact(shown.url, shown.secrets)}"
        about = name_in(self._backend, connection, self._action, inputs)
        if await confirmed(self._action, line, connection, self._runner, about=about):
            await self._call_it(inputs, connection)

    async def _may_run(self, problems: Sequence[Problem]) -> bool:
        """Take a person to what is wrong."""
        for problem in problems:
            if anchor := self._form.anchor_of(problem.field or ""):
                ui.run_javascript(f"wbGoTo({json.dumps(anchor)})")
                break
        return False

    async def _call_it(self, inputs: Mapping[str, Any], connection: str) -> None:
        self._run = run = _Run()
        loop = asyncio.get_running_loop()
        words = self._answer.wait(connection, self._stop)

        def on_wait(pause: Pause) -> None:
            if run.stopped:
                raise _Stopped
            loop.call_soon_threadsafe(lambda: None if run.stopped else words.set_text(say_pause(pause)))

        self._busy(busy=True)
        try:
            run.task = asyncio.ensure_future(
                call_in_thread(call_and_keep, self._backend, self._action, inputs, connection, on_wait)
            )
            result = await run.task
        except asyncio.CancelledError:
            run.stopped = True
            if not run.task or not run.task.cancelled():
                raise
            self._answer.stopped()
        except ConnectorError as error:
            await self._refused(error, inputs, connection)
        else:
            if result.ok:
                keep_draft(self._backend, self._visitor, self._action, {})
            await self._answer.show(result, masked(self._action, inputs, result), inputs, connection)
        finally:
            self._run = None
            self._busy(busy=False)

    async def _refused(self, error: ConnectorError, inputs: Mapping[str, Any], connection: str) -> None:
        """What the form could not know, such as a credential that the connection lacks."""
        from ....result import as_result

        result = as_result(self._action.name, error)
        await self._answer.show(result, result.to_dict(), inputs, connection)
        if isinstance(error, InputError):
            self._form.show(error.problems, everything=True)

    def _stop(self) -> None:
        if self._run is not None and self._run.task is not None:
            self._run.stopped = True
            self._run.task.cancel()
            self._runner.run_method("focus")  # the button that was pressed is gone

    def _busy(self, *, busy: bool) -> None:
        # A button that is disabled would lose the focus of who pressed it.
        set_attributes(self._runner, {"aria-disabled": str(busy).lower()})


class _Ids:
    """Ids that are the same each time the same call is planned."""

    def __init__(self) -> None:
        self._new = machine_clock().new_id
        self._made: list[str] = []
        self._next = 0

    def again(self) -> None:
        """Begin with the first one."""
        self._next = 0

    def __call__(self) -> str:
        if self._next == len(self._made):
            self._made.append(self._new())
        self._next += 1
        return self._made[self._next - 1]


def _never(*_: Any) -> Any:
    raise AssertionError("a preview sends nothing")
