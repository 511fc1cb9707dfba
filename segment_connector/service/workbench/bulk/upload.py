"""One uploaded file on its way: its columns, the events that a mapping makes of its rows, and the run that sends them.

The file lies in a folder of its own, which is removed when the page is left, at the latest when the service ends.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....bulk.preview import Preview, columns_in, preview
from ....bulk.read.endings import format_of
from ....bulk.read.mapping import ROOT
from ....bulk.suggest.places import missing
from ....bulk.suggest.profile import ColumnProfile
from ....bulk.suggest.proposing import propose
from ....errors import InputError
from ....language.action_records import Action
from ....language.column_records import ColumnSpec

if TYPE_CHECKING:
    from ....bulk.tally import BulkResult, Progress
    from ....connector import Connector

NOT_SENT = ""
"""What a column is mapped to that is left out."""

_NO_NAME = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_PREVIEWED = 5
_POINTS = 240
_CONVERSIONS = {"number": " | number", "integer": " | integer", "boolean": " | boolean", "object": " | json",
                "array": " | json"}  # fmt: skip


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


class BulkJob:
    """One file.

    :param name: what the person called it; its ending tells the format.
    :raises InputError: when no file can have that name.
    """

    def __init__(self, connector: Connector, name: str) -> None:
        if _NO_NAME.search(name):
            raise InputError.of("name", "has a control character in its name", "rename it", field="name")
        self._connector = connector
        self.name = name
        self.format = format_of(name)
        self._folder = tempfile.mkdtemp(prefix="segment-connector-bulk-")
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, True)
        self._lock = threading.Lock()
        self._running = self._left = False
        self._sent: tuple[Any, ...] | None = None
        self.stop = threading.Event()
        self.course = Course()
        # Only the ending is taken over: the name is whatever somebody called a file on a machine of theirs.
        ending = "".join(Path(name).suffixes[-2:])[-16:]
        self.path = Path(self._folder) / f"upload{ending}"

    def remove(self) -> None:
        """End a run, and remove the file with all that was written beside it, as soon as nobody reads it."""
        with self._lock:
            self._left = True
            self.stop.set()
            if not self._running:
                self._remove()

    @property
    def names_its_actions(self) -> bool:
        """Whether each record may say by itself what it is."""
        return self.format == "jsonl"

    def columns(self) -> list[str]:
        """The columns of the rows.

        :raises ConnectorError: when it has none, or cannot be read.
        """
        return columns_in(str(self.path))

    def preview(self, action: str | None, tree: Mapping[str, Any] | None) -> list[Preview]:
        """The first records and what becomes of each.

        :raises ConnectorError: when the mapping is wrong.
        """
        return list(preview(self._connector.caller, str(self.path), _PREVIEWED, action=action, mapping=tree))

    def run(
        self, connection: Mapping[str, Any], action: str | None, tree: Mapping[str, Any] | None, *, dry: bool
    ) -> BulkResult:
        """Send it, or what is left of it; it returns when that is done or ``stop`` is set.

        With another mapping or connection it begins anew: nobody could say what is left.

        :raises ConnectorError: for what is wrong before anything is sent.
        """
        with self._lock:
            if self._left:
                raise InputError.of("left", "the page of this file was left", "choose the file again")
            self._running = True
            self.stop.clear()
        self.course = course = Course()
        this = (dict(connection), action, tree)
        fresh = self._sent not in (None, this)
        if not dry:
            self._sent = this
        try:
            return self._connector.bulk(
                str(self.path), connection, action=action, mapping=tree, on_progress=course.note, stop=self.stop,
                dry_run=dry, fresh=fresh and not dry,
            )  # fmt: skip
        finally:
            with self._lock:
                self._running = False
                if self._left:
                    self._remove()


# Columns and fields


@dataclass(frozen=True, slots=True)
class Target:
    """A field that a column can become.

    :ivar place: its dotted name.
    :ivar title: what a person reads.
    """

    place: str
    title: str
    schema: Mapping[str, Any]


def targets(action: Action) -> list[Target]:
    """The fields of an action, members of its objects included, in the order of its form."""
    return list(_targets(action.parameters, "", ""))


def _targets(parameters: Mapping[str, Any], above: str, title: str) -> Iterator[Target]:
    for name, schema in parameters.items():
        if "entries" in schema:
            continue
        shown = f"{title}{schema.get('title', name)}"
        yield Target(above + name, shown, schema)
        if not above:
            yield from _targets(schema.get("properties", {}), f"{name}.", f"{shown} > ")


def free_object(action: Action) -> str | None:
    """The parameter that takes members of any name."""
    for name, schema in action.parameters.items():
        plain = not schema.get("advanced") and "entries" not in schema
        if plain and schema.get("type") == "object" and schema.get("additionalProperties", True):
            return name
    return None


def suggested(columns: Sequence[str], action: Action) -> dict[str, str]:
    """The dotted field for each column, as far as names tell; ``NOT_SENT`` for the others."""
    found: dict[str, str] = dict.fromkeys(columns, NOT_SENT)
    for guess in propose([ColumnProfile((column,), 0, ()) for column in columns], action, ColumnSpec()).guesses:
        place: tuple[str, ...] = guess.place or ()
        if len(place) > 2:
            place = (place[0], guess.profile.name)
        found[guess.profile.name] = ".".join(place) or NOT_SENT
    return found


def lacking(choices: Mapping[str, str], action: Action) -> list[str]:
    """The parameters that the action needs and no column gives."""
    return missing(dict.fromkeys(place.partition(".")[0] for place in choices.values()), action)


def tree_of(choices: Mapping[str, str], fixed: Mapping[str, Any], action: Action) -> dict[str, Any]:
    """The mapping that choices make.

    :param choices: the dotted field of each column.
    :param fixed: values that are the same for every row, by parameter.
    """
    schemas = {target.place: target.schema for target in targets(action)}
    tree: dict[str, Any] = {name: value for name, value in fixed.items() if value != ""}
    for column, place in choices.items():
        if place == NOT_SENT:
            continue
        # Only the first dot parts: a column that becomes a member may have dots in its name.
        parent, dot, member = place.partition(".")
        below = tree.setdefault(parent, {}) if dot else tree
        if isinstance(below, dict):
            below[member if dot else parent] = f"{{{{ {_reference(column)}{_conversion(schemas.get(place, {}))} }}}}"
    return tree


def _conversion(schema: Mapping[str, Any]) -> str:
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if "string" in kinds:
        return " | date_time" if schema.get("format") == "date-time" else ""
    return next((_CONVERSIONS[kind] for kind in kinds if kind in _CONVERSIONS), "")


def _reference(column: str) -> str:
    """How an expression names a column, whatever stands in its name."""
    return f"{ROOT}[{json.dumps(column)}]"
