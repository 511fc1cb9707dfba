"""Links to the forms of actions that are filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

INPUTS = "inputs"
"""The member of a page's query that holds the inputs of its form, as JSON."""
CALL = "call"
"""The member that names the call of the history whose inputs the form has."""


def form_link(action: str, inputs: Mapping[str, Any]) -> str:
    """The form with inputs; for a few of them, since they stand in the address."""
    given = json.dumps(inputs, ensure_ascii=False, separators=(",", ":"))
    return f"/actions/{quote(action)}?{urlencode({INPUTS: given})}"


def again_link(action: str, number: int) -> str:
    """The form with the inputs of a call that was made."""
    return f"/actions/{quote(action)}?{CALL}={number}"
