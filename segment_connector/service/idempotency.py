"""``Idempotency-Key``: the same key and the same call give the same result again, and nothing is sent twice.

What may have had an effect is remembered, for a day and within bounds. What was surely refused is not: there is nothing
to protect, and the next try may be right. Whatever is forgotten, the ids that events get of a key stay the same, so the
service itself counts a late repeat once (draft-ietf-httpapi-idempotency-key-header).
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ConnectorError, Problem
from ..runtime.compiled import CompiledAction
from ..runtime.result import Result
from ..runtime.values import encode

LONGEST_KEY = 255
_SECONDS = 24 * 3600
_MOST_BYTES = 32_000_000
_ENTRY = 500  # bytes that an entry takes beside its outputs
_OURS = uuid.UUID("6f6f1c3c-2f0e-5d0e-8a52-0f8a1f6f2a11")  # a namespace of our own (RFC 9562, 6.6)


class KeyReused(ConnectorError):  # noqa: N818 - what happened, as the draft names it
    """The key was used for another call."""


class KeyInUse(ConnectorError):  # noqa: N818
    """The call with this key is under way."""


@dataclass(slots=True)
class _Kept:
    call: bytes
    until: float
    result: Result | None = None
    size: int = _ENTRY


class Remembered:
    """Results by key; safe to share between threads.

    :param most_bytes: what all of them may take together; the oldest are forgotten first.
    :param seconds: how long one is remembered.
    :param now: seconds of a clock that is never set back.
    """

    def __init__(
        self, most_bytes: int = _MOST_BYTES, seconds: float = _SECONDS, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most_bytes
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._size = 0

    def begin(self, key: str, call: bytes) -> Result | None:
        """The result of the call that this key was used for, or ``None`` when the call has to be made.

        Who gets ``None`` has to say how it ended, by ``end``.

        :param call: what is called, as ``digest`` gives it.
        :raises KeyReused: when the key was used for another call.
        :raises KeyInUse: when the call with this key has not ended yet.
        """
        with self._lock:
            known = self._kept.get(key)
            if known is not None and known.result is not None and known.until <= self._now():
                self._forget(key)
                known = None
            if known is None:
                self._kept[key] = kept = _Kept(call, self._now() + self._seconds)
                self._size += kept.size
                self._make_room()
                return None
        if known.call != call:
            raise KeyReused(
                Problem("idempotency_key_reused", "the key was used for another call",
                        "take a new key for each call; repeat one with exactly the same body", field="Idempotency-Key")
            )  # fmt: skip
        if known.result is None:
            raise KeyInUse(
                Problem("idempotency_key_in_use", "the call with this key is under way",
                        "wait a little, and repeat the same request to get its result", field="Idempotency-Key")
            )  # fmt: skip
        return known.result

    def end(self, key: str, result: Result | None) -> None:
        """The call of a key has ended.

        :param result: what to give to those who repeat it, or ``None`` when nothing can have happened.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return
            if result is None:
                self._forget(key)
                return
            kept.result = result
            kept.size += (more := len(encode(result.to_dict())))
            self._size += more
            self._make_room()

    def _make_room(self) -> None:
        ended = [key for key, kept in self._kept.items() if kept.result is not None] if self._size > self._most else []
        for key in ended:
            if self._size <= self._most:
                return
            self._forget(key)

    def _forget(self, key: str) -> None:
        self._size -= self._kept.pop(key).size


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
    filled = dict(inputs)
    for name in compiled.message_ids:
        filled.setdefault(name, _id(key, call, name))
    split = compiled.action.split
    entries = filled.get(split.parameter) if split is not None else None
    if split is not None and isinstance(entries, list):
        by = compiled.action.parameters[split.parameter]["entries"]["by"]
        filled[split.parameter] = [
            _entry_with_ids(compiled, entry, by, f"{key}\n{index}", call) for index, entry in enumerate(entries)
        ]
    return filled


def _entry_with_ids(compiled: CompiledAction, entry: Any, by: str, key: str, call: bytes) -> Any:
    named = entry.get(by) if isinstance(entry, dict) else None
    kind = compiled.kinds.get(named) if isinstance(named, str) else None
    if kind is None:
        return entry  # it will be refused
    return {**{name: _id(key, call, name) for name in kind.item_ids if name not in entry}, **entry}


def _id(key: str, call: bytes, name: str) -> str:
    return str(uuid.uuid5(_OURS, f"{key}\n{call.hex()}\n{name}"))
