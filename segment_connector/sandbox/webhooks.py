"""Passes events on to whoever asked for them: which outlets and mappings an event is for, and what is sent of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..clock import Clock
from ..errors import InputError
from ..fql.condition import Condition
from ..fql.tokens import FqlError
from ..templates.compiler import Compiler, Template, left_out
from ..values.json_values import decode, encode
from ..values.paths import get
from .courier import Courier, Delivery
from .delivery_faults import DeliveryFault, DeliveryFaults
from .delivery_log import LoggedDelivery
from .entry_selection import fits
from .ledger import EVERY_SENDER, Event
from .signing import Signing
from .state import address_of
from .webhook_records import WebhookRules
from .world import World

_LONGEST_BODY = 32 * 1024 * 1024
_ASKED_WAIT = 30  # seconds: who asks for a batch of a size means it, however slowly its events come


@dataclass(frozen=True, slots=True)
class _Open:
    """A mapping that is switched on, below an outlet that is."""

    outlet: Mapping[str, Any]
    mapping: Mapping[str, Any]

    @property
    def ids(self) -> tuple[str, str]:
        return str(self.outlet.get("id")), str(self.mapping.get("id"))


@dataclass(slots=True)
class _Parcel:
    """Events that wait to be sent in one request."""

    ids: tuple[str, str]
    most: int
    listed: bool
    due: float
    request: Mapping[str, Any]
    items: list[bytes] = field(default_factory=list, repr=False)
    events: list[int] = field(default_factory=list)


class Webhooks:
    """The outlets of one API.

    :param world: what the API has; whoever calls holds the lock of all worlds.
    :param own: id of the sender whose events come with the sandbox's own credential.
    :param hidden: members of an event's body that hold a credential.
    """

    eager = True

    def __init__(
        self, rules: WebhookRules, api: str, world: World, own: str | None, hidden: Iterable[str], courier: Courier,
        faults: DeliveryFaults, clock: Clock,
    ) -> None:  # fmt: skip
        self.api = api
        self._rules = rules
        self._world = world
        self._own = own
        self._hidden = frozenset(hidden)
        self._courier = courier
        self._faults = faults
        self._clock = clock
        self._event = self._template(dict(rules.event), "event", "event", "action", "received", "sender", "now")
        request = rules.request
        self._request = self._template(
            {
                "method": request.method, "url": request.url, "headers": dict(request.headers),
                "added": request.added_headers, "body": request.body, "batch": request.batch or 1,
                "secret": rules.signature.secret,
            },
            "request", "settings", "outlet", "mapping", "event", "now",
        )  # fmt: skip
        self._conditions: dict[str, Condition | FqlError] = {}
        self._parcels: dict[tuple[Any, ...], _Parcel] = {}
        self._held: list[Delivery] = []

    def take(self, events: Iterable[Event]) -> None:
        """Pass events on, each to the mappings that it is for."""
        listening = list(self._listening())
        if not listening:
            return
        for event in events:
            if event.api != self._rules.events:
                continue
            whole: dict[str, Any] | None = None
            for one in listening:
                sender = one.outlet.get(self._rules.outlets.sender)
                if event.sender != EVERY_SENDER and sender != (event.sender or self._own):
                    continue
                whole = whole or self._whole(event, sender)
                self._pass_on(event, whole, one)

    def changed(self) -> None:
        """Send nothing more for what was removed or switched off."""
        if self._parcels or self._held or self._courier.waiting:
            ids = {one.ids for one in self._listening()}
            self._parcels = {key: parcel for key, parcel in self._parcels.items() if parcel.ids in ids}
            self._held = [one for one in self._held if (one.outlet, one.mapping) in ids]
            self._courier.keep(lambda delivery: (delivery.outlet, delivery.mapping) in ids)

    def flush(self, *, every: bool) -> None:
        """Send what waits for more events.

        :param every: also what may still wait, and what is held back to change its order.
        """
        now = time.monotonic()
        for key, parcel in list(self._parcels.items()):
            if every or parcel.due <= now:
                self._form(self._parcels.pop(key))
        if every:
            self._release()

    @property
    def waiting(self) -> bool:
        """Whether something waits for more events."""
        return bool(self._parcels)

    def clear(self) -> None:
        """Forget what waits."""
        self._parcels.clear()
        self._held.clear()

    def _listening(self) -> Iterable[_Open]:
        rules, state = self._rules, self._world.state
        at = address_of(rules.outlets.at)
        for outlet in state.entries(at) or ():
            if fits(outlet, rules.outlets.where):
                for mapping in state.entries((*at, str(outlet.get("id")), rules.mappings.below)) or ():
                    if fits(mapping, rules.mappings.where):
                        yield _Open(outlet, mapping)

    def _whole(self, event: Event, sender: Any) -> dict[str, Any]:
        """An event as it goes on: with what it gets on its way."""
        body = decode(event.body)
        own = {name: value for name, value in body.items() if name not in self._hidden}
        names = {
            "event": own, "action": event.action, "received": event.received_at, "sender": sender,
            "now": self._clock.timestamp(),
        }  # fmt: skip
        added = self._event.evaluate(names)
        return {**added, **own}

    def _pass_on(self, event: Event, whole: Mapping[str, Any], one: _Open) -> None:
        rules = self._rules
        text = str(one.mapping.get(rules.mappings.condition, ""))
        condition = self._condition(text)
        if isinstance(condition, FqlError):
            self._drop(event, one, f"the condition '{text}' cannot be read: {condition}")
            return
        verdict = condition.judge(whole)
        if verdict.met is None:
            self._drop(event, one, f"it is not certain whether '{text}' is met: {'; '.join(verdict.why)}")
        if not verdict.met:
            return
        settings = _filled(one.mapping.get(rules.mappings.settings) or {}, rules.mappings.place, whole)
        names = {
            "settings": settings, "outlet": one.outlet, "mapping": one.mapping, "event": whole,
            "now": self._clock.timestamp(),
        }  # fmt: skip
        try:
            request = self._request.evaluate(names)
        except InputError as error:
            self._drop(event, one, str(error))
            return
        wrong = _wrong(request)
        if wrong is not None:
            self._drop(event, one, wrong)
            return
        fault = self._faults.next() or DeliveryFault()
        batch = fault.batch or request["batch"]
        item = encode(request["body"])
        key = (*one.ids, request["method"], request["url"], encode(request.get("added")))
        parcel = self._parcels.get(key)
        if parcel is None:
            listed = fault.batch is not None or batch > 1
            due = time.monotonic() + (_ASKED_WAIT if fault.batch else rules.request.batch_wait)
            parcel = self._parcels[key] = _Parcel(one.ids, batch, listed, due, request)
        parcel.items.append(item)
        parcel.events.append(event.number)
        if len(parcel.items) >= parcel.most or sum(map(len, parcel.items)) > _LONGEST_BODY:
            self._form(self._parcels.pop(key))

    def _form(self, parcel: _Parcel) -> None:
        rules, request = self._rules, parcel.request
        fault = self._faults.take() or DeliveryFault()
        added = {str(name): str(value) for name, value in (request.get("added") or {}).items()}
        secret = request.get("secret")
        delivery = Delivery(
            *parcel.ids, request["method"], request["url"], {**request["headers"], **added}, frozenset(added),
            tuple(parcel.items), tuple(parcel.events), parcel.listed,
            Signing(rules.signature.header, rules.signature.hash, str(secret)) if secret else None,
            fault, rules.timeout, rules.retry,
        )  # fmt: skip
        if not fault.reorder:
            self._courier.send(delivery)
            return
        self._held.append(delivery)
        if len(self._held) >= fault.reorder:
            self._release()

    def _release(self) -> None:
        while self._held:
            self._courier.send(self._held.pop())

    def _drop(self, event: Event, one: _Open, reason: str) -> None:
        self._courier.drop(LoggedDelivery("dropped", [event.number], *one.ids, "", "", "none"), reason)

    def _condition(self, text: str) -> Condition | FqlError:
        if text not in self._conditions:
            try:
                self._conditions[text] = Condition(text)
            except FqlError as error:
                self._conditions[text] = error
        return self._conditions[text]

    def _template(self, tree: Any, member: str, *names: str) -> Template:
        compiler = Compiler(names, (), self._world.data.path)
        return compiler.template(compiler.value(tree, f"webhooks.{member}"), f"webhooks.{member}")


def _wrong(request: Any) -> str | None:
    """What the settings of a mapping make impossible; whoever wrote them may have put anything there."""
    if left_out(request) or not isinstance(request.get("url"), str):
        return "its settings give no address"
    if not isinstance(request.get("method"), str) or not request["method"].isalpha():
        return "its settings give a method that is none"
    if not isinstance(request.get("added", {}), Mapping):
        return "its settings give headers that are not objects"
    if "body" not in request:
        return "its settings leave nothing to send"
    batch = request.get("batch")
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        return "its settings give a size of batches that is not a number above 0"
    return None


def _filled(value: Any, place: str, event: Mapping[str, Any]) -> Any:
    """Settings in which what stands for a place in the event is what stands there; what is not there is left out."""
    if isinstance(value, list):
        return [filled for item in value if (filled := _filled(item, place, event)) is not _NOTHING]
    if not isinstance(value, Mapping):
        return value
    if value.keys() == {place}:
        path = str(value[place]).removeprefix("$").removeprefix(".")
        return get(event, path, _NOTHING) if path else event
    filled = {name: _filled(item, place, event) for name, item in value.items()}
    return {name: item for name, item in filled.items() if item is not _NOTHING}


_NOTHING = object()
