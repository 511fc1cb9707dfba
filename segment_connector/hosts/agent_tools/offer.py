"""What an agent may call, and which of it is shown as a tool of its own: decided by whoever offers it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import islice

from ...call.policy import EFFECTS, USUAL, Policy
from ...errors import UnknownActionError, did_you_mean
from ...language.action_records import Action, Effect, Summary
from ...language.preset_records import PresetSummary
from ...language.preset_search import preset_ranking
from ...language.search import Ranking, ranking_of
from ...language.specs import Specs
from .offer_wording import SERVER, Wording

LONGEST_NAME = 44
"""Characters: clients put the server's name before a tool's, and some take no more than 64 for both."""

MOST_EVENTS = 60
"""Events of a tracking plan that are tools of their own; more would fill a small model's context."""


class Offer(Policy):
    """The part of a connector that an agent gets.

    :param specs: where the actions are, and what ``agents`` of ``connector.yaml`` says of them.
    :param allow: effects that actions may have. What ``agents.only_by_name`` lists is not among them in any case.
    :param groups: only actions of these groups, all of which are then shown; every group when empty, of which only
        ``agents.tools`` is shown.
    :param tools: actions that are allowed and shown besides, whatever their effect and group.
    :param wording: how agents are told who can offer them more.
    :raises InputError: for an effect, group or action that there is not, with the nearest that there are.
    """

    def __init__(
        self, specs: Specs, *, allow: Collection[str] = USUAL, groups: Collection[str] = (),
        tools: Collection[str] = (), wording: Wording = SERVER,
    ) -> None:  # fmt: skip
        self.wording = wording
        super().__init__(specs, allow=allow, groups=groups, tools=tools)

    def option(self, name: str) -> str:
        """What whoever offers the tools calls an option."""
        return self.wording.name(name)

    def cure(self, name: str, value: str) -> str:
        """What the agent can ask its user for."""
        return self.wording.cure(name, value)

    def action(self, name: str) -> Action:
        """The action that an agent means.

        :param name: the action's or the tool's name.
        :raises UnknownActionError: when there is none.
        :raises NotOffered: when the agent may not call it, with who can fix that.
        """
        try:
            return super().action(self.action_of(name))
        except UnknownActionError as error:
            (problem,) = error.problems
            near = did_you_mean(name, [*self.specs.paths, *self._actions, *self.specs.presets.names])
            raise UnknownActionError(replace(problem, hint=near or "search for it with find_action")) from None

    @cached_property
    def shown(self) -> tuple[Action, ...]:
        """The actions that are tools, in the order of the specs."""
        events = self.events
        wanted = set(() if self.groups else self.agents.tools)
        if self._every_event_is_shown:
            # An agent that is shown the events that there are has no use for a tool that takes any name.
            wanted -= {one.called for one in events}
        wanted |= set(self.named)
        found = []
        for name, path in self.specs.paths.items():
            if name in wanted or path.parent.name in self.groups:
                action = self.specs.action(name)
                if self.permits(action):
                    found.append(action)
        return (*events, *found)

    @cached_property
    def events(self) -> tuple[Action, ...]:
        """The events of a tracking plan that are tools: of very many the first, the others are found by a search."""
        planned = self.specs.presets.planned
        names = islice(planned.summaries, MOST_EVENTS) if planned is not None else ()
        found = (self.specs.action(name) for name in names)
        return tuple(action for action in found if self.permits(action))

    @property
    def _every_event_is_shown(self) -> bool:
        planned = self.specs.presets.planned
        return planned is not None and len(planned.summaries) <= MOST_EVENTS

    @cached_property
    def ranking(self) -> Ranking[Summary]:
        """Every action, permitted or not, as a search finds it."""
        return ranking_of(self.specs.summaries(), self.specs.connector)

    @cached_property
    def preset_ranking(self) -> Ranking[PresetSummary]:
        """Every preset, as a search finds it."""
        return preset_ranking(self.specs.presets.summaries(), self.specs.connector)

    @cached_property
    def may(self) -> frozenset[Effect]:
        """The effects that any call of an agent's can have."""
        return frozenset(self._effects())

    def _effects(self) -> Iterator[Effect]:
        yield from (effect for effect in EFFECTS if effect in self.allow)
        yield from (self.specs.action(name).effect for name in self.named)
