"""The URL of a database, as SQLAlchemy has it: what may be shown of it."""

from __future__ import annotations

import re

_URL = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\+[A-Za-z0-9_]+)?://")
_FETCHED = ("http", "https", "s3", "gs", "ftp", "file", "abfs", "abfss")
_PASSWORD = re.compile(r"(://[^:/@?]*):.*@", re.DOTALL)


def is_database(source: str) -> bool:
    """Whether a source is the URL of a database, and no path and no address of a file."""
    found = _URL.match(source)
    return found is not None and found[0].rstrip(":/").partition("+")[0].lower() not in _FETCHED


def shown_url(source: str) -> str:
    """A source as it may be shown: a URL without its password and without what stands behind ``?``."""
    if not is_database(source):
        return source
    return _PASSWORD.sub(r"\1:***@", source).partition("?")[0]


def secrets_of(source: str) -> list[str]:
    """What of a URL may stand in no text: its password, as it is written and as it is meant."""
    from urllib.parse import unquote, unquote_plus

    found = re.search(r"://[^:/@?]*:(.*)@", source, re.DOTALL)
    words = [found[1]] if found else []
    words += re.findall(r"[?&][^=&]*(?:pass|pwd|token|secret|key)[^=&]*=([^&]+)", source, re.IGNORECASE)
    return sorted({form for one in words for form in (one, unquote(one), unquote_plus(one)) if form}, key=len)[::-1]
