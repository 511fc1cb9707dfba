"""The words for what happens by itself: ``scenes``, ``follows`` and ``trail`` of an API's simulation data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedMember:
    """A member whose name is told by a template.

    :ivar within: place of the object that gets it.
    """

    within: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStep:
    """An event that the service makes itself.

    :ivar to: the API that it is listed under, and ``action`` the action it is one of.
    :ivar id: the member of its body that holds its id.
    :ivar members: members of its body whose names differ from event to event.
    :ivar sender: id of the entry it comes from; by default it is everybody's.
    """

    to: str
    action: str
    id: str
    body: Mapping[str, Any]
    members: tuple[NamedMember, ...] = ()
    sender: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneStep:
    """One thing that happens; strings are templates.

    :ivar when: it happens only if this is true.
    :ivar each: it happens for each entry of this list, or each member of this object, as ``each``: the entry, or
        ``each.name`` and ``each.value``.
    :ivar event: an event that comes.
    :ivar at: path of a list, or of the ``document`` that is put there.
    :ivar find: what the entry of the list holds that is meant; ``entry`` is put there when there is none.
    :ivar values: members that the entry gets.
    :ivar add: entries for lists that are its members, by member.
    :ivar by: the members by which such an entry is the same as one that is there, and takes its place.
    :ivar most: entries that such a list has at most: the oldest go.
    """

    when: str | None = None
    each: str | None = None
    event: EventStep | None = None
    at: str | None = None
    document: Mapping[str, Any] | None = None
    find: Mapping[str, Any] | None = None
    entry: Mapping[str, Any] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, Any] = field(default_factory=dict)
    by: Mapping[str, list[str]] = field(default_factory=dict)
    most: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An entry that a scene is about.

    :ivar at: path of its list, and ``find`` what it holds.
    """

    at: str
    find: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What happens on demand; templates over ``input``, ``now``, ``fresh``, ``index`` and the names of ``known``.

    :ivar parameters: JSON Schema of what is given, by name.
    :ivar known: entries that must be there, by name.
    """

    title: str
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    known: Mapping[str, Known] = field(default_factory=dict)
    steps: tuple[SceneStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRules:
    """What happens with each event that an API accepted, before anyone looks.

    :ivar events: the API.
    :ivar steps: templates over ``event``, ``action``, ``received``, ``sender``, ``now`` and ``fresh``.
    """

    events: str
    steps: tuple[SceneStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """Where the tracking plans are by which events are judged.

    :ivar events: the API that the events are sent to.
    :ivar at: path of the plans; ``senders`` and ``rules`` the last parts of the paths below one.
    """

    events: str
    at: str
    senders: str
    rules: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailKind:
    """What the trail calls the entries of a list.

    :ivar title: template over ``entry``; ``type`` the word for it.
    :ivar changes: words for changes that differ from those of all kinds.
    """

    title: str
    type: str
    changes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailRules:
    """The list of what was changed.

    :ivar at: its path.
    :ivar kinds: what is told of, by the path of the list; what changes below an entry changes the entry.
    :ivar changes: words for ``create``, ``update`` and ``delete``; templates over ``before`` and ``entry``.
    :ivar entry: an entry of the list; templates over ``entry`` (what was changed), ``title``, ``type``, ``change``,
        ``now`` and ``fresh``.
    :ivar most: entries that are kept.
    """

    at: str
    kinds: Mapping[str, TrailKind]
    changes: Mapping[str, str]
    entry: Mapping[str, Any]
    most: int = 20_000
