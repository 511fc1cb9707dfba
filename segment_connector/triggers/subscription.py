"""A subscription: what a host keeps of a webhook that was set up, as JSON values."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..errors import InputError
from ..redact import MASK

State = Literal["setting_up", "active", "manual", "ended"]

VERSION = 1
_SECRET_BYTES = 32
_HIDDEN = ("secret", "token")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One webhook of a trigger.

    :ivar id: the host's name for it.
    :ivar trigger: the trigger's name.
    :ivar inputs: its parameters, checked.
    :ivar url: where the service is to send deliveries.
    :ivar secret: what the service signs with; ``token`` is what it may send in a header besides. Keep both secret.
    :ivar state: ``setting_up`` until all steps were done; ``manual`` where a person sets it up in the service.
    :ivar kept: what the steps have made in the service, so that it can be taken down.
    :ivar filter: which of all that happens the service was asked to tell, in its own language.
    :ivar label: what the webhook is called in the service.
    """

    id: str
    trigger: str
    inputs: dict[str, Any]
    url: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    label: str
    state: State = "setting_up"
    kept: dict[str, Any] = field(default_factory=dict)
    filter: str | None = None
    version: int = VERSION

    def to_dict(self, *, show_secrets: bool = True) -> dict[str, Any]:
        """The subscription as JSON values.

        :param show_secrets: ``False`` for what people, logs and other programs may see.
        """
        data = {name: getattr(self, name) for name in self.__slots__}
        return data if show_secrets else {**data, **dict.fromkeys(_HIDDEN, MASK)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Subscription:
        """What ``to_dict`` made.

        :raises InputError: when it is something else, or was made by a newer version.
        """
        known = set(cls.__slots__)
        needed = known - {"state", "kept", "filter", "version"}
        if data.get("version", VERSION) != VERSION or not known.issuperset(data) or not needed.issubset(data):
            hint = "give it as 'subscribe' returned it; if it came from a newer version, use that one"
            raise InputError.of("subscription", "this is not a readable subscription", hint, field="subscription")
        return cls(**data)

    def changed(self, **members: Any) -> Subscription:
        """The same with other members."""
        return replace(self, **members)


def new_secret() -> str:
    """Text that nobody can guess, safe in URLs and headers."""
    return secrets.token_urlsafe(_SECRET_BYTES)
