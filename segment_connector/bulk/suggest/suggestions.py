"""What the command line, Python and the workbench share: a source's columns, a proposal for them, ways to mend one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from ...call.caller import Caller
from ...errors import InputError
from ...language.column_records import ColumnSpec, read_columns
from ...templates.compiler import Compiler
from ..read.forms import columns_of, read_blocks
from ..read.mapping import ROOT, RowMapping
from ..read.reading import UNSAID, Reading
from ..read.sources import found_in
from .column_forms import Form, Habits, forms_of, mending
from .places import Place
from .profile import ColumnProfile
from .proposal import Proposal, propose, put, template_of
from .sampling import Sample, sample_of

__all__ = [
    "ColumnProfile", "Form", "Place", "Proposal", "Sample", "column_forms", "known_columns", "mends", "placed_columns",
    "profiles_of", "suggest_mapping", "template_of",
]  # fmt: skip


def known_columns(caller: Caller) -> ColumnSpec:
    """What the spec root of a caller knows of columns.

    :raises SpecError: when its file breaks the language.
    """
    return read_columns(caller.specs.root)


def profiles_of(source: str, reading: Reading = UNSAID) -> Sample:
    """The columns of a source and what its first rows hold.

    :param source: as for a run; of several files the first is looked at.
    :param reading: what the source does not tell by itself.
    :raises InputError: when it cannot be read, or has no columns.
    """
    first = found_in(source, reading).partitions[0]
    names = [] if first.in_bytes else columns_of(first, reading)
    sample = sample_of(read_blocks(first, reading=reading), names, first.format)
    if not sample.columns:
        raise InputError.of("source", "its first lines hold no object", "name a table", path=source)
    return sample


def suggest_mapping(
    caller: Caller, sample: Sample, action: str, *, source: str = "", zone: str | None = None
) -> Proposal:
    """A mapping for the rows of a source, with a reason for each column.

    :param sample: what ``profiles_of`` gave.
    :param action: what each row is.
    :param source: the name of the file, which may tell what it holds.
    :param zone: the time zone of times that name none, such as ``Europe/Madrid``.
    :raises UnknownActionError: when there is no such action.
    """
    spec = known_columns(caller)
    name = PurePath(source).stem
    return propose(sample.columns, caller.specs.action(action), spec, texts=sample.texts, source=name, zone=zone)


def column_forms(caller: Caller, column: ColumnProfile, *, zone: str | None = None) -> list[Form]:
    """The ways to read a column, the best first, with how many of its values each reads; the last is as it is."""
    return forms_of(column, known_columns(caller), Habits(zone=zone), timely=True)


def mends(caller: Caller, column: ColumnProfile, template: str) -> list[Form]:
    """The forms that read values which a template cannot read, the ones that mend most first.

    :param template: what stands in the mapping for the column, a lone expression over it.
    :returns: forms whose ``serves`` is how many of the broken values, ``of``, they read.
    :raises SpecError: when the template breaks the language.
    """
    compiled = Compiler((ROOT,), (), "mapping", root=ROOT)
    evaluate = compiled.template(compiled.value(template, "column"), "column").evaluate

    def read(value: Any) -> Any:
        row = value
        for name in reversed(column.path):
            row = {name: row}
        return evaluate({ROOT: row})

    words = template.partition("|")[2].removesuffix("}}").strip()
    return mending(column, known_columns(caller), words, read)


def placed_columns(tree: Mapping[str, Any]) -> dict[Place, tuple[Place, str]]:
    """Which column stands at each place of a mapping, for the places that hold one column and nothing else.

    :param tree: the mapping.
    :returns: by place, the column's path and the filters behind it, as ``template_of`` takes them; other values of the
        mapping (constants, text with several columns, conditions) are not in it.
    """
    found: dict[Place, tuple[Place, str]] = {}

    def look(node: Any, place: Place) -> None:
        if isinstance(node, Mapping):
            for name, item in node.items():
                look(item, (*place, name))
        elif isinstance(node, str) and node.startswith("{{") and node.endswith("}}"):
            head, _, form = node[2:-2].strip().partition("|")
            paths = list(Compiler((ROOT,), (), "mapping").parse(node, ".".join(place)).paths())
            path = paths[0][1:] if len(paths) == 1 else ()
            if path and template_of(path)[2:-2].strip() == head.strip():
                found[place] = (path, form.strip())

    look(tree, ())
    return found


def checked_tree(tree: Mapping[str, Any], action: str, caller: Caller, columns: Sequence[str] = ()) -> None:
    """Hold a mapping to an action, and to the columns of a table.

    :raises SpecError, InputError: naming the place, the rule and the cure.
    """
    mapping = RowMapping(tree, caller.specs.action(action))
    if columns:
        mapping.check_columns(columns)


def with_column(tree: Mapping[str, Any], place: Place, path: Place, form: str) -> dict[str, Any]:
    """A mapping with a column at a place, in place of what stood there.

    :param form: the filters behind the column; empty for none.
    """
    made = without(tree, place)
    put(made, place, template_of(path, form))
    return made


def without(tree: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """A mapping without what stands at a place."""
    name, *below = place
    made = {key: item for key, item in tree.items() if key != name or below}
    if below and isinstance(tree.get(name), Mapping):
        made[name] = without(tree[name], tuple(below))
    return made
