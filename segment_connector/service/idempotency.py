"""``Idempotency-Key``: the same key and the same call give the same result again, and nothing is sent twice.

What may have had an effect is remembered, for a day and within bounds. What was surely refused is not: there is nothing
to protect, and the next try may be right; nor is what only reads. Where room is short, results go before keys, so that
a call that was done is not done again. Whatever is forgotten, the ids that events get of a key stay the same, so the
service itself counts a late repeat once (draft-ietf-httpapi-idempotency-key-header).
"""

from __future__ import annotations

import hashlib
import json
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..call.compiled_action import CompiledAction
from ..call.ids import derived_id
from ..call.ids import with_ids as fill
from ..errors import ConnectorError
from ..result import Result
from .settings import MOST_REMEMBERED

LONGEST_KEY = 255
_SECONDS = 24 * 3600
_LARGEST = 1_000_000  # bytes of one result
_ENTRY = 500  # bytes that an entry takes beside its key and its result


class KeyReused(ConnectorError):  # noqa: N818 - what happened, as the draft names it
    """The key was used for another call."""


class KeyInUse(ConnectorError):  # noqa: N818
    """The call with this key is under way."""


class KeyDone(ConnectorError):  # noqa: N818
    """The call with this key was done, and what it gave is not kept any more."""


@dataclass(slots=True)
class _Kept:
    call: bytes
    until: float
    result: bytes | None = None
    done: bool = False
    size: int = _ENTRY


class Remembered:
    """Results by key; safe to share between threads.

    :param most_bytes: what all of them may take together; of the oldest first the result is forgotten, then the key.
    :param largest: bytes that one result may have to be kept.
    :param seconds: how long one is remembered.
    :param now: seconds of a clock that is never set back.
    """

    def __init__(
        self,
        most_bytes: int = MOST_REMEMBERED,
        seconds: float = _SECONDS,
        now: Callable[[], float] = time.monotonic,
        largest: int = _LARGEST,
    ) -> None:
        self._most = most_bytes
        self._largest = largest
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._with_result: OrderedDict[str, _Kept] = OrderedDict()  # of those that were done, the oldest first
        self._without: OrderedDict[str, _Kept] = OrderedDict()
        self._size = 0

    def begin(self, key: str, call: bytes) -> Result | None:
        """The result of the call that this key was used for, or ``None`` when the call has to be made.

        Who gets ``None`` has to say how it ended, by ``end``.

        :param call: what is called, as ``digest`` gives it.
        :raises KeyReused: when the key was used for another call.
        :raises KeyInUse: when the call with this key has not ended yet.
        :raises KeyDone: when it was done, and what it gave is not kept.
        """
        with self._lock:
            known = self._kept.get(key)
            if known is not None and known.done and known.until <= self._now():
                self._drop(key)
                known = None
            if known is None:
                self._kept[key] = kept = _Kept(call, self._now() + self._seconds, size=_ENTRY + len(key))
                self._size += kept.size
                self._make_room()
                return None
            result, done = known.result, known.done
        if known.call != call:
            raise KeyReused.of(
                "idempotency_key_reused",
                "the key was used for another call",
                "take a new key for each call; repeat one with exactly the same body",
                field="Idempotency-Key",
            )
        if not done:
            raise KeyInUse.of(
                "idempotency_key_in_use",
                "the call with this key is still running",
                "wait a little, and repeat the same request to get its result",
                field="Idempotency-Key",
            )
        if result is None:
            raise KeyDone.of(
                "idempotency_key_done",
                "the call with this key was done, and what it gave is not kept",
                "do not send it again; look at what it has done by an action that reads",
                field="Idempotency-Key",
            )
        kept_result: Result = pickle.loads(result)  # noqa: S301 - it was written below, and never left this process
        return kept_result

    def end(self, key: str, result: Result | None) -> None:
        """The call of a key has ended.

        :param result: what to give to those who repeat it, or ``None`` when nothing can have happened.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return
            if result is None:
                self._drop(key)
                return
            kept.done = True
            # As objects it would take several times the room, and nobody could say how much.
            raw = pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
            if len(raw) > self._largest and result.error is not None:
                slim = replace(result, outputs={}, error=replace(result.error, details=None))
                raw = pickle.dumps(slim, pickle.HIGHEST_PROTOCOL)
            if len(raw) <= self._largest:
                kept.result = raw
                kept.size += len(raw)
                self._size += len(raw)
                self._with_result[key] = kept
            else:
                self._without[key] = kept
            self._make_room()

    def forget(self, key: str) -> None:
        """Nobody will repeat the call of a key."""
        with self._lock:
            if key in self._kept:
                self._drop(key)

    def _make_room(self) -> None:
        while self._size > self._most and (self._with_result or self._without):
            # Keys may take half of the room: the latest calls are those that are repeated, and want their results.
            if self._with_result and len(self._without) * _ENTRY <= self._most / 2:
                key, kept = self._with_result.popitem(last=False)
                size = _ENTRY + len(key)
                self._size -= kept.size - size
                kept.result, kept.size = None, size
                self._without[key] = kept
            else:
                self._drop(next(iter(self._without)))

    def _drop(self, key: str) -> None:
        self._size -= self._kept.pop(key).size
        self._with_result.pop(key, None)
        self._without.pop(key, None)


def digest(action: str, inputs: Any, connection: Any) -> bytes:
    """What tells one call from another, and holds nothing of it; JSON gives the order of members no meaning.

    :param inputs: a JSON value that ``copy_json`` let through, as ``connection``.
    """
    return hashlib.sha256(json.dumps([action, inputs, connection], sort_keys=True).encode()).digest()


def with_ids(compiled: CompiledAction, inputs: Mapping[str, Any], key: str, call: bytes) -> dict[str, Any]:
    """The inputs with the ids that would be generated, made of the key in place of chance.

    They are made of the call as well: a key that is used again for another call after it was forgotten must not give
    that one an id that was counted already.
    """

    def new_id(name: str, index: int | None) -> str:
        return derived_id(key if index is None else f"{key}\n{index}", call.hex(), name)

    return fill(compiled, inputs, new_id)
