"""A proposal: what each column becomes, what is the same for every row, and the mapping that this makes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...language.action_records import Action
from ..read.mapping import ROOT
from .column_forms import Form
from .places import Place
from .profile import ColumnProfile

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Guess:
    """What a column becomes.

    :ivar profile: the column.
    :ivar place: where it goes in the inputs; ``None`` where it is left out.
    :ivar form: how it is read.
    :ivar reason: why, in words.
    :ivar doubt: why it may be wrong.
    :ivar forms: all ways to read it, the best first; ``form`` is one of them, or what a place needs besides.
    :ivar template: what stands at the place.
    :ivar by_name: the name of the column means this place.
    """

    profile: ColumnProfile
    place: Place | None
    form: Form
    reason: str
    doubt: str | None = None
    forms: tuple[Form, ...] = ()
    template: str = ""
    by_name: bool = False

    @property
    def is_asked(self) -> bool:
        """Whether only who made the file can tell how it is to be read, so that it is left out until then."""
        return self.form.asked


@dataclass(frozen=True)
class Constant:
    """A value that is the same for every row, and why."""

    place: Place
    value: Any
    reason: str


@dataclass(frozen=True)
class Proposal:
    """A mapping for the rows of a source.

    :ivar action: what a row becomes.
    :ivar guesses: one for each column, in the order of the source; a second one where a column has two places.
    :ivar lacking: the parameters that the action needs and nothing gives.
    :ivar warnings: what has to be looked at, a sentence each.
    """

    action: Action
    guesses: tuple[Guess, ...]
    constants: tuple[Constant, ...] = ()
    lacking: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def weight(self) -> tuple[bool, bool, int, int]:
        """How much speaks for the action: what it needs is there, and columns mean something to it."""
        meant = [one for one in self.guesses if one.place and one.by_name]
        needed = sum(one.place[0] in self.action.required for one in meant if one.place and len(one.place) == 1)
        return not self.lacking, needed > 0, len(meant), -len(self.constants)

    @cached_property
    def tree(self) -> dict[str, Any]:
        """The mapping, as ``RowMapping`` takes it."""
        placed = [(one.place, one.value) for one in self.constants]
        placed += [(one.place, one.template) for one in self.guesses if one.place and not one.is_asked]
        return tree_of(placed, self.action)


def tree_of(placed: Sequence[tuple[Place, Any]], action: Action) -> dict[str, Any]:
    """A mapping of what stands at places, in the order of the action's parameters; the first at a place has it."""
    tree: dict[str, Any] = {}
    for place, value in placed:
        put(tree, place, value)
    return {name: tree[name] for name in action.parameters if name in tree}


def put(tree: dict[str, Any], place: Place, value: Any) -> bool:
    """Put a value at a place of a tree, unless something is there."""
    *above, name = place
    for part in above:
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            return False
    if name in tree:
        return False
    tree[name] = value
    return True


def template_of(path: Place, form: str = "") -> str:
    """The template of a column: ``{{ row.total | number(',') }}``.

    :param path: its name, and those of members.
    :param form: filters, as they stand in a template.
    """
    named = ROOT
    for name in path:
        named += f".{name}" if _WORD.fullmatch(name) else f"[{_quoted(name)}]"
    return f"{{{{ {named} | {form} }}}}" if form else f"{{{{ {named} }}}}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"
