"""What there is to call: platforms, actions and one action, each made of the specs once and kept as text."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from ...call.policy import EFFECTS, Policy
from ...connector import Connector
from ...errors import InputError, Problem, known_names
from ...language.action_records import Summary
from ...language.preset_search import preset_ranking
from ...language.profile_records import Profile
from ...language.profiles import own_profile, profile_paths, read_profile
from ...language.search import Ranking, ranking_of
from ...platforms.catalog import Catalog
from ...platforms.catalog_entry import action_entry
from ...values.json_values import encode
from .problems import Refusal


class Catalogue:
    """The listings of one connector; safe to share between threads.

    :param connector: what is listed. Its own catalogue is the one that has its name, else each action as it is.
    :param policy: which actions are listed, and no others.
    """

    def __init__(self, connector: Connector, policy: Policy) -> None:
        self._connector = connector
        self._policy = policy
        self._texts: dict[tuple[str, str], bytes] = {}
        self._lock = threading.Lock()
        self.own = self._catalog(own_profile(connector.specs.root, connector.spec))

    def _catalog(self, name: str | Profile) -> Catalog:
        return Catalog(self._connector.specs, lambda: self._connector.caller, name, self._policy)

    def platforms(self) -> bytes:
        """The platforms by name, with title and summary."""
        return self._kept("platforms", "", self._platforms)

    def listing(self, platform: str) -> bytes:
        """The catalogue of a platform in the platform's own shape.

        :raises Refusal: when there is none of the name.
        """
        try:
            return self._kept("listing", platform, lambda: self._catalog(platform).listing())
        except InputError as error:
            raise Refusal(404, error.problems[0]) from None

    def action(self, name: str) -> bytes:
        """Everything about one action: schemas, hints for forms, rules, limits, a sample.

        :raises UnknownActionError: when there is none of the name.
        :raises NotOffered: when it may not be called.
        """
        self._policy.action(name)
        return self._kept("action", name, lambda: action_entry(self.own, name))

    def actions(self, search: str = "", group: str | None = None, effect: str | None = None) -> dict[str, Any]:
        """The actions, in the order of their groups; with a search, the best match first.

        :param search: what an action is for, in any words.
        :raises Refusal: when there is no such group or effect.
        """
        every = self._ranking.entries
        groups = dict.fromkeys(one.group for one in every)
        for name, value, known in (("group", group, list(groups)), ("effect", effect, EFFECTS)):
            hold_to(name, value, known)
        found = self._ranking.find(search, lambda one: group in (None, one.group) and effect in (None, one.effect))
        titles = self._connector.spec.groups
        return {
            "total": len(every),
            "groups": [
                {"name": name, "title": titles[name].title if name in titles else name} for name in groups
            ],
            "actions": [{key: value for key, value in asdict(one).items() if value is not None} for one in found],
        }  # fmt: skip

    def presets(self, search: str = "", family: str | None = None) -> dict[str, Any]:
        """The events that can be called by their own names, in the order of their families.

        :param search: what happened, in any words; the best match is first.
        :raises Refusal: when there is no such family.
        """
        specs = self._connector.specs
        every = [one for one in specs.presets.summaries() if self._policy.permits(specs.action(one.action))]
        families = specs.presets.families
        hold_to("family", family, families)
        titles = specs.connector.presets
        found = preset_ranking(every, specs.connector).find(search, lambda one: family in (None, one.family))
        return {
            "total": len(every),
            "families": [
                {"name": name, "title": titles[name].title if name in titles else name} for name in families
                if any(one.family == name for one in every)
            ],
            "presets": [asdict(one) for one in found],
        }  # fmt: skip

    @property
    def _ranking(self) -> Ranking[Summary]:
        with self._lock:
            if not hasattr(self, "_read"):
                specs = self._connector.specs
                self._read = ranking_of(filter(self._policy.permits, specs.summaries()), specs.connector)
            return self._read

    def _platforms(self) -> Any:
        specs = self._connector.specs
        profiles = [specs.in_words(read_profile(specs.root, name)) for name in profile_paths(specs.root)]
        return {"platforms": [{"name": one.name, "title": one.title, "summary": one.summary} for one in profiles]}

    def _kept(self, kind: str, name: str, make: Callable[[], Any]) -> bytes:
        known = self._texts.get((kind, name))
        if known is None:
            with self._lock:
                known = self._texts[kind, name] = encode(make())
        return known


def hold_to(name: str, value: str | None, known: Sequence[str]) -> None:
    """Refuse what a query asks for and there is not.

    :param name: of the query parameter; ``None`` as its value asks for nothing.
    :raises Refusal: with what there is.
    """
    if value is not None and value not in known:
        hint = known_names(value, known)
        raise Refusal(400, Problem("query", f"there is no {name} '{value[:80]}'", hint, field=name))
