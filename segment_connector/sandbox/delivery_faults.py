"""What a test asks to be unusual about the next deliveries: batches, duplicates, another order, wrong signatures."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from ..language.action_records import Rule
from ..schema.validator import Validator
from ..values.json_values import copy_json

SIGNATURES = ("wrong", "truncated", "upper", "missing")
_WHAT = ("batch", "recut", "duplicates", "reorder", "signature", "tamper")
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "batch": {"type": "integer", "minimum": 1, "maximum": 10_000},
        "recut": {"type": "boolean"},
        "duplicates": {"type": "integer", "minimum": 1, "maximum": 100},
        "reorder": {"type": "integer", "minimum": 2, "maximum": 1000},
        "signature": {"enum": list(SIGNATURES)},
        "tamper": {"type": "integer", "minimum": 1, "maximum": 10_000, "hint": "count the events of a batch from 1"},
        "times": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
    },
    "additionalProperties": False,
}
_RULES = (
    Rule(
        schema={"anyOf": [{"required": [name]} for name in _WHAT]},
        message="nothing is asked for",
        hint=f"give one of {', '.join(_WHAT)}",
        field="batch",
    ),
)


@dataclass(frozen=True, slots=True)
class DeliveryFault:
    """What is unusual about a delivery.

    :ivar batch: how many events go into it, as a list.
    :ivar recut: when it fails, the next try is two requests with half of its events each.
    :ivar duplicates: how often it is sent again.
    :ivar reorder: so many deliveries are held back, and go out in reverse order.
    :ivar signature: what is wrong about its signature.
    :ivar tamper: the event, counted from 1, that is changed after signing.
    """

    batch: int | None = None
    recut: bool = False
    duplicates: int = 0
    reorder: int = 0
    signature: str | None = None
    tamper: int | None = None


@dataclass(slots=True)
class _Asked:
    fault: DeliveryFault
    given: dict[str, Any] = field(repr=False)
    left: int = 1


class DeliveryFaults:
    """What is still asked for, the first first."""

    def __init__(self) -> None:
        self._validator = Validator(_SCHEMA, _RULES, noun="property")
        self._asked: list[_Asked] = []
        self._lock = threading.Lock()

    def ask(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for something unusual about the next deliveries.

        :param given: ``batch``, ``recut``, ``duplicates``, ``reorder``, ``signature``, ``tamper`` and ``times`` (1, but
            as many as are put in another order).
        :returns: what was asked for, as it is listed.
        :raises InputError: naming each member that is wrong.
        """
        values = copy_json(given)
        problems = self._validator.problems(values)
        if problems:
            raise InputError(problems)
        what = {name: value for name, value in values.items() if name != "times"}
        asked = _Asked(DeliveryFault(**what), values, values.get("times", values.get("reorder", 1)))
        with self._lock:
            self._asked.append(asked)
        return _listed(asked)

    def next(self) -> DeliveryFault | None:
        """What is asked of the next delivery; it does not count as used."""
        with self._lock:
            return self._asked[0].fault if self._asked else None

    def take(self) -> DeliveryFault | None:
        """The same; it counts as used."""
        with self._lock:
            if not self._asked:
                return None
            asked = self._asked[0]
            asked.left -= 1
            if not asked.left:
                del self._asked[0]
            return asked.fault

    def listed(self) -> list[dict[str, Any]]:
        """What is asked for, ``times`` being what is left of each."""
        with self._lock:
            return [_listed(asked) for asked in self._asked]

    def clear(self) -> int:
        """Forget it. Gives how much there was."""
        with self._lock:
            count = len(self._asked)
            self._asked.clear()
            return count


def _listed(asked: _Asked) -> dict[str, Any]:
    return {**asked.given, "times": asked.left}
