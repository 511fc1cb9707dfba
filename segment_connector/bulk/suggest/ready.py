"""Ready mappings: which of them fits a source, and the mapping that it becomes for the columns that are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...language.action_records import Action
from ...language.column_records import ColumnSpec
from ...language.ready_records import ReadyMapping, ReadyVariant, read_ready, ready_paths
from ...language.yaml_writer import dump
from ...templates.compiler import Compiler
from ...values.paths import strings
from ..read.mapping import ROOT
from .places import Place, Places
from .profile import ColumnProfile
from .proposal import put, template_of
from .proposal_text import shown
from .proposing import own_forms
from .sampling import Sample


@dataclass(frozen=True)
class ReadyFit:
    """A ready mapping that fits a source.

    :ivar name: of its file, and ``docs`` where the tool describes the export; empty where rows say themselves what they
        are. ``title`` is what a person reads.
    :ivar document: the mapping, which says itself what rows become.
    :ivar left: columns that are not part of it.
    """

    name: str
    title: str
    docs: str
    document: Mapping[str, Any]
    left: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The mapping file."""
        lines = [f"# {self.title}."]
        if self.name:
            lines = [
                f"# {self.title}: the ready mapping '{self.name}', for the columns of this source.",
                f"# {self.docs}",
            ]
        if self.left:
            lines.append(f"# Columns that are not in it: {', '.join(map(shown, self.left))}")
        return "\n".join([*lines, "", dump(self.document)])


def find_ready(root: Path, sample: Sample, spec: ColumnSpec, actions: Mapping[str, Action]) -> ReadyFit | None:
    """The ready mapping that fits a source best, by its columns; ``None`` where none does.

    :param root: the spec root.
    :param sample: the source.
    :param spec: what the root knows of columns.
    :param actions: those that a row may become.
    """
    found = [(name, variant) for name in ready_paths(root) for variant in _fitting(read_ready(root, name), sample)]
    if not found:
        return None
    name, variant = max(found, key=lambda one: len(one[1].known_by))
    return _fit(read_ready(root, name), variant, sample, spec, actions)


def fit_ready(root: Path, name: str, sample: Sample, spec: ColumnSpec, actions: Mapping[str, Action]) -> ReadyFit:
    """A ready mapping for a source.

    :param name: of the mapping; the rest as for ``find_ready``.
    :raises InputError: when there is none of that name, or it does not fit the source.
    """
    ready = read_ready(root, name)
    fitting = _fitting(ready, sample)
    if not fitting:
        ways = "; or ".join(", ".join(variant.known_by) for variant in ready.variants)
        message = f"the source does not look like {ready.title}"
        raise InputError.of("from", message, f"it would have {ways.replace('|', ' or ')}", field="from")
    return _fit(ready, max(fitting, key=lambda one: len(one.known_by)), sample, spec, actions)


def _fitting(ready: ReadyMapping, sample: Sample) -> list[ReadyVariant]:
    names = {column.name for column in sample.columns}
    return [
        variant
        for variant in ready.variants
        if all(any(one in names for one in known.split("|")) for known in variant.known_by)
    ]


def _fit(
    ready: ReadyMapping, variant: ReadyVariant, sample: Sample, spec: ColumnSpec, actions: Mapping[str, Action]
) -> ReadyFit:
    top = [column for column in sample.columns if len(column.path) == 1]
    names = {column.path[0] for column in top}
    rules: list[dict[str, Any]] = []
    left: tuple[str, ...] = ()
    given = variant.events or (variant,)
    for one in given:
        kind = one.as_ or ""
        wanted = {**ready.every, **(one.map or {})}
        tree = dict(_pruned(wanted, names)) if sample.is_table else wanted
        if variant.rest is not None:
            left = _add_rest(tree, ready, variant.rest, top, sample, spec, actions[kind], wanted)
        rule: dict[str, Any] = {"as": kind}
        if one.when is not None:
            rule["when"] = one.when
        known = actions.get(kind)
        ordered = {name: tree[name] for name in known.parameters if name in tree} if known else tree
        rules.append({**rule, "map": ordered})
    document: dict[str, Any] = {"group_by": variant.group_by} if variant.group_by is not None else {}
    document |= {"events": rules} if variant.events else rules[0]
    return ReadyFit(ready.name, ready.title, ready.docs, document, left)


def _add_rest(
    tree: dict[str, Any], ready: ReadyMapping, rest: str, top: Sequence[ColumnProfile], sample: Sample,
    spec: ColumnSpec, action: Action, wanted: Mapping[str, Any],
) -> tuple[str, ...]:  # fmt: skip
    """Put the columns that nothing names where they belong; gives those that are not part of an event."""
    used = {path[0] for path in _named(wanted)}
    places = Places(action, spec.meanings)
    left: list[str] = []
    for column, form in own_forms(top, action, spec, texts=sample.texts):
        name = column.path[0]
        if name in used:
            continue
        if any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in ready.left_out):
            left.append(name)
            continue
        place: Place = (rest, name)
        for beginning, parent in ready.nested.items():
            if name.startswith(beginning):
                known = [target.place for target in places.of(name) if target.place[0] == parent]
                place = known[0] if known else (parent, name.removeprefix(beginning))
        if not put(tree, place, template_of(column.path, form.text)):
            left.append(name)
    return tuple(left)


def _pruned(tree: Mapping[str, Any], names: set[str]) -> Iterator[tuple[str, Any]]:
    """A mapping without what only names columns that a table does not have."""
    for name, item in tree.items():
        if isinstance(item, Mapping) and "for_each" not in item:
            if below := dict(_pruned(item, names)):
                yield name, below
            continue
        used = {path[0] for path in _named({name: item})}
        if not used or used & names:
            yield name, item


def _named(tree: Mapping[str, Any]) -> Iterable[Place]:
    compiler = Compiler((ROOT,), (), "mapping")
    for place, text in strings(tree):
        if text != "rows":
            compiler.parse(text, ".".join(map(str, place)))
    return [path[1:] for path in compiler.used if len(path) > 1]
