"""The runs of the service, whoever started them: how each stands, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ..frame import panel
from ..markup import block, text
from ..spoken import say
from .run_registry import FileRun, RunRegistry

if TYPE_CHECKING:
    from nicegui.elements.mixins.text_element import TextElement

_EVERY = 0.5  # seconds between two looks


class RunList:
    """The panel; it is not shown while there is no run.

    :param own: the run that the page shows by itself, with a button of its own to stop it.
    """

    def __init__(self, registry: RunRegistry, own: Callable[[], FileRun | None]) -> None:
        self._registry = registry
        self._own = own
        self._rows: dict[FileRun, _Row] = {}
        with panel(say("Runs")) as self._element:
            text("p", say("They continue when this page is closed, and end with the service."), "wb-quiet")
            scroll = block("div", "wb-table-scroll", role="region", aria_label=say("List of runs"), tabindex="0")
            with scroll, block("table", "wb-table bk-runs"):
                with block("thead"), block("tr"):
                    for words in (
                        say("File"),
                        say("Sent"),
                        say("Started"),
                        say("State"),
                        say("Accepted"),
                        say("Rejected"),
                    ):
                        text("th", words, scope="col")
                    with block("th", scope="col"):
                        text("span", say("What to do"), "wb-sr")
                self._body = block("tbody")
        self._show()
        ui.timer(_EVERY, self._show)

    def _show(self) -> None:
        runs = self._registry.runs
        for run in [one for one in self._rows if one not in runs]:
            self._rows.pop(run).element.delete()
        for run in reversed(runs):
            if run not in self._rows:
                with self._body:
                    self._rows[run] = _Row(self._registry, run)
                self._rows[run].element.move(self._body, target_index=0)
            self._rows[run].show(own=run is self._own())
        self._element.set_visibility(bool(runs))


class _Row:
    """One run."""

    def __init__(self, registry: RunRegistry, run: FileRun) -> None:
        self._run = run
        self._shown: tuple[Any, ...] = ()
        with block("tr") as self.element:
            text("td", run.job.name, "bk-column")
            text("td", say("nothing: a dry run") if run.dry else run.target)
            text("td", run.started.strftime("%H:%M:%S UTC"))
            self._state = text("td", "")
            self._accepted = text("td", "")
            self._rejected = text("td", "")
            with block("td"), block("div", "wb-row bk-run-buttons"):
                self._stop = self._button(say("Stop"), run.job.stop.set)
                self._report = self._button(say("Report"), self._download_report)
                self._rejects = self._button(say("Rejects"), self._download_rejects)
                self._remove = self._button(say("Remove"), lambda: registry.forget(run))

    def _button(self, words: str, pressed: Callable[[], Any]) -> TextElement:
        made = text(
            "button", words, "wb-button bk-small", type="button",
            aria_label=say("{words} of {name}", words=words, name=self._run.job.name),
        )  # fmt: skip
        return made.on("click", pressed)

    def show(self, *, own: bool) -> None:
        """Tell how it stands now."""
        run, outcome = self._run, self._run.outcome
        now = (run.state, *run.counts, own)
        if now == self._shown:
            return
        self._shown = now
        self._state.set_text(run.state)
        self._accepted.set_text(f"{run.counts[0]:,}")
        self._rejected.set_text(f"{run.counts[1]:,}")
        self._stop.set_visibility(not run.is_over and not own)
        self._report.set_visibility(outcome is not None)
        self._rejects.set_visibility(outcome is not None and outcome.rejects is not None)
        self._remove.set_visibility(run.is_over)

    def _download_report(self) -> None:
        from ....bulk.report.report import report_page

        result = self._run.outcome
        assert result is not None
        facts = {
            say("Source"): self._run.job.name,
            say("Sent to"): self._run.target,
            say("Started"): self._run.started.strftime("%Y-%m-%d %H:%M:%S UTC"),
        }
        ui.download.content(report_page(result, facts, result.reasons), "report.html", "text/html")

    def _download_rejects(self) -> None:
        if self._run.outcome is not None and self._run.outcome.rejects is not None:
            ui.download.file(self._run.outcome.rejects, "rejects.jsonl")
