"""The bulk page: drop a file, say what its rows become, look at the first of them, and send them all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....bulk.read.endings import ENDINGS, PACKED
from ....bulk.report.run_words import count
from ....bulk.send.delivery import bulk_action
from ....errors import ConnectorError, InputError, Problem
from ..frame import chosen, heading, panel
from ..markup import Select, block, text
from ..work import in_thread
from .run_panel import RunPanel
from .upload import NOT_SENT, BulkJob, free_object, lacking, suggested, targets, tree_of

if TYPE_CHECKING:
    from nicegui.events import UploadEventArguments

    from ....bulk.preview import Preview
    from ...backend import Backend

_STATIC = Path(__file__).parents[1] / "static"
_LARGEST = 1_000_000_000  # bytes of an upload, as the service takes them
_MOST_COLUMNS = 200
_SHOWN = 400  # characters of a record


def page(backend: Backend) -> None:
    """The page.

    :raises NotOffered: when the action that delivers many events may not be called.
    """
    backend.policy.action(bulk_action(backend.connector.specs))
    ui.add_css(_STATIC / "bulk.css")
    heading("Bulk", "Send a file of events, or of rows that become events. Each is checked before anything is sent.")
    Bulk(backend)


class Bulk:
    """One open page; its file is removed when it is left."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._job: BulkJob | None = None
        self._action: str | None = None
        self._columns: list[str] = []
        self._unseen = 0  # columns that are too many to be shown
        self._choices: dict[str, str] = {}
        self._fixed: dict[str, str] = {}
        self._turn = 0
        with panel("1. File"):
            self._upload()
        with panel("2. What a row becomes") as self._mapping_panel:
            self._mapping = block("div", "bk-part")
        with panel("3. The first records") as self._preview_panel:
            self._preview = block("div", "bk-part", role="status")
        self._run = RunPanel(backend, chosen(), self._wanted)
        self._show_parts(shown=False)
        ui.context.client.on_delete(self._leave)

    def _show_parts(self, *, shown: bool) -> None:
        for part in (self._mapping_panel, self._preview_panel, self._run.element):
            part.set_visibility(shown)

    def _leave(self) -> None:
        if self._job is not None:
            self._job.remove()

    def _wanted(self) -> tuple[BulkJob, str | None, dict[str, Any] | None] | None:
        return None if self._job is None else (self._job, self._action, self._tree())

    # The file

    def _upload(self) -> None:
        upload = ui.upload(on_upload=self._uploaded, max_file_size=_LARGEST).classes("bk-hidden")
        with block("label", "bk-drop") as zone:
            ui.icon("upload_file").props("aria-hidden=true")
            text("strong", "Drop a file here, or choose one")
            text("span", f"JSON lines, CSV or Parquet, up to {_LARGEST // 1_000_000_000} GB", "wb-quiet")
            block("input", "wb-sr", type="file", accept=",".join((*ENDINGS, *PACKED)), aria_label="File to send")
        self._said = block("div", "bk-part", role="status")
        script = (_STATIC / "bulk.js").read_text(encoding="utf-8")
        zone.on("wb-refused", lambda event: self._refuse(str(event.args)), js_handler="(event) => emit(event.detail)")
        ui.run_javascript(f"{script}\n;wbDrop({zone.id}, {json.dumps(upload.props['url'])}, {_LARGEST})")

    def _refuse(self, words: str) -> None:
        self._said.clear()
        with self._said:
            text("p", words, "wb-note wb-note--bad")

    async def _uploaded(self, event: UploadEventArguments) -> None:
        if self._run.busy:
            self._refuse("A run is under way: stop it before you choose another file.")
            return
        try:
            job = BulkJob(self._backend.connector, event.file.name)
        except InputError as error:
            self._refuse(f"The file {error.problems[0].message}: {error.problems[0].hint}.")
            return
        await event.file.save(job.path)
        if self._job is not None:
            self._job.remove()
        self._job = job
        self._said.clear()
        if job.format is None:
            job.remove()
            self._job = None
            self._show_parts(shown=False)
            self._refuse(f"'{job.name}' is of no known kind: its name must end in one of {', '.join(ENDINGS)}.")
            return
        with self._said:
            text("p", f"{job.name}, {event.file.size():,} bytes", "wb-note wb-note--good")
        self._show_parts(shown=True)
        actions = self._actions()
        await self._become(None if job.names_its_actions else next(iter(actions)))

    # The mapping

    def _actions(self) -> dict[str, str]:
        """Titles of the actions that a row may be."""
        specs = self._backend.connector.specs
        batch = specs.action(bulk_action(specs))
        assert batch.split is not None
        names = batch.parameters[batch.split.parameter]["entries"]["actions"]
        return {name: specs.action(name).title for name in names}

    async def _become(self, action: str | None) -> None:
        """Take every row as this action, its columns mapped as far as their names tell."""
        job = self._job
        if job is None:
            return
        self._run.begin_anew()
        self._action, self._choices, self._fixed = action, {}, {}
        self._columns = []
        if action is not None:
            try:
                columns = await in_thread(job.columns)
                self._columns, self._unseen = columns[:_MOST_COLUMNS], max(len(columns) - _MOST_COLUMNS, 0)
            except ConnectorError as error:
                self._show_mapping(error.problems)
                return
            self._choices = suggested(self._columns, self._backend.connector.specs.action(action))
        self._show_mapping(())
        await self._show_preview()

    def _show_mapping(self, problems: Sequence[Problem]) -> None:
        job = self._job
        assert job is not None
        options = {"": "Each record says it by itself"} if job.names_its_actions else {}
        self._mapping.clear()
        with self._mapping:
            with block("label", "bk-field"):
                text("span", "Every row is")
                Select(
                    {**options, **self._actions()},
                    self._action or "",
                    on_change=lambda name: self._become(name or None),
                )
            _say(problems)
            if self._action is not None and not problems:
                self._show_columns(self._action)

    def _show_columns(self, name: str) -> None:
        action = self._backend.connector.specs.action(name)
        known = {target.place: target.title for target in targets(action)}
        free = free_object(action)
        self._needed = block("div", "bk-part")
        self._asked: list[str] = []
        self._show_needed()
        scroll = block("div", "wb-table-scroll", role="region", aria_label="Columns", tabindex="0")
        with scroll, block("table", "wb-table bk-columns"):
            with block("thead"), block("tr"):
                text("th", "Column", scope="col")
                text("th", "becomes", scope="col")
            with block("tbody"):
                for column in self._columns:
                    own = {f"{free}.{column}": f"{known.get(free, free)} > {column}"} if free else {}
                    with block("tr"):
                        text("td", column, "bk-column")
                        with block("td"):
                            Select(
                                {NOT_SENT: "not sent", **own, **known}, self._choices.get(column, NOT_SENT),
                                label=f"{column} becomes", on_change=self._chooser(column),
                            )  # fmt: skip
        if self._unseen:
            words = f"{count(self._unseen, 'more column')} cannot be chosen here and would not be sent."
            text("p", f"{words} The command line takes a mapping file for all of them.", "wb-note wb-note--warn")

    def _show_needed(self) -> None:
        """A field for each parameter that the action needs and no column gives."""
        assert self._action is not None
        action = self._backend.connector.specs.action(self._action)
        asked = lacking(self._choices, action)
        if asked == self._asked:
            return
        self._asked = asked
        self._needed.clear()
        with self._needed:
            for name in asked:
                schema = action.parameters[name]
                with block("label", "bk-field"):
                    with block("span", "wb-row"):
                        text("span", f"{schema.get('title', name)}, the same for every row")
                        text("span", "required", "wb-required")
                    example = next(iter(schema.get("examples", ())), "")
                    given = block(
                        "input",
                        "wb-input",
                        type="text",
                        aria_required="true",
                        placeholder=f"For example {example}",
                        **{"^value": self._fixed.get(name, "")},
                    )
                    given.on(
                        "input", lambda event, name=name: self._fix(name, str(event.args)),
                        js_handler="(event) => emit(event.target.value)", throttle=0.3,
                    )  # fmt: skip

    def _chooser(self, column: str) -> Callable[[str], Any]:
        async def choose(place: str) -> None:
            self._run.begin_anew()
            self._choices[column] = place
            self._show_needed()
            await self._show_preview()

        return choose

    async def _fix(self, name: str, value: str) -> None:
        self._run.begin_anew()
        self._fixed[name] = value
        await self._show_preview()

    def _tree(self) -> dict[str, Any] | None:
        if self._action is None:
            return None
        action = self._backend.connector.specs.action(self._action)
        needed = lacking(self._choices, action)
        return tree_of(self._choices, {name: self._fixed.get(name, "") for name in needed}, action)

    # The first records

    async def _show_preview(self) -> None:
        self._turn += 1
        turn, job = self._turn, self._job
        if job is None:
            return
        found: list[Preview] = []
        problems: Sequence[Problem] = ()
        try:
            found = await in_thread(job.preview, self._action, self._tree())
        except ConnectorError as error:
            problems = error.problems
        if turn != self._turn:
            return
        self._preview.clear()
        with self._preview:
            _say(problems)
            if not problems and not found:
                text("p", "The file holds no record.", "wb-note wb-note--warn")
            wrong = sum(one.problem is not None for one in found)
            if found:
                said = f"{wrong} of the first {count(len(found), 'record')} would be rejected." if wrong else (
                    f"The first {count(len(found), 'record')} would be sent like this:"
                )  # fmt: skip
                text("p", said, "wb-quiet")
            for number, one in enumerate(found, 1):
                _show_record(number, one)
        self._run.allow(not problems and bool(found))

    _needed: ui.element


def _say(problems: Sequence[Problem]) -> None:
    for one in problems:
        with block("div", "wb-note wb-note--bad"):
            text("strong", f"{one.field}: {one.message}" if one.field else one.message)
            if one.hint:
                text("span", one.hint, "wb-note-hint")


def _show_record(number: int, one: Preview) -> None:
    record = one.record if isinstance(one.record, str) else json.dumps(one.record, ensure_ascii=False, default=str)
    place = f"Line {one.line:,}" if one.line is not None else f"Row {number:,}"
    with block("div", "bk-record"):
        with block("div", "bk-from"):
            text("span", place, "wb-quiet")
            text("code", record if len(record) <= _SHOWN else f"{record[:_SHOWN]}...")
        if one.problem is not None:
            _say([one.problem])
        else:
            shown = json.dumps(one.event, ensure_ascii=False, indent=2)
            text("pre", shown, "wb-code wb-code--wrap", tabindex="0", aria_label=f"Event of {place.lower()}")
