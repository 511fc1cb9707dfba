"""What is to be said of a mapping that gives events no time of their own, over rows that seem to have one."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from ...errors import ConnectorError
from ...language.action_records import Action
from ...language.column_records import read_columns
from ..read.forms import columns_of, read_blocks
from ..read.mapping import RowMapping
from ..read.partition import Partition
from ..read.reading import UNSAID, Reading
from ..read.row_events import RowEvents
from .column_forms import Habits, forms_of
from .places import fold
from .sampling import sample_of

_LOOKED_AT = 50  # rows
_MOST_NAMED = 5


def lost_time(
    root: Path, mapping: RowMapping | RowEvents, partition: Partition, reading: Reading = UNSAID
) -> str | None:
    """A note on times that a mapping does not use; ``None`` where it uses one, or there is none.

    :param root: the spec root, which says by what names columns hold times.
    :param partition: of which the first rows are looked at.
    """
    mappings = [mapping] if isinstance(mapping, RowMapping) else mapping.mappings
    lacking = {name for one in mappings for name in _instants(one.action) if name not in one.tree}
    if not lacking or partition.path == "-":
        return None
    spec = read_columns(root)
    timely = {fold(name) for one in spec.meanings if one.kind == "instant" for name in one.names}
    try:
        names = [] if partition.in_bytes else columns_of(partition, reading)
        sample = sample_of(islice(read_blocks(partition, reading=reading), 1), names, partition.format, _LOOKED_AT)
    except ConnectorError:  # whoever reads it says what is wrong
        return None
    found = []
    for column in sample.columns:
        named = fold(column.path[-1]) in timely
        if len(column.path) > 1 or not (named or isinstance(next(iter(column.values), None), str)):
            continue
        best = forms_of(column, spec, Habits(), timely=named)[0]
        if best.kind == "instant" or (named and best.kind == "day"):
            found.append(f"'{column.name}'")
    if not found:
        return None
    named_times = ", ".join(found[:_MOST_NAMED])
    holds, them = ("holds", "it") if len(found) == 1 else ("hold", "one of them")
    said = f"the mapping has no '{min(lacking)}', so events get the time of the run"
    return f"{said}; {named_times} {holds} times: map {them} if that is when they happened"


def _instants(action: Action) -> list[str]:
    return [name for name, schema in action.parameters.items() if schema.get("format") == "date-time"]
