"""What can be wrong with a store, and with what is looked for in it."""

from __future__ import annotations

from ..errors import ConnectorError, InputError


class StoreError(ConnectorError):
    """The store of an inbox cannot be read or written; what was not written must be told as such."""


class UnknownRegistration(InputError):  # noqa: N818 - what happened, named as a client would
    """There is no registration of that id."""


def no_registration(name: str) -> UnknownRegistration:
    """The error of a name that nothing is registered by."""
    message = f"there is no registration '{name[:80]}'"
    return UnknownRegistration.of("unknown_subscription", message, "it was removed: register it again", field="id")
