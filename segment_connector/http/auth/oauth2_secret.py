"""OAuth clients with a secret, in the body or as HTTP Basic (RFC 6749, 2.3.1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote_plus, unquote_plus

from ...clock import Clock
from .scheme import Get, Place, TokenRefused, TokenRequest


class SecretInBody:
    """Id and secret as fields of the form."""

    word: ClassVar[str] = "client_secret_post"
    members: ClassVar[tuple[str, ...]] = ("client_secret",)
    secrets: ClassVar[tuple[str, ...]] = ("client_secret",)
    checked: ClassVar[tuple[str, ...]] = ("client_id", "client_secret")
    free: ClassVar[tuple[str, ...]] = ()
    fields: ClassVar[tuple[str, ...]] = ("client_id", "client_secret")
    tells_time: ClassVar[bool] = False

    def proof(
        self, named: Mapping[Place, str], get: Get, server: str, clock: Clock, skew: float
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Both in the form."""
        del server, clock, skew
        return {}, {member: str(get(named[(member,)])) for member in self.checked}

    def check(self, named: Mapping[Place, str], asked: TokenRequest) -> None:
        """Compare both."""
        _compare(named, asked, asked.form["client_id"], asked.form["client_secret"])


class SecretInHeader:
    """Id and secret as user and password; each is form-encoded before, as the RFC demands."""

    word: ClassVar[str] = "client_secret_basic"
    members: ClassVar[tuple[str, ...]] = SecretInBody.members
    secrets: ClassVar[tuple[str, ...]] = SecretInBody.secrets
    checked: ClassVar[tuple[str, ...]] = SecretInBody.checked
    free: ClassVar[tuple[str, ...]] = ()
    fields: ClassVar[tuple[str, ...]] = ()
    tells_time: ClassVar[bool] = False

    def proof(
        self, named: Mapping[Place, str], get: Get, server: str, clock: Clock, skew: float
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Both in the header."""
        del server, clock, skew
        pair = ":".join(quote_plus(str(get(named[(member,)]))) for member in self.checked)
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, {}

    def check(self, named: Mapping[Place, str], asked: TokenRequest) -> None:
        """Compare both."""
        kind, _, encoded = (asked.headers.get("Authorization") or "").partition(" ")
        try:
            pair = base64.b64decode(encoded.strip(), validate=True).decode() if kind.lower() == "basic" else ""
        except (binascii.Error, ValueError):
            pair = ""
        client, _, secret = pair.partition(":")
        _compare(named, asked, unquote_plus(client), unquote_plus(secret))


def _compare(named: Mapping[Place, str], asked: TokenRequest, client: str, secret: str) -> None:
    for member, value in (("client_id", client), ("client_secret", secret)):
        if value != asked.right[named[(member,)]]:
            raise TokenRefused("invalid_client", f"the {member} is not known")
