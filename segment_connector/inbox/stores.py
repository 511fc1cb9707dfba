"""Open the inbox that a text names: a file, or a Redis."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from .store import Store

SERVERS = ("redis://", "rediss://", "unix://")


def open_store(text: str) -> Store:
    """The store that a text names.

    :param text: the name of a file, or the address of a Redis: ``redis://host:port/number``.
    :raises StoreError: when it cannot be used.
    :raises InputError: for another address, and where what Redis needs is not installed.
    """
    if text.lower().startswith(SERVERS):
        try:
            from .redis_store import RedisStore
        except ModuleNotFoundError as missing:
            if missing.name != "redis":
                raise
            hint = "pip install 'segment-connector[redis]'"
            raise InputError.of("missing_extra", "an inbox in Redis needs the redis library", hint) from None
        return RedisStore(text)
    if "://" in text:
        hint = "name a file, or a Redis as redis://127.0.0.1:6379/0"
        raise InputError.of("inbox", f"an inbox cannot be kept in {text.partition('://')[0]}://", hint)
    from .sqlite_store import SqliteStore

    return SqliteStore(Path(text))
