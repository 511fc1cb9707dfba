"""Sign requests: HTTP Basic, Bearer, a credential in the body, or OAuth with a signed assertion."""

from __future__ import annotations

import base64

from ..connection import Connection, Credential
from ..language.connector_records import AuthScheme
from ..redact import MASK


def sign(scheme: AuthScheme, connection: Connection, access_token: str = "") -> Credential:
    """The credential that a scheme makes of a connection.

    :param access_token: for the type ``oauth``.
    """
    body = {member: connection.get(name) for member, name in scheme.body.items()}
    if scheme.type == "basic":
        user = connection.get(scheme.username or "")
        encoded = base64.b64encode(f"{user}:".encode()).decode()
        return Credential({"Authorization": f"Basic {encoded}"}, body)
    if scheme.type == "bearer":
        return Credential({"Authorization": f"Bearer {connection.get(scheme.token or '')}"}, body)
    if scheme.type == "oauth":
        return Credential({"Authorization": f"Bearer {access_token}"}, body, frozenset((access_token,)))
    return Credential({}, body)


def masked(scheme: AuthScheme | None) -> str | None:
    """What to show in place of the ``Authorization`` header that a scheme would set."""
    kinds = {"basic": "Basic", "bearer": "Bearer", "oauth": "Bearer"}
    return f"{kinds[scheme.type]} {MASK}" if scheme is not None and scheme.type in kinds else None
