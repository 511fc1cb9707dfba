"""What a client gives who subscribes to a trigger, checked: whichever door it comes through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..errors import InputError
from ..inbox.callbacks import checked_secret, new_callback_secret
from ..inbox.registration import Callback
from ..language.trigger_records import Trigger

MEMBERS = ("id", "inputs", "connection", "callback", "manual", "every", "allow_unverified")
_LONGEST_ID = 100
_LEAST_EVERY = 1  # seconds


def checked_request(body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a subscription that a client gives, with the callback as a record.

    :param body: some of ``MEMBERS``; the connection is looked at where it is used.
    :raises InputError: naming the one that is wrong.
    """
    wanted = {name: body[name] for name in MEMBERS if name in body}
    name, every = wanted.get("id"), wanted.get("every")
    if not isinstance(wanted.get("inputs", {}), dict):
        raise InputError.of("type", "must be an object", 'write "inputs": {...}', field="inputs")
    if name is not None and not (isinstance(name, str) and name.isprintable() and 0 < len(name) <= _LONGEST_ID
                                 and "/" not in name):  # fmt: skip
        message = f"must be text of 1 to {_LONGEST_ID} characters without '/'"
        raise InputError.of("id", message, "leave it out to have one made", field="id")
    for flag in ("manual", "allow_unverified"):
        if not isinstance(wanted.get(flag, False), bool):
            raise InputError.of("type", "must be true or false", f'write "{flag}": true', field=flag)
    if every is not None and not (type(every) in (int, float) and every >= _LEAST_EVERY):
        raise InputError.of("minimum", "must be a number of seconds, 1 at least", "leave it out", field="every")
    wanted["callback"] = callback_of(wanted.get("callback"))
    return wanted


def setting_fields(trigger: Trigger) -> dict[str, dict[str, Any]]:
    """What a form asks for besides the trigger's parameters: JSON Schemas by the names of ``MEMBERS``."""
    fields: dict[str, dict[str, Any]] = {
        "callback": {
            "type": "string",
            "title": "Send items to",
            "description": "Each item is sent to this address by POST, signed. Without one, items are kept to be read.",
            "examples": ["https://flows.example.com/start"],
        },
        "id": {
            "type": "string",
            "title": "Name",
            "description": "What the subscription is called here.",
            "placeholder": "If left out: one is made",
            "advanced": True,
        },
    }
    if trigger.poll is not None:
        fields["every"] = {
            "type": "number",
            "title": "Seconds between two polls",
            "description": "How often the service is asked.",
            "placeholder": f"If left out: {trigger.poll.every:g}",
            "advanced": True,
        }
    else:
        fields["allow_unverified"] = {
            "type": "boolean",
            "title": "Accept unverified items",
            "description": "Also accept items whose origin cannot be verified, and mark them.",
            "advanced": True,
        }
    return fields


def callback_of(given: Any) -> Callback | None:
    """Where a client wants items to be sent.

    :param given: ``None``, or ``url`` and, if it likes, ``secret``.
    :raises InputError: naming what is wrong.
    """
    if given is None:
        return None
    hint = 'write {"url": "https://...", "secret": "whsec_..."}; the secret may be left out'
    if not isinstance(given, Mapping) or not set(given) <= {"url", "secret"}:
        raise InputError.of("type", "must be an object with url and secret", hint, field="callback")
    url, secret = given.get("url"), given.get("secret")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise InputError.of("url", "must be an address of http or https", hint, field="callback.url")
    if secret is not None and not isinstance(secret, str):
        raise InputError.of("type", "must be text", hint, field="callback.secret")
    return Callback(url, new_callback_secret() if secret is None else checked_secret(secret))
