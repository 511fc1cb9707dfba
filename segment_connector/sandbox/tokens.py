"""``answers: tokens``: an OAuth 2.0 token server for client credentials with a signed assertion (RFC 7523).

It reads what the assertion claims, and takes its signature on trust: the sandbox has no public key to check it with.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from ..language.connector_records import Api, AuthScheme
from ..values.json_values import decode
from .messages import Incoming, Reply, json_reply
from .routes import Simulate
from .world import Refusals, World

_FORM = "application/x-www-form-urlencoded"
_GRANT = "client_credentials"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LEEWAY = 5  # seconds that two clocks may differ
_REMEMBERED = 10_000


class _No(Exception):  # noqa: N818 - an answer of the protocol
    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class TokenServer:
    """Gives tokens to clients whose assertion is in order."""

    def __init__(self, api: Api, simulate: Simulate, world: World) -> None:
        self._api = api
        self._simulate = simulate
        self._world = world
        self._schemes = {
            scheme.path: scheme for scheme in world.spec.auth.values()
            if scheme.type == "oauth" and scheme.api == api.name
        }  # fmt: skip
        self._used: dict[str, None] = {}
        self.refusal = Refusals(api, simulate, world.spec.path)

    def answer(self, incoming: Incoming) -> Reply:
        """A token, or 400 with ``error`` and ``error_description``; 404 where no token server is."""
        scheme = self._schemes.get(incoming.rest)
        if scheme is None or incoming.method != "POST":
            return self.refusal(404, "not_found", f"tokens are given to POST {' and '.join(self._schemes)}")
        try:
            scope = self._check(incoming, scheme)
        except _No as no:
            return self.refusal(400, no.error, no.description)
        seconds = self._simulate.expires_in
        token = self._world.issued.new(self._api.name, seconds)
        body = {"access_token": token, "expires_in": seconds, "token_type": "Bearer", "scope": scope}
        return json_reply(200, body, {"Cache-Control": "no-store"})

    def clear(self) -> None:
        """Nothing: a token that was given stays good."""

    def state(self) -> dict[str, Any]:
        """Nothing is kept that could be shown."""
        return {}

    def _check(self, incoming: Incoming, scheme: AuthScheme) -> str:
        """The scope that a request asks for, when everything about it is in order."""
        if (incoming.headers.get("Content-Type") or "").partition(";")[0].strip().lower() != _FORM:
            raise _No("invalid_request", f"the Content-Type must be {_FORM}")
        form = {name: values[-1] for name, values in parse_qs(incoming.content.decode("latin-1")).items()}
        for name in ("grant_type", "client_assertion_type", "client_assertion"):
            if name not in form:
                raise _No("invalid_request", f"{name} is missing")
        if form["grant_type"] != _GRANT:
            raise _No("unsupported_grant_type", f"grant_type must be {_GRANT}")
        if form["client_assertion_type"] != _ASSERTION:
            raise _No("invalid_request", f"client_assertion_type must be {_ASSERTION}")
        head, claims = _opened(form["client_assertion"])
        self._check_client(head, claims, scheme)
        self._check_audience(claims, incoming)
        self._check_times(claims)
        self._check_once(claims)
        return form.get("scope") or scheme.default_scope

    def _check_client(self, head: Mapping[str, Any], claims: Mapping[str, Any], scheme: AuthScheme) -> None:
        if head.get("alg") != "RS256":
            raise _No("invalid_client", "the assertion's alg must be RS256")
        right = self._world.credentials.values
        shown = {"kid": (head.get("kid"), scheme.key_id), "sub": (claims.get("sub"), scheme.client_id)}
        for name, (value, known) in shown.items():
            if not isinstance(value, str) or not value:
                raise _No("invalid_client", f"the assertion has no {name}")
            if value != right.get(known or "", value):
                raise _No("invalid_client", f"the assertion's {name} is not known")
        if not isinstance(claims.get("iss"), str) or not claims["iss"]:
            raise _No("invalid_client", "the assertion has no iss")

    def _check_audience(self, claims: Mapping[str, Any], incoming: Incoming) -> None:
        server = f"http://{incoming.headers.get('Host')}{self._simulate.mount}"
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        if server not in [one.rstrip("/") for one in named if isinstance(one, str)]:
            raise _No("invalid_client", f"the assertion's aud must be {server}")

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        for name in ("iat", "exp"):
            if isinstance(claims.get(name), bool) or not isinstance(claims.get(name), (int, float)):
                raise _No("invalid_client", f"the assertion has no {name}")
        now = self._world.clock.now().timestamp()
        most = self._simulate.assertion_seconds
        # The two sentences by which clients know that only their clock is wrong.
        if claims["exp"] <= now:
            raise _No("invalid_request", "Token is expired")
        if claims["iat"] > now + _LEEWAY:
            raise _No("invalid_request", "Token used before issued")
        if claims["exp"] - claims["iat"] > most or claims["exp"] > now + most + _LEEWAY:
            raise _No("invalid_client", f"the assertion must live {most} seconds or less")

    def _check_once(self, claims: Mapping[str, Any]) -> None:
        name = claims.get("jti")
        if not isinstance(name, str) or not name:
            raise _No("invalid_client", "the assertion has no jti")
        if name in self._used:
            raise _No("invalid_client", "the assertion's jti was used before")
        self._used[name] = None
        if len(self._used) > _REMEMBERED:
            del self._used[next(iter(self._used))]


def _opened(assertion: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims of a JWT."""
    parts = assertion.split(".")
    if len(parts) != 3 or not parts[2]:
        raise _No("invalid_client", "the assertion is no signed JWT")
    try:
        head, claims = (decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (binascii.Error, ValueError):
        raise _No("invalid_client", "the assertion is no JWT") from None
    if not isinstance(head, dict) or not isinstance(claims, dict):
        raise _No("invalid_client", "the assertion is no JWT")
    return head, claims
