"""What may be called: the fence that whoever starts a program puts around the actions, asked by every door of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

from ..errors import InputError, did_you_mean
from ..language.action_records import Action, Effect, Summary
from ..language.specs import Specs

EFFECTS: tuple[Effect, ...] = ("read", "write", "delete")
USUAL: tuple[Effect, ...] = ("read", "write")
"""The effects that agents may have unless they are given others."""

_GENERAL = "This may permanently delete or change data. Continue?"


class NotOffered(InputError):  # noqa: N818 - what happened, named as a client would
    """What was asked for is outside of the fence; nothing was sent."""


def question_of(action: Action) -> str | None:
    """What somebody has to say yes to before the action runs, in the words of its spec; ``None`` when nothing is."""
    return action.confirm or (_GENERAL if action.effect == "delete" else None)


class Policy:
    """The actions of a connector that may be called.

    :param specs: where the actions are.
    :param allow: effects that actions may have; ``None`` for every effect.
    :param groups: only actions of these groups; every group when empty.
    :param tools: actions that may be called besides, whatever their effect and group.
    :ivar fenced: whether anything is kept out. What ``agents.only_by_name`` of ``connector.yaml`` lists is then called
        by ``tools`` only, since it would lead around the fence.
    :raises InputError: for an effect, group or action that there is not, with the nearest that there are.
    """

    def __init__(
        self, specs: Specs, *, allow: Collection[str] | None = None, groups: Collection[str] = (),
        tools: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.specs = specs
        self.agents = specs.connector.agents
        self.fenced = allow is not None or bool(groups)
        self.allow = frozenset(EFFECTS if allow is None else allow)
        self.groups = tuple(groups)
        _hold(self.allow, EFFECTS, self.option("allow"), "effect")
        _hold(groups, specs.groups, self.option("groups"), "group")
        _hold(tools, [*specs.paths, *(self._actions if tools else ())], self.option("tool"), "action")
        self.named = tuple(dict.fromkeys(self.action_of(tool) for tool in tools))

    def option(self, name: str) -> str:
        """What whoever made the fence calls an option of it: ``allow``, ``groups`` or ``tool``."""
        return f"--{name}"

    def cure(self, name: str, value: str) -> str:
        """Who can widen the fence, and how.

        :param name: the option, as above.
        """
        return f"start the service with {self.option(name)} {value}"

    @cached_property
    def _tools(self) -> dict[str, str]:
        return {one.name: one.tool for one in self.specs.summaries() if one.tool is not None}

    @cached_property
    def _actions(self) -> dict[str, str]:
        return {tool: action for action, tool in self._tools.items()}

    def action_of(self, tool: str) -> str:
        """The action that has a name as a tool; any other name as it is."""
        return self._actions.get(tool, tool)

    def tool_name(self, action: str) -> str:
        """The name under which an action is a tool."""
        return self._tools.get(action, action)

    def permits(self, action: Action | Summary) -> bool:
        """Whether an action may be called; of a preset, whether the action that sends it may."""
        name = action.called if isinstance(action, Action) else action.name
        if not self.fenced or name in self.named:
            return True
        if action.effect not in self.allow or name in self.agents.only_by_name:
            return False
        return not self.groups or action.group in self.groups

    def action(self, name: str) -> Action:
        """The action of a name.

        :raises UnknownActionError: when there is none.
        :raises NotOffered: when it may not be called, with who can fix that.
        """
        action = self.specs.action(name)
        if not self.permits(action):
            by_name = action.effect in self.allow and (not self.groups or action.group in self.groups)
            why = "is offered only by name" if by_name else f"is not offered: its effect is {action.effect}"
            if not by_name and action.effect in self.allow:
                why = f"is not offered: its group is {action.group}"
            hint = self.cure("tool", action.name)
            raise NotOffered.of("not_offered", f"'{action.name}' {why}", hint, field="action")
        return action

    def check_reading(self) -> None:
        """Nothing, when something may be read that belongs to no action, such as what a connection can do.

        :raises NotOffered: otherwise.
        """
        if "read" not in self.allow:
            hint = "start the service with read among its --allow"
            raise NotOffered.of("not_offered", "reading is not offered", hint, field="connection")

    def check_editing(self) -> None:
        """Nothing, when the specs may be edited: what they say of an action's effect is what a fence is made of.

        :raises NotOffered: when there is a fence.
        """
        if self.fenced:
            what = "specs cannot be edited here: the service is limited to some of its actions"
            hint = "start the service without --allow and --groups to edit them"
            raise NotOffered.of("not_offered", what, hint)


def _hold(given: Iterable[str], known: Collection[str], option: str, noun: str) -> None:
    for name in given:
        if name not in known:
            near = did_you_mean(name, known)
            hint = near or (f"there is {', '.join(known)}" if len(known) < 50 else f"see the list of {noun}s")
            raise InputError.of("unknown", f"there is no {noun} '{name[:80]}'", hint, field=option)
