"""What a simulated API holds at the beginning, and the words for what its actions do to it.

Most of what actions do is told by their paths (see ``deriving``); ``simulate`` in their files tells the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..language.records import build
from .routing import Shape
from .scene_records import FollowRules, PlanRules, Scene, TrailRules
from .state import Address, address_of
from .webhook_records import SenderRules, WebhookRules

OperationKind = Literal[
    "list", "get", "create", "update", "delete", "add", "replace", "merge", "remove", "document", "answer", "count"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What is known of the entries at an address.

    :ivar key: the member, or the members, that a path names an entry by.
    :ivar of: address of the entries that these only name.
    :ivar embeds: members that hold a copy of an entry of another collection, by the address of that one.
    :ivar counts: members that tell how many entries are below an entry, by the last part of their address.
    :ivar defaults: members of an entry that has none of its own.
    :ivar new: templates for members of a new entry, over ``input``, ``parent``, ``fresh``, ``slug`` and ``now``.
    :ivar changed: members that tell when an entry was changed.
    :ivar merges: members whose own members are changed one by one, and not all at once.
    :ivar renames: members that are sent to give an entry another value in a member of its key, by the member sent.
    :ivar schemas: members that hold a JSON Schema, which the service writes anew in a form of its own.
    :ivar most_replaced: entries that a list may have to be replaced as a whole.
    """

    key: str | list[str] = "id"
    of: str | None = None
    embeds: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    renames: Mapping[str, str] = field(default_factory=dict)
    schemas: list[str] = field(default_factory=list)
    most_replaced: int | None = None

    @property
    def by(self) -> tuple[str, ...]:
        """The members of ``key``."""
        return (self.key,) if isinstance(self.key, str) else tuple(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What an action does, as far as its path does not tell.

    Strings are templates over ``input``, ``connection``, ``parent`` (the entry that the path leads through), ``now``.

    :ivar do: what is done.
    :ivar at: path of the collection.
    :ivar key: key of the entry; ``by`` the member it is looked for in.
    :ivar find: what the entry must hold, in place of a key.
    :ivar member: the member of the entry that is meant.
    :ivar values: the members, or the entries, that are put there.
    :ivar fill: members that the entries of a list take from entries elsewhere (``of`` an address): their ``member``, if
        their key is what an entry has in ``by``.
    :ivar where: what entries must hold; ``where_not`` what they must not.
    :ivar having: what one of the entries below an entry must hold, by the last part of their address.
    :ivar since: the least that members may be, and ``until`` the most.
    :ivar sort: ``by`` a member, ``descending`` or not.
    :ivar size: entries of a page, when nothing else tells.
    :ivar named: member that entries are called by in an object.
    :ivar sums: outputs that are the sum of a member over the entries of a list.
    :ivar show: what is shown of an entry: a template over ``entry`` too.
    :ivar answer: outputs; templates over ``item``, the entry afterwards, too.
    :ivar count: what of the traffic is counted (see ``counting``), for ``count``.
    :ivar also: what else is done.
    """

    do: OperationKind | None = None
    at: str | None = None
    key: Any = None
    by: str | None = None
    find: Mapping[str, Any] | None = None
    member: str | None = None
    values: Any = None
    fill: Mapping[str, Mapping[str, str]] | None = None
    where: Mapping[str, Any] | None = None
    where_not: Mapping[str, Any] | None = None
    having: Mapping[str, Any] | None = None
    since: Mapping[str, str] | None = None
    until: Mapping[str, str] | None = None
    sort: Mapping[str, Any] | None = None
    size: Any = None
    named: str | None = None
    sums: Mapping[str, str] | None = None
    show: Any = None
    answer: Mapping[str, Any] | None = None
    count: Mapping[str, Any] | None = None
    also: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficData:
    """How it is found out what becomes of the events that other APIs take.

    :ivar path: the file that tells it.
    :ivar way: the investigation that goes the way of an event, and ``input`` its inputs; templates over ``event``.
    :ivar apis: whose events are meant.
    :ivar row: members by which events are counted; templates over ``event`` and what the investigation knows.
    :ivar branch: the member that names the branch, and ``reason`` the one that tells why an event was kept back.
    """

    path: str
    way: str
    apis: tuple[str, ...]
    input: Mapping[str, Any]
    row: Mapping[str, Any]
    branch: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _SimulationFile:
    synonyms: Mapping[str, str] = field(default_factory=dict)
    collections: Mapping[str, Collection] = field(default_factory=dict)
    entries: Mapping[str, list[Any]] = field(default_factory=dict)
    senders: SenderRules | None = None
    webhooks: WebhookRules | None = None
    trail: TrailRules | None = None
    follows: FollowRules | None = None
    plans: PlanRules | None = None
    scenes: Mapping[str, Scene] = field(default_factory=dict)
    traffic: Mapping[str, Any] | None = None


class SimulationData:
    """The simulation data of one API.

    :param content: what the file holds; nothing for an API that nothing is told of.
    :param path: the file, for errors.
    :param api: the member of the file that is meant.
    :raises SpecError: when it breaks the language.
    """

    def __init__(self, content: Any, path: str, api: str) -> None:
        self.path = path
        told = build(_SimulationFile, content.get(api, {}) if isinstance(content, Mapping) else content, path, api)
        self.synonyms = told.synonyms
        self.traffic: TrafficData | None = None
        if told.traffic is not None:
            self.traffic = build(TrafficData, told.traffic, self.path, f"{api}.traffic", path=self.path)
        self.senders = told.senders
        self.webhooks = told.webhooks
        self.trail = told.trail
        self.follows = told.follows
        self.plans = told.plans
        self.scenes = told.scenes
        self._collections = {shape_of(path): collection for path, collection in told.collections.items()}
        self._found: dict[Address, Collection] = {}
        self.seeds: dict[Address, list[Any]] = {address_of(path): entries for path, entries in told.entries.items()}
        for address, entries in self.seeds.items():
            self.seeds[address] = [self._complete(address, entry) for entry in entries]
        for address, entries in self.seeds.items():  # when all are complete, whatever stands first in the file
            for entry in entries:
                self._embed(address, entry)

    def collection(self, address: Address) -> Collection:
        """What is known of the entries at an address."""
        if address not in self._found:
            fitting = (known for shape, known in self._collections.items() if has_shape(address, shape))
            self._found[address] = next(fitting, _PLAIN)
        return self._found[address]

    def seeded(self, shape: Shape) -> bool:
        """Whether there are entries at such an address from the beginning."""
        return any(has_shape(address, shape) for address in self.seeds)

    def sample(self, shape: Shape) -> list[Any]:
        """Entries at such an address, if there are any from the beginning."""
        return next((entries for address, entries in self.seeds.items() if has_shape(address, shape) and entries), [])

    def _complete(self, address: Address, entry: Any) -> Any:
        collection = self.collection(address)
        if not isinstance(entry, dict):
            return {collection.by[0]: entry}
        return {**entry, **{name: value for name, value in collection.defaults.items() if name not in entry}}

    def _embed(self, address: Address, entry: dict[str, Any]) -> None:
        for member, path in self.collection(address).embeds.items():
            there = address_of(path)
            for other in self.seeds.get(there, ()):
                if other[self.collection(there).by[0]] == entry.get(member):
                    entry[member] = other


_PLAIN = Collection()


def shape_of(path: str) -> Shape:
    """The shape of a path in which ``*`` stands for a part that differs."""
    return tuple(None if part == "*" else part for part in address_of(path))


def has_shape(address: Address, shape: Shape) -> bool:
    """Whether an address has a shape."""
    return len(address) == len(shape) and all(
        part is None or part == own for own, part in zip(address, shape, strict=True)
    )
