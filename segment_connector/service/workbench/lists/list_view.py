"""A list that an action gave, as a table: sorted, filtered and copied in the browser, read on page by page here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from nicegui import ui

from ....call.paging import at_page, read_page
from ....errors import ConnectorError
from ....language.list_tables import Column, columns_of, list_of
from ....markup.html import html
from ..json_view import json_html
from ..markup import block, text
from ..masking import masked
from ..spoken import in_words, say
from ..static_files import FOLDER, url_of
from ..work import call_in_thread, in_thread
from .row_links import RowLink, row_links

if TYPE_CHECKING:
    from ....language.action_records import Action
    from ....result import Result
    from ...backend import Backend

_WIDEST = 80  # characters of a cell that are shown; the row's JSON has the whole of it
_numbers = count(1)


def prepare_lists() -> None:
    """Let a page have tables of lists."""
    ui.add_css(FOLDER / "lists.css")
    ui.add_head_html(f'<script defer src="{url_of("lists.js")}"></script>')


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    :ivar whole: its value as text, for sorting and for CSV.
    :ivar shown: the same, cut where it is long.
    """

    head: str
    kind: str
    whole: str
    shown: str


class ListView:
    """The table of one answer.

    :param inputs: those with which the action was called.
    :param connection: the name of the connection.
    :param result: what came back; the secrets in its outputs are masked.
    :ivar shown: the outputs that it shows: the list, and where its page stands.
    """

    def __init__(
        self, backend: Backend, action: Action, inputs: Mapping[str, Any], connection: str, result: Result
    ) -> None:
        self._backend = backend
        self._action = action
        self._inputs = inputs
        self._connection = connection
        self._id = f"wb-list-{next(_numbers)}"
        self._output = list_of(action) or ""
        place = (action.paging[0].next or "").partition(".")[0] if action.paging else ""
        self.shown = (self._output, place)
        self._columns = columns_of(action)
        self._entries: list[Any] = list(result.outputs[self._output])
        self._next = self._following(inputs, result)

    async def draw(self) -> None:
        """Make the elements, where elements are made now."""
        rows = self._rows(self._entries, await in_thread(self._links, self._entries))
        whole = html(
            "service/workbench/lists/list_table.html", id=self._id, saved_as=self._action.name,
            title=in_words(self._action).title,
            heads=[(_head(one, self._output), one.kind) for one in self._columns], rows=rows,
            linked="popovertarget" in rows, json=self._json(), count=len(self._entries), more=self._next is not None,
            say=say,
        )  # fmt: skip
        ui.html(whole, sanitize=False)
        if self._next is not None:
            with block("div", "wb-row") as self._foot:
                self._more = text("button", say("Load more"), "wb-button", type="button").on("click", self._read_on)
                self._said = text("span", "", "wb-quiet", role="status")

    def _following(self, inputs: Mapping[str, Any], result: Result) -> Any:
        if not self._action.paging:
            return None
        return read_page(self._action, self._action.paging[0], inputs, lambda _: result).next

    async def _read_on(self) -> None:
        if self._more.props.get("aria-disabled") == "true":
            return
        self._more.props["aria-disabled"] = "true"
        self._said.set_text(say("Reading ..."))
        inputs = at_page(self._action.paging[0], self._inputs, self._next)
        try:
            result = await call_in_thread(self._backend.run, self._action.name, inputs, self._connection)
            result.outputs = masked(self._action, inputs, result)["outputs"]
            result.unwrap()
        except ConnectorError as error:
            self._said.set_text("; ".join(part for part in (error.problems[0].message, error.hint) if part))
            self._more.props["aria-disabled"] = "false"
            return
        found = result.outputs.get(self._output) or []
        before, self._next = self._next, self._following(inputs, result)
        if self._next == before:  # a cursor that comes back would go on for ever
            self._next = None
        rows = self._rows(found, await in_thread(self._links, found), len(self._entries))
        self._entries += found
        self._more.props["aria-disabled"] = "false"
        self._said.set_text(say("{count:,} more", count=len(found)) if found else say("Nothing more"))
        self._more.set_visibility(self._next is not None)
        more = str(self._next is not None).lower()
        told = (json.dumps(one) for one in (self._id, rows, self._json()))
        ui.run_javascript(f"wbListAdd({', '.join(told)}, {more})")

    def _json(self) -> str:
        return json_html(self._entries, self._output, tall=True)

    def _links(self, entries: Sequence[Any]) -> list[list[RowLink]]:
        return [list(row_links(self._backend, self._action, one, self._inputs, self._connection)) for one in entries]

    def _rows(self, entries: Sequence[Any], links: Sequence[Sequence[RowLink]], first: int = 0) -> str:
        shown = []
        for number, (entry, ways) in enumerate(zip(entries, links, strict=True), first):
            cells = [_cell(column, entry, self._output) for column in self._columns]
            words = [(in_words(one.action).title, one.action.effect, one.href) for one in ways]
            shown.append((f"{self._id}-{number}", cells, words, json.dumps(entry, ensure_ascii=False, indent=2)))
        return html("service/workbench/lists/list_rows.html", rows=shown, say=say)


def _head(column: Column, output: str) -> str:
    """What a column is called: ``metadata.name`` is the 'Metadata name'."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[._]+", " ", column.name or output)
    return " ".join(words.split()).lower().capitalize().replace(" id", " ID").replace("Id", "ID")


def _cell(column: Column, entry: Any, output: str) -> Cell:
    value = column.of(entry)
    if value is None:
        whole = ""
    elif isinstance(value, str):
        whole = value
    elif isinstance(value, list) and not any(isinstance(one, (dict, list)) for one in value):
        whole = ", ".join(one if isinstance(one, str) else json.dumps(one) for one in value)
    else:
        whole = json.dumps(value, ensure_ascii=False)
    shown = whole if len(whole) <= _WIDEST else f"{whole[:_WIDEST]}..."
    return Cell(_head(column, output), column.kind, whole, shown)
