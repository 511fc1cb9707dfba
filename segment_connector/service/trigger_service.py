"""The triggers of a service: kept in its inbox, set up and taken down for clients, fetched by them or sent to them."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import ConnectorError, InputError, did_you_mean
from ..inbox.callbacks import CallbackSender
from ..inbox.poller import PollReport
from ..inbox.receiver import Reply
from ..inbox.registration import Registration
from ..inbox.store import Entry, Status
from ..inbox.store_errors import UnknownRegistration, no_registration
from ..inbox.stores import open_store
from ..inbox.trigger_host import TriggerHost
from ..language.trigger_files import Triggers
from ..language.trigger_records import Trigger
from ..language.trigger_search import trigger_ranking
from ..triggers.receiving import Reception
from ..triggers.subscription import Subscription
from ..triggers.trigger_runner import TriggerRunner
from .backend import Backend
from .settings import Settings, is_loopback
from .subscription_request import checked_request

if TYPE_CHECKING:
    from ..call.dropdown import Options
    from ..inbox.store import Store
    from ..language.search import Ranking


_AT_ONCE = 1_000


class TriggerService:
    """What all doors of the service share of triggers; its calls block.

    :param backend: the connector and its connections, with what may be called.
    :param settings: where the inbox is, and by which address the service is reached from outside.
    :ivar backend: as it was given.
    :ivar persistent: the inbox outlives the service; else webhooks are taken down at its end.
    """

    def __init__(self, backend: Backend, settings: Settings) -> None:
        self.backend = backend
        self._settings = settings
        self._address = ""
        self._stack = ExitStack()
        self.persistent = settings.inbox is not None
        triggers = Triggers(backend.connector.specs)
        self.runner = TriggerRunner(backend.connector.caller, triggers, backend.policy.action)
        self._send = CallbackSender(backend.connector.caller.send)
        self._lock = threading.Lock()
        self._opened: Store | None = None
        self._host: TriggerHost | None = None

    def open(self) -> None:
        """Open the inbox that is kept, before anybody is served.

        :raises StoreError, InputError: when it cannot be used.
        """
        if self.persistent:
            with self._lock:
                self._open()

    @property
    def host(self) -> TriggerHost:
        """The host of triggers, which is made and started when it is first asked for."""
        with self._lock:
            if self._host is None:
                self._host = TriggerHost(
                    self._open(), self.runner, self._connection, self._url, self._hand_on, on_poll=self._polled
                )
                self._host.start()
            return self._host

    @cached_property
    def ranking(self) -> Ranking[Trigger]:
        """The triggers as a search finds them; reads their files when it is first asked for."""
        return trigger_ranking(self.runner.triggers)

    @property
    def store(self) -> Store:
        """Where subscriptions and items are kept."""
        return self.host.store

    def _open(self) -> Store:
        if self._opened is None:
            where = self._settings.inbox
            if where is None:
                folder = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
                where = str(Path(folder) / "inbox.db")
            self._opened = self._stack.enter_context(closing(open_store(where)))
        return self._opened

    @property
    def max_bytes(self) -> int:
        """Bytes of the largest delivery that any webhook takes."""
        return max((one.receive.max_bytes for one in self.runner.triggers.webhooks.values()), default=0)

    def start(self, address: str) -> None:
        """Poll and hand on from now on.

        :param address: where the service listens.
        """
        self._address = address
        if self.persistent:
            _ = self.host  # what was subscribed to before is gone on with

    def close(self) -> None:
        """Finish what is under way; an inbox that ends with the service takes its webhooks down."""
        host = self._host
        if host is not None:
            host.close()
            for one in [] if self.persistent else host.store.registrations():
                with suppress(ConnectorError):  # the service behind cannot be asked, and nobody is left to be told
                    host.unregister(one.id)
        self._stack.close()

    # -- what clients ask for

    def subscribe(self, trigger: str, body: Mapping[str, Any], connection: str | None) -> Registration:
        """Make a subscription.

        :param body: as ``checked_request`` takes it.
        :param connection: the name of the connection that it is set up or polled with; ``None`` for one that a person
            sets up.
        :raises ConnectorError: for what is wrong; nothing is left behind then, or it is said what.
        """
        spec = self.runner.triggers.trigger(trigger)
        wanted = checked_request(body)
        if connection is not None:
            self._check_reach(spec, self.backend.resolve(connection))
        callback = wanted["callback"]
        if callback is not None:
            self.backend.servers.check({"servers": {"callback": callback.url}})
        return self.host.register(
            trigger, wanted.get("inputs", {}), connection, name=wanted.get("id"), callback=callback,
            manual=bool(wanted.get("manual")), every=wanted.get("every"),
            allow_unverified=bool(wanted.get("allow_unverified")),
        )  # fmt: skip

    def options(
        self, trigger: str, parameter: str, connection: str, *, inputs: Mapping[str, Any],
        search: str | None = None, cursor: Any = None,
    ) -> Options:  # fmt: skip
        """The entries of a parameter's dropdown, as ``Backend.options`` gives those of an action.

        :raises UnknownActionError: when there is no such trigger.
        """
        spec = self.runner.triggers.trigger(trigger)
        return self.backend.options_of(spec, parameter, connection, inputs=inputs, search=search, cursor=cursor)

    def subscription(self, trigger: str, name: str) -> Registration:
        """A subscription of a trigger.

        :raises UnknownActionError: when there is no such trigger.
        :raises UnknownRegistration: when it has no such subscription.
        """
        self.runner.triggers.trigger(trigger)
        found = self.store.registration(name)
        if found is None or found.trigger != trigger:
            known = [one.id for one in self.store.registrations() if one.trigger == trigger]
            hint = did_you_mean(name, known) or "GET /v1/triggers/{name}/subscriptions lists them"
            message = f"there is no subscription '{name[:80]}' of '{trigger}'"
            raise UnknownRegistration.of("unknown_subscription", message, hint, field="id")
        return found

    def subscriptions(self, trigger: str | None = None) -> list[Registration]:
        """All subscriptions, or those of a trigger."""
        return [one for one in self.store.registrations() if trigger in (None, one.trigger)]

    def described(self, registration: Registration) -> dict[str, Any]:
        """A subscription as JSON values, without secrets, and how it is doing."""
        health = self.host.health(registration)
        shown = registration.to_dict(show_secrets=False)
        subscription = shown.pop("subscription")
        del shown["path"]
        counts = health.counts
        return {
            **shown,
            "state": health.state,
            "problem": health.problem and health.problem.to_dict(),
            "filter": subscription and subscription["filter"],
            "items": dict(counts.by_status),
            "oldest_waiting": counts.oldest_waiting,
        }

    def secrets(self, registration: Registration) -> dict[str, Any]:
        """What a client is told once, when it subscribes: the address, the secrets, and the set-up by hand."""
        told: dict[str, Any] = {}
        if registration.callback is not None:
            told["callback_secret"] = registration.callback.secret
        if registration.subscription is not None:
            told["url"] = registration.subscription["url"]
            if registration.subscription["state"] == "manual":
                told["manual"] = self.host.manual_steps(registration)
        return told

    def pause(self, registration: Registration, *, paused: bool) -> Registration:
        """Stop to poll and to hand on, or go on."""
        changed = self.store.change(registration.id, paused=paused)
        if changed is None:
            raise no_registration(registration.id)
        self._wake()
        return changed

    def newest(self, registration: Registration, limit: int, status: Status | None = None) -> list[Entry]:
        """The newest items, the newest first."""
        return self.store.newest(registration.id, limit, status)

    def replay(self, registration: Registration, status: Status, numbers: list[int] | None) -> int:
        """Hand items on (again); where they are fetched, what was refused counts as taken from then on.

        :returns: how many.
        """
        count = self.store.put_back(registration.id, status, numbers)
        if registration.callback is None:
            while waiting := self.store.entries(registration.id, 0, _AT_ONCE, "waiting"):
                self.store.done([one.number for one in waiting])
        self._wake()
        return count

    def verify(self, registration: Registration, headers: Mapping[str, str], raw: bytes) -> Reception:
        """What would become of a delivery; nothing is stored."""
        if registration.subscription is None:
            message = f"'{registration.trigger}' is polled, and nothing is delivered to it"
            raise InputError.of("not_a_webhook", message, "look at its items", field="id")
        subscription = Subscription.from_dict(registration.subscription)
        return self.runner.receive(subscription, headers, raw, allow_unverified=registration.allow_unverified)

    def poll_now(self, registration: Registration) -> PollReport:
        """Poll at once, whatever its time."""
        if registration.subscription is not None:
            message = f"'{registration.trigger}' is not polled: the service sends a webhook for it"
            raise InputError.of("not_a_poll", message, "wait for a delivery", field="id")
        return self.host.poller.poll(registration)

    def receive(self, path: str, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Verify, store and answer a delivery."""
        return self.host.receive(path, headers, raw)

    def replied(self, reply: Reply) -> None:
        """Count a delivery."""
        self.backend.metrics.delivered(reply.status, reply.new)

    # -- what the host asks for

    def _wake(self) -> None:
        self.host.poller.wake()
        if self.host.forwarder is not None:
            self.host.forwarder.wake()

    def _connection(self, name: str | None) -> Mapping[str, Any]:
        if name is None:
            raise InputError.of("required", "the subscription names no connection", "name one", field="connection")
        return self.backend.resolve(name)

    def _url(self, path: str) -> str:
        base = (self._settings.public_url or self._address).rstrip("/")
        return f"{base}/in/{path}"

    def _check_reach(self, trigger: Trigger, connection: Mapping[str, Any]) -> None:
        """Nothing, when a connection has what a trigger needs, and the service that it leads to can reach this one."""
        by_hand = ', or set it up by hand ("manual": true)' if trigger.webhook else ""
        missing = [need for need in trigger.needs if not connection.get(need)]
        if missing:
            message = f"the connection has no {' and no '.join(missing)}"
            raise InputError.of("missing_credential", message, f"name another connection{by_hand}", field="connection")
        if trigger.webhook and self._settings.public_url is None and not _on_this_machine(connection):
            raise InputError.of(
                "public_url", "the service that is subscribed to cannot reach this one",
                "start it with --public-url and the address of a tunnel or a proxy that leads here", field="connection",
            )  # fmt: skip

    def _hand_on(self, registration: Registration, entry: Entry) -> None:
        try:
            self._send(registration, entry)
        except Exception:
            self.backend.metrics.handed_on(registration.trigger, taken=False)
            raise
        self.backend.metrics.handed_on(registration.trigger, taken=True)

    def _polled(self, report: PollReport) -> None:
        new = report.added.new if report.added is not None else 0
        self.backend.metrics.polled(report.registration.trigger, new, ok=report.problem is None)


def _on_this_machine(connection: Mapping[str, Any]) -> bool:
    servers = connection.get("servers")
    named = servers.values() if isinstance(servers, Mapping) else ()
    return bool(named) and all(is_loopback(urlsplit(str(one)).hostname or "") for one in named)
