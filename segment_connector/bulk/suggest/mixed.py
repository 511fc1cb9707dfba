"""Sources of which each row says itself what it is."""

from __future__ import annotations

from collections.abc import Mapping

from ...language.action_records import Action
from ...language.column_records import ColumnSpec
from .proposal import template_of, tree_of
from .proposing import propose
from .ready import ReadyFit
from .sampling import Sample


def mixed_kinds(sample: Sample, spec: ColumnSpec, actions: Mapping[str, Action], by: str) -> ReadyFit | None:
    """The mapping of a source that has a column of actions; ``None`` where it has none.

    :param spec: what the spec root knows of columns.
    :param actions: those that a row may become.
    :param by: the name of the column.
    """
    column = next((one for one in sample.columns if one.path == (by,)), None)
    if column is None or not column.values or not set(column.counts) <= set(actions):
        return None
    columns = [one for one in sample.columns if one.path[0] != by]
    made = [propose(columns, actions[kind], spec, texts=sample.texts) for kind in column.counts]
    # What is a parameter of one kind is not a free member of another.
    parameters = {
        one.profile.path for each in made for one in each.guesses if one.by_name and len(one.place or ()) == 1
    }
    tree: dict[str, object] = {}
    used: set[tuple[str, ...]] = set()
    for each in made:
        placed = []
        for one in each.guesses:
            if one.place and not one.is_asked and (one.by_name or one.profile.path not in parameters):
                placed.append((one.place, one.template))
                used.add(one.profile.path)
        for name, item in tree_of(placed, each.action).items():
            tree.setdefault(name, item)
    left = tuple(one.name for one in columns if len(one.path) == 1 and one.path not in used)
    return ReadyFit("", "Each row says what it is", "", {"as": template_of((by,)), "map": tree}, left)
