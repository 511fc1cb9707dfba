"""A link to the form of an action that is filled in with the action's first example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....language.action_records import Action

FILLED_IN = "example=1"
"""The query of such a link."""


def wanted_example(action: Action, query: Mapping[str, str]) -> Mapping[str, Any] | None:
    """The inputs that a link asks for; ``None`` where it asks for none.

    :param query: of the page.
    """
    number = query.get("example", "")
    if not number.isdecimal() or not 0 < int(number[:3]) <= len(action.examples):
        return None
    return action.examples[int(number[:3]) - 1].input
