"""An inbox in Redis, which many processes on many machines share.

What belongs together is written by one script, which Redis runs as a whole. Keys are ``{inbox}:...``; numbers of items
stand in sorted sets, one for each status, and an item in a hash of its own. How much of it survives a crash of Redis
is a setting of Redis: ``appendonly yes`` and ``appendfsync always`` keep what was answered.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

import redis

from ..triggers.items import Item
from .owner import is_gone
from .redis_scripts import SCRIPTS
from .registration import Registration
from .store import STATUSES, Added, Counts, Entry, Keep, Status
from .store_errors import StoreError, no_registration

VERSION = 1
_PREFIX = "{inbox}:"
_SECONDS = 5.0  # an answer of Redis takes
_log = logging.getLogger("segment_connector.inbox")


class RedisStore:
    """The store in a Redis; see ``store.Store``.

    :param url: ``redis://``, ``rediss://`` or ``unix://``, with the number of the database; a password of it is never
        shown.
    :param keep: how much of the past is kept.
    :param wall: the time, in seconds since 1970.
    :raises StoreError: when Redis cannot be used, or what is in it was made by a newer version.
    """

    def __init__(self, url: str, keep: Keep | None = None, wall: Callable[[], float] = time.time) -> None:
        self.place = _shown(url)
        self._keep = keep or Keep()
        self._wall = wall
        with self._told():
            self._redis: Any = redis.Redis.from_url(
                url, decode_responses=True, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS,
                health_check_interval=30,
            )  # fmt: skip
            self._scripts = {name: self._redis.register_script(text) for name, text in SCRIPTS.items()}
            try:
                self._open()
            except BaseException:
                self._redis.close()
                raise

    def _open(self) -> None:
        self._redis.set(f"{_PREFIX}version", VERSION, nx=True)
        found = str(self._redis.get(f"{_PREFIX}version"))
        if found != str(VERSION):
            hint = "use that version, or another database"
            raise StoreError.of("not_an_inbox", f"{self.place} was made by another version of this program", hint)
        with contextlib.suppress(redis.ResponseError):  # who is not allowed to ask is not told
            told = self._redis.info()
            if told.get("maxmemory_policy", "noeviction") != "noeviction":
                _log.warning("%s drops keys when it is full: set 'maxmemory-policy noeviction'", self.place)
            synced = told.get("aof_enabled") and self._redis.config_get("appendfsync").get("appendfsync") == "always"
            if not synced:
                hint = "set 'appendonly yes' and 'appendfsync always'"
                _log.warning("%s loses the last items when its machine crashes: %s", self.place, hint)

    # -- registrations

    def save(self, registration: Registration, *, with_state: bool = False) -> None:
        """See ``Store.save``."""
        data = registration.to_dict()
        state = data.pop("state")
        written = "" if state is None else json.dumps(state)
        self._run("save", registration.id, json.dumps(data), written, int(with_state))

    def change(self, id: str, **members: Any) -> Registration | None:  # noqa: A002
        """See ``Store.change``."""
        while (before := self._registration_text(id)) is not None:
            changed = _registration(*before).changed(**members)
            data = changed.to_dict()
            del data["state"]
            if self._run("change", id, before[0], json.dumps(data)):
                return changed
        return None

    def revision(self) -> int:
        """See ``Store.revision``."""
        with self._told():
            return int(self._redis.get(f"{_PREFIX}revision") or 0)

    def registration(self, id: str) -> Registration | None:  # noqa: A002
        """See ``Store.registration``."""
        found = self._registration_text(id)
        return None if found is None else _registration(*found)

    def _registration_text(self, name: str) -> tuple[str, str | None] | None:
        with self._told():
            data, state = self._redis.hmget(f"{_PREFIX}registration:{name}", "data", "state")
        return None if data is None else (data, state)

    def registrations(self) -> list[Registration]:
        """See ``Store.registrations``."""
        return [_registration(data, state or None) for data, state in self._run("registrations")]

    def remove(self, id: str) -> None:  # noqa: A002
        """See ``Store.remove``."""
        self._run("remove", id)

    # -- items

    def add(
        self,
        registration: str,
        items: Sequence[Item],
        *,
        refused: Sequence[tuple[Item, str]] = (),
        state: Mapping[str, Any] | None = None,
        hand_on: bool = True,
    ) -> Added:
        """See ``Store.add``."""
        fresh = "waiting" if hand_on else "done"
        rows: list[str] = []
        for item in items:
            rows += (item.id, fresh, json.dumps(item.to_dict()), "")
        for item, reason in refused:
            rows += (item.id, "refused", json.dumps(item.to_dict()), reason)
        written = "" if state is None else json.dumps(state)
        new = self._run("add", registration, repr(self._wall()), written, self._keep.items, self._keep.ids, *rows)
        if new < 0:
            raise no_registration(registration)
        return Added(new, len(items) - new)

    def waiting(self, registration: str, limit: int, owner: str, now: float, lease: float) -> list[Entry]:
        """See ``Store.waiting``."""
        with self._told():
            any_waits = self._redis.zcard(f"{_PREFIX}items:waiting:{registration}")
        if not any_waits:
            return []
        gone = self._gone(registration, "hand_on")
        rows = self._run("waiting", registration, limit, owner, gone, repr(now), repr(now + lease))
        return [_entry(row) for row in rows]

    def lend(self, registration: str, job: str, owner: str, now: float, lease: float) -> bool:
        """See ``Store.lend``."""
        gone = self._gone(registration, job)
        return bool(self._run("lend", registration, job, owner, gone, repr(now), repr(now + lease)))

    def release(self, registration: str, job: str, owner: str) -> None:
        """See ``Store.release``."""
        self._run("release", registration, job, owner)

    def _gone(self, registration: str, job: str) -> str:
        """Who has a lease and has certainly ended."""
        with self._told():
            holder = self._redis.hget(f"{_PREFIX}leases:{registration}", f"{job} owner")
        return holder if holder and is_gone(holder) else ""

    def done(self, numbers: Iterable[int]) -> None:
        """See ``Store.done``."""
        self._run("done", *numbers)

    def failed(self, number: int, reason: str, next_try: float | None, *, refused: bool = False) -> None:
        """See ``Store.failed``."""
        self._run(
            "failed", number, reason, "dead" if next_try is None else "waiting", repr(next_try or 0), int(refused)
        )

    def entries(self, registration: str, after: int, limit: int, status: Status | None = None) -> list[Entry]:
        """See ``Store.entries``."""
        return [_entry(row) for row in self._run("entries", registration, after, limit, status or "")]

    def newest(self, registration: str, limit: int, status: Status | None = None) -> list[Entry]:
        """See ``Store.newest``."""
        return [_entry(row) for row in self._run("newest", registration, limit, status or "")]

    def entry(self, registration: str, number: int) -> Entry | None:
        """See ``Store.entry``."""
        found = self.entries(registration, number - 1, 1)
        return found[0] if found and found[0].number == number else None

    def put_back(self, registration: str, status: Status, numbers: Sequence[int] | None = None) -> int:
        """See ``Store.put_back``."""
        return int(self._run("put_back", registration, status, int(numbers is None), *(numbers or ())))

    def counts(self, registration: str) -> Counts:
        """See ``Store.counts``."""
        *counts, oldest = self._run("counts", registration, *STATUSES)
        return Counts(dict(zip(STATUSES, counts, strict=True)), float(oldest) if oldest else None)

    def close(self) -> None:
        """See ``Store.close``."""
        with self._told():
            self._redis.close()

    def _run(self, script: str, *values: Any) -> Any:
        with self._told():
            return self._scripts[script](keys=[_PREFIX], args=values)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what Redis says into what a user can mend."""
        try:
            yield
        except (redis.RedisError, OSError, ValueError) as error:
            hint = "check that Redis runs, that the address and the password are right, and that it has memory left"
            raise StoreError.of("inbox", f"{self.place} cannot be used: {error}", hint) from None


def _shown(url: str) -> str:
    """An address without what is secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _registration(data: str, state: str | None) -> Registration:
    return Registration.from_dict({**json.loads(data), "state": json.loads(state) if state else None})


def _entry(row: Sequence[str]) -> Entry:
    number, registration, item, status, received, tries, refusals, next_try, reason = row
    return Entry(
        int(number), registration, Item.from_dict(json.loads(item)), cast("Status", status), float(received),
        int(tries), int(refusals), float(next_try), reason or None,
    )  # fmt: skip
