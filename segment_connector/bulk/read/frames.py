"""Tables of a program in blocks of rows: frames of pandas and polars, tables of Arrow, what else hands out its stream.

They are read by the Arrow PyCapsule interface, so none of their libraries is imported, and no column is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ...errors import InputError
from ...templates.evaluator import Cells
from .cell_values import zone_of
from .partition import Block
from .reading import UNSAID, Reading
from .row_blocks import fill_block
from .row_maker import RowMaker


class ArrowStream(Protocol):
    """A table that can hand itself out as a stream of Arrow, whichever library it is of."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The stream, as a capsule."""


_ROWS = 2_000  # of a block
_UNNAMED_INDEX = "__index_level_"  # what pandas calls an index without a name


def is_frame(source: Any) -> bool:
    """Whether a source is a table of a program.

    :raises InputError: when it is one that has to be computed first, or of a library that cannot hand it out.
    """
    if hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__"):
        return True
    kind = f"{type(source).__module__}.{type(source).__qualname__}"
    if kind.partition(".")[0] in ("pandas", "polars") and hasattr(type(source), "columns"):
        hint = "call its collect() first" if hasattr(source, "collect") else "take a newer release, or give its rows"
        raise InputError.of("source", f"a {kind} cannot be read as a table", hint, field="source")
    return False


def frame_blocks(
    frame: Any,
    mapping: RowMaker | None = None,
    reading: Reading = UNSAID,
    tell: Callable[[str], None] | None = None,
) -> Iterator[Block]:
    """The rows of a table.

    :param frame: a table, as ``is_frame`` knows it.
    :param mapping: makes events of rows; without it records are mappings of column to JSON value. Of a type that JSON
        does not have only the columns are read that the mapping names.
    :param reading: its ``zone``, of times that name none.
    :param tell: takes what a person should know of its columns.
    :raises InputError: when it lacks a column that the mapping names, or there is no pyarrow.
    """
    try:
        import pyarrow as pa
    except ImportError:
        message, hint = "pyarrow, which reads tables, is not installed", "run: pip install 'segment-connector[bulk]'"
        raise InputError.of("not_installed", message, hint, field="source") from None
    from .arrow_values import column_notes, has_no_form, zoned_values

    if not hasattr(frame, "__arrow_c_stream__"):
        frame = pa.Table.from_batches([pa.record_batch(frame)])
    batches = pa.RecordBatchReader.from_stream(frame)
    names = [name for name in batches.schema.names if not name.startswith(_UNNAMED_INDEX)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError.of("header", f"has two columns named '{twice[0][:80]}'", "rename one of them", field="source")
    if mapping is not None:
        mapping.check_columns(names)
    if mapping is not None and mapping.columns is not None:
        names = [name for name in names if name in mapping.columns]
    else:
        names = [name for name in names if not has_no_form(batches.schema.field(name).type)]
    kinds = {field.name: field.type for field in batches.schema if not field.name.startswith(_UNNAMED_INDEX)}
    for note in column_notes("the table", kinds, names, mapping, reading):
        if tell is not None:
            tell(note)
    make = None if mapping is None else mapping.make_from(Cells(names, texts=False))
    zone, at = zone_of(reading.zone), 0
    for batch in batches:
        for begin in range(0, batch.num_rows, _ROWS):
            rows = batch.slice(begin, _ROWS)
            cells = [zoned_values(rows.column(name), name, zone) for name in names]
            block = fill_block(Block(at, at + rows.num_rows, [], size=0), names, cells, make)
            if make is None:  # a column of events of one type is null in those of another
                block.records = [_given(record) for record in block.records]
            yield block
            at += rows.num_rows


def _given(record: Any) -> Any:
    return {name: cell for name, cell in record.items() if cell is not None} if isinstance(record, dict) else record
