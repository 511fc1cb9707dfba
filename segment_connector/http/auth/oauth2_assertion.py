"""OAuth clients that sign an assertion with a private key (RFC 7523)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, ClassVar

from ...clock import Clock
from ...errors import ConnectionConfigError, Problem
from ...values.json_values import decode
from .scheme import Get, Place, TokenRefused, TokenRequest

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ISSUED_BEFORE = 5  # seconds: a little clock difference is no reason to be refused
_LIVES = 55  # seconds: Segment takes assertions that live less than 60
_MISSING = Problem("missing_extra", "OAuth needs PyJWT", "pip install 'segment-connector[oauth]'", field="oauth")
_REMEMBERED = 10_000


class PrivateKeyJwt:
    """A JWT that lives a minute, signed with RSA; a server that has only read it takes the signature on trust."""

    word: ClassVar[str] = "private_key_jwt"
    members: ClassVar[tuple[str, ...]] = ("key_id", "private_key")
    secrets: ClassVar[tuple[str, ...]] = ("private_key",)
    checked: ClassVar[tuple[str, ...]] = ()
    free: ClassVar[tuple[str, ...]] = ("client_id", "key_id")
    fields: ClassVar[tuple[str, ...]] = ("client_assertion_type", "client_assertion")
    tells_time: ClassVar[bool] = True

    def proof(
        self, named: Mapping[Place, str], get: Get, server: str, clock: Clock, skew: float
    ) -> tuple[dict[str, str], dict[str, str]]:
        """The assertion as a field of the form.

        :raises ConnectionConfigError: when the private key cannot sign, or the extra ``oauth`` is not installed.
        """
        try:
            import jwt
        except ImportError as error:
            raise ConnectionConfigError(_MISSING) from error
        client, key_id, private_key = (named[(member,)] for member in ("client_id", "key_id", "private_key"))
        now = int(clock.now().timestamp() + skew)
        claims = {
            "iss": get(client), "sub": get(client), "aud": server, "jti": clock.new_id(),
            "iat": now - _ISSUED_BEFORE, "exp": now + _LIVES,
        }  # fmt: skip
        try:
            signed = jwt.encode(claims, get(private_key), algorithm="RS256", headers={"kid": get(key_id)})
        except NotImplementedError as error:  # PyJWT without cryptography
            raise ConnectionConfigError(_MISSING) from error
        except Exception:  # noqa: BLE001 - the libraries raise a dozen kinds, and the key is all that can be wrong
            raise ConnectionConfigError.of(
                "private_key",
                "the private key cannot sign: it is not a private RSA key in PEM format, or it has a password",
                "paste the whole file, from -----BEGIN to the end of the last line, with its line breaks",
                field=private_key,
            ) from None
        return {}, {"client_assertion_type": _ASSERTION, "client_assertion": signed}

    def check(self, named: Mapping[Place, str], asked: TokenRequest) -> None:
        """Judge what the assertion claims; there is no public key to check its signature with."""
        if asked.form["client_assertion_type"] != _ASSERTION:
            raise TokenRefused("invalid_request", f"client_assertion_type must be {_ASSERTION}")
        head, claims = _opened(asked.form["client_assertion"])
        _check_client(head, claims, named, asked)
        audience = claims.get("aud")
        shown = audience if isinstance(audience, list) else [audience]
        if asked.server not in [one.rstrip("/") for one in shown if isinstance(one, str)]:
            raise TokenRefused("invalid_client", f"the assertion's aud must be {asked.server}")
        _check_times(claims, asked)
        _check_once(claims, asked.used)


def _check_client(
    head: Mapping[str, Any], claims: Mapping[str, Any], named: Mapping[Place, str], asked: TokenRequest
) -> None:
    if head.get("alg") != "RS256":
        raise TokenRefused("invalid_client", "the assertion's alg must be RS256")
    shown = {"kid": (head.get("kid"), "key_id"), "sub": (claims.get("sub"), "client_id")}
    for name, (value, member) in shown.items():
        if not isinstance(value, str) or not value:
            raise TokenRefused("invalid_client", f"the assertion has no {name}")
        if value != asked.right.get(named[(member,)], value):
            raise TokenRefused("invalid_client", f"the assertion's {name} is not known")
    if not isinstance(claims.get("iss"), str) or not claims["iss"]:
        raise TokenRefused("invalid_client", "the assertion has no iss")


def _check_times(claims: Mapping[str, Any], asked: TokenRequest) -> None:
    for name in ("iat", "exp"):
        if isinstance(claims.get(name), bool) or not isinstance(claims.get(name), (int, float)):
            raise TokenRefused("invalid_client", f"the assertion has no {name}")
    now, most = asked.now, asked.longest
    # The two sentences by which clients know that only their clock is wrong.
    if claims["exp"] <= now:
        raise TokenRefused("invalid_request", "Token is expired")
    if claims["iat"] > now + _ISSUED_BEFORE:
        raise TokenRefused("invalid_request", "Token used before issued")
    if claims["exp"] - claims["iat"] > most or claims["exp"] > now + most + _ISSUED_BEFORE:
        raise TokenRefused("invalid_client", f"the assertion must live {most} seconds or less")


def _check_once(claims: Mapping[str, Any], used: dict[str, None]) -> None:
    name = claims.get("jti")
    if not isinstance(name, str) or not name:
        raise TokenRefused("invalid_client", "the assertion has no jti")
    if name in used:
        raise TokenRefused("invalid_client", "the assertion's jti was used before")
    used[name] = None
    if len(used) > _REMEMBERED:
        del used[next(iter(used))]


def _opened(assertion: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims of a JWT."""
    parts = assertion.split(".")
    if len(parts) != 3 or not parts[2]:
        raise TokenRefused("invalid_client", "the assertion is not a signed JWT")
    try:
        head, claims = (decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (binascii.Error, ValueError):
        raise TokenRefused("invalid_client", "the assertion is not a JWT") from None
    if not isinstance(head, dict) or not isinstance(claims, dict):
        raise TokenRefused("invalid_client", "the assertion is not a JWT")
    return head, claims
