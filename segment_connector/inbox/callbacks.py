"""Send items to a URL, signed as Standard Webhooks says, so that any library of that standard can verify them.

https://github.com/standard-webhooks/standard-webhooks: ``webhook-signature`` is ``v1,`` and the base64 of HMAC-SHA256
over ``id.timestamp.body``; the secret is written ``whsec_`` and base64.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from ..errors import InputError
from ..http.retry import parse_retry_after
from ..http.transport import NoAnswer, Send, host_of
from ..language.connector_records import Timeout
from ..values.json_values import encode
from .forwarder import NotTakenError
from .registration import Callback, Registration
from .store import Entry

_PREFIX = "whsec_"
_SECRET_BYTES = 32
_MAX_ANSWER = 100_000  # bytes; nothing of it is read
_TIMEOUT = Timeout(connect=5, read=15, total=30)
# Answers that say more of the consumer's state than of the item.
_AWAY = (408, 425, 429)


def new_callback_secret() -> str:
    """A secret in the form of the standard."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def checked_secret(text: str) -> str:
    """A secret that a client gives.

    :raises InputError: when it is not in the form of the standard.
    """
    try:
        key = _key(text)
    except (binascii.Error, ValueError):
        key = b""
    if not (text.startswith(_PREFIX) and 24 <= len(key) <= 64):
        hint = "leave it out to have one made"
        raise InputError.of("secret", "must be whsec_ and 24 to 64 bytes in base64", hint, field="callback.secret")
    return text


def signature(secret: str, name: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``.

    :param name: ``webhook-id``, which stays the same when an item is sent again.
    :param timestamp: ``webhook-timestamp``, seconds since 1970.
    """
    signed = f"{name}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


class CallbackSender:
    """Gives items to the callback of their registration.

    :param send: the transport.
    :param wall: the time, in seconds since 1970.
    """

    def __init__(self, send: Send, wall: Callable[[], float] = time.time) -> None:
        self._send = send
        self._wall = wall

    def __call__(self, registration: Registration, entry: Entry) -> None:
        """Send one item; any answer of 2xx takes it.

        :raises NotTakenError: when it was not taken.
        """
        callback = registration.callback
        assert callback is not None
        body = encode({"registration": registration.id, "number": entry.number, **entry.item.to_dict()})
        try:
            answer = self._send("POST", callback.url, self._headers(callback, entry, body), body, _TIMEOUT, _MAX_ANSWER)
        except NoAnswer as failure:
            raise NotTakenError(f"no answer from {host_of(callback.url)}: {failure}") from failure
        if 200 <= answer.status < 300:
            return
        refused = 400 <= answer.status < 500 and answer.status not in _AWAY
        now = dt.datetime.fromtimestamp(self._wall(), dt.timezone.utc)
        after = parse_retry_after(answer.headers.get("Retry-After"), now)
        raise NotTakenError(f"{host_of(callback.url)} answered {answer.status}", refused=refused, after=after)

    def _headers(self, callback: Callback, entry: Entry, body: bytes) -> dict[str, str]:
        name, timestamp = f"{entry.registration}.{entry.number}", int(self._wall())
        return {
            "Content-Type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(callback.secret, name, timestamp, body),
        }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
