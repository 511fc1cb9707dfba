"""Faults on demand: what a test asks to go wrong with the next requests."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from ..language.action_records import Rule
from ..schema.validator import Validator
from ..values.json_values import copy_json, encode
from .messages import JSON, Reply

_LINE = "^[\\t -~]*$"
_WHAT = ("status", "body", "headers", "retryAfter", "delay", "reset", "truncate", "stall", "close")
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "status": {"type": "integer", "minimum": 200, "maximum": 599, "examples": [429]},
        "body": {},
        "contentType": {"type": "string", "pattern": _LINE},
        "headers": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z0-9-]+$"},
            "additionalProperties": {"type": "string", "pattern": _LINE},
        },
        "retryAfter": {
            "type": ["number", "string"],
            "minimum": 0,
            "pattern": _LINE,
            "examples": [2, "Fri, 31 Jan 2026 12:00:00 GMT"],
        },
        "delay": {"type": "number", "minimum": 0, "maximum": 600},
        "reset": {"type": "boolean"},
        "truncate": {"type": "boolean"},
        "stall": {"type": "number", "minimum": 0, "maximum": 600},
        "close": {"type": "boolean"},
        "deliver": {"type": "boolean"},
        "times": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
        "path": {"type": "string", "pattern": "^/", "hint": "write the start of the path, for example /v1"},
    },
    "additionalProperties": False,
}
_RULES = (
    Rule(
        schema={"anyOf": [{"required": [name]} for name in _WHAT]},
        message="the fault does nothing",
        hint=f"give one of {', '.join(_WHAT)}",
        field="status",
    ),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with an answer.

    :ivar status: answered in place of the real one; with it, or with ``content``, the request itself is not handled.
    :ivar content: body to answer with, and ``headers`` to add.
    :ivar delay: seconds before the answer.
    :ivar reset: the connection is reset in place of the answer, or in the middle of it together with ``truncate``.
    :ivar truncate: the answer announces more than it brings, and the connection ends.
    :ivar stall: seconds of silence in the middle of the answer.
    :ivar close: the connection ends after the answer, which did not announce it.
    :ivar deliver: the request is handled all the same, and only its answer is spoilt.
    :ivar path: start of the paths that are meant.
    """

    status: int | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0
    reset: bool = False
    truncate: bool = False
    stall: float = 0
    close: bool = False
    deliver: bool = False
    path: str = "/"

    @property
    def replaces(self) -> bool:
        """Whether the request is not handled, because another answer takes the place of the real one."""
        return not self.deliver and (self.status is not None or self.content is not None or self.reset)

    def spoil(self, reply: Reply) -> Reply:
        """The answer with what the fault changes of it."""
        status = reply.status if self.status is None else self.status
        content = reply.content if self.content is None else self.content
        return Reply(status, content, {**reply.headers, **self.headers})


@dataclass(slots=True)
class _Asked:
    fault: Fault
    given: dict[str, Any]
    left: int


class Faults:
    """The faults that are still to come, the first that was asked for first."""

    def __init__(self) -> None:
        self._validator = Validator(_SCHEMA, _RULES, noun="property of a fault")
        self._asked: list[_Asked] = []
        self._lock = threading.Lock()

    def ask(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Let the next requests fail.

        :param given: ``status``, ``body``, ``contentType``, ``headers``, ``retryAfter`` (seconds or an HTTP date),
            ``delay`` and ``stall`` (seconds), ``reset``, ``truncate``, ``close``, ``deliver``, ``times`` (1) and
            ``path`` (all).
        :returns: the fault as it is listed.
        :raises InputError: naming each member that is wrong.
        """
        values = copy_json(given)
        problems = self._validator.problems(values)
        if problems:
            raise InputError(problems)
        asked = _Asked(_fault(values), values, values.get("times", 1))
        with self._lock:
            self._asked.append(asked)
        return _listed(asked)

    def take(self, path: str) -> Fault | None:
        """The fault for a request to a path, if there is one; it counts as used."""
        if not self._asked:
            return None
        with self._lock:
            for asked in self._asked:
                if path.startswith(asked.fault.path):
                    asked.left -= 1
                    if not asked.left:
                        self._asked.remove(asked)
                    return asked.fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        """The faults to come, ``times`` being what is left of each."""
        with self._lock:
            return [_listed(asked) for asked in self._asked]

    def clear(self) -> int:
        """Forget them. Gives how many there were."""
        with self._lock:
            count = len(self._asked)
            self._asked.clear()
            return count


def _fault(values: Mapping[str, Any]) -> Fault:
    headers = dict(values.get("headers", {}))
    content: bytes | None = None
    if "body" in values:
        body = values["body"]
        content = body.encode() if isinstance(body, str) else encode(body)
        headers["Content-Type"] = "text/plain; charset=utf-8" if isinstance(body, str) else JSON
    if "contentType" in values:
        headers["Content-Type"] = values["contentType"]
    if "retryAfter" in values:
        headers["Retry-After"] = str(values["retryAfter"])
    return Fault(
        values.get("status"), content, headers, values.get("delay", 0), values.get("reset", False),
        values.get("truncate", False), values.get("stall", 0), values.get("close", False),
        values.get("deliver", False), values.get("path", "/"),
    )  # fmt: skip


def _listed(asked: _Asked) -> dict[str, Any]:
    return {**asked.given, "times": asked.left}
