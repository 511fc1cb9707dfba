"""What AI agents are offered exists, has a name that their clients take, and prompts that can be filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import Problem, SpecError, did_you_mean
from ..language.connector_records import Agents, ConnectorSpec, Prompt
from ..templates.compiler import Compiler
from ..values.paths import Place, dotted
from .project import Project

NAME = "agents"

# Clients put the name of a server before that of a tool, and some take no more than 64 characters for both.
_LONGEST_NAME = 44
_QUOTED = re.compile(r"`(\w+_\w+)`")


def check(project: Project) -> Iterator[Problem]:
    """Tools without an action, names that are taken or too long, prompts that name what there is not."""
    spec = project.connector
    if spec is None:
        return
    yield from _actions(project, spec.agents)
    yield from _names(project)
    for name, prompt in spec.agents.prompts.items():
        yield from _prompt(project, spec, name, prompt)


def _actions(project: Project, agents: Agents) -> Iterator[Problem]:
    for member in ("tools", "only_by_name"):
        for index, name in enumerate(getattr(agents, member)):
            if name not in project.specs.paths:
                hint = did_you_mean(name, project.specs.paths) or "name an action, or leave it out"
                yield _problem(project, (member, index), f"there is no action '{name}'", hint)


def _names(project: Project) -> Iterator[Problem]:
    taken = {name: name for name in project.specs.paths}
    for source, action in project.actions:
        name, tool = action.name, action.tool
        if tool is None and len(name) > _LONGEST_NAME:
            message = f"is too long for a tool: {len(name)} characters, and clients take {_LONGEST_NAME}"
            yield project.problem(source.path, NAME, ("name",), message, "write a shorter one below it: 'tool: ...'")
        elif tool is not None and taken.setdefault(tool, name) != name:
            message = f"'{tool}' is the tool of '{taken[tool]}'"
            yield project.problem(source.path, NAME, ("tool",), message, "choose another name")


def _prompt(project: Project, spec: ConnectorSpec, name: str, prompt: Prompt) -> Iterator[Problem]:
    place: Place = ("prompts", name, "text")
    optional = {argument for argument, one in prompt.arguments.items() if not one.required}
    compiler = Compiler(("input",), optional, spec.path)
    try:
        compiler.template(compiler.text(prompt.text, dotted(place)), dotted(place))
    except SpecError as error:
        for problem in error.problems:
            yield _problem(project, place, problem.message, problem.hint)
        return
    used = {path[1] for path in compiler.used if len(path) > 1}
    guarded = {path[1] for path in compiler.guarded if len(path) > 1}
    for argument in sorted(used - prompt.arguments.keys()):
        known = ", ".join(prompt.arguments) or "none"
        hint = did_you_mean(argument, prompt.arguments) or f"the prompt's arguments: {known}"
        yield _problem(project, place, f"'input.{argument}' is not an argument of the prompt", hint)
    for argument in prompt.arguments:
        below: Place = ("prompts", name, "arguments", argument)
        if argument not in used:
            yield _problem(project, below, "the text does not use it", f"write '{{{{ input.{argument} }}}}' in it")
        elif argument in optional - guarded:
            hint = f"write '{{{{ input.{argument} | default('...') }}}}', or 'required: true'"
            yield _problem(project, below, "may be absent, and then there is no text", hint)
    for action in dict.fromkeys(_QUOTED.findall(prompt.text)):
        if action not in project.specs.paths:
            hint = did_you_mean(action, project.specs.paths) or "name an action, or remove the backquotes"
            yield _problem(project, place, f"there is no action '{action}'", hint)


def _problem(project: Project, place: Place, message: str, hint: str | None) -> Problem:
    return project.problem(project.connector_file.path, NAME, ("agents", *place), message, hint)
