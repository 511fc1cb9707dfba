"""The run of a file: started, watched, stopped, gone on with; and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....bulk.report.run_words import count, duration, headline, passed, rate
from ....errors import ConnectorError
from ..confirm_dialog import ask
from ..frame import panel
from ..markup import block, set_attributes, text
from ..spoken import say
from ..work import in_thread
from .run_registry import FileRun, runs_of
from .upload import BulkJob

if TYPE_CHECKING:
    from nicegui.elements.mixins.text_element import TextElement

    from ....bulk.reject_groups import RejectGroup
    from ....bulk.tally import BulkResult
    from ...backend import Backend
    from ..connection_chooser import Chosen

Wanted = Callable[[], tuple[BulkJob, str | None, dict[str, Any] | None] | None]

_EVERY = 0.25  # seconds between two looks at a run
_COLOURS = ("#1a8a5f", "#d0453c")


class RunPanel:
    """The panel.

    :param wanted: gives what is to be sent now: the file, the action of its rows and the mapping.
    :ivar element: the panel.
    :ivar busy: a run is under way; ``run`` is the last one.
    """

    def __init__(self, backend: Backend, chosen: Chosen, wanted: Wanted) -> None:
        self._backend = backend
        self._chosen = chosen
        self._wanted = wanted
        self.busy = False
        self.run: FileRun | None = None
        self._runs = runs_of(backend)
        self._allowed = False
        with panel(say("4. Send")) as self.element:
            with block("div", "wb-row"):
                self._start = self._button("", self._pressed, "wb-button--main")
                self._check = self._button(say("Check everything, send nothing"), self._dry)
                self._stop = self._button(say("Stop"), self._end)
            self._progress = block("progress", "bk-progress", max="100", aria_label=say("Progress of the run"))
            self._said = text("p", "", "bk-said", role="status")
            self._outcome = block("div", "bk-part bk-outcome")
            with block("div", "bk-chart", role="img", aria_label=say("Events accepted and records rejected over time")):
                self._chart = ui.echart(_options([]), renderer="svg")
        chosen.on_change(self._show_buttons)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Another file was chosen, or its rows become something else: what came of a run before says nothing of it."""
        if self.busy:
            return
        self._outcome.clear()
        self._said.set_text("")
        for part in (self._progress, self._chart):
            part.set_visibility(False)
        self._left = False
        self._show_buttons()

    def allow(self, allowed: bool) -> None:
        """Whether what is to be sent can be sent."""
        self._allowed = allowed
        self._show_buttons()

    def _button(self, words: str, pressed: Callable[[], Any], classes: str = "") -> TextElement:
        return text("button", words, f"wb-button {classes}", type="button").on("click", pressed)

    def _show_buttons(self) -> None:
        verb = say("Resume") if self._left else say("Send all")
        where = say("into the sandbox") if self._chosen.is_sandbox else say("with '{name}'", name=self._chosen.name)
        self._start.set_text(f"{verb} {where}")
        for button in (self._start, self._check):
            # A button that is disabled would lose the focus of who pressed it.
            set_attributes(button, {"disabled": not self._allowed, "aria-disabled": str(self.busy).lower()})
        self._stop.set_visibility(self.busy)

    async def _pressed(self) -> None:
        if not self.busy and (self._chosen.is_sandbox or await self._sure()):
            await self._run(dry=False)

    async def _dry(self) -> None:
        await self._run(dry=True)

    async def _sure(self) -> bool:
        title = say("Send all with '{name}'?", name=self._chosen.name)
        words = say(
            "Every valid record of the file is sent, and cannot be recalled. A dry run shows first what is wrong."
        )
        return await ask(title, words, say("Send all"), self._start, kind="main")

    def _end(self) -> None:
        if (wanted := self._wanted()) is not None:
            wanted[0].stop.set()
            self._said.set_text(say("Stopping: requests in progress are finished and recorded ..."))
            self._start.run_method("focus")  # the button that was pressed goes

    async def _run(self, *, dry: bool) -> None:
        wanted = self._wanted()
        if wanted is None or self.busy:
            return
        job, action, tree = wanted
        self.busy = True
        self._outcome.clear()
        self._said.set_text(say("Starting ..."))
        self._progress.set_visibility(True)
        self._progress.props.pop("value", None)
        self._chart.set_visibility(True)
        self._show_buttons()
        with self.element:
            timer = ui.timer(_EVERY, lambda: self._show_progress(job))
        try:
            connection = await in_thread(self._backend.resolve, self._chosen.name)
            target = (
                say("into the sandbox") if self._chosen.is_sandbox else say("with '{name}'", name=self._chosen.name)
            )
            self.run = self._runs.start(job, connection, action, tree, dry=dry, target=target)
            result = await in_thread(self.run.result)
        except ConnectorError as error:
            self._said.set_text("")
            self._progress.set_visibility(False)
            with self._outcome, block("div", "wb-note wb-note--bad", role="alert"):
                for one in error.problems:
                    text("strong", f"{one.field}: {one.message}" if one.field else one.message)
                    if one.hint:
                        text("span", one.hint, "wb-note-hint")
        else:
            self._left = not dry and result.outcome != "done"
            self._show_progress(job)
            self._show_outcome(result, result.reasons)
        finally:
            timer.cancel()
            self.busy = False
            self._show_buttons()

    def _show_progress(self, job: BulkJob) -> None:
        progress = job.course.progress
        if progress is None:
            return
        tally = progress.tally
        if progress.total_bytes:
            self._progress.props["value"] = str(round(100 * progress.done_bytes / progress.total_bytes))
            self._progress.update()
        said = [
            say("{count} accepted", count=count(tally.accepted, "event")),
            say("{rejected:,} rejected", rejected=tally.rejected),
            duration(progress.seconds),
        ]
        if progress.seconds > 0:
            said.append(rate(tally.read, progress.seconds))
        if progress.waiting:
            said.append(say("waiting {duration}, as the service asks", duration=duration(progress.waiting)))
        if not job.stop.is_set():
            self._said.set_text(", ".join(said))
        self._chart.options["series"] = _series(list(job.course.points))
        self._chart.update()

    def _show_outcome(self, result: BulkResult, rejects: list[RejectGroup]) -> None:
        kind = "bad" if result.outcome == "failed" else "warn" if rejects or result.outcome == "stopped" else "good"
        tally = result.tally
        good = count(passed(tally, dry_run=result.dry_run), "event")
        said = say("would be accepted") if result.dry_run else "accepted"
        took = f"{duration(result.seconds)}, {rate(tally.read, result.seconds)}"
        self._said.set_text(
            say(
                "{good} {said}, {rejected:,} rejected, {took}", good=good, said=said, rejected=tally.rejected, took=took
            )
        )
        if result.outcome == "done":
            self._progress.props["value"] = "100"
            self._progress.update()
        with self._outcome:
            with block("div", f"wb-note wb-note--{kind}", role="alert"):
                text("strong", headline(result))
                if result.hint:
                    text("span", result.hint, "wb-note-hint")
                if self._left:
                    text("span", say("Resume sends what is left, and nothing twice."), "wb-note-hint")
            if tally.skipped:
                text(
                    "p",
                    say("{count} had been processed by the previous run.", count=count(tally.skipped, "record")),
                    "wb-quiet",
                )
            if rejects:
                self._show_rejects(result, rejects)
            if result.doubts:
                self._show_doubts(result)
        self._outcome.run_method("scrollIntoView", {"block": "nearest"})

    def _show_doubts(self, result: BulkResult) -> None:
        scroll = block("div", "wb-table-scroll", role="region", aria_label=say("Warnings"), tabindex="0")
        with scroll, block("table", "wb-table"):
            with block("thead"), block("tr"):
                for words in (say("Warning"), say("Events"), say("First record, and the fix")):
                    text("th", words, scope="col")
            with block("tbody"):
                for one in result.doubts:
                    with block("tr"):
                        text("td", one.field, "bk-code")
                        text("td", f"{one.count:,}")
                        with block("td"):
                            text("p", one.message)
                            text("p", one.hint, "wb-quiet")

    def _show_rejects(self, result: BulkResult, rejects: list[RejectGroup]) -> None:
        scroll = block("div", "wb-table-scroll", role="region", aria_label=say("Rejected records"), tabindex="0")
        with scroll, block("table", "wb-table"):
            with block("thead"), block("tr"):
                for words in (say("Rule"), say("Records"), say("First record, and the fix")):
                    text("th", words, scope="col")
            with block("tbody"):
                for group in rejects:
                    with block("tr"):
                        text("td", group.code, "bk-code")
                        text("td", f"{group.count:,}")
                        with block("td"):
                            for example in group.examples:
                                text("p", example)
                            if group.hint:
                                text("p", group.hint, "wb-quiet")
        path = result.rejects
        if path is not None:
            with block("div", "wb-row"):
                self._button(say("Download the rejected records"), lambda: ui.download.file(path, "rejects.jsonl"))


def _options(points: list[tuple[float, int, int]]) -> dict[str, Any]:
    return {
        "animation": False,
        "color": list(_COLOURS),
        "grid": {"left": 8, "right": 32, "top": 36, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "xAxis": {"type": "value", "name": "s", "splitLine": {"show": False}},
        "yAxis": {"type": "value", "minInterval": 1, "splitLine": {"lineStyle": {"color": "#88929b40"}}},
        "series": _series(points),
    }  # fmt: skip


def _series(points: list[tuple[float, int, int]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "type": "line", "showSymbol": False, "areaStyle": {"opacity": 0.12},
         "data": [[round(point[0], 2), point[index]] for point in [(0.0, 0, 0), *points]]}
        for index, name in ((1, "accepted"), (2, "rejected"))
    ]  # fmt: skip
