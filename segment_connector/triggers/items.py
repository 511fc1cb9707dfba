"""Items: what a trigger hands on, each with an id by which it is counted once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from ..values.json_values import encode

_ID_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened.

    :ivar id: by which it is counted once, whatever how often it is told.
    :ivar at: when it happened, RFC 3339, or ``None`` where the service does not say.
    :ivar title: what a person reads of it in a list.
    :ivar trigger: the name of the trigger.
    :ivar data: the outputs of the trigger by name, as JSON values.
    :ivar verified: whether it is proved that the service said it.
    :ivar made_id: the service gave it no id, and ``id`` is made of its content.
    """

    id: str
    at: str | None
    title: str
    trigger: str
    data: dict[str, Any]
    verified: bool = True
    made_id: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The item as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Item:
        """What ``to_dict`` made."""
        return cls(**data)


def id_of_content(value: Any) -> str:
    """An id made of what a thing says, so that the same thing told twice is counted once.

    :param value: JSON values; the order of members does not count.
    """
    return f"sha256-{hashlib.sha256(encode(_in_order(value))).hexdigest()[:_ID_DIGITS]}"


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value
