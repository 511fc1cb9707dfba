"""A platform's profile, and every action that it lists, made ready when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from ..call.policy import Policy
from ..errors import UnknownActionError, did_you_mean
from ..language.preset_records import PresetSummary
from ..language.profile_records import ListedAction, Profile
from ..language.profiles import read_profile
from ..language.specs import Specs
from ..language.trigger_files import Triggers
from ..language.trigger_records import Trigger
from .envelope import ActionEnvelope
from .listed_action import Listed


class Platform:
    """One platform, and what it lists.

    :param specs: the actions that are listed, and the folder of the profiles.
    :param name: the platform: the stem of a file of ``catalogs/``, or a profile that is read already.
    :param policy: which actions are listed; by default all of the platform's.
    :raises InputError: when no platform has that name.
    :raises SpecError: when its profile breaks the language.
    """

    def __init__(self, specs: Specs, name: str | Profile, policy: Policy | None = None) -> None:
        self.specs = specs
        self._policy = policy
        self.profile = specs.in_words(name if isinstance(name, Profile) else read_profile(specs.root, name))
        self._listed: dict[str, Listed] = {}
        self._answers: dict[str, ActionEnvelope] = {}

    @cached_property
    def entries(self) -> Mapping[str, ListedAction]:
        """What the profile says of each action, by listed name, in the order of the listing."""
        own = dict(self.profile.actions)
        if self.profile.every_action:
            own = {**{name: ListedAction(action=name) for name in self.specs.paths}, **own}
        if self._policy is None or not self._policy.fenced:
            return own
        permitted = {one.name for one in self.specs.summaries() if self._policy.permits(one)}
        return {name: one for name, one in own.items() if one.action in permitted}

    @cached_property
    def triggers(self) -> Mapping[str, Trigger]:
        """The triggers by listed name, in the order of the listing; those that ask what may be called."""
        every = Triggers(self.specs)
        named = {name: name for name in every} if self.profile.every_trigger else {}
        found = {name: every.trigger(one) for name, one in {**named, **self.profile.triggers}.items()}
        policy = self._policy
        if policy is None or not policy.fenced:
            return found
        permitted = {one.name for one in self.specs.summaries() if policy.permits(one)}
        return {name: one for name, one in found.items() if every.actions_of(one) <= permitted}

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def listed(self, name: str) -> Listed:
        """One listed action.

        :raises UnknownActionError: with the names of this platform that are near.
        """
        if name not in self._listed:
            entry = self.entries.get(name) or self._preset(name)
            if entry is None:
                raise self._unknown(name)
            action = self.specs.action(entry.action)
            self._listed[name] = Listed(name, entry, action, self.profile, self.specs.connector)
        return self._listed[name]

    def answers(self, name: str) -> ActionEnvelope:
        """The answers of one listed action."""
        if name not in self._answers:
            self._answers[name] = ActionEnvelope(self.listed(name))
        return self._answers[name]

    def presets(self, action: str) -> list[PresetSummary]:
        """The presets of an action; none where a profile has names of its own, by which they could not be called."""
        if not self.profile.every_action:
            return []
        return [one for one in self._presets if one.action == action]

    @cached_property
    def _presets(self) -> list[PresetSummary]:
        return list(self.specs.presets.summaries())

    def _preset(self, name: str) -> ListedAction | None:
        """A preset of a listed action; it is called by its own name and stands in no listing of its own."""
        if not self.profile.every_action or name not in self.specs.presets.paths:
            return None
        beneath = self.specs.action(name).beneath
        return ListedAction(action=name) if any(one.action == beneath for one in self.entries.values()) else None

    def _unknown(self, name: str) -> UnknownActionError:
        known = [listed for listed, entry in self.entries.items() if entry.action == name]
        hint = f"did you mean '{known[0]}'?" if known else did_you_mean(str(name), self.entries)
        listed = f"it lists {', '.join(self.entries)}" if len(self.entries) <= 20 else "look at its listing"
        message = f"{self.profile.title} lists no action '{str(name)[:80]}'"
        return UnknownActionError.of("unknown_action", message, hint or listed, field="action")
