"""Where events go: investigations, each with its inputs, and what it finds as a way with gates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....errors import ConnectorError, InputError, Problem
from ....investigations.findings_page import flow_of
from ....language.investigation_records import Investigation, read_investigations
from ....markup.markdown import sentence
from ....result import CallFailed
from ....values.json_text import parse_json
from ..frame import chosen, heading, panel
from ..markup import RUN_KEYS, Select, block, set_attributes, text
from ..spoken import say
from ..work import call_in_thread

if TYPE_CHECKING:
    from ...backend import Backend

_STATIC = Path(__file__).parents[1] / "static"
_FLOW = Path(__file__).parents[3] / "investigations" / "page.css"


def page(backend: Backend) -> None:
    """The page; what is asked about is the workspace of the chosen connection."""
    ui.add_css(_STATIC / "ways.css")
    ui.add_css(_FLOW)
    heading(
        say("Where events go"),
        say("An event's path with each gate, whether it arrived, and the workspace at a glance."),
    )
    WaysView(backend)


class WaysView:
    """The investigation of one visit, and the elements that show it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        found = read_investigations(backend.connector.specs.root)
        # What an event goes through is what people come for.
        self._known = {one.name: one for one in sorted(found, key=lambda one: -len(one.branches) - len(one.gates))}
        self._values: dict[str, str] = {}
        self._open = ""
        with panel(say("What to find out")):
            with block("label", "ways-field ways-question"):
                text("span", say("Question"))
                titles = {name: one.title for name, one in self._known.items()}
                self._choice = Select(titles, next(iter(titles)), on_change=self._choose)
            self._lead = text("p", "", "wb-quiet")
            self._fields = block("div", "ways-fields")
            with block("div", "wb-row"):
                self._button = text("button", say("Find out"), "wb-button wb-button--main", type="button", data_run="")
                set_attributes(self._button, RUN_KEYS)
                self._button.on("click", self._find_out)
        with panel(say("What was found")):
            self._said = text(
                "p", say("Nothing was asked yet. Asking sends and changes nothing."), "wb-quiet", role="status"
            )
            self._shown = block("div", "ways-flow")
        self._choose(self._choice.value)

    @property
    def _told(self) -> Investigation:
        return self._known[self._choice.value]

    def _choose(self, name: str) -> None:
        if name == self._open:  # what was typed already is kept
            return
        self._open, self._values = name, {}
        self._lead.set_text(self._told.summary)
        self._fields.clear()
        with self._fields:
            for parameter, schema in self._told.parameters.items():
                self._draw(parameter, schema)

    def _draw(self, name: str, schema: Mapping[str, Any]) -> None:
        wide = " ways-field--wide" if schema.get("type") == "object" else ""
        title, default = str(schema.get("title", name)), str(schema.get("default", ""))
        with block("label", f"ways-field{wide}"):
            text("span", title)
            if "enum" in schema:
                options = {"": "-", **{str(one): str(one) for one in schema["enum"]}}
                Select(options, default, on_change=lambda value: self._values.update({name: value}))
                return
            sample = schema.get("examples", [""])[0]
            shown = sample if isinstance(sample, str) else ""
            tag = "textarea" if wide else "input"
            field = block(tag, "wb-input", placeholder=default or shown, maxlength="20000")
            field.on(
                "input", lambda event: self._values.update({name: str(event.args)}),
                js_handler="(event) => emit(event.target.value)",
            )  # fmt: skip

    async def _find_out(self) -> None:
        self._said.set_text(say("Asking ..."))
        self._shown.clear()
        try:
            inputs = {
                name: _read(name, value.strip(), self._told.parameters[name])
                for name, value in self._values.items() if value.strip()
            }  # fmt: skip
            found = await call_in_thread(self._backend.investigate, self._told.name, inputs, chosen().name)
        except ConnectorError as error:
            problems = [error.problems[0]] if isinstance(error, CallFailed) else list(error.problems)
            self._said.set_text(say("It could not be found out."))
            with self._shown, block("div", "wb-note wb-note--bad", role="alert"):
                for problem in problems:
                    text("strong", sentence(problem.message))
                    if problem.hint:
                        text("span", sentence(problem.hint), "wb-note-hint")
            return
        self._said.set_text(say("{requests} requests, {seconds:.1f} s", requests=found.requests, seconds=found.seconds))
        with self._shown:
            ui.html(flow_of(found), sanitize=False)


def _read(name: str, value: str, schema: Mapping[str, Any]) -> Any:
    """What was typed, as the parameter takes it."""
    kind = schema.get("type")
    if kind == "array":
        return [part.strip() for part in value.split(",") if part.strip()]
    if kind not in ("object", "integer", "number"):
        return value
    try:
        return parse_json(value)
    except ValueError as error:
        raise InputError(Problem("json", f"is not valid JSON: {error}", "write it as JSON", field=name)) from None
