"""Triggers for agents: found, described and polled by the tools that do so with actions, since one more costs room.

What a poll knows can be long, and an agent would carry it through its conversation: so it stays here, and the agent
gets a short name for it. A poll only reads; to subscribe is for programs and people.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...call.policy import NotOffered
from ...connector import Connector
from ...errors import InputError, UnknownActionError
from ...language.search import Ranking
from ...language.trigger_records import Trigger
from ...language.trigger_search import trigger_ranking
from ...redact import redact, secrets_in
from ...triggers.polling import state_since
from ...triggers.trigger_runner import TriggerRunner
from ...values.json_values import encode
from ..host_inputs import as_meant
from .offer import Offer
from .tool_schemas import MAX_ITEMS, sketched_inputs

_USUAL = 20  # items of an answer
_KEPT = 200  # states
_NAME_BYTES = 9
_MOST_FOUND = 5
_HOW = (
    "Run it to poll: it gives 'items', and the 'state' to give back at the next poll. The first has no news without "
    "'since'."
)
STATE, SINCE = "state", "since"
_OWN: dict[str, Any] = {
    STATE: {"type": "string", "description": "What the last poll gave: only what came since, with the same inputs."},
    SINCE: {"type": "string", "description": "At the first poll: since when, RFC 3339. Left out: from now on."},
}


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a poll left behind.

    :ivar waiting: items that were found and not given yet.
    """

    trigger: str
    inputs: dict[str, Any]
    connection: str | None
    state: Mapping[str, Any]
    waiting: tuple[dict[str, Any], ...] = ()


class TriggerPolls:
    """The triggers that an agent may poll: those that ask what it may read.

    :param resolve: gives the connection of a name, or the usual one for ``None``.
    :param room: bytes that the items of an answer may have.
    """

    def __init__(
        self, connector: Connector, offer: Offer, resolve: Callable[[str | None], Mapping[str, Any]], room: int
    ) -> None:
        self._connector, self._resolve, self._room = connector, resolve, room
        self._triggers = connector.trigger_runner.triggers
        self._runner = TriggerRunner(connector.caller, self._triggers, offer.action)
        self._offer = offer
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name not in self._offer.specs.paths and name in self._triggers.paths

    @cached_property
    def _ranking(self) -> Ranking[Trigger]:
        return trigger_ranking(self._triggers)

    def find(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The triggers that fit what is searched for; nothing to tell of them without words.

        :param arguments: of the tool that finds actions.
        """
        query = arguments.get("query", "")
        if not query.strip() or arguments.get("effect", "read") != "read":
            return {}
        group = arguments.get("group")
        found = self._ranking.find(query, lambda one: group in (None, one.group) and self._permits(one))
        listed = [
            {"name": one.name, "title": one.title, "summary": one.summary, "kind": "trigger, to be polled"}
            for one in found[:_MOST_FOUND]
        ]
        return {"triggers": listed} if listed else {}

    def describe(self, name: str) -> dict[str, Any]:
        """One trigger in full.

        :raises InputError: when it cannot be polled here.
        """
        trigger = self._trigger(name)
        schema = trigger.input_schema
        outputs = {
            one: {"type": output.type, "description": output.description} for one, output in trigger.outputs.items()
        }
        return {
            "name": trigger.name,
            "title": trigger.title,
            "description": f"{trigger.summary} {trigger.description} {_HOW}",
            "group": trigger.group,
            "effect": "read",
            "input_schema": {**schema, "properties": {**schema["properties"], **_OWN}},
            "output_schema": {"type": "object", "properties": outputs},
            **({"example": dict(trigger.examples[0].input)} if trigger.examples else {}),
        }

    def poll(self, arguments: Mapping[str, Any], connection: str | None) -> dict[str, Any]:
        """What is new of one.

        :param arguments: of the tool that runs actions.
        :raises ConnectorError: for what is wrong, or when the service cannot be asked.
        """
        trigger = self._trigger(arguments["action"])
        properties = {**trigger.parameters, **_OWN}
        inputs = as_meant(dict(arguments.get("inputs", {})), sketched_inputs(properties, ()))
        own = {name: inputs.pop(name) for name in _OWN if name in inputs}
        if any(not isinstance(value, str) for value in own.values()):
            raise InputError.of("type", "must be text", "see describe_action", field=next(iter(own)))
        given = self._resolve(connection)
        before = self._before(trigger, inputs, own, connection)
        items = list(before.waiting)
        state: Mapping[str, Any] | None = before.state or None
        if not items:
            polled = self._runner.poll(before.trigger, before.inputs, given, state)
            state = polled.state
            hidden = secrets_in(self._connector.spec.connection.schema, given)
            items = [redact(one.to_dict(), hidden) for one in polled.items]
        count = self._fitting(items, arguments.get(MAX_ITEMS, _USUAL))
        after = _Kept(before.trigger, before.inputs, connection, state or {}, tuple(items[count:]))
        told: dict[str, Any] = {"items": [_short(one) for one in items[:count]], STATE: self._keep(after)}
        if len(items) > count:
            told["waiting"] = len(items) - count
        return told

    def _permits(self, trigger: Trigger) -> bool:
        """Whether an agent may call what a poll asks; what only its inputs tell is looked at when it is polled."""
        if trigger.poll is None:
            return False
        try:
            named = [self._offer.action(one.action) for one in trigger.poll.calls if "{{" not in one.action]
        except (NotOffered, UnknownActionError):
            return False
        return bool(named) or "read" in self._offer.allow

    def _trigger(self, name: str) -> Trigger:
        trigger = self._triggers.trigger(name)
        if trigger.poll is None:
            hint = "a program or a person subscribes to it; ask for that"
            raise InputError.of(
                "not_a_poll", f"the service sends a webhook for '{name}': it cannot be polled", hint, field="action"
            )
        if not self._permits(trigger):
            hint = self._offer.wording.cure("allow", "read")
            raise InputError.of("not_offered", f"'{name}' reads what may not be read here", hint, field="action")
        return trigger

    def _before(
        self, trigger: Trigger, inputs: dict[str, Any], own: Mapping[str, str], connection: str | None
    ) -> _Kept:
        """What the last poll left behind, or where the first one begins."""
        name, since = own.get(STATE), own.get(SINCE)
        if name is not None:
            with self._lock:
                kept = self._kept.get(name)
            if kept is None or kept.connection != connection:
                hint = "poll without it, and use 'since' for what happened in between"
                raise InputError.of("state", "is not known, or no longer known", hint, field=STATE)
            if kept.trigger != trigger.name or (inputs and inputs != kept.inputs):
                hint = "use it with the trigger and the inputs that gave it"
                raise InputError.of(
                    "state", f"belongs to a poll of '{kept.trigger}' with other inputs", hint, field=STATE
                )
            return kept
        if since is None:
            return _Kept(trigger.name, inputs, connection, {})
        if trigger.poll is not None and trigger.poll.remember != "window":
            hint = "poll it twice: the second poll shows what was added after the first"
            raise InputError.of("since", "cannot be used: the list has no times", hint, field=SINCE)
        return _Kept(trigger.name, inputs, connection, state_since(since))

    def _fitting(self, items: list[dict[str, Any]], limit: int) -> int:
        """How many items an answer takes: one at least, so that whoever goes on comes to an end."""
        size = count = 0
        for one in items[:limit]:
            size += len(encode(one))
            if count and size > self._room:
                break
            count += 1
        return count

    def _keep(self, kept: _Kept) -> str:
        name = secrets.token_urlsafe(_NAME_BYTES)
        with self._lock:
            self._kept[name] = kept
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return name


def _short(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("id", "at", "title", "data")}
