"""The text of a delivery, and the signature that goes with it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..values.json_values import decode, encode
from .delivery_faults import DeliveryFault


@dataclass(frozen=True, slots=True)
class Signing:
    """How a delivery is signed.

    :ivar header: the header that holds the signature; ``hash`` names the hash of its HMAC.
    """

    header: str
    hash: str
    secret: str = field(repr=False)


def signed(
    items: tuple[bytes, ...], listed: bool, headers: Mapping[str, str], signing: Signing | None, fault: DeliveryFault
) -> tuple[bytes, dict[str, str], str]:
    """The body and the headers of a delivery, and in a word how it is signed.

    The signature is the HMAC of the first item as it stands in the body, whatever else is in there.

    :param listed: whether the items go as a list.
    :param fault: what shall be wrong about it.
    """
    sent, headers = list(items), dict(headers)
    kind = "none" if signing is None else fault.signature or "right"
    if signing is not None and kind != "missing":
        digest = hmac.new(signing.secret.encode(), items[0], signing.hash).hexdigest()
        headers[signing.header] = {
            "wrong": digest[::-1] if digest != digest[::-1] else "0" * len(digest),
            "truncated": digest[:-2],
            "upper": digest.upper(),
        }.get(kind, digest)
    if fault.tamper is not None and fault.tamper <= len(sent):
        sent[fault.tamper - 1] = encode(_tampered(decode(sent[fault.tamper - 1])))
        kind = f"{kind}, event {fault.tamper} tampered with"
    return (b"[" + b",".join(sent) + b"]" if listed else sent[0]), headers, kind


def _tampered(item: Any) -> Any:
    return {**item, "tampered": True} if isinstance(item, dict) else "tampered"
