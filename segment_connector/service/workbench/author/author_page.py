"""Where an author edits an action: its file with findings while it is typed, and the form and the call it makes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from nicegui import background_tasks, ui

from ....authoring.action_files import Judged, Opened, Workshop
from ....authoring.completions import Word
from ....call.dropdown import Options
from ....errors import ConnectorError, InputError, Problem
from ....markup.html import html
from ..action.call_panel import CallPanel
from ..confirm_dialog import ask
from ..failures import note_problems
from ..forms.form import Form
from ..frame import heading, panel
from ..markup import block, copy_button, set_attributes, text
from ..notice import notice
from ..spoken import say, to_say
from ..work import in_thread
from .editor import Editor
from .new_dialog import ask_for_new, wanted_by
from .save_dialog import review

if TYPE_CHECKING:
    from ....language.action_records import Action
    from ....language.specs import Specs
    from ...backend import Backend

_STYLE = Path(__file__).parents[1] / "static" / "author.css"
_PAUSE = 0.25  # seconds without a key until the text is judged
_LEAVE = to_say("Ctrl+Space completes. Escape and then Tab leaves the editor.")
_WORKSHOPS: WeakKeyDictionary[Specs, Workshop] = WeakKeyDictionary()


async def page(backend: Backend) -> None:
    """The page; ``?action=`` names the action to begin with, and ``?new=`` one that has no file yet.

    :raises UnknownActionError: when there is none of that name; the frame shows it.
    :raises NotOffered: when the service is limited to some actions.
    """
    backend.policy.check_editing()
    ui.add_css(_STYLE)
    specs = backend.connector.specs
    workshop = _WORKSHOPS.setdefault(specs, Workshop(specs))
    request = ui.context.client.request
    query = request.query_params if request else {}
    begun = None
    if wanted := wanted_by(query):
        opened, begun = await in_thread(workshop.begin, wanted)
    else:
        opened = await in_thread(workshop.open, query.get("action") or next(iter(specs.paths)))
    heading(say("Author"), say("Edit an action's file. Its findings, its form and its request update as you type."))
    author = Author(backend, workshop, opened, begun)
    # The first judging reads the whole spec root: the file can be read, and typed in, meanwhile.
    await ui.context.client.connected()
    await author.begin()


class Author:
    """One open editor.

    :param begun: the text to begin a file with that is not there yet.
    """

    def __init__(self, backend: Backend, workshop: Workshop, opened: Opened, begun: str | None = None) -> None:
        self._backend = backend
        self._workshop = workshop
        self._opened = opened
        self._start = opened.text if begun is None else begun
        self._judged: Judged | None = None
        self._turn = 0
        self._form: Form | None = None
        self._call: CallPanel | None = None
        self._drawn: Any = None
        self._build()

    async def begin(self) -> None:
        """Judge the file as it is, if somebody still looks at it."""
        if not self._left:
            await self._judge()

    def _build(self) -> None:
        with block("div", "au-bar"):
            self._choose()
            self._state = text("span", "", "wb-chip", role="status")
            block("div", "wb-space")
            self._new = text("button", say("New action"), "wb-button", type="button").on("click", self._begin_new)
            self._undo = text("button", say("Discard my changes"), "wb-button", type="button").on(
                "click", self._discard
            )
            self._save = text("button", say("Review and save"), "wb-button wb-button--main", type="button")
            self._save.on("click", self._review)
        if reason := self._workshop.read_only:
            with block("div", "wb-note"):
                text("strong", say("You can try changes here, but not save them"))
                text("span", reason, "wb-note-hint")
                text("span", say("Two commands copy the specs and start the service on the copy:"), "wb-note-hint")
                with block("div", "wb-copyable"):
                    copy_button(say("the commands"))
                    text(
                        "pre", "\n".join(self._workshop.own_folder), "wb-code wb-code--wrap", tabindex="0",
                        role="region", aria_label=say("Commands for your own folder"), data_copy="",
                    )  # fmt: skip
        with block("div", "au-split"):
            with block("div", "au-side"):
                with panel(say("File"), note=self._path()):
                    self._editor = Editor(
                        self._start, say("Text of {path}", path=self._path()), self._changed, self._offer
                    )
                    text("p", say(_LEAVE), "wb-quiet")
                with panel(say("Findings")):
                    self._findings = block("div", "au-findings", role="status", aria_busy="true")
                    with self._findings:
                        text("p", say("Checking the file ..."), "wb-quiet")
            self._preview = block("div", "au-side au-preview")

    def _choose(self) -> None:
        options = html(
            "service/workbench/author/action_options.html", groups=self._listed(), selected=self._opened.name,
            titles={name: group.title for name, group in self._backend.connector.spec.groups.items()},
        )  # fmt: skip
        with block("label", "au-choose"):
            text("span", say("Action"))
            self._select = ui.html(options, sanitize=False, tag="select").classes("wb-select")
            set_attributes(self._select, {"aria_label": say("Action")})
        self._select.on("change", self._go_to, js_handler="(event) => emit(event.target.value)")

    async def _go_to(self, event: Any) -> None:
        """Open another action, which loses what is not saved of this one."""
        name, now = str(event.args), self._opened.name
        if not await self._may_leave(name, self._select):
            ui.run_javascript(f"getHtmlElement({self._select.id}).value = {json.dumps(now)}")
            return
        ui.navigate.to(f"/author?action={quote(name)}")

    async def _may_leave(self, name: str, opener: ui.element) -> bool:
        """Whether another file may be opened, which loses what is not saved of this one."""
        if self._typed:
            now = self._opened.name
            words = say("Your changes in {now} are not saved, and are lost when you open {name}.", now=now, name=name)
            if not await ask(
                say("Discard your changes?"), words, say("Discard changes"), opener, no=say("Keep editing")
            ):
                return False
            self._editor.hold(hold=False)
        return True

    def _listed(self) -> Mapping[str, list[str]]:
        """The actions to choose from, and the one that is new among them."""
        found, group = dict(self._workshop.names), self._opened.path.parent.name
        if self._opened.name not in found.get(group, ()):
            found[group] = [*found.get(group, ()), self._opened.name]
        return found

    async def _begin_new(self) -> None:
        """Ask for what a new action's file begins with, and open it."""
        address = await ask_for_new(self._workshop)
        self._new.run_method("focus")
        if address is None or not await self._may_leave(say("the new action"), self._new):
            return
        ui.navigate.to(address)

    def _path(self) -> str:
        return self._opened.path.relative_to(self._workshop.specs.root).as_posix()

    # What is typed

    @property
    def _edited(self) -> bool:
        """Whether there is something to save; a new file is, before anything is typed."""
        return self._editor.text != self._opened.text

    @property
    def _left(self) -> bool:
        """Whether the page is no longer there to be drawn on."""
        return self._editor.element.is_deleted

    @property
    def _typed(self) -> bool:
        """Whether something would be lost."""
        return self._editor.text != self._start

    def _changed(self) -> None:
        self._editor.hold(hold=self._typed)
        background_tasks.create(self._judge_soon(), name="judge")

    async def _judge_soon(self) -> None:
        self._turn += 1
        turn = self._turn
        await asyncio.sleep(_PAUSE)
        if turn == self._turn:
            await self._judge()

    async def _judge(self) -> None:
        turn, written = self._turn, self._editor.text
        unjudged: Sequence[Problem] = ()
        try:
            judged = await in_thread(self._workshop.judge, self._opened.name, written, self._opened.path)
        except ConnectorError as error:  # what every file is judged by cannot be read
            judged, unjudged = None, error.problems
        if turn != self._turn or self._left:  # it was typed on meanwhile
            return
        self._judged = judged
        with self._preview:
            self._show_findings(judged.findings if judged else unjudged, judged=judged is not None)
            self._show_action(judged.action if judged else None)
        self._show_state()
        await self._plan()

    def _offer(self, line: int, column: int) -> tuple[Sequence[Word], str]:
        return self._workshop.words(self._judged, self._editor.text, line, column)

    def _show_state(self) -> None:
        edited = self._edited
        self._editor.hold(hold=self._typed)
        found = len(self._judged.findings) if self._judged else 0
        said = f", {_counted(found)}" if found else ""
        self._state.set_text(f"{say('edited') if edited else say('as in the file')}{said}")
        self._state.classes(replace=f"wb-chip wb-chip--{'bad' if found else 'warn' if edited else ''}")
        for button in (self._undo, self._save):
            # A button that is disabled would lose the focus of who pressed it.
            off = not (edited if button is self._save else self._typed)
            set_attributes(button, {"aria-disabled": str(off).lower()})

    def _show_findings(self, findings: Sequence[Problem], *, judged: bool) -> None:
        self._editor.mark(findings if judged else ())
        self._findings.clear()
        set_attributes(self._findings, {"aria_busy": "false"})
        with self._findings:
            if not judged:
                note_problems(findings, say("The file cannot be checked until this is fixed:"))
                return
            if not findings:
                text("p", say("No findings: the file is valid, and its examples match."),
                     "wb-note wb-note--good")  # fmt: skip
                return
            text("p", _counted(len(findings)), "au-count")
            with block("ul", "au-list"):
                for one in findings:
                    with block("li"):
                        line = one.line or 1
                        text("button", say("Line {line}", line=line), "au-line", type="button").on(
                            "click", lambda _, line=line: self._editor.go_to(line)
                        )
                        with block("div", "au-said"):
                            text("strong", f"{one.field}: {one.message}" if one.field else one.message)
                            if one.hint:
                                text("span", one.hint)
                            text("span", say("Rule: {code}", code=one.code), "wb-quiet")

    # What it makes

    def _show_action(self, action: Action | None) -> None:
        """Draw the form anew when the parameters are others; what is filled in stays otherwise."""
        if action is None:
            return  # the last form that could be drawn stays, and the findings say why
        drawn = (action.parameters, action.required, action.rules, action.examples)
        if drawn == self._drawn:
            return
        filled = self._form.read()[0] if self._form is not None else {}
        first = self._form is None
        self._drawn = drawn
        self._preview.clear()
        judged = self._judged
        assert judged is not None
        with panel(say("Form")):
            with block("div", "wb-examples", role="group", aria_label=say("Examples")):
                text("span", say("Fill in an example"), "wb-quiet", aria_hidden="true")
                for example in action.examples:
                    button = text("button", example.title, "wb-example", type="button")
                    button.on("click", lambda _, inputs=example.input: self._fill(inputs))
            self._form = form = Form(action, self._plan, _no_options)
        caller = judged.rehearsal.caller if judged.rehearsal else self._backend.connector.caller
        self._call = CallPanel(caller, action.name, form.title_of, form.anchor_of)
        if first and action.examples:
            filled = dict(action.examples[0].input)
        for name, field in form.fields.items():
            if name in filled:
                field.write(filled[name])

    async def _fill(self, inputs: Mapping[str, Any]) -> None:
        if self._form is not None:
            await self._form.fill(inputs)

    async def _plan(self) -> None:
        """Show the request that the form makes of the action as it is edited."""
        form, call, judged = self._form, self._call, self._judged
        if form is None or call is None or judged is None:
            return
        inputs, request, problems = await form.plan(judged.plan)
        if judged is self._judged and form is self._form and not self._left:
            form.show(problems, everything=False)
            call.show(inputs, request, problems, tried=True)  # an author looks for what a call lacks

    # Keeping it

    def _discard(self) -> None:
        self._editor.set_text(self._start)
        self._changed()

    async def _review(self) -> None:
        if not self._edited:
            return
        saved = await review(self._workshop, self._opened, self._editor.text)
        if saved is not None and saved.take_over:
            self._editor.focus()  # where the author goes on; a focus that comes later takes what is typed by then
        else:
            self._save.run_method("focus")
        if saved is None:
            return
        before, self._opened, self._start = self._opened, saved.opened, saved.opened.text
        if saved.take_over:
            self._editor.set_text(saved.opened.text)
        if saved.written:
            self._backend.connector.specs.forget()
            self._backend.connector.caller.forget()
            notice(say("{name} is saved; the service uses it from the next call on.", name=before.name), "good")
        self._turn += 1
        await self._judge()


def _no_options(_place: str, _search: str | None, _cursor: Any) -> Options:
    problem = Problem("draft", "dropdowns are filled on the action's own page", "type a value, or use that page")
    raise InputError(problem)


def _counted(findings: int) -> str:
    return say("1 finding") if findings == 1 else say("{count} findings", count=findings)
