"""What the façade does with triggers: subscribe, receive, poll, each with the actions that the trigger's file names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..call.caller import Caller
from ..call.paging import pages
from ..call.steps import RunAction, WalkAction
from ..errors import InputError
from ..language.action_records import Action
from ..language.trigger_files import Triggers
from ..result import Result
from .compiled_trigger import CompiledTrigger
from .polling import Polled, poll, state_since
from .receiving import Reception, receive
from .setting_up import OnChange, is_there, manual_steps, new_subscription, set_up, take_down
from .subscription import Subscription


class TriggerRunner:
    """Runs the triggers of one spec root; safe to share between threads.

    :param caller: calls the actions that set webhooks up and that polls ask.
    :param triggers: the spec files.
    :param permit: raises for an action that may not be called here.
    """

    def __init__(
        self, caller: Caller, triggers: Triggers, permit: Callable[[str], object] = lambda _name: None
    ) -> None:
        self.triggers = triggers
        self._permit = permit
        self._caller = caller
        self._compiled: dict[str, CompiledTrigger] = {}

    def compiled(self, name: str) -> CompiledTrigger:
        """The trigger of a name, made ready once.

        :raises UnknownActionError: when there is none.
        """
        known = self._compiled.get(name)
        if known is None:
            known = self._compiled[name] = CompiledTrigger(self.triggers, self.triggers.trigger(name))
        return known

    def new_subscription(
        self, trigger: str, inputs: Mapping[str, Any], url: str, name: str | None = None
    ) -> Subscription:
        """A subscription that is not set up yet: write it down before ``set_up``, and nothing can be lost."""
        return new_subscription(self.compiled(trigger), inputs, url, name or self._caller.clock.new_id())

    def set_up(
        self, subscription: Subscription, connection: Mapping[str, Any], on_change: OnChange | None = None
    ) -> Subscription:
        """Set a webhook up in the service; as ``setting_up.set_up``."""
        compiled = self.compiled(subscription.trigger)
        return set_up(compiled, subscription, *self._calls(connection), on_change)

    def is_there(self, subscription: Subscription, connection: Mapping[str, Any]) -> bool:
        """Whether what was set up is in the service still; as ``setting_up.is_there``."""
        return is_there(self.compiled(subscription.trigger), subscription, *self._calls(connection))

    def take_down(self, subscription: Subscription, connection: Mapping[str, Any]) -> Subscription:
        """Take a webhook down; as ``setting_up.take_down``."""
        return take_down(self.compiled(subscription.trigger), subscription, *self._calls(connection))

    def manual_steps(self, subscription: Subscription) -> list[str]:
        """What a person does in the service instead of ``set_up``; the texts hold the secret."""
        return manual_steps(self.compiled(subscription.trigger), subscription)

    def receive(
        self, subscription: Subscription, headers: Mapping[str, str], raw: bytes, *, allow_unverified: bool = False
    ) -> Reception:
        """Verify a delivery and read its items, without I/O; as ``receiving.receive``."""
        return receive(
            self.compiled(subscription.trigger), subscription.inputs, headers, raw, secret=subscription.secret,
            token=subscription.token, allow_unverified=allow_unverified,
        )  # fmt: skip

    def poll(
        self, trigger: str, inputs: Mapping[str, Any], connection: Mapping[str, Any], state: Mapping[str, Any] | None
    ) -> Polled:
        """What happened since the last poll; as ``polling.poll``."""
        compiled = self.compiled(trigger)
        now = self._caller.clock.now()
        return poll(compiled, compiled.checked(inputs), state, *self._calls(connection, only_reads=True), now)

    def state_since(self, trigger: str, instant: str) -> dict[str, Any]:
        """The state of a first poll that is to tell what happened after an instant, RFC 3339.

        :raises UnknownActionError, InputError: when there is no such trigger, or what it reads has no times.
        """
        spec = self.triggers.trigger(trigger).poll
        if spec is not None and spec.remember != "window":
            hint = "leave it out: the second poll tells what was added after the first"
            raise InputError.of("since", "cannot be told: the list has no times", hint, field="since")
        return state_since(instant)

    def check_calls(self, trigger: str, inputs: Mapping[str, Any]) -> None:
        """Nothing, when the actions that a poll with these inputs would call are there, may be called, and only read.

        :raises UnknownActionError, InputError: for the first that is not so.
        """
        compiled = self.compiled(trigger)
        names = {"input": compiled.checked(inputs), "since": "", "now": ""}
        for call in compiled.calls:
            action = self._permitted(str(call.action.evaluate(names)), only_reads=True)
            if call.entries is None and not action.paging:
                message = f"'{action.name}' does not return a paged list"
                raise InputError.of("paging", message, "name an action that gives a list")

    def sample(self, trigger: str) -> list[dict[str, Any]]:
        """Items as the trigger hands them on, from its examples: what a builder shows before anything has happened."""
        examples = self.triggers.trigger(trigger).examples
        return [
            {"trigger": trigger, "verified": True, "made_id": False, "at": None, **item}
            for example in examples
            for item in example.items
        ]

    def _calls(self, connection: Mapping[str, Any], *, only_reads: bool = False) -> tuple[RunAction, WalkAction]:
        def of(name: str) -> Action:
            return self._permitted(name, only_reads=only_reads)

        def run(name: str, inputs: Mapping[str, Any]) -> Result:
            return self._caller.run(of(name).name, inputs, connection)

        def walk(name: str, inputs: Mapping[str, Any]) -> Iterator[Any]:
            for page in pages(of(name), inputs, lambda values: self._caller.run(name, values, connection)):
                yield from page.items

        return run, walk

    def _permitted(self, name: str, *, only_reads: bool) -> Action:
        action = self._caller.specs.action(name)
        self._permit(name)
        if only_reads and action.effect != "read":
            message = f"'{name}' changes something, and a poll may only read"
            raise InputError.of("not_a_read", message, "name an action that gives a list")
        return action
