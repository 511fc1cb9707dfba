"""What ``plans.yaml`` says of actions is so: they are there, with the parameters, outputs and members that it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..errors import Problem, known_names
from ..language.plan_records import PLANS_FILE, PlanSpec
from ..values.paths import Place
from .project import Project

NAME = "plans"


def check(project: Project) -> Iterator[Problem]:
    """Names of actions, parameters and outputs that lead nowhere."""
    spec = project.plans
    if spec is None:
        return
    for place, name, known, what in (*_calls(project, spec), *_actions(project, spec)):
        if name not in known:
            message, hint = f"there is no {what} '{name}'", known_names(name, known)
            yield project.problem(project.root / PLANS_FILE, NAME, place, message, hint)


def _calls(project: Project, spec: PlanSpec) -> Iterator[tuple[Place, str, Collection[str], str]]:
    actions = {action.name: action for _, action in project.actions}
    for name, call in spec.calls.items():
        yield ("calls", name), name, project.specs.paths, "action"
        if (action := actions.get(name)) is None:
            continue
        if call.members is not None:
            yield ("calls", name, "members"), call.members, action.parameters, "parameter"
        for index, rule in enumerate(call.rules):
            if rule.name_at is not None:
                yield ("calls", name, "rules", index, "name_at"), rule.name_at, action.parameters, "parameter"


def _actions(project: Project, spec: PlanSpec) -> Iterator[tuple[Place, str, Collection[str], str]]:
    actions = {action.name: action for _, action in project.actions}
    for role, one in spec.actions.items():
        yield ("actions", role, "action"), one.action, project.specs.paths, "action"
        if (action := actions.get(one.action)) is None:
            continue
        for member in ("plan", "rules", "source"):
            if (named := getattr(one, member)) is not None:
                yield ("actions", role, member), named, action.parameters, "parameter"
        if one.gives is not None:
            yield ("actions", role, "gives"), one.gives, action.outputs, "output"
