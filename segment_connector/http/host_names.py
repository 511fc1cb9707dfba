"""By which name a request came, and from which page: read by the letter, since what reads them kindly can be misled."""

from __future__ import annotations

import ipaddress
import re

_HOST = re.compile(rb"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?")
_SCHEMES = (b"http://", b"https://")
_LAST_PORT = 65535


def host_name(host: bytes) -> str | None:
    """The name or address in a ``Host`` header, in lower case and without brackets; ``None`` when it holds no such.

    A user, an empty port or one that is none makes it none (RFC 9110, 7.2).
    """
    found = _HOST.fullmatch(host)
    if found is None or int(found[3] or 0) > _LAST_PORT:
        return None
    return (found[1] or found[2]).decode("ascii").lower()


def host_of_origin(origin: bytes) -> bytes | None:
    """The ``Host`` of the server that a page is from, by its ``Origin``; ``None`` for what is not a page of the web."""
    host = next((origin[len(scheme) :] for scheme in _SCHEMES if origin.startswith(scheme)), b"")
    return host if host_name(host) is not None else None


def is_local(host: bytes) -> bool:
    """Whether what stands in a ``Host`` header is a name of this machine."""
    name = host_name(host) or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
