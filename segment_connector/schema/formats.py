"""The JSON Schema formats that specs may use, each with a checker and a cure.

A plain install of jsonschema lets ``"nope"`` pass as a date-time, so nothing is left to its defaults: ``check`` refuses
a format that is not in ``CHECKERS``. The same functions serve the judge (jsonschema) and the quick yes (jsonschema-rs).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema_rs
from rfc3339_validator import validate_rfc3339

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def date_time(value: Any) -> bool:
    """An instant of RFC 3339: date, time and zone (``2026-01-31T12:00:00Z``)."""
    if not isinstance(value, str):
        return True
    return value.isascii() and not value.endswith("\n") and bool(validate_rfc3339(value))


def base_url(value: Any) -> bool:
    """An absolute http(s) address of a server: no user, query or fragment."""
    if not isinstance(value, str):
        return True
    try:
        parts = urlsplit(value)
        _ = parts.port
        if "[" in parts.netloc:  # Python before 3.11.4 takes anything between the brackets
            ipaddress.IPv6Address(parts.hostname or "")
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and not (parts.query or parts.fragment)
        and not re.search(r"[\s\x00-\x20\x7f\\?#\"<>^`{|}]", value)
    )


def relative_path(value: Any) -> bool:
    """A path below a server's base: no scheme, host, query, fragment, ``.`` or ``..``, however they are written."""
    if not isinstance(value, str):
        return True
    try:
        decoded = unquote(value, errors="strict")
    except UnicodeDecodeError:  # it would arrive as another character
        return False
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", decoded) or "\\" in decoded or _CONTROL.search(decoded):
        return False
    if re.search(r"[?#]", value) or value.startswith("//"):
        return False
    # An encoded slash parts segments for many a server, but only those of the text itself must not be empty.
    if any(segment in (".", "..") for segment in decoded.split("/")):
        return False
    return value in ("", "/") or "" not in value.strip("/").split("/")


SCHEMA_FORMAT = "json-schema-draft-7"
"""The one format of an object: what is below it is told by the meta-schema."""
_DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def json_schema(value: Any) -> bool:
    """A JSON Schema of draft 7, whose patterns are regular expressions; what draft it names for itself is its own."""
    return not isinstance(value, dict) or jsonschema_rs.meta.is_valid({**value, "$schema": _DRAFT_7})


CHECKERS: Mapping[str, Callable[[Any], bool]] = {
    "date-time": date_time,
    "base-url": base_url,
    "relative-path": relative_path,
    SCHEMA_FORMAT: json_schema,
}

QUICK: Mapping[str, str] = {
    "date-time": (
        "^[1-9][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
        "|02-(0[1-9]|1[0-9]|2[0-8]))T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?"
        "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
    )
}
"""Patterns that match only what the checker of the same name takes, though not all of it: they cost no call to it."""

HINTS: Mapping[str, str] = {
    "date-time": "write date, time and zone, for example 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.000+01:00",
    "base-url": "write the address of the server, for example https://proxy.example.com/v1",
    SCHEMA_FORMAT: "write a JSON Schema of draft 7; its patterns are regular expressions of JavaScript",
    "relative-path": "write the path below the API's address, for example /sources; the query goes into 'query'",
}
