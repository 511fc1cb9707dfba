"""What an inbox is kept in: an interface narrow enough for a file as for a server that several processes share.

Items of a registration have numbers that only rise. An item is *waiting* until it was handed on, then *done*; one that
was tried too often is *dead*, one that could not be proved is *refused*. These stay to be looked at, and can be put
back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ..triggers.items import Item
from .registration import Registration

Status = Literal["waiting", "done", "dead", "refused"]
STATUSES: tuple[Status, ...] = ("waiting", "done", "dead", "refused")


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as it is stored.

    :ivar number: rises with each item of the inbox; a reader goes on behind the last number that it has seen.
    :ivar registration: whose item it is, by id.
    :ivar status: what has become of it.
    :ivar received: when it was stored, in seconds since 1970.
    :ivar tries: how often it was tried to hand it on, and ``refusals`` how often the consumer did not want it.
    :ivar next_try: when the next try is due, in seconds since 1970.
    :ivar reason: why the last try failed, or why it was refused.
    """

    number: int
    registration: str
    item: Item
    status: Status
    received: float
    tries: int = 0
    refusals: int = 0
    next_try: float = 0
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The entry as JSON values."""
        data = {name: getattr(self, name) for name in self.__slots__}
        return {**data, "item": self.item.to_dict()}


@dataclass(frozen=True, slots=True)
class Added:
    """What was stored.

    :ivar new: how many items were not known before; ``known`` how many were, and are counted once.
    """

    new: int
    known: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items of a registration there are by status, and when the oldest waiting one came."""

    by_status: Mapping[Status, int]
    oldest_waiting: float | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """How much of the past a store keeps, for each registration.

    :ivar items: items that were handed on, dead or refused; the oldest go first. Waiting ones are never dropped.
    :ivar ids: ids by which an item is known again and counted once.
    """

    items: int = 10_000
    ids: int = 1_000_000


class Store(Protocol):
    """Keeps registrations and their items; safe to share between threads.

    What a method has written is there after a crash. Methods raise ``StoreError`` when the store cannot be used.
    """

    def save(self, registration: Registration, *, with_state: bool = False) -> None:
        """Write a registration down, in place of the one of the same id.

        :param with_state: its state too; else that of the one before stays, which a poll may just be changing.
        """

    def change(self, id: str, **members: Any) -> Registration | None:  # noqa: A002 - what it is
        """Change members of a registration and leave the others, which somebody else may just be changing.

        :param members: by name, but ``id`` and ``state``.
        :returns: the registration as it is now; ``None`` when it is not there (any more), and nothing is written.
        """

    def revision(self) -> int:
        """A number that rises with each ``save``, ``change`` and ``remove``: whether it is worth to read them anew."""

    def registration(self, id: str) -> Registration | None:  # noqa: A002
        """The registration of an id."""

    def registrations(self) -> list[Registration]:
        """All registrations, in the order in which they were made."""

    def remove(self, id: str) -> None:  # noqa: A002
        """Forget a registration and all its items."""

    def add(
        self,
        registration: str,
        items: Sequence[Item],
        *,
        refused: Sequence[tuple[Item, str]] = (),
        state: Mapping[str, Any] | None = None,
        hand_on: bool = True,
    ) -> Added:
        """Store items, each once by its id, and with them the state of the poll that found them: both or neither.

        :param registration: whose items they are.
        :param refused: items that are not to be handed on, with the reason.
        :param state: of a poll; ``None`` leaves it as it is.
        :param hand_on: they wait to be handed on; else they are kept to be fetched, and count as done.
        :raises UnknownRegistration: when it was removed; nothing is stored.
        """

    def waiting(self, registration: str, limit: int, owner: str, now: float, lease: float) -> list[Entry]:
        """The oldest waiting items, for one who will hand them on; nothing while another one holds the lease.

        :param owner: who asks: a name of its own for each process.
        :param now: seconds since 1970; nothing is given before the next try of the oldest item is due.
        :param lease: seconds for which nobody else is given items of this registration.
        """

    def lend(self, registration: str, job: str, owner: str, now: float, lease: float) -> bool:
        """Let one of many processes do a job of a registration.

        :param job: ``hand_on``, whose lease ``waiting`` takes too, ``poll`` or ``set_up``.
        :param owner: who asks, ``now`` and ``lease`` as with ``waiting``; whoever has the lease may have it again.
        :returns: whether it is the one who asks.
        """

    def release(self, registration: str, job: str, owner: str) -> None:
        """Give a lease back before its time."""

    def done(self, numbers: Iterable[int]) -> None:
        """These were handed on."""

    def failed(self, number: int, reason: str, next_try: float | None, *, refused: bool = False) -> None:
        """A try failed.

        :param refused: the consumer was there, and did not want the item.
        :param next_try: when to try again, in seconds since 1970; ``None`` makes it dead.
        """

    def entries(self, registration: str, after: int, limit: int, status: Status | None = None) -> list[Entry]:
        """Items behind a number, in their order."""

    def newest(self, registration: str, limit: int, status: Status | None = None) -> list[Entry]:
        """The last items, the newest first."""

    def entry(self, registration: str, number: int) -> Entry | None:
        """One item."""

    def put_back(self, registration: str, status: Status, numbers: Sequence[int] | None = None) -> int:
        """Make items of a status wait to be handed on (again), with all their tries.

        :param numbers: which of them; ``None`` for all.
        :returns: how many.
        """

    def counts(self, registration: str) -> Counts:
        """How many items there are."""

    def close(self) -> None:
        """End the use of it."""
