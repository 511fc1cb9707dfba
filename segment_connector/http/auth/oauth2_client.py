"""How an OAuth client proves who it is to the token server: what each way has to answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol

from ...clock import Clock
from .scheme import Get, Place, TokenRequest


class Client(Protocol):
    """One way, by its name in RFC 7591 (``token_endpoint_auth_method``).

    :cvar word: that name.
    :cvar members: members of the scheme that it takes beside ``client_id``.
    :cvar secrets: those of them that must not be shown.
    :cvar checked: members whose value a token server compares with the right one, ``free`` those of which any will do.
    :cvar fields: fields of the form without which it is not understood.
    :cvar tells_time: whether it says what time it is, so that a clock that differs is a reason to be refused.
    """

    word: ClassVar[str]
    members: ClassVar[tuple[str, ...]]
    secrets: ClassVar[tuple[str, ...]]
    checked: ClassVar[tuple[str, ...]]
    free: ClassVar[tuple[str, ...]]
    fields: ClassVar[tuple[str, ...]]
    tells_time: ClassVar[bool]

    def proof(
        self, named: Mapping[Place, str], get: Get, server: str, clock: Clock, skew: float
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and fields of the form that prove it.

        :param named: the connection properties by the member that names each.
        :param skew: seconds that the server's clock is ahead.
        """

    def check(self, named: Mapping[Place, str], asked: TokenRequest) -> None:
        """Judge a proof, as the token server.

        :raises TokenRefused: when it does not hold.
        """
