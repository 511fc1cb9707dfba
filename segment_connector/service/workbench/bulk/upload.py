"""One uploaded file on its way: how it is read, what its columns hold, and the run that sends it.

The file lies in a folder of its own, which is removed when nobody needs it, at the latest when the service ends.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from ....bulk.options import BulkOptions
from ....bulk.preview import Preview, notes_on, preview
from ....bulk.read.csv_rows import csv_dialect
from ....bulk.read.encodings import title
from ....bulk.read.endings import FORMATS
from ....bulk.read.reading import Reading
from ....bulk.read.sources import found_in
from ....bulk.suggest.suggestions import (
    Proposal,
    ReadyFit,
    Sample,
    kind_member_of,
    profiles_of,
    suggest_for,
    suggest_mapping,
)
from ....errors import InputError

if TYPE_CHECKING:
    from ....bulk.tally import BulkResult, Progress
    from ....connector import Connector

_NO_NAME = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST = 50  # characters of a file's name
_PREVIEWED = 2_000
_POINTS = 240


@dataclass(slots=True)
class Course:
    """What a page shows of a run: the last word, and points for a chart; bounded however long it takes.

    :ivar points: seconds since the start, events accepted and records rejected so far.
    """

    progress: Progress | None = None
    points: deque[tuple[float, int, int]] = field(default_factory=deque)

    def note(self, progress: Progress) -> None:
        """Take over what a run tells of itself."""
        self.progress = progress
        self.points.append((progress.seconds, progress.tally.accepted, progress.tally.rejected))
        if len(self.points) > _POINTS:  # every other one is enough
            self.points = deque(list(self.points)[::2])


@dataclass(frozen=True, slots=True)
class Detected:
    """How a file is read.

    :ivar format: a name of ``endings.FORMATS``; ``title`` what it is in words.
    :ivar encoding: of a text, in words; ``delimiter`` of CSV, and ``inside`` the list, sheet or table that is read.
    :ivar notes: what a person should know of it.
    """

    format: str
    title: str
    encoding: str = ""
    delimiter: str = ""
    inside: str = ""
    notes: tuple[str, ...] = ()


class BulkJob:
    """One file.

    :param name: what the person called it.
    :ivar said: what the person says of how it is to be read, by the names of ``bulk.options.OF_READING``.
    :raises InputError: when no file can have that name.
    """

    def __init__(self, connector: Connector, name: str) -> None:
        if _NO_NAME.search(name):
            raise InputError.of("name", "has a control character in its name", "rename it", field="name")
        self._connector = connector
        self.name = name
        self.said: dict[str, str] = {}
        self._folder = tempfile.mkdtemp(prefix="segment-connector-bulk-")
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, True)
        self._lock = threading.Lock()
        self._running = self._left = False
        self._sent: tuple[Any, ...] | None = None
        self.stop = threading.Event()
        self.course = Course()
        # Only what every file system can take: the name is whatever somebody called a file on a machine of theirs.
        plain = re.sub(r"[^\w.\- ]", "_", PurePath(name.replace("\\", "/")).name)[-_LONGEST:].strip() or "upload"
        self.path = Path(self._folder) / plain

    def remove(self) -> None:
        """End a run, and remove the file with all that was written beside it, as soon as nobody reads it."""
        with self._lock:
            self._left = True
            self.stop.set()
            if not self._running:
                self._remove()

    @property
    def reading(self) -> Reading:
        """How the file is to be read.

        :raises InputError: when what the person says cannot be.
        """
        return BulkOptions(**self._options()).reading(str(self.path))

    def _options(self) -> dict[str, Any]:
        """What was said, as options of a run."""
        given: dict[str, Any] = {name: value for name, value in self.said.items() if value}
        if "header_row" in given:
            row = given["header_row"]
            if not row.isdecimal() or not int(row):
                raise InputError.of(
                    "option", "must be a whole number of 1 or more", "for example 4", field="header_row"
                )
            given["header_row"] = int(row)
        return given

    def detected(self) -> Detected:
        """How the file is read.

        :raises ConnectorError: when it cannot be.
        """
        reading = self.reading
        first = found_in(str(self.path), reading).partitions[0]
        notes = tuple(notes_on(self._connector.caller, str(self.path), reading))
        texts = first.format in ("csv", "json", "jsonl")
        return Detected(
            first.format, FORMATS[first.format], title(first.encoding) if texts else "",
            csv_dialect(first, reading).delimiter if first.format == "csv" else "", first.inside, notes,
        )  # fmt: skip

    def sample(self) -> Sample:
        """The columns of the rows, and what the first of them hold.

        :raises ConnectorError: when it has none, or cannot be read.
        """
        return profiles_of(str(self.path), self.reading)

    def holds_events(self, sample: Sample) -> bool:
        """Whether each record says by itself what it is."""
        by = kind_member_of(self._connector.caller)
        return not sample.is_table and any(column.path == (by,) for column in sample.columns)

    def proposal(self, sample: Sample, action: str | None) -> Proposal | ReadyFit:
        """A mapping for the rows.

        :param action: what they are; without it that is looked for too.
        """
        caller, zone = self._connector.caller, self.said.get("zone") or None
        if action is None:
            return suggest_for(caller, sample, source=self.name, zone=zone)
        return suggest_mapping(caller, sample, action, source=self.name, zone=zone)

    def preview(self, action: str | None, tree: Mapping[str, Any] | None) -> list[Preview]:
        """The first records and what becomes of each.

        :raises ConnectorError: when the mapping is wrong.
        """
        how: dict[str, Any] = {"action": action, "mapping": tree, "reading": self.reading}
        return list(preview(self._connector.caller, str(self.path), _PREVIEWED, **how))

    def run(
        self, connection: Mapping[str, Any], action: str | None, tree: Mapping[str, Any] | None, *, dry: bool
    ) -> BulkResult:
        """Send it, or what is left of it; it returns when that is done or ``stop`` is set.

        With another mapping or connection it begins anew: nobody could say what is left.

        :raises ConnectorError: for what is wrong before anything is sent.
        """
        with self._lock:
            if self._left:
                raise InputError.of("left", "the page of this file was closed", "choose the file again")
            self._running = True
            self.stop.clear()
        self.course = course = Course()
        try:
            options = self._options()
            this = (dict(connection), action, tree, options)
            fresh = self._sent not in (None, this)
            if not dry:
                self._sent = this
            return self._connector.bulk(
                str(self.path), connection, action=action, mapping=tree, on_progress=course.note, stop=self.stop,
                dry_run=dry, fresh=fresh and not dry, **options,
            )  # fmt: skip
        finally:
            with self._lock:
                self._running = False
                if self._left:
                    self._remove()
