"""A registration: a trigger that a host keeps alive, with all that it needs after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import InputError
from ..redact import MASK


@dataclass(frozen=True, slots=True)
class Callback:
    """Where items are sent.

    :ivar url: each item is sent there by POST.
    :ivar secret: signs what is sent, so that the receiver can tell it from what others send.
    """

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registration:
    """One trigger at work.

    :ivar id: its name, which no other has.
    :ivar trigger: the trigger's name.
    :ivar inputs: its parameters.
    :ivar connection: the name of the connection that it is set up and polled with, or ``None``.
    :ivar subscription: of a webhook, as ``Subscription.to_dict`` gives it; ``None`` for a poll.
    :ivar path: of a webhook, the part of its URL that cannot be guessed.
    :ivar state: of a poll, what the last one gave; ``None`` before the first.
    :ivar every: of a poll, seconds between two; ``None`` for what the trigger says.
    :ivar callback: where items are sent; ``None`` where they are fetched.
    :ivar allow_unverified: items of which nothing proves where they come from are taken.
    :ivar paused: nothing is polled and nothing is handed on; deliveries are stored nevertheless.
    """

    id: str
    trigger: str
    inputs: dict[str, Any]
    connection: str | None = None
    subscription: dict[str, Any] | None = field(default=None, repr=False)
    path: str | None = field(default=None, repr=False)
    state: dict[str, Any] | None = field(default=None, repr=False)
    every: float | None = None
    callback: Callback | None = None
    allow_unverified: bool = False
    paused: bool = False

    def changed(self, **members: Any) -> Registration:
        """The same with other members."""
        return replace(self, **members)

    def to_dict(self, *, show_secrets: bool = True) -> dict[str, Any]:
        """The registration as JSON values.

        :param show_secrets: ``False`` for what people, logs and other programs may see.
        """
        data = {name: getattr(self, name) for name in self.__slots__}
        data["callback"] = self.callback and {"url": self.callback.url, "secret": self.callback.secret}
        if not show_secrets:
            data["path"] = self.path and MASK
            data["callback"] = self.callback and {"url": self.callback.url, "secret": MASK}
            hidden = dict.fromkeys(("secret", "token", "url"), MASK)
            data["subscription"] = self.subscription and {**self.subscription, **hidden}
            del data["state"]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Registration:
        """What ``to_dict`` made.

        :raises InputError: when it is something else.
        """
        if not {"id", "trigger", "inputs"} <= data.keys() <= set(cls.__slots__):
            hint = "it may come from a newer version of this program: use that one"
            raise InputError.of("registration", "this is not a readable registration", hint, field="registration")
        callback = data.get("callback")
        return cls(**{**data, "callback": callback and Callback(**callback)})
