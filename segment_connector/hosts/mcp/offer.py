"""What an agent may call, and which of it is shown as a tool of its own: decided by whoever starts the server."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from ...errors import InputError, Problem, UnknownActionError, did_you_mean
from ...specs.index import Specs
from ...specs.model import Action, Effect, Summary

EFFECTS: tuple[Effect, ...] = ("read", "write", "delete")
USUAL: tuple[Effect, ...] = ("read", "write")
LONGEST_NAME = 44
"""Characters: clients put the server's name before a tool's, and some take no more than 64 for both."""


class Offer:
    """The part of a connector that an agent gets.

    :param specs: where the actions are, and what ``agents`` of ``connector.yaml`` says of them.
    :param allow: effects that actions may have. What ``agents.only_by_name`` lists is not among them in any case.
    :param groups: only actions of these groups, all of which are then shown; every group when empty, of which only
        ``agents.tools`` is shown.
    :param tools: actions that are allowed and shown besides, whatever their effect and group.
    :raises InputError: for an effect, group or action that there is not, with the nearest that there are.
    """

    def __init__(
        self, specs: Specs, *, allow: Collection[str] = USUAL, groups: Collection[str] = (), tools: Collection[str] = ()
    ) -> None:
        self.specs = specs
        self.agents = specs.connector.agents
        _hold(allow, EFFECTS, "--allow", "effect")
        _hold(groups, specs.groups, "--groups", "group")
        self._tools = {one.name: one.tool for one in self.summaries if one.tool is not None}
        self._actions = {tool: action for action, tool in self._tools.items()}
        _hold(tools, [*specs.paths, *self._actions], "--tool", "action")
        self.allow = frozenset(allow)
        self.groups = tuple(groups)
        self.named = tuple(dict.fromkeys(self.action_of(tool) for tool in tools))

    def permits(self, action: Action | Summary) -> bool:
        """Whether an agent may call an action."""
        if action.name in self.named:
            return True
        if action.effect not in self.allow or action.name in self.agents.only_by_name:
            return False
        return not self.groups or action.group in self.groups

    def action(self, name: str) -> Action:
        """The action that an agent means.

        :param name: the action's or the tool's name.
        :raises UnknownActionError: when there is none.
        :raises InputError: when the agent may not call it, with who can mend that.
        """
        try:
            action = self.specs.action(self.action_of(name))
        except UnknownActionError as error:
            (problem,) = error.problems
            near = did_you_mean(name, [*self.specs.paths, *self._actions])
            raise UnknownActionError(replace(problem, hint=near or "search for it with find_action")) from None
        if not self.permits(action):
            by_name = action.effect in self.allow and (not self.groups or action.group in self.groups)
            why = "is offered only by name" if by_name else f"is not offered: its effect is {action.effect}"
            if not by_name and action.effect in self.allow:
                why = f"is not offered: its group is {action.group}"
            hint = f"ask the user to start the server with --tool {action.name}"
            raise InputError(Problem("not_offered", f"'{action.name}' {why}", hint, field="action"))
        return action

    def tool_name(self, action: str) -> str:
        """The name under which an action is a tool."""
        return self._tools.get(action, action)

    def action_of(self, tool: str) -> str:
        """The action that has a name as a tool; any other name as it is."""
        return self._actions.get(tool, tool)

    @cached_property
    def shown(self) -> tuple[Action, ...]:
        """The actions that are tools, in the order of the specs."""
        wanted = set(self.named) | set(() if self.groups else self.agents.tools)
        found = []
        for name, path in self.specs.paths.items():
            if name in wanted or path.parent.name in self.groups:
                action = self.specs.action(name)
                if self.permits(action):
                    found.append(action)
        return tuple(found)

    @cached_property
    def summaries(self) -> tuple[Summary, ...]:
        """The head of every action, permitted or not."""
        return tuple(self.specs.summaries())

    @cached_property
    def may(self) -> frozenset[Effect]:
        """The effects that any call of an agent's can have."""
        return frozenset(self._effects())

    def _effects(self) -> Iterator[Effect]:
        yield from (effect for effect in EFFECTS if effect in self.allow)
        yield from (self.specs.action(name).effect for name in self.named)


def _hold(given: Iterable[str], known: Collection[str], option: str, noun: str) -> None:
    for name in given:
        if name not in known:
            near = did_you_mean(name, known)
            hint = near or (f"there is {', '.join(known)}" if len(known) < 50 else f"see the list of {noun}s")
            raise InputError(Problem("unknown", f"there is no {noun} '{name[:80]}'", hint, field=option))
