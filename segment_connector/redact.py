"""Keep secrets out of everything a person or a log can see.

A secret is a value, so it is masked wherever it turns up (message of a server, URL, header, body), in its plain form
and in the forms it travels in: percent-encoded, inside JSON or a Python repr, and base64 as the user of HTTP Basic.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "********"

# Shorter strings are not secrets, and masking them would blot out ordinary text.
_SHORTEST = 4


def forms(secrets: Iterable[str]) -> tuple[str, ...]:
    """Every spelling under which the secrets may appear, longest first so that no tail of one is left behind."""
    spellings: set[str] = set()
    for secret in secrets:
        if len(secret) < _SHORTEST:
            continue
        raw = secret.encode("utf-8", "surrogatepass")
        spellings.update(
            (
                secret,
                quote(raw, safe=""),
                quote(raw),
                base64.b64encode(raw).decode(),
                base64.b64encode(raw + b":").decode(),
                quote_plus(raw),
                repr(secret)[1:-1],
                json.dumps(secret)[1:-1],
                json.dumps(secret, ensure_ascii=False)[1:-1],
            )
        )
    return tuple(sorted(spellings, key=lambda text: (-len(text), text)))


def redact_text(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret in every form replaced by ``********``."""
    for spelling in forms(secrets):
        text = text.replace(spelling, MASK)
    return text


def redact(value: Any, secrets: Iterable[str]) -> Any:
    """A copy of a JSON-like value in which every string (keys too) is redacted; other values stay as they are."""
    spellings = forms(secrets)
    return _walk(value, spellings) if spellings else value


def _walk(value: Any, spellings: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        for spelling in spellings:
            value = value.replace(spelling, MASK)
        return value
    if isinstance(value, Mapping):
        return {_walk(key, spellings): _walk(item, spellings) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_walk(item, spellings) for item in value]
    return value


def has_secret(schema: Mapping[str, Any]) -> bool:
    """Whether a JSON Schema marks anything ``secret: true``, at any depth."""
    properties = schema.get("properties")
    members = properties.values() if isinstance(properties, Mapping) else ()
    below = [schema.get("items"), schema.get("additionalProperties"), *members]
    return schema.get("secret") is True or any(has_secret(part) for part in below if isinstance(part, Mapping))


def secrets_in(schema: Mapping[str, Any], value: Any) -> set[str]:
    """The strings in a value that its JSON Schema marks ``secret: true``, at any depth.

    :param schema: a schema whose ``properties``/``items``/``additionalProperties`` may carry ``secret``.
    :param value: the value that the schema describes.
    """
    found: set[str] = set()
    _collect(schema, value, found, schema.get("secret") is True)
    return found


def _collect(schema: Mapping[str, Any], value: Any, found: set[str], secret: bool) -> None:
    if isinstance(value, str):
        if secret:
            found.add(value)
    elif isinstance(value, Mapping):
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties")
        for key, item in value.items():
            below = properties.get(key, rest)
            below = below if isinstance(below, Mapping) else {}
            _collect(below, item, found, secret or below.get("secret") is True)
    elif isinstance(value, (list, tuple)):
        items = schema.get("items")
        items = items if isinstance(items, Mapping) else {}
        for item in value:
            _collect(items, item, found, secret or items.get("secret") is True)


def without_secrets(schema: Mapping[str, Any], value: Any, *, leave_out: bool = False) -> Any:
    """A copy of a value to be kept: nothing that its JSON Schema marks ``secret`` or ``confidential`` is left in it.

    :param leave_out: whether such members are left out; else each text and number in them is ``********``.
    """
    if schema.get("secret") is True or schema.get("confidential") is True:
        return _blotted(value)
    if isinstance(value, Mapping):
        properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
        kept = {}
        for key, item in value.items():
            below = properties.get(key, rest)
            below = below if isinstance(below, Mapping) else {}
            if not (leave_out and (below.get("secret") is True or below.get("confidential") is True)):
                kept[key] = without_secrets(below, item, leave_out=leave_out)
        return kept
    if isinstance(value, (list, tuple)):
        items = schema.get("items")
        items = items if isinstance(items, Mapping) else {}
        return [without_secrets(items, item, leave_out=leave_out) for item in value]
    return value


def _blotted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _blotted(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_blotted(item) for item in value]
    return value if value is None or isinstance(value, bool) else MASK


def texts_in(value: Any) -> set[str]:
    """Every text in a JSON value, at any depth."""
    if isinstance(value, str):
        return {value}
    below = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return set().union(*map(texts_in, below))


def secret_texts(schema: Mapping[str, Any], value: Any) -> set[str]:
    """The texts in a value that its JSON Schema marks ``secret`` or ``confidential``, at any depth."""
    return texts_in(value) - texts_in(without_secrets(schema, value))
