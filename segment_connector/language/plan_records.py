"""Tracking plans as the service has them: frozen records, one for each construct of ``schemas/plans.schema.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..errors import SpecError, known_names
from . import yaml_reader as yaml_loader
from .records import KEY, build

PLANS_FILE = "plans.yaml"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RuleForm:
    """What the members of a rule are called where the service lists rules and takes them.

    :ivar never: the instant that stands in ``deprecated`` of a rule that is not.
    :ivar rename: the member that gives a rule another key.
    :ivar stamps: members that the service sets itself, so that they say nothing of what a rule means.
    """

    type: str
    key: str
    version: str
    schema: str
    labels: str
    description: str
    deprecated: str
    never: str | None = None
    rename: str | None = None
    stamps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RuleType:
    """One kind of rule.

    :ivar named: whether its rules each have a key, the name of an event.
    :ivar labels: whether its rules may have labels.
    :ivar common: whether it judges every call, after all others.
    """

    name: str = field(metadata=KEY)
    title: str
    named: bool = False
    labels: bool = False
    common: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class VersionPlace:
    """Where a call says by which version of a rule it wants to be judged; without it, by the oldest.

    :ivar at: dotted place in the call.
    """

    at: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RuleChoice:
    """A rule that judges a call, where the plan has it.

    :ivar name: the key of the rule, or ``None``.
    :ivar name_at: the member of the call that holds the key, or ``None``; without either the type has one rule.
    """

    type: str
    name: str | None = None
    name_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class JudgedCall:
    """How the calls of one action are judged.

    :ivar adds: what the service adds to a call before it judges it.
    :ivar rules: what judges it, apart from what judges all calls.
    :ivar members: the member of the call that holds what its rules plan by name, or ``None``.
    :ivar controls: which of ``PlanSpec.controls`` say what becomes of it, or ``None``.
    """

    action: str = field(metadata=KEY)
    adds: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[RuleChoice, ...] = ()
    members: str | None = None
    controls: str | None = None


Consequence = Literal["block", "omit"]
Fault = Literal["unplanned_event", "unplanned_member", "violation", "common_violation"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Control:
    """One setting of a source.

    :ivar of: what it is about.
    :ivar at: dotted place of its value in the source's settings.
    :ivar does: what happens, by the value as JSON writes it; nothing for values that are not named.
    :ivar reach: whether it holds for every destination, or only for those that the service's servers send to.
    """

    of: Fault
    at: str
    does: Mapping[str, Consequence]
    reach: Literal["all", "cloud"] = "cloud"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PlanAction:
    """An action that reads or writes plans.

    :ivar plan, rules, source: which of its parameters takes the plan's id, the rules, the source's id.
    :ivar gives: the output that holds what was asked for.
    """

    role: str = field(metadata=KEY)
    action: str
    plan: str | None = None
    rules: str | None = None
    source: str | None = None
    gives: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SourceKey:
    """By what the source that calls go to is known among those of a plan.

    :ivar connection: dotted place of the key in the connection.
    :ivar keys: where a source lists its keys; ``id`` where its id is.
    """

    connection: str
    keys: str
    id: str = "id"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PlanSpec:
    """``plans.yaml``.

    :ivar forwards: where a source's settings name the sources that get ``violations`` and what is ``blocked``.
    """

    path: str
    rule: RuleForm
    types: Mapping[str, RuleType]
    version: VersionPlace
    calls: Mapping[str, JudgedCall]
    controls: Mapping[str, tuple[Control, ...]]
    actions: Mapping[str, PlanAction]
    forwards: Mapping[str, str] = field(default_factory=dict)
    sources: SourceKey | None = None


def read_plan_spec(root: Path) -> PlanSpec | None:
    """What tracking plans are at the service of a spec root; ``None`` where it has none.

    :param root: the folder with ``connector.yaml``.
    :raises SpecError: when the file breaks the language.
    """
    path = root / PLANS_FILE
    return plan_spec_from(yaml_loader.read(path), str(path)) if path.is_file() else None


def plan_spec_from(data: Any, path: str) -> PlanSpec:
    """The same from the parsed YAML.

    :raises SpecError: naming file, place and cure.
    """
    listed = data.get("controls") if isinstance(data, dict) else None
    controls = {
        name: tuple(build(Control, one, path, f"controls.{name}.{index}") for index, one in enumerate(entries))
        for name, entries in (listed.items() if isinstance(listed, dict) else ())
    }
    spec = build(PlanSpec, {**data, "controls": controls} if controls else data, path, "", path=path)
    for call in spec.calls.values():
        place = f"calls.{call.action}"
        for index, rule in enumerate(call.rules):
            _known(rule.type, spec.types, path, f"{place}.rules.{index}.type")
        if call.controls is not None:
            _known(call.controls, spec.controls, path, f"{place}.controls")
    return spec


def _known(name: str, known: Mapping[str, Any], path: str, place: str) -> None:
    if name not in known:
        message = f"'{name}' is not described in this file"
        raise SpecError.at(path, "unknown_name", message, known_names(name, known), field=place)
