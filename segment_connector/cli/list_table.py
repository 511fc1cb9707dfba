"""A list that an action gives, as the table that a terminal shows and the rows that CSV has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from ..language.action_records import Action
from ..language.list_tables import Column, columns_of, list_of
from .output import plain, shortened, table, width

_WIDEST = 44  # characters of a cell that a table shows; JSON has the whole of it
_COLOURS = {True: "green", False: "yellow"}


class ListTable:
    """The list of one answer.

    :param action: the action that gave it.
    :param outputs: what it gave.
    :ivar is_list: whether the action is called for a list, and the answer has it.
    :ivar name: the output that is the list; empty when there is none.
    """

    def __init__(self, action: Action, outputs: Mapping[str, Any]) -> None:
        listed = list_of(action)
        self.is_list = listed is not None and isinstance(outputs.get(listed), list)
        self.name = listed if listed is not None and self.is_list else ""
        self.entries: Sequence[Any] = outputs[self.name] if self.is_list else []
        self._columns = columns_of(action) if self.is_list else ()
        self._paging = action.paging[0] if self.is_list and action.paging else None
        self._outputs = outputs

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The entries by their columns."""
        return [{column.name or self.name: column.of(entry) for column in self._columns} for entry in self.entries]

    @property
    def others(self) -> dict[str, Any]:
        """The outputs beside the list and the place of its page."""
        place = (self._paging.next or "").partition(".")[0] if self._paging else ""
        return {name: value for name, value in self._outputs.items() if name not in (self.name, place)}

    @property
    def has_more(self) -> bool:
        """Whether the list goes on after this page."""
        place = self._paging.next if self._paging else None
        value: Any = self._outputs
        for part in place.split(".") if place else ():
            value = value.get(part) if isinstance(value, Mapping) else None
        return place is not None and value not in (None, "", False)

    def lines(self) -> list[str]:
        """The table, with a head, without columns that no row has a value in; none where there is no list."""
        return table_lines(self._columns, self.entries, self.name) if self.is_list else []


def table_lines(columns: Sequence[Column], entries: Sequence[Any], name: str) -> list[str]:
    """Entries as an aligned table.

    :param name: what the column of plain values is called.
    """
    used = [one for one in columns if any(one.of(entry) not in (None, "") for entry in entries)] or columns[:1]
    head = tuple(click.style(one.name or name, bold=True) for one in used)
    return table([head, *(tuple(_cell(one.of(entry)) for one in used) for entry in entries)])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = ", ".join(map(plain, value)) if isinstance(value, list) else plain(value)
    if width() is not None:
        text = shortened(text, _WIDEST)
    return click.style(text, fg=_COLOURS[value]) if isinstance(value, bool) else text
