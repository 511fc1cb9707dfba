"""Keep triggers alive: set them up, receive or poll, store, hand on; all of it survives the process."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any

from ..errors import ConnectorError, InputError, Problem
from ..triggers.setting_up import SetUpFailed
from ..triggers.subscription import Subscription
from ..triggers.trigger_runner import TriggerRunner
from .forwarder import LONGEST, Forwarder, HandOn, Patience
from .owner import new_owner
from .poller import Poller, PollReport
from .receiver import Receiver, Reply
from .registration import Callback, Registration
from .store import Counts, Store

_PATH_BYTES = 24
_SET_UP = 300.0  # seconds that a set-up takes at most
_AT_ONCE = 64  # registrations of different names that can be set up or taken down at the same time


@dataclass(frozen=True, slots=True)
class Health:
    """How a registration is doing.

    :ivar state: ``setting_up``, ``active``, ``manual`` (a person sets the webhook up) or ``paused``.
    :ivar problem: why the last set-up, poll or try to hand on failed; ``None`` when it did not.
    """

    state: str
    counts: Counts
    problem: Problem | None = None


class TriggerHost:
    """The triggers of one process.

    :param store: where everything is kept.
    :param triggers: receives, polls and sets up.
    :param connection: gives the connection of a name.
    :param url: gives the address at which the service reaches a path of this process.
    :param hand_on: gives an item to its consumer; ``None`` where all items are fetched.
    :param consumed: whether a registration has a consumer; by default those with a callback.
    :param on_poll: told of each poll.
    :param patience: how long items are tried, and ``longest`` how many seconds one try may take.
    """

    def __init__(
        self, store: Store, triggers: TriggerRunner, connection: Callable[[str | None], Mapping[str, Any]],
        url: Callable[[str], str], hand_on: HandOn | None = None,
        consumed: Callable[[Registration], bool] = lambda one: one.callback is not None,
        on_poll: Callable[[PollReport], None] = lambda _report: None, patience: Patience | None = None,
        longest: float = LONGEST,
    ) -> None:  # fmt: skip
        self.store = store
        self.triggers = triggers
        self._connection = connection
        self._url = url
        self._on_poll = on_poll
        self._problems: dict[str, Problem] = {}
        self._changing = [threading.RLock() for _ in range(_AT_ONCE)]
        self._ended = threading.Event()
        self._caring: threading.Thread | None = None
        owner = self._owner = new_owner()
        self.forwarder = None
        if hand_on is not None:
            self.forwarder = Forwarder(
                store, hand_on, lambda: [one for one in store.registrations() if consumed(one)], owner,
                patience=patience, longest=longest,
                on_done=lambda entry: self._well(entry.registration),
                on_failed=lambda entry, error: self._ill(entry.registration, Problem("not_taken", str(error))),
            )  # fmt: skip
        wake = self.forwarder.wake if self.forwarder else lambda _id: None
        self.receiver = Receiver(store, triggers, wake, consumed)
        self.poller = Poller(
            store,
            triggers,
            lambda one: connection(one.connection),
            on_items=wake,
            consumed=consumed,
            on_poll=self._polled,
            owner=owner,
        )

    def start(self) -> None:
        """Go on with what was registered: receive, poll, hand on, and see to what is to be set up (anew)."""
        self.poller.start()
        if self.forwarder is not None:
            self.forwarder.start()
        self._caring = threading.Thread(target=self._care, name="set-up", daemon=True)
        self._caring.start()

    def settled(self) -> None:
        """Wait until what was registered before is set up."""
        if self._caring is not None:
            self._caring.join()

    def _care(self) -> None:
        """Finish set-ups that broke off, and make anew what somebody deleted in the service."""
        with suppress(ConnectorError):  # the store cannot be read: whoever asks for something is told
            for one in self.store.registrations():
                if self._ended.is_set():
                    return
                self._care_for(one.id)

    def _care_for(self, name: str) -> None:
        with self._alone_with(name):
            # What two processes set up at the same time would be there twice.
            if not self.store.lend(name, "set_up", self._owner, time.time(), _SET_UP):
                return
            try:
                current = self.store.registration(name)  # else it was removed meanwhile
                if current is not None:
                    self._set_up_if_needed(current)
            except ConnectorError as error:
                self._ill(name, error.problems[0])
            finally:
                self.store.release(name, "set_up", self._owner)

    def _alone_with(self, name: str) -> AbstractContextManager[object]:
        """Keeps off whoever sets the same registration up, or takes it down."""
        return self._changing[hash(name) % len(self._changing)]

    def _set_up_if_needed(self, registration: Registration) -> Registration:
        if registration.subscription is None or registration.subscription["state"] not in ("setting_up", "active"):
            return registration
        subscription = Subscription.from_dict(registration.subscription)
        active = subscription.state == "active"
        if active and self.triggers.is_there(subscription, self._connection(registration.connection)):
            return registration
        return self._set_up(registration)

    def close(self) -> None:
        """Finish what is under way, and stop; the store stays open."""
        self._ended.set()
        self.settled()
        self.poller.close()
        if self.forwarder is not None:
            self.forwarder.close()

    def register(
        self, trigger: str, inputs: Mapping[str, Any], connection: str | None, *, name: str | None = None,
        callback: Callback | None = None, manual: bool = False, every: float | None = None,
        allow_unverified: bool = False,
    ) -> Registration:  # fmt: skip
        """Make a registration. With the name of one that is there already, and the same trigger, it is set up anew.

        :param name: the id; by default a new one.
        :param manual: a person sets the webhook up in the service, see ``manual_steps``.
        :raises SetUpFailed: when the service refuses; the registration is gone again then, unless something was left
            behind in the service, which ``unregister`` takes down later.
        :raises UnknownActionError, InputError, ConnectionConfigError: nothing was made.
        """
        made = Registration(
            id=name or secrets.token_hex(8), trigger=trigger, connection=connection, callback=callback, every=every,
            inputs=self.triggers.compiled(trigger).checked(inputs), allow_unverified=allow_unverified,
        )  # fmt: skip
        self.triggers.check_calls(trigger, inputs)
        with self._alone_with(made.id):
            if self.triggers.triggers.trigger(trigger).kind == "poll":
                return self._register_poll(made)
            return self._register_webhook(made, manual=manual)

    def _before(self, made: Registration) -> Registration | None:
        before = self.store.registration(made.id)
        if before is not None and before.trigger != made.trigger:
            message = f"'{made.id}' is a registration of '{before.trigger}'"
            raise InputError.of("taken", message, "take another name, or remove it first", field="name")
        return before

    def _register_poll(self, made: Registration) -> Registration:
        self._connection(made.connection)
        with self.poller.held():  # a poll that is under way would write its state over this one
            before = self._before(made)
            if before is not None and before.inputs == made.inputs:
                made = made.changed(state=before.state)
            self.store.save(made, with_state=True)
        self.poller.wake()
        return made

    def _register_webhook(self, made: Registration, *, manual: bool) -> Registration:
        before = self._before(made)
        path = (before and before.path) or secrets.token_urlsafe(_PATH_BYTES)
        known = before.subscription if before is not None and before.subscription is not None else None
        # Two hosts may choose one name, and the service tells their webhooks apart by the label alone.
        label = known["id"] if known else f"{made.id} {secrets.token_hex(4)}"
        subscription = self.triggers.new_subscription(made.trigger, made.inputs, self._url(path), label)
        if known:  # what is on its way was signed with the secret that was agreed on
            same = {name: known[name] for name in ("kept", "secret", "token")}
            unchanged = known["inputs"] == subscription.inputs and known["url"] == subscription.url
            state = "active" if unchanged and known["state"] == "active" else "setting_up"
            subscription = subscription.changed(**same, state=state)
        made = made.changed(path=path)
        if manual:
            made = made.changed(connection=made.connection or (before and before.connection))
            made = made.changed(subscription=subscription.changed(state="manual").to_dict())
            self.store.save(made)
        else:
            self._connection(made.connection)
            made = made.changed(subscription=subscription.to_dict())
            self.store.save(made)
            try:
                made = self._set_up_if_needed(made)
            except ConnectorError as failed:
                if not (isinstance(failed, SetUpFailed) and failed.left) and before is None:
                    self.store.remove(made.id)
                raise
        return made

    def manual_steps(self, registration: Registration) -> list[str]:
        """What a person does in the service; the texts hold the secret."""
        return self.triggers.manual_steps(Subscription.from_dict(registration.subscription or {}))

    def unregister(self, name: str) -> bool:
        """Take a registration down in the service and forget it, with its items; it can be repeated.

        :returns: whether there was one.
        :raises CallFailed: when the service cannot be asked; the registration stays, so call it again later.
        """
        with self._alone_with(name):
            return self._unregister(name)

    def _unregister(self, name: str) -> bool:
        found = self.store.registration(name)
        if found is None:
            return False
        # What was set up once and then by hand stands in the service still.
        if found.subscription is not None and (found.subscription["state"] != "manual" or found.subscription["kept"]):
            self.triggers.take_down(Subscription.from_dict(found.subscription), self._connection(found.connection))
        self.store.remove(name)
        self._well(name)
        return True

    def receive(self, path: str, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Verify, store and answer a delivery; as ``Receiver.receive``."""
        return self.receiver.receive(path, headers, raw)

    def health(self, registration: Registration) -> Health:
        """How a registration is doing."""
        state = "active" if registration.subscription is None else str(registration.subscription["state"])
        shown = "paused" if registration.paused else state
        return Health(shown, self.store.counts(registration.id), self._problems.get(registration.id))

    def _set_up(self, registration: Registration) -> Registration:
        def keep(subscription: Subscription) -> None:
            self.store.change(registration.id, subscription=subscription.to_dict())

        done = self.triggers.set_up(
            Subscription.from_dict(registration.subscription or {}), self._connection(registration.connection), keep
        )
        self._well(registration.id)
        return registration.changed(subscription=done.to_dict())

    def _polled(self, report: PollReport) -> None:
        if report.problem is None:
            self._well(report.registration.id)
        else:
            self._ill(report.registration.id, report.problem)
        self._on_poll(report)

    def _well(self, name: str) -> None:
        self._problems.pop(name, None)

    def _ill(self, name: str, problem: Problem) -> None:
        self._problems[name] = problem
