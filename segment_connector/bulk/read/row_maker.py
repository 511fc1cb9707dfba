"""What readers of tables ask of a mapping: which columns it names, and what it makes of a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ...templates.evaluator import Cells

MakeRecord = Callable[[Any], Any]
"""Gives what a row becomes; raises InputError, naming the column, when a value cannot be converted."""


class RowMaker(Protocol):
    """A mapping, as readers know it."""

    @property
    def columns(self) -> Sequence[str] | None:
        """The columns that it names; ``None`` when it uses the row as a whole."""

    def check_columns(self, columns: Sequence[str], *, texts: bool = False) -> None:
        """Hold it to a table.

        :raises InputError: with each column that is not there.
        """

    @property
    def make(self) -> MakeRecord:
        """A function over rows that are mappings of column to value."""

    def make_from(self, cells: Cells) -> MakeRecord:
        """The same over rows that are sequences of cells."""
