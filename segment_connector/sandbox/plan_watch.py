"""What the tracking plan of a sender says of the events that it sent, counted as the service would count it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..language.plan_records import PlanSpec
from ..plans.plan import plan_from, rule_from
from ..plans.plan_judge import PlanJudge
from ..plans.verdict import Violation
from ..values.json_values import decode
from .ledger import EVERY_SENDER, Event
from .scene_records import PlanRules
from .state import address_of
from .world import World

_MOST = 10_000  # events that are remembered with what is wrong with them
_MOST_KINDS = 1_000


class PlanWatch:
    """Judges events by the plan that their sender is connected to.

    :param rules: where plans, their senders and their rules are.
    :param spec: what plans are at the service.
    :param own: id of the sender whose events come with the sandbox's own credential.
    """

    eager = False

    def __init__(self, rules: PlanRules, api: str, spec: PlanSpec, world: World, own: str | None) -> None:
        self.api = api
        self._rules = rules
        self._spec = spec
        self._world = world
        self._own = own
        self._judges: dict[str | None, PlanJudge | None] = {}
        self._found: dict[int, list[dict[str, Any]]] = {}
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def take(self, events: Iterable[Event]) -> None:
        """Judge events."""
        for event in events:
            body = decode(event.body) if event.api == self._rules.events else None
            sender = self._own if event.sender in (None, EVERY_SENDER) else event.sender
            judge = self._judge(sender)
            if judge is None or not isinstance(body, dict) or judge.accepts(event.action, body):
                continue
            verdict = judge.verdict(event.action, body)
            certain = [one for one in verdict.violations if one.certain]
            if not certain:
                continue
            self._found[event.number] = [_told(one) for one in certain]
            if len(self._found) > _MOST:
                del self._found[next(iter(self._found))]
            for one in certain:
                key = verdict.event or event.action, one.kind, one.name
                if key in self._counts or len(self._counts) < _MOST_KINDS:
                    self._counts[key] += 1

    def flush(self, *, every: bool) -> None:
        """Nothing is put off."""

    def changed(self) -> None:
        """A plan may be another now, or its senders."""
        self._judges.clear()

    @property
    def waiting(self) -> bool:
        """Nothing is put off."""
        return False

    def forget(self) -> None:
        """Begin anew."""
        self._found.clear()
        self._counts.clear()
        self._judges.clear()

    def of(self, number: int) -> list[dict[str, Any]]:
        """What is wrong with an event, by its number."""
        return self._found.get(number, [])

    def counts(self) -> list[dict[str, Any]]:
        """How often each event broke its plan in which way, the most frequent first."""
        return [
            {"event": event, "kind": kind, "field": field, "count": count}
            for (event, kind, field), count in self._counts.most_common()
        ]

    def _judge(self, sender: str | None) -> PlanJudge | None:
        if sender not in self._judges:
            self._judges[sender] = self._made(sender)
        return self._judges[sender]

    def _made(self, sender: str | None) -> PlanJudge | None:
        rules, state = self._rules, self._world.state
        at = address_of(rules.at)
        for plan in state.entries(at) or ():
            senders = state.entries((*at, str(plan["id"]), rules.senders)) or ()
            if not any(one == sender or (isinstance(one, Mapping) and one.get("id") == sender) for one in senders):
                continue
            listed = state.entries((*at, str(plan["id"]), rules.rules)) or ()
            held = plan_from((rule_from(one, self._spec) for one in listed), str(plan["id"]), plan.get("name"))
            return PlanJudge(held, self._spec)
        return None


def _told(one: Violation) -> dict[str, Any]:
    return {"kind": one.kind, "field": one.place, "message": one.message, "hint": one.cure, "rule": one.rule}
