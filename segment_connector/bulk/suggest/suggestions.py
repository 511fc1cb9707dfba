"""What the command line, Python and the workbench share: a source's columns, a proposal for them, ways to fix one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

from ...call.caller import Caller
from ...errors import ConnectorError, InputError
from ...language.action_records import Action
from ...language.column_records import ColumnSpec, read_columns
from ...language.ready_records import read_ready
from ...templates.compiler import Compiler
from ..read.forms import columns_of, read_blocks
from ..read.mapping import ROOT
from ..read.reading import UNSAID, Reading
from ..read.sources import found_in
from ..send.delivery import bulk_action
from .column_forms import Form, Habits, forms_of, mending
from .mixed import mixed_kinds
from .places import Place
from .profile import ColumnProfile
from .proposal import Proposal, put, template_of
from .proposing import propose_each
from .ready import ReadyFit, find_ready, fit_ready
from .sampling import Sample, sample_of

_GLANCED_AT = 50  # rows

__all__ = [
    "ColumnProfile", "Form", "Place", "Proposal", "ReadyFit", "Sample", "column_forms", "known_columns", "known_source",
    "mends", "placed_columns", "profiles_of", "ready_mapping", "suggest_for", "suggest_mapping", "tell_of_ready",
    "template_of", "with_column", "without",
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
    if sample.rows and not sample.texts:  # what no row has is a column that JSON has no form for
        sample = replace(sample, columns=tuple(one for one in sample.columns if one.is_there))
    if not sample.columns:
        raise InputError.of("source", "its first lines contain no object", "name a table", path=source)
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
    return _suggest_each(caller, sample, [caller.specs.action(action)], source, zone)[0]


def _suggest_each(
    caller: Caller, sample: Sample, actions: Sequence[Action], source: str, zone: str | None
) -> list[Proposal]:
    spec, name = known_columns(caller), PurePath(source).stem
    made = propose_each(sample.columns, actions, spec, texts=sample.texts, source=name, zone=zone)
    if sample.whole:
        return made
    said = f"only the first {sample.rows:,} rows were looked at"
    return [replace(one, warnings=(*one.warnings, said)) for one in made]


def ready_mapping(caller: Caller, name: str, source: str, reading: Reading = UNSAID) -> ReadyFit:
    """A ready mapping for a source.

    :param name: of the mapping, such as the tool that wrote the source.
    :param source: as for a run; its first rows tell which of the tool's forms it has.
    :raises InputError: when there is no such mapping, or it does not fit the source.
    """
    if source == "-":
        hint = "write it to a file, or save the mapping of one with --suggest-map and use --map"
        raise InputError.of("from", "a ready mapping is fitted to columns, and standard input shows them once", hint)
    read_ready(caller.specs.root, name)  # a name that is none is told before the source is opened
    sample = profiles_of(source, reading)
    return fit_ready(caller.specs.root, name, sample, known_columns(caller), _actions(caller))


def known_source(caller: Caller, sample: Sample) -> ReadyFit | None:
    """The ready mapping that fits a source by its columns, if there is one."""
    return find_ready(caller.specs.root, sample, known_columns(caller), _actions(caller))


def tell_of_ready(caller: Caller, source: str, reading: Reading = UNSAID) -> None:
    """Say that a source, of which nobody said what its rows are, is what a ready mapping is for.

    :raises InputError: then, naming the mapping. What cannot be read is left to whoever reads it.
    """
    if source == "-" or not Path(source).is_file():
        return
    try:
        first = found_in(source, reading).partitions[0]
        sample = sample_of(islice(read_blocks(first, reading=reading), 1), (), first.format, most=_GLANCED_AT)
    except ConnectorError:
        return
    by = kind_member_of(caller)
    if any(column.path == (by,) for column in sample.columns):  # events
        return
    if (known := known_source(caller, sample)) is not None:
        message, hint = f"its rows are not events, and look like {known.title}", f"add --from {known.name}"
        raise InputError.of("source", message, hint, path=source)


def suggest_for(caller: Caller, sample: Sample, *, source: str = "", zone: str | None = None) -> Proposal | ReadyFit:
    """A mapping for the rows of a source of which nobody said what they are.

    That is a ready mapping where one fits; else rows say it themselves, or it is the action that most columns speak
    for. The rest is as for ``suggest_mapping``.
    """
    if (ready := known_source(caller, sample)) is not None:
        return ready
    actions = _actions(caller)
    if (mixed := mixed_kinds(sample, known_columns(caller), actions, kind_member_of(caller))) is not None:
        return mixed
    made = _suggest_each(caller, sample, list(actions.values()), source, zone)
    return max(made, key=lambda one: one.weight)


def _actions(caller: Caller) -> dict[str, Action]:
    entries = _entries(caller)
    return {name: caller.specs.action(name) for name in entries["actions"]}


def kind_member_of(caller: Caller) -> str:
    """The member by which an event says what it is."""
    by: str = _entries(caller)["by"]
    return by


def _entries(caller: Caller) -> Mapping[str, Any]:
    batch = caller.specs.action(bulk_action(caller.specs))
    assert batch.split is not None
    entries: Mapping[str, Any] = batch.parameters[batch.split.parameter]["entries"]
    return entries


def column_forms(caller: Caller, column: ColumnProfile, *, zone: str | None = None) -> list[Form]:
    """The ways to read a column, the best first, with how many of its values each reads; the last is as it is."""
    return forms_of(column, known_columns(caller), Habits(zone=zone), timely=True)


def mends(caller: Caller, column: ColumnProfile, template: str) -> list[Form]:
    """The forms that read values which a template cannot read, the ones that fix most first.

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
