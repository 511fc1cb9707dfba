"""Answer deliveries: verified and stored first, then answered; handed on later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..errors import ConnectorError, Problem
from ..triggers.receiving import Reception
from ..triggers.subscription import Subscription
from ..triggers.trigger_runner import TriggerRunner
from .registration import Registration
from .store import Store
from .store_errors import UnknownRegistration

_UNKNOWN = 404
_NOT_STORED = 503


@dataclass(frozen=True, slots=True)
class Reply:
    """What a delivery is answered.

    :ivar status: the HTTP status; 503 when it could not be stored, so that the service sends it again.
    :ivar new: items that are stored; ``known`` those that had been told before.
    :ivar filtered: items that nobody asked for.
    :ivar refused: how many items were refused, and ``problem`` the first reason.
    :ivar registration: the id of whose delivery it is, or ``None`` for an address that nobody has.
    """

    status: int
    new: int = 0
    known: int = 0
    filtered: int = 0
    refused: int = 0
    problem: Problem | None = None
    registration: str | None = None

    def to_dict(self) -> dict[str, object]:
        """What the sender is told: counts and a reason, and nothing that it did not say itself."""
        told: dict[str, object] = {
            "accepted": self.new, "known": self.known, "filtered": self.filtered, "refused": self.refused,
        }  # fmt: skip
        if self.problem is not None:
            told["error"] = {"code": self.problem.code, "message": self.problem.message, "hint": self.problem.hint}
        return told


_NOBODY = Problem("unknown_path", "nothing is received here", "look up the address of the registration")


@dataclass(slots=True)
class Receiver:
    """Receives for all registrations of a store; safe to share between threads.

    :param store: where items are kept.
    :param triggers: reads deliveries.
    :param consumed: whether a registration has a consumer; what others get is kept to be fetched.
    :param on_items: told of the id of a registration that has new items, to hand them on soon.
    """

    store: Store
    triggers: TriggerRunner
    on_items: Callable[[str], None] = lambda _id: None
    consumed: Callable[[Registration], bool] = lambda _registration: True
    _known: tuple[int, dict[str, Registration]] = field(default=(-1, {}), init=False)

    def registration(self, path: str) -> Registration | None:
        """Whose address a path is, as the store has it now: another process may have changed or removed it."""
        seen, by_path = self._known
        revision = self.store.revision()
        if revision != seen:
            by_path = {one.path: one for one in self.store.registrations() if one.path}
            self._known = revision, by_path
        return by_path.get(path)

    def receive(self, path: str, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Verify and store a delivery.

        :param path: the part of the address that cannot be guessed.
        :param headers: of the request, and ``raw`` its body byte for byte as it came.
        """
        try:
            found = self.registration(path)
            if found is None or found.subscription is None:
                return Reply(_UNKNOWN, problem=_NOBODY)
            reception = self._read(found, headers, raw)
            return self._stored(found, reception)
        except UnknownRegistration:  # it was removed just now
            return Reply(_UNKNOWN, problem=_NOBODY)
        except ConnectorError as error:  # also what a newer version left in the store
            problem = Problem(error.problems[0].code, "the delivery could not be stored", "send it again")
            return Reply(_NOT_STORED, problem=problem)

    def _read(self, found: Registration, headers: Mapping[str, str], raw: bytes) -> Reception:
        try:
            subscription = Subscription.from_dict(found.subscription or {})
            return self.triggers.receive(subscription, headers, raw, allow_unverified=found.allow_unverified)
        except ConnectorError as error:  # the trigger's file is gone or broken: another try may find it fixed
            return Reception(_NOT_STORED, problem=error.problems[0])

    def _stored(self, found: Registration, reception: Reception) -> Reply:
        new = known = 0
        refused = [(one.item, one.problem.message) for one in reception.refused if one.item is not None]
        if reception.items or refused:
            added = self.store.add(found.id, reception.items, refused=refused, hand_on=self.consumed(found))
            new, known = added.new, added.known
            if new:
                self.on_items(found.id)
        problem = reception.problem or (reception.refused[0].problem if reception.refused else None)
        return Reply(reception.status, new, known, reception.filtered, len(reception.refused), problem, found.id)
