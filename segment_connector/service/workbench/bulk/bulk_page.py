"""The bulk page: drop a file, say what its rows become, look at the first of them, and send them all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....bulk.read.endings import ENDINGS, PACKED
from ....bulk.send.delivery import bulk_action
from ....errors import ConnectorError, InputError, Problem
from ..frame import chosen, heading, panel
from ..markup import Select, block, icon, text
from ..spoken import say
from ..work import in_thread
from .column_choices import Choices, Mend
from .column_table import ColumnTable
from .first_records import show_first_records, show_problems
from .mapping_text import MappingText, command_line, mapping_name, show_command
from .needed_fields import NeededFields
from .reading_fields import reading_fields
from .run_list import RunList
from .run_panel import RunPanel
from .run_registry import runs_of
from .upload import BulkJob, Detected

if TYPE_CHECKING:
    from nicegui.events import UploadEventArguments

    from ....bulk.preview import Preview
    from ....bulk.suggest.suggestions import Sample
    from ...backend import Backend

_STATIC = Path(__file__).parents[1] / "static"
_LARGEST = 1_000_000_000  # bytes of an upload, as the service takes them
_BY_MAPPING = "*"  # what rows are is said by the mapping, in ways that a table cannot show


def page(backend: Backend) -> None:
    """The page.

    :raises NotOffered: when the action that delivers many events may not be called.
    """
    backend.policy.action(bulk_action(backend.connector.specs))
    ui.add_css(_STATIC / "bulk.css")
    # Vue needs a moment: what is dropped or chosen before that waits, and is not opened in place of the page.
    ui.add_head_html(f"<script>{(_STATIC / 'bulk_early.js').read_text(encoding='utf-8')}</script>")
    heading(
        say("Bulk"),
        say("Send a file of events, or of rows that become events. Each record is checked before it is sent."),
    )
    Bulk(backend)


class Bulk:
    """One open page; its file is removed when it is left, unless a run has it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._runs = runs_of(backend)
        self._job: BulkJob | None = None
        self._sample: Sample | None = None
        self._choices: Choices | None = None  # none where each record says itself what it is
        self._kept: Choices | None = None  # what somebody chose before the file was read in another way
        self._is_chosen = False  # somebody said what rows are
        self._read_as: Any = None
        self._turn = 0
        self._chosen = chosen()
        self._client = ui.context.client
        with panel(say("1. File")):
            self._upload()
            self._reading = block("div", "bk-part")
        with panel(say("2. What a row becomes")) as self._mapping_panel:
            self._mapping = block("div", "bk-part")
        with panel(say("3. The first records")) as self._preview_panel:
            self._preview = block("div", "bk-part", role="status")
        self._run = RunPanel(backend, self._chosen, self._wanted)
        with self._run.element:
            self._command = block("div", "bk-part")
        RunList(self._runs, lambda: self._run.run)
        self._chosen.on_change(self._show_command)
        self._show_parts(shown=False)
        self._client.on_delete(self._leave)

    def _show_parts(self, *, shown: bool) -> None:
        for part in (self._mapping_panel, self._preview_panel, self._run.element):
            part.set_visibility(shown)

    def _leave(self) -> None:
        if self._job is not None:
            self._runs.let_go(self._job)

    def _wanted(self) -> tuple[BulkJob, str | None, dict[str, Any] | None] | None:
        return None if self._job is None else (self._job, *self._becoming())

    def _becoming(self) -> tuple[str | None, dict[str, Any] | None]:
        return (None, None) if self._choices is None else (self._choices.action, self._choices.tree)

    # The file

    def _upload(self) -> None:
        upload = ui.upload(on_upload=self._uploaded, max_file_size=_LARGEST).classes("bk-hidden")
        with block("label", "bk-drop") as zone:
            icon("upload_file")
            text("strong", say("Drop a file here, or choose one"))
            kinds = say("JSON, CSV, Excel, Parquet or SQLite, compressed or not")
            text("span", f"{kinds}, up to {_LARGEST // 1_000_000_000} GB", "wb-quiet")
            block("input", "wb-sr", type="file", accept=",".join((*ENDINGS, *PACKED, ".txt")),
                  aria_label=say("File to send"))  # fmt: skip
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
            self._refuse(say("A run is in progress: stop it before you choose another file, or open another window."))
            return
        try:
            job = BulkJob(self._backend.connector, event.file.name)
        except InputError as error:
            self._refuse(
                say("The file {message}: {hint}.", message=error.problems[0].message, hint=error.problems[0].hint)
            )
            return
        await event.file.save(job.path)
        self._leave()
        self._runs.hold(job)
        self._job, self._choices, self._kept, self._is_chosen = job, None, None, False
        self._said.clear()
        with self._said:
            text("p", say("{name}, {size:,} bytes", name=job.name, size=event.file.size()), "wb-note wb-note--good")
        await self._look()

    async def _look(self) -> None:
        """Find out how the file is read, and what its rows may become."""
        job = self._job
        if job is None:
            return
        self._kept = self._choices or self._kept
        self._run.begin_anew()
        self._run.allow(allowed=False)
        self._turn += 1
        turn, self._sample, self._choices = self._turn, None, None
        self._wait_in(self._mapping)
        detected: Detected | None = None
        problems: Sequence[Problem] = ()
        sample: Sample | None = None
        choices: Choices | None = None
        try:
            detected = await in_thread(job.detected)
            if turn == self._turn:
                self._show_reading(job, detected, ())
                self._show_parts(shown=True)
            sample, choices = await self._propose(job, detected)
        except ConnectorError as error:
            problems = error.problems
        if turn != self._turn:
            return
        self._sample, self._choices = sample, choices
        if problems:
            self._show_reading(job, detected, problems)
            self._show_parts(shown=False)
            return
        self._show_mapping()
        await self._show_preview()

    async def _propose(self, job: BulkJob, detected: Detected) -> tuple[Sample | None, Choices | None]:
        before = self._kept
        try:
            sample = await in_thread(job.sample)
        except ConnectorError:
            if detected.format not in ("json", "jsonl"):  # the preview says what is wrong with texts
                raise
            return None, None
        by_hand = before is not None and (before.touched or self._is_chosen)
        if not by_hand and job.holds_events(sample):
            return sample, None
        choices = await self._suggested(job, sample, before.action if before is not None and by_hand else None)
        if before is not None and before.touched:
            choices.carry(before)
        return sample, choices

    async def _suggested(self, job: BulkJob, sample: Sample, action: str | None) -> Choices:
        made = await in_thread(job.proposal, sample, action)
        return Choices(self._backend.connector.caller, sample, made, job.said.get("zone") or None)

    def _show_reading(self, job: BulkJob, detected: Detected | None, problems: Sequence[Problem]) -> None:
        now = (job, detected, tuple(problems))
        if now == self._read_as:  # whoever is among its fields stays there
            return
        self._read_as = now
        self._reading.clear()
        with self._reading:
            show_problems(problems)
            reading_fields(job, detected, self._look)

    # The mapping

    def _actions(self) -> dict[str, str]:
        """Titles of the actions that a row may be."""
        specs = self._backend.connector.specs
        batch = specs.action(bulk_action(specs))
        assert batch.split is not None
        names = batch.parameters[batch.split.parameter]["entries"]["actions"]
        return {name: specs.action(name).title for name in names}

    async def _become(self, name: str) -> None:
        """Take every row as this action, its columns mapped as far as can be told."""
        job, sample = self._job, self._sample
        if job is None or name == _BY_MAPPING or (self._choices is not None and name == self._choices.action):
            return
        self._run.begin_anew()
        self._run.allow(allowed=False)
        self._turn += 1
        turn, self._choices, self._kept, self._is_chosen = self._turn, None, None, True
        self._wait_in(self._columns)
        if name and sample is not None:
            choices = await self._suggested(job, sample, name)
            if turn != self._turn:
                return
            self._choices = choices
        self._show_choices()
        await self._show_preview()

    def _wait_in(self, element: ui.element) -> None:
        element.clear()
        self._preview.clear()
        with element:
            text("p", say("Reading the rows ..."), "wb-quiet")

    def _show_mapping(self, *, opened: bool = False) -> None:
        choices = self._choices
        may_say = self._sample is None or not self._sample.is_table
        options = {"": say("Each record says so itself")} if may_say else {}
        current = "" if choices is None else choices.action or _BY_MAPPING
        if current == _BY_MAPPING:
            options[_BY_MAPPING] = say("What the mapping says")
        options |= self._actions() if self._sample is not None else {}
        self._mapping.clear()
        with self._mapping:
            with block("label", "bk-field"):
                text("span", say("Every row is"))
                Select(options, current, on_change=self._become)
            self._columns = block("div", "bk-part")
        self._show_choices(opened=opened)

    def _show_choices(self, *, opened: bool = False) -> None:
        self._columns.clear()
        if self._choices is not None:
            with self._columns:
                self._show_columns(self._choices, opened=opened)

    def _show_columns(self, choices: Choices, *, opened: bool) -> None:
        if choices.ready is not None:
            text("p", say("{title}: its ready mapping fits.", title=choices.ready.title), "wb-note wb-note--good")
        if choices.warnings:
            with block("ul", "wb-note wb-note--warn bk-warnings", aria_label=say("Please check")):
                for warning in choices.warnings:
                    text("li", warning)
        if choices.action is not None:
            self._needed = NeededFields(choices, self._backend.connector.specs.action(choices.action), self._fixed)
            self._table = ColumnTable(choices, self._changed)
        else:
            text("p", say("This mapping does more than a table can show: edit it as text."), "wb-quiet")
        if self._job is not None:
            self._text = MappingText(self._job, choices, self._remade, is_open=opened or choices.action is None)

    async def _fixed(self) -> None:
        """Somebody gave a value that is the same for every row."""
        self._run.begin_anew()
        self._text.show()
        await self._show_preview()

    async def _changed(self) -> None:
        """Somebody chose something else for a column."""
        self._run.begin_anew()
        choices = self._choices
        if choices is not None and choices.action is not None:
            self._table.show()
            self._needed.show()
            self._text.show()
        await self._show_preview()

    async def _remade(self) -> None:
        """Somebody wrote another mapping."""
        self._run.begin_anew()
        self._show_mapping(opened=True)
        await self._show_preview()

    # The first records

    async def _show_preview(self) -> None:
        self._turn += 1
        turn, job, choices = self._turn, self._job, self._choices
        if job is None:
            return
        self._show_command()
        found: list[Preview] = []
        mends: list[Mend] = []
        problems: Sequence[Problem] = ()
        try:
            found = await in_thread(job.preview, *self._becoming())
            if choices is not None:
                wrong = {one.problem.field for one in found if one.problem is not None and one.problem.field}
                mends = await in_thread(choices.mends, wrong)
        except ConnectorError as error:
            problems = error.problems
        if turn != self._turn:
            return
        self._preview.clear()
        with self._preview:
            show_problems(problems)
            if not problems and not found:
                text("p", say("The file contains no record."), "wb-note wb-note--warn")
            if found:
                show_first_records(found, choices, mends, self._changed)
        self._run.allow(not problems and bool(found))

    def _show_command(self) -> None:
        self._command.clear()
        if self._job is None:
            return
        program = self._backend.connector.specs.command
        in_sandbox = self._chosen.is_sandbox
        command = command_line(program, self._job, self._choices, in_sandbox=in_sandbox)
        needs = []
        if self._choices is not None and self._choices.ready is None:
            needs.append(f"save the mapping as {mapping_name(self._job)} beside the file")
        if not in_sandbox:
            needs.append("the connection comes from the environment, unless --connection names a file")
        with self._command:
            text("p", say("The same on the command line:"))
            show_command(command, "; ".join(needs))

    _columns: ui.element
    _needed: NeededFields
    _table: ColumnTable
    _text: MappingText
