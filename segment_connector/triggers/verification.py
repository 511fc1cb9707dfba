"""Prove where a delivery comes from: by a signature over its text as it was received, or by a token beside it.

Signatures are compared in constant time. A service may sign only the first of several items (Segment does): the others
are proved by nothing but a token, which the service sends because it was told to when the webhook was set up.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..errors import Problem
from ..language.trigger_records import Verify

Proof = Literal["signature", "token", "none"]

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+\Z")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is proved of a delivery.

    :ivar proof: by what; ``none`` when nothing is proved, and ``problem`` says why.
    :ivar problem: what is wrong: ``no_secret``, ``no_signature``, ``malformed_signature``, ``wrong_signature`` or
        ``wrong_token``.
    """

    proof: Proof
    problem: Problem | None = None

    @property
    def forged(self) -> bool:
        """Whether it claims what is not true, and so is refused even by those who ask for no proof."""
        return self.problem is not None and self.problem.code not in ("no_secret", "no_signature")


def verdict(rule: Verify, headers: Mapping[str, str], signed: bytes, secret: str | None, token: str | None) -> Verdict:
    """Verify a delivery.

    :param rule: how the service signs.
    :param headers: of the request; case does not count.
    :param signed: the text that the signature is over, as it was received.
    :param secret: what both sides know, or ``None`` where none was agreed on.
    :param token: what a header holds besides, or ``None``.
    """
    given = {name.casefold(): value.strip() for name, value in headers.items()}
    said = given.get(rule.token_header.casefold()) if rule.token_header else None
    token_fits = bool(token) and said is not None and hmac.compare_digest(said.encode(), (token or "").encode())
    if said is not None and token and not token_fits:
        return _refused("wrong_token", f"{rule.token_header} is not what was agreed on", "set the webhook up again")
    signature = given.get(rule.header.casefold())
    if not secret:
        if token_fits:
            return Verdict("token")
        hint = "agree on a secret with the service, or ask for unsigned deliveries"
        return _refused("no_secret", "there is no secret to verify it with", hint)
    if not signature:
        hint = f"give the service the secret, so that it sends {rule.header}"
        return _refused("no_signature", f"it has no {rule.header}", hint)
    digest = _digest(rule, signature)
    expected = hmac.digest(secret.encode(), signed, rule.hash)
    if digest is None or len(digest) != len(expected):
        message = f"{rule.header} is not a valid {rule.encoding} text of {len(expected)} bytes"
        return _refused("malformed_signature", message, "it was cut short or changed in transit: check the proxies")
    if not hmac.compare_digest(digest, expected):
        hint = "compare the secret on both sides; a proxy that rewrites the body breaks signatures too"
        return _refused("wrong_signature", f"{rule.header} does not match the body", hint)
    return Verdict("token" if token_fits else "signature")


def sign(rule: Verify, signed: bytes, secret: str) -> str:
    """The signature of a text, as the service writes it.

    :param rule: how it signs.
    """
    digest = hmac.digest(secret.encode(), signed, rule.hash)
    return rule.prefix + (digest.hex() if rule.encoding == "hex" else base64.b64encode(digest).decode())


def _digest(rule: Verify, signature: str) -> bytes | None:
    if not signature.startswith(rule.prefix):
        return None
    text = signature[len(rule.prefix) :]
    if rule.encoding == "hex":
        return bytes.fromhex(text) if _HEX.match(text) else None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _refused(code: str, message: str, hint: str) -> Verdict:
    return Verdict("none", Problem(code, message, hint))
