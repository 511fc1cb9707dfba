"""What a database answers to a query, in blocks of rows that come as they are asked for, by SQLAlchemy.

With ``order_by``, a column of whole numbers or times that is the same in few rows, a position is made of its value, so
that a later run asks only for what follows. Without it rows are counted, and nobody can go on in the middle of them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...templates.evaluator import Cells
from ...values.json_values import encode
from .cell_values import column_values, zone_note, zone_of
from .database_url import secrets_of
from .partition import Block, Partition
from .reading import Reading
from .row_blocks import fill_block
from .row_maker import RowMaker

_ROWS = 1_000
_SAME = 1 << 11  # rows of one value of the order column; a position has 63 bits, and microseconds need 51 of them
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_MICROSECOND = dt.timedelta(microseconds=1)


def read_query(partition: Partition, mapping: RowMaker | None, reading: Reading) -> Iterator[Block]:
    """The rows of a query, from ``partition.start`` on.

    :param mapping: makes events of rows; without it records are mappings of column to JSON value.
    :param reading: its ``database``, ``query``, ``order_by`` and ``zone``.
    :raises InputError: when the database cannot be reached, refuses the query or goes away: what came before was
        yielded; when nobody can know where to go on.
    """
    zone = zone_of(reading.zone)
    done = [0]
    with _told(partition, reading, done), _connected(partition, reading) as session:
        columns, rows = _asked(session, partition, reading)
        if mapping is not None:
            mapping.check_columns(columns)
        names = [one for one in columns if mapping is None or mapping.columns is None or one in mapping.columns]
        indexes = [columns.index(name) for name in names]
        make = None if mapping is None else mapping.make_from(Cells(names, texts=False))
        start = partition.start
        for batch in _batches(rows):
            kept = [(at, row) for at, row in batch if at >= partition.start]
            if partition.end is not None:
                kept = [(at, row) for at, row in kept if at < partition.end]
            if kept:
                cells = [column_values([row[index] for _, row in kept], columns[index], zone) for index in indexes]
                block = fill_block(Block(start, kept[-1][0] + 1, [], [at for at, _ in kept]), names, cells, make)
                block.size = sum(len(encode(block.originals[index])) for index in range(len(kept)))
                start = block.end
                yield block
                done[0] += len(kept)
            if partition.end is not None and batch[-1][0] >= partition.end:
                return


def query_columns(partition: Partition, reading: Reading) -> list[str]:
    """The columns of a query's rows.

    :raises InputError: as ``read_query``.
    """
    with _told(partition, reading, [0]), _connected(partition, reading) as session:
        return _run(session, partition, reading, None)[0]


def query_notes(partition: Partition, mapping: RowMaker | None, reading: Reading) -> list[str]:
    """What a person should know: which times say no zone, and whether a later run can go on.

    :raises InputError: as ``read_query``.
    """
    notes = []
    with _told(partition, reading, [0]), _connected(partition, reading) as session:
        columns, rows = _run(session, partition, reading, None)
        first = rows.fetchmany(100)
    wanted = [one for one in columns if mapping is None or mapping.columns is None or one in mapping.columns]
    bare = [
        name for name in wanted
        if any(isinstance(cell := row[columns.index(name)], dt.datetime) and cell.tzinfo is None for row in first)
    ]  # fmt: skip
    if bare and reading.zone is None:
        notes.append(zone_note(partition.name, bare))
    if reading.order_by is None:
        notes.append(f"{partition.name}: without --order-by, an interrupted run cannot resume and has to start over")
    return notes


@contextlib.contextmanager
def _connected(partition: Partition, reading: Reading) -> Iterator[_Session]:
    try:
        import sqlalchemy
    except ImportError:
        message, hint = "SQLAlchemy, which reads databases, is not installed", "pip install 'segment-connector[sql]'"
        raise InputError.of("not_installed", message, f"run: {hint}", path=partition.path) from None
    try:
        engine = sqlalchemy.create_engine(reading.database or "")
    except (sqlalchemy.exc.NoSuchModuleError, ImportError) as error:
        hint = "install it, for example: pip install 'psycopg[binary]' for postgresql+psycopg://"
        message = f"the driver of the database is not installed: {str(error)[:200]}"
        raise InputError.of("not_installed", message, hint, path=partition.path) from None
    file = engine.url.database
    if (
        engine.dialect.name == "sqlite"
        and file
        and not file.startswith((":memory:", "file:"))
        and not Path(file).exists()
    ):
        # SQLite would make it.
        raise InputError.of("source", "there is no such file", "check the path", path=partition.path)
    try:
        with (
            engine.connect().execution_options(stream_results=True, yield_per=_ROWS) as connection,
            contextlib.ExitStack() as results,
        ):
            yield _Session(connection, results)
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class _Session:
    """A connection, and what closes the results that it gave."""

    connection: Any
    results: contextlib.ExitStack


def _run(session: _Session, partition: Partition, reading: Reading, least: Any) -> tuple[list[str], Any]:
    """The columns of the rows, and the rows, in order from a value of the order column on."""
    import sqlalchemy

    # Colons are the query's own.
    query = (reading.query or "").strip().rstrip(";").replace(":", "\\:")
    given = {}
    if reading.order_by is not None:
        column = session.connection.engine.dialect.identifier_preparer.quote(reading.order_by)
        after = "" if least is None else f" WHERE segment_rows.{column} >= :least"
        given = {} if least is None else {"least": least}
        query = f"SELECT * FROM ({query}) segment_rows{after} ORDER BY segment_rows.{column}"  # noqa: S608 - it is theirs
    rows = session.connection.execute(sqlalchemy.text(query), given)
    session.results.callback(rows.close)
    if not rows.returns_rows:
        raise InputError.of("query", "gives no rows", "use a SELECT", field="query", path=partition.path)
    columns = list(rows.keys())
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        message, hint = f"has two columns named '{twice[0][:80]}'", "rename one of them: SELECT ... AS other"
        raise InputError.of("header", message, hint, field="query", path=partition.path)
    return columns, rows


def _asked(session: _Session, partition: Partition, reading: Reading) -> tuple[list[str], Iterable[tuple[int, Any]]]:
    """The columns, and each row with its position."""
    if reading.order_by is None:
        if partition.start:
            hint = "name a unique column with --order-by from the first run on; or send everything again with --fresh"
            message = "a run cannot resume in the middle of rows that have no order"
            raise InputError.of("order_by", message, hint, field="order_by", path=partition.path)
        columns, rows = _run(session, partition, reading, None)
        return columns, enumerate(rows)
    least = None
    if partition.start:
        columns, rows = _run(session, partition, reading, None)
        first = rows.fetchone()
        if first is not None:
            least = _value_at(partition.start, first[_index(columns, partition, reading)])
    columns, rows = _run(session, partition, reading, least)
    return columns, _in_order(rows, _index(columns, partition, reading), partition, reading)


def _index(columns: Sequence[str], partition: Partition, reading: Reading) -> int:
    if reading.order_by not in columns:
        message = f"the query returns no column '{reading.order_by}'"
        raise InputError.of("order_by", message, f"it returns {', '.join(columns[:20])}", "order_by", partition.path)
    return columns.index(reading.order_by)


def _in_order(rows: Any, index: int, partition: Partition, reading: Reading) -> Iterator[tuple[int, Any]]:
    for value, group in groupby(rows, key=lambda row: row[index]):
        number = _number(value, partition, reading)
        same = list(islice(group, _SAME + 1))
        if len(same) > _SAME:
            message = f"more than {_SAME:,} rows have '{reading.order_by}' = {value}"
            raise InputError.of("order_by", message, "order by a unique column", "order_by", partition.path)
        # Among themselves a database gives them in any order.
        same = same if len(same) == 1 else sorted(same, key=repr)
        for at, row in enumerate(same):
            yield number * _SAME + at, row


def _number(value: Any, partition: Partition, reading: Reading) -> int:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    if isinstance(value, dt.datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)) - _EPOCH
        value = value // _MICROSECOND
    if type(value) is not int or not 0 <= value < 2**52:
        what = "a row has none" if value is None else f"it has '{str(value)[:60]}'"
        message = f"'{reading.order_by}' is not a column to resume by: {what}"
        hint = "order by a column of times, or of whole numbers of 0 or more, that every row has"
        raise InputError.of("order_by", message, hint, "order_by", partition.path)
    return value


def _value_at(position: int, like: Any) -> Any:
    """The value of the order column at a position.

    :param like: another value of it, which tells its type.
    """
    number = position // _SAME
    if not isinstance(like, dt.date):
        return number
    found = _EPOCH + number * _MICROSECOND
    if not isinstance(like, dt.datetime):
        return found.date()
    return found if like.tzinfo else found.replace(tzinfo=None)


def _batches(rows: Iterable[tuple[int, Any]]) -> Iterator[list[tuple[int, Any]]]:
    batch: list[tuple[int, Any]] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == _ROWS:
                yield batch
                batch = []
    except Exception:
        if batch:  # they came before the database went away
            yield batch
        raise
    if batch:
        yield batch


@contextlib.contextmanager
def _told(partition: Partition, reading: Reading, done: list[int]) -> Iterator[None]:
    """Say in words, without the password, what SQLAlchemy and drivers say in exceptions."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        from sqlalchemy.exc import SQLAlchemyError

        if not isinstance(error, SQLAlchemyError):
            raise
        said = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
        reason = re.sub(r"\s+", " ", said[0])[:300]
        for secret in secrets_of(reading.database or ""):
            reason = reason.replace(secret, "***")
        if done[0]:
            hint = "everything before was processed; with --order-by, the same command continues from there"
            message = f"the database broke off after {done[0]:,} rows: {reason}"
        else:
            hint = "check that the database is reachable and accepts the query and the password"
            message = f"the database returned no rows: {reason}"
        raise InputError.of("source", message, hint, path=partition.path) from None
