"""What a further step says of the events of a run: its doubts, counted by what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..result import Warn

_MOST = 100  # kinds of doubt; a source has few, or says nothing by any of them
_LEFT_OUT = "left out"  # what those groups are about
_INDEX = re.compile(r"(?<=\.)\d+(?=\.|\Z)")


@dataclass(slots=True)
class DoubtGroup:
    """Doubts that are about the same.

    :ivar field: the place in the event, with ``$`` for the index of an entry.
    :ivar message: what was said the first time; ``hint`` the cure.
    :ivar count: how many there were.
    """

    field: str
    message: str
    hint: str
    count: int = 0


@dataclass(slots=True)
class Doubts:
    """Doubts about events.

    :ivar events: how many events there were doubts about.
    :ivar groups: by what they are about; of very many kinds, the first.
    """

    events: int = 0
    groups: dict[str, DoubtGroup] = field(default_factory=dict)

    def add(self, warnings: Mapping[str, Warn]) -> None:
        """Count the doubts about one event.

        :param warnings: by what they are about.
        """
        self.events += 1 if warnings else 0
        for about, one in warnings.items():
            group = self.groups.get(about)
            if group is None and len(self.groups) < _MOST:
                group = DoubtGroup(_INDEX.sub("$", one.field), one.message, one.hint)
                self.groups[about] = group
            if group is not None:
                group.count += 1

    def leave_out(self, said: Iterable[Warn]) -> None:
        """Count events of which members were left out: nothing is doubtful about them."""
        for one in said:
            group = self.groups.setdefault(_LEFT_OUT, DoubtGroup(one.field, one.message, one.hint))
            group.count += 1

    def merge(self, other: Doubts) -> None:
        """Add what another one counted."""
        self.events += other.events
        for about, one in other.groups.items():
            group = self.groups.get(about)
            if group is not None:
                group.count += one.count
            elif len(self.groups) < _MOST:
                self.groups[about] = replace(one)

    @property
    def by_count(self) -> list[DoubtGroup]:
        """The groups, the most frequent first."""
        return sorted(self.groups.values(), key=lambda group: -group.count)
