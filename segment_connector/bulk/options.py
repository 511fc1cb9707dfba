"""What a run may be told, and what a worker is given: both are plain values that can be pickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..call.step import FixedStep
from ..errors import InputError, known_names
from .read.database_url import is_database
from .read.reading import UNSAID, Reading

OF_READING = (
    "format", "encoding", "delimiter", "quote", "path", "sheet", "header_row", "table", "query", "order_by", "zone",
)  # fmt: skip
"""The options that say how a source is to be read."""

DOUBTS = ("tell", "reject")
"""What may become of a record with a doubtful value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOptions:
    """How a source is delivered.

    :ivar strict: stop at the first record that is wrong, instead of putting it into the reject file.
    :ivar dry_run: do everything but send.
    :ivar checkpoint: the file that remembers what was accepted; by default beside the source.
    :ivar keep_checkpoint: without it nothing is remembered, and a run that is cut off begins again.
    :ivar fresh: forget what an earlier run remembered.
    :ivar rejects: the file for records that were refused; by default beside the source.
    :ivar workers: processes on this machine.
    :ivar connections: requests under way at a time, in all workers together; each worker has one at least.
    :ivar events_per_second: the most events that are sent in a second, in all workers together; ``None`` for no limit.
    :ivar requests_per_second: likewise of requests.
    :ivar gzip: pack bodies.
    :ivar doubts: what becomes of a record with a doubtful value, such as the id 'undefined': ``tell`` delivers it and
        counts it in the warnings, ``reject`` rejects it.
    :ivar format: a name of ``read.endings.FORMATS``, where the source does not tell. This, ``encoding``, ``delimiter``,
        ``quote``, ``path``, ``sheet``, ``header_row``, ``table``, ``query``, ``order_by`` and ``zone`` are those of
        ``read.reading.Reading``.
    :ivar engine: ``local``, or ``dask`` for workers on other machines.
    :ivar scheduler: address of Dask's scheduler; without it a cluster of this machine's own.
    :ivar max_retries: replaces what ``connector.yaml`` says of tries after the first one.
    """

    strict: bool = False
    dry_run: bool = False
    checkpoint: str | None = None
    keep_checkpoint: bool = True
    fresh: bool = False
    rejects: str | None = None
    workers: int = 1
    connections: int = 16
    events_per_second: float | None = None
    requests_per_second: float | None = None
    gzip: bool = False
    doubts: str = "tell"
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    path: str | None = None
    sheet: str | int | None = None
    header_row: int | None = None
    table: str | None = None
    query: str | None = None
    order_by: str | None = None
    zone: str | None = None
    engine: str = "local"
    scheduler: str | None = None
    max_retries: int | None = None

    def reading(self, source: Any = None, kind_member: str | None = None, list_member: str | None = None) -> Reading:
        """How a source is to be read.

        :param kind_member: as ``Reading.kind_member``; ``list_member`` likewise.
        """
        database = source if isinstance(source, str) and is_database(source) else None
        said = {name: getattr(self, name) for name in OF_READING}
        sheet = None if self.sheet is None else str(self.sheet)
        return Reading(**{**said, "sheet": sheet}, database=database, kind_member=kind_member, list_member=list_member)

    def __post_init__(self) -> None:
        for name in ("workers", "connections"):
            value = getattr(self, name)
            _hold(isinstance(value, int) and value >= 1, name, "must be at least 1", "give a whole number of 1 or more")
        for name in ("events_per_second", "requests_per_second"):
            rate = getattr(self, name)
            holds = rate is None or (isinstance(rate, (int, float)) and rate > 0)
            _hold(holds, name, "must be a number above 0", "leave it out for no limit")
        tries = self.max_retries
        holds = tries is None or (isinstance(tries, int) and tries >= 0)
        _hold(
            holds, "max_retries", "must be a whole number of 0 or more", "leave it out to use the connector's default"
        )
        _hold(self.doubts in DOUBTS, "doubts", f"must be {' or '.join(DOUBTS)}", "take one of these")
        _hold(self.engine in ("local", "dask"), "engine", "must be local or dask", "take one of these")
        _hold(self.scheduler is None or self.engine == "dask", "scheduler", "needs engine dask", "add engine dask")


def options_from(given: Mapping[str, Any]) -> BulkOptions:
    """Options by their names.

    :raises InputError: for a name that is none, or a value that cannot be.
    """
    known = [one.name for one in fields(BulkOptions)]
    for name in given:
        if name not in known:
            hint = known_names(name, known)
            raise InputError.of("option", "there is no such option", hint, field=name)
    return BulkOptions(**given)


def _hold(holds: bool, field: str, message: str, hint: str) -> None:
    if not holds:
        raise InputError.of("option", message, hint, field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryJob:
    """All that delivery needs besides a partition and a checkpoint. It can be pickled; it holds credentials.

    :ivar root: the spec root, or ``None`` for the specs that come with the package.
    :ivar connection: the connection, as ``Connector.run`` takes it.
    :ivar instant: what generated instants are, RFC 3339: when the run began.
    :ivar action: the action that every row is one call of; ``None`` where records name their own.
    :ivar mapping: the template tree that makes inputs of a row.
    :ivar reading: how the source is read, where it does not tell.
    :ivar step: what else looks at every event.
    :ivar connections: requests under way at a time in this process; the rates are this process's share too.
    """

    root: str | None
    connection: Mapping[str, Any] = field(repr=False)
    instant: str
    action: str | None = None
    mapping: Any = None
    step: FixedStep | None = field(default=None, repr=False)
    strict: bool = False
    dry_run: bool = False
    doubts: str = "tell"
    connections: int = 16
    events_per_second: float | None = None
    requests_per_second: float | None = None
    gzip: bool = False
    reading: Reading = UNSAID
    max_retries: int | None = None
