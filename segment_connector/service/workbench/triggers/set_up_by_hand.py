"""What is told once, when somebody subscribes: secrets, and the steps of a set-up by hand, each value to be copied."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..markup import block, copy_button, text
from ..spoken import say
from .subscription_cards import path_of

if TYPE_CHECKING:
    from ....inbox.registration import Registration

_VALUES = ("secret", "token", "url", "filter", "label")


def show_once(registration: Registration, told: Mapping[str, Any]) -> None:
    """Show what ``TriggerService.secrets`` tells of a registration that was just made."""
    text("p", say("This is shown once: the secrets are not shown again."), "wb-note wb-note--warn", role="status")
    if steps := told.get("manual"):
        subscription = registration.subscription or {}
        values = [str(subscription[name]) for name in _VALUES if subscription.get(name)]
        with block("ol", "tg-steps"):
            for step in steps:
                with block("li"):
                    _show_step(step, values)
    if secret := told.get("callback_secret"):
        assert registration.callback is not None
        with block("p", "tg-step"):
            text(
                "span",
                say("What is sent to {url} is signed as in Standard Webhooks, with ", url=registration.callback.url),
            )
            _show_value(secret)
    text("a", say("Go to the subscription"), "wb-button wb-button--main tg-go", href=path_of(registration))


def _show_step(step: str, values: Sequence[str]) -> None:
    # The longest first: a value may stand inside another one.
    known = "|".join(re.escape(one) for one in sorted(values, key=len, reverse=True))
    with block("span", "tg-step"):
        for part in re.split(f"({known})", step) if known else [step]:
            if part in values:
                _show_value(part)
            elif part:
                text("span", part)


def _show_value(value: str) -> None:
    with block("span", "tg-value"):
        text("code", value, data_copy="")
        copy_button()
