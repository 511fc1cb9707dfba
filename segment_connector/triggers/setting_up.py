"""Set a webhook up in the service by the steps of its file, and take it down again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..call.steps import RunAction, WalkAction
from ..errors import ConnectorError, InputError, Problem
from ..result import CallFailed
from ..templates.compiler import left_out
from .compiled_trigger import CompiledTrigger
from .subscription import Subscription, new_secret

_URL = re.compile(r"https?://[^\s/?#]+\S*\Z", re.IGNORECASE)

_GONE = "not_found"

OnChange = Callable[[Subscription], None]


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What could not be taken down again after a step had failed.

    :ivar kept: what stands in the service still, by the names of the webhook's file.
    :ivar problem: why.
    """

    kept: dict[str, Any]
    problem: Problem


class SetUpFailed(ConnectorError):  # noqa: N818 - an outcome, named as the field names it
    """A webhook could not be set up.

    :param cause: what went wrong.
    :param left: what was made and could not be taken down again, or ``None``: then nothing is left behind.
    :ivar result: the call that failed, where it was a call.
    """

    def __init__(self, cause: ConnectorError, left: LeftBehind | None) -> None:
        first = cause.problems[0]
        if isinstance(cause, CallFailed):
            first = replace(first, message=f"{cause.result.action}: {first.message}")
        super().__init__((first,) if left is None else (first, left.problem))
        self.left = left
        self.result = cause.result if isinstance(cause, CallFailed) else None
        self._cause = cause

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._cause, self.left)


def new_subscription(compiled: CompiledTrigger, inputs: Mapping[str, Any], url: str, name: str) -> Subscription:
    """A subscription that is not set up yet, with secrets of its own.

    :param url: where the service is to send deliveries.
    :raises InputError: when the inputs break the trigger's parameters, or the trigger is polled.
    """
    values = compiled.checked(inputs)
    _ = compiled.webhook
    if not _URL.match(url):
        hint = "write the whole address, for example https://hooks.example.com/segment"
        raise InputError.of("url", "the address of the receiver is not an http or https address", hint, field="url")
    wanted = None if compiled.filter is None else compiled.filter.evaluate({"input": values})
    return Subscription(
        id=name, trigger=compiled.trigger.name, inputs=values, url=url, secret=new_secret(), token=new_secret(),
        label=f"{compiled.trigger.title} ({name})", filter=None if left_out(wanted) else wanted,
    )  # fmt: skip


def set_up(
    compiled: CompiledTrigger,
    subscription: Subscription,
    run: RunAction,
    walk: WalkAction,
    on_change: OnChange | None = None,
) -> Subscription:
    """Run the steps that set a webhook up. A repeat of it makes nothing twice.

    :param on_change: told of the subscription after each step that made something, so that it can be written down.
    :returns: the subscription, active.
    :raises SetUpFailed: when a step fails; what the steps before it made is taken down again.
    """
    told = subscription

    def keep(kept: dict[str, Any]) -> None:
        nonlocal told
        told = told.changed(kept=kept)
        if on_change is not None:
            on_change(told)

    try:
        kept = compiled.subscribe.run(_names(subscription), run, walk, subscription.kept, keep)
    except ConnectorError as failed:
        left = None
        try:
            told = take_down(compiled, told, run, walk)
        except ConnectorError as again:
            what = ", ".join(f"{name} {value}" for name, value in told.kept.items())
            hint = f"unsubscribe later, or delete it in the service: {what}"
            left = LeftBehind(told.kept, Problem("left_behind", f"not everything was removed: {again}", hint))
        if on_change is not None:
            on_change(told)
        if left is None and not isinstance(failed, CallFailed):
            raise
        raise SetUpFailed(failed, left) from failed
    done = told.changed(kept=kept, state="active")
    if on_change is not None:
        on_change(done)
    return done


def take_down(compiled: CompiledTrigger, subscription: Subscription, run: RunAction, walk: WalkAction) -> Subscription:
    """Run the steps that take a webhook down; what is gone already is passed over, so it can be repeated.

    :returns: the subscription, ended.
    :raises CallFailed: when the service cannot be asked; call it again later.
    """
    compiled.unsubscribe.run(_names(subscription), run, walk, subscription.kept)
    return subscription.changed(kept={}, state="ended")


def is_there(compiled: CompiledTrigger, subscription: Subscription, run: RunAction, walk: WalkAction) -> bool:
    """Whether what was set up is in the service still; where that cannot be known, it is taken to be.

    :raises ConnectorError: for what is wrong on this side.
    """
    try:
        compiled.check.run(_names(subscription), run, walk, subscription.kept)
    except CallFailed as failed:
        return failed.code != _GONE
    return True


def manual_steps(compiled: CompiledTrigger, subscription: Subscription) -> list[str]:
    """What a person does in the service instead, a sentence each; they hold the secret."""
    names = {**_names(subscription), "kept": subscription.kept}
    texts = (template.evaluate(names) for template in compiled.manual)
    return [str(text) for text in texts if not left_out(text) and text]


def _names(subscription: Subscription) -> dict[str, Any]:
    return {
        "input": subscription.inputs,
        "id": subscription.id,
        "url": subscription.url,
        "secret": subscription.secret,
        "token": subscription.token,
        "filter": subscription.filter,
        "label": subscription.label,
    }
