"""How a platform lists and calls the actions: frozen records, one a construct of ``schemas/catalog.schema.json``.

The records say what a profile says; ``bindings`` says what it means for one action, so that the check of profiles and
the catalogues that are made of them cannot see it differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from .action_records import Action
from .records import build

# Where the action's outputs stand when they are in no member of the answer.
BESIDE, LEFT_OUT = "beside", "none"
_EACH = frozenset(("each", "as", "key", "value", "when"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ListedParameter:
    """One parameter as a platform lists it; what is not said is as the action says."""

    parameter: str | None = None
    connection: str | None = None
    title: str | None = None
    description: str | None = None
    type: str | None = None
    schema: Mapping[str, Any] | None = None
    required: bool | None = None
    advanced: bool | None = None
    read_as: Literal["json", "pairs"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ListedOutput:
    """One value of an answer as a platform lists it; what is not said is as the action says."""

    value: Any = None
    type: str | list[str] | None = None
    title: str | None = None
    description: str | None = None
    schema: Mapping[str, Any] | None = None
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ListedAction:
    """One entry of the listing. ``None`` for parameters or outputs means: all that the action has."""

    action: str
    title: str | None = None
    description: str | None = None
    parameters: Mapping[str, ListedParameter] | None = None
    inputs: Any = None
    outputs: Mapping[str, ListedOutput] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Envelope:
    """What an answer looks like: its members, and where the action's outputs stand."""

    members: Mapping[str, ListedOutput] = field(default_factory=dict)
    outputs: str = BESIDE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CredentialField:
    """One field that the platform asks its user for, and the member of the connection that it becomes."""

    connection: str
    title: str | None = None
    description: str | None = None
    required: bool = False
    format: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CredentialFields:
    """How the platform asks for credentials."""

    title: str
    description: str
    fields: Mapping[str, CredentialField]
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Profile:
    """``catalogs/<platform>.yaml``."""

    path: str
    name: str
    title: str
    summary: str
    envelope: Envelope
    actions: Mapping[str, ListedAction] = field(default_factory=dict)
    every_action: bool = False
    triggers: Mapping[str, str] = field(default_factory=dict)
    every_trigger: bool = False
    parameters: Mapping[str, ListedParameter] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    credentials: CredentialFields | None = None
    description: str | None = None
    categories: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    extends: str | None = None
    listing: Any = None


@dataclass(frozen=True, slots=True)
class Binding:
    """What a listed parameter means for its action.

    :ivar name: the listed name.
    :ivar listed: what the profile says of it, in the action's entry and in its common table together.
    :ivar target: dotted place in the action's inputs that gets the value, or ``None``.
    :ivar connection: dotted member of the connection that gets it, or ``None``.
    """

    name: str
    listed: ListedParameter
    target: str | None
    connection: str | None

    @property
    def added(self) -> bool:
        """Whether only templates read it: neither the action nor the connection has it."""
        return self.target is None and self.connection is None


def bindings(profile: Profile, entry: ListedAction, action: Action) -> list[Binding]:
    """The parameters that a platform lists for an action, in the order of the listing."""
    own = {name: ListedParameter() for name in action.parameters}
    return [
        _binding(name, _together(profile.parameters.get(name), listed), action)
        for name, listed in (own if entry.parameters is None else entry.parameters).items()
    ]


def _binding(name: str, listed: ListedParameter, action: Action) -> Binding:
    if listed.connection is not None:
        return Binding(name, listed, None, listed.connection)
    target = listed.parameter or (name if name in action.parameters else None)
    return Binding(name, listed, target, None)


def _together(common: ListedParameter | None, own: ListedParameter) -> ListedParameter:
    if common is None:
        return own
    said = {item.name: value for item in fields(own) if (value := getattr(own, item.name)) is not None}
    if "parameter" in said or "connection" in said:  # it leads elsewhere, so what is common says nothing of it
        return own
    return replace(common, **said)


def is_each(node: Any) -> bool:
    """Whether a mapping in a listing's shape stands for a list: ``{each: ..., as: ..., value: ...}``."""
    return isinstance(node, Mapping) and "each" in node and _EACH.issuperset(node)


def profile_from(data: Any, path: str) -> Profile:
    """The profile from the parsed YAML, with what it extends already in it.

    :raises SpecError: naming file, place and cure.
    """
    return build(Profile, data, path, "", path=path)
